//! A string as it stands in JSON text.

use std::borrow::Cow;

/// A string without its quotes, its escapes not yet decoded; also the text of a number or a literal.
#[derive(Clone, Copy, Debug)]
pub struct RawText<'a> {
    pub(super) text: &'a str,
    /// Where it begins in the reader's buffer.
    pub(super) start: usize,
    pub(super) has_escapes: bool,
}

impl<'a> RawText<'a> {
    /// The text as it was sent.
    pub fn as_sent(self) -> &'a str {
        self.text
    }

    /// Escaped lone surrogates, which truncated text ends in, become U+FFFD.
    #[inline]
    pub fn decode(self) -> Cow<'a, str> {
        if self.has_escapes { decode_escapes(self.text).0.into() } else { self.text.into() }
    }

    /// `None` when it has a lone surrogate, which no text can hold.
    pub fn decode_strictly(self) -> Option<Cow<'a, str>> {
        if !self.has_escapes {
            return Some(self.text.into());
        }
        let (text, is_exact) = decode_escapes(self.text);
        is_exact.then_some(text.into())
    }
}

/// The decoded text, and whether it had no lone surrogate. The reader has checked the escapes.
#[cold]
fn decode_escapes(raw: &str) -> (String, bool) {
    let mut decoded = String::with_capacity(raw.len());
    let (mut rest, mut is_exact) = (raw, true);
    while let Some((before, escape)) = rest.split_once('\\') {
        decoded.push_str(before);
        let Some(letter) = escape.chars().next() else { break };
        rest = &escape[letter.len_utf8()..];
        decoded.push(match letter {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let (unicode, length) = decode_units(rest);
                is_exact &= unicode.is_some();
                rest = &rest[length..];
                unicode.unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            itself => itself,
        });
    }
    decoded.push_str(rest);
    (decoded, is_exact)
}

/// The character that the text after `\u` begins with, or `None` for a lone surrogate; and the length of its escape.
fn decode_units(text: &str) -> (Option<char>, usize) {
    let unit = |text: &str| text.get(..4).and_then(|digits| u16::from_str_radix(digits, 16).ok());
    let first = unit(text).unwrap_or_default();
    let second = text.get(4..).and_then(|rest| rest.strip_prefix("\\u")).and_then(unit);
    let pair = char::decode_utf16(std::iter::once(first).chain(second)).next();
    match pair {
        Some(Ok(character)) => (Some(character), if character.len_utf16() == 2 { 10 } else { 4 }),
        _ => (None, 4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> RawText<'_> {
        RawText { text, start: 0, has_escapes: text.contains('\\') }
    }

    #[test]
    fn escapes_are_decoded_and_lone_surrogates_replaced() {
        let cases = [
            ("", ""),
            ("plain é株", "plain é株"),
            (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r"\u0041\u00e9\u00E9é", "Aééé"),
            (r"a\ud83d\ude00b", "a😀b"),
            (r"\uD83D\uDE00", "😀"),
            (r"\\ud83d", "\\ud83d"),
            (r"\u005cud83d", "\\ud83d"),
            (r"\u0000", "\0"),
        ];
        for (sent, decoded) in cases {
            assert_eq!(raw(sent).decode(), decoded, "{sent}");
            assert_eq!(raw(sent).decode_strictly().as_deref(), Some(decoded), "{sent}");
        }
        let cases = [
            (r"a\ud83db", "a\u{fffd}b"),
            (r"a\ud83d", "a\u{fffd}"),
            (r"\ude00\ud83d", "\u{fffd}\u{fffd}"),
            (r"\ud83d\\ude00", "\u{fffd}\\ude00"),
            (r"\ud83d\ud83d\ude00", "\u{fffd}😀"),
            (r"\ud83d\u0041", "\u{fffd}A"),
            (r"\ud83d株", "\u{fffd}株"),
            (r"\ud83d\n", "\u{fffd}\n"),
        ];
        for (sent, decoded) in cases {
            assert_eq!(raw(sent).decode(), decoded, "{sent}");
            assert_eq!(raw(sent).decode_strictly(), None, "{sent}");
        }
    }
}
