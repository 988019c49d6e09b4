//! Text in iCalendar (RFC 5545).

use std::borrow::Cow;

/// `text` as a value of type TEXT (RFC 5545 §3.3.11); a line end stays one.
pub fn escape_calendar(text: &str) -> Cow<'_, str> {
    let replacement = |c: char| match c {
        '\\' => Some("\\\\"),
        ';' => Some("\\;"),
        ',' => Some("\\,"),
        '\n' => Some("\\n"),
        _ => None,
    };
    if !text.contains(|c| replacement(c).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match replacement(c) {
            Some(written) => escaped.push_str(written),
            None => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
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
