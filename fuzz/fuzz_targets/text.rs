//! Text from outside is harmless on a terminal and in a message, and stays bounded.

#![no_main]

use libfuzzer_sys::fuzz_target;
use referrals::testing::{decode_entities, escape_control, fold, one_line, width};

const MAX_CHARS: usize = 50;

fuzz_target!(|text: &str| {
    let decoded = decode_entities(text);
    assert!(text.contains('&') || decoded == text);
    for text in [text, &decoded] {
        let shown = escape_control(text);
        assert!(!shown.contains(char::is_control), "{shown:?}");
        assert_eq!(escape_control(&shown), shown, "once is enough");
        // The widest character is U+17D8, of three cells.
        assert!(width(&shown) <= 3 * shown.chars().count());
        let line = one_line(text, MAX_CHARS);
        assert!(
            !line.contains(char::is_control) && line.chars().count() <= MAX_CHARS + 1,
            "{line:?}"
        );
        let folded = fold(text);
        assert_eq!(fold(&folded), folded, "once is enough");
    }
});
