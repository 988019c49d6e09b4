//! The reader accepts what `serde_json` accepts, up to its bound on nesting, and finds the same values.

#![no_main]

use libfuzzer_sys::fuzz_target;
use referrals::testing::{Reader, Text, read_json};
use serde_json::Value;
use serde_json::value::RawValue;

fuzz_target!(|json: &str| {
    let source = Text::from(json.to_owned());
    let mut reader = Reader::new(&source);
    let skipped = reader.skip_value().and_then(|raw| reader.finish().map(|()| raw.as_sent()));
    match (&skipped, serde_json::from_str::<&RawValue>(json)) {
        (Ok(skipped), Ok(expected)) => assert_eq!(*skipped, expected.get()),
        (Err(error), Ok(_)) => assert!(!error.is_syntax(), "{error}"),
        (Err(_), Err(_)) => {}
        (Ok(_), Err(error)) => panic!("accepted, but serde_json says: {error}"),
    }
    // `Value` is bounded to 128 levels, and refuses lone surrogates and numbers beyond `f64`.
    if let Ok(expected) = serde_json::from_str::<Value>(json) {
        let mut reader = Reader::new(&source);
        assert_eq!(read_json(&mut reader).expect("what can be skipped can be read"), expected);
    }
});
