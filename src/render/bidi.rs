//! Text that is read from right to left, such as Hebrew and Arabic.

use std::borrow::Cow;

/// `text` so that it does not reorder what stands beside it on a terminal: between a first strong isolate and its end
/// (UAX #9), which take no cells. The text must not have isolates of its own.
pub(super) fn isolate(text: &str) -> Cow<'_, str> {
    if is_reordered(text) {
        Cow::Owned(format!("\u{2068}{text}\u{2069}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Whether `text` has letters that are read from right to left.
pub(super) fn is_reordered(text: &str) -> bool {
    text.chars().any(is_right_to_left)
}

/// Whether `c` is in a block of a script that is written from right to left (Unicode, DerivedBidiClass.txt).
fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}'
        | '\u{fb1d}'..='\u{fdff}'
        | '\u{fe70}'..='\u{feff}'
        | '\u{10800}'..='\u{10fff}'
        | '\u{1e800}'..='\u{1efff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_with_right_to_left_letters_is_isolated() {
        for plain in ["", "Fabrikam", "北風商事", "Ünïcödé 🍷", "Ελλάδα"] {
            assert_eq!(isolate(plain), plain);
        }
        for text in ["קונטוסו", "شركة", "SOL קונטוסו 7", "ﷺ", "𐤀"] {
            let isolated = isolate(text);
            assert_eq!(isolated, format!("\u{2068}{text}\u{2069}"));
            assert_eq!(crate::text::width(&isolated), crate::text::width(text));
        }
    }
}
