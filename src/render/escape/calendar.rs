//! Text in iCalendar (RFC 5545).

use std::borrow::Cow;

use super::replace_chars;

/// `text` as a value of type TEXT (RFC 5545 §3.3.11); a line end stays one.
pub fn escape_calendar(text: &str) -> Cow<'_, str> {
    replace_chars(text, |c| match c {
        '\\' => Some("\\\\"),
        ';' => Some("\\;"),
        ',' => Some("\\,"),
        '\n' => Some("\\n"),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_and_line_ends_are_escaped() {
        for (text, escaped) in [
            ("", ""),
            ("Fabrikam: \"x\"", "Fabrikam: \"x\""),
            ("a, b; c\\n", "a\\, b\\; c\\\\n"),
            ("one\ntwo", "one\\ntwo"),
        ] {
            assert_eq!(escape_calendar(text), escaped);
        }
    }
}
