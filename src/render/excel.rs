//! What Excel does to text: its limit of a cell, and which text it takes for a number, a date or a truth value.

use std::borrow::Cow;

/// Excel's limit, in UTF-16 units.
pub(super) const MAX_CELL_LEN: usize = 32_767;

/// Excel's limit for text in a formula, in UTF-16 units.
const MAX_LITERAL_LEN: usize = 255;

/// Excel shows longer integers as `1.23E+11`.
const MAX_INTEGER_LEN: usize = 11;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Beside digits and blanks, what numbers, amounts, dates and times are written with.
const NUMBER_PUNCTUATION: &str = ".,:/-+%()'’$€£¥￥年月日時分秒";

/// Truncates the text to what a cell can hold, with `…` at the end; returns whether it did.
pub(super) fn truncate(text: Cow<'_, str>) -> (Cow<'_, str>, bool) {
    // UTF-8 has at least a byte for each UTF-16 unit.
    if text.len() <= MAX_CELL_LEN || text.encode_utf16().count() <= MAX_CELL_LEN {
        return (text, false);
    }
    let mut room = MAX_CELL_LEN - 1;
    let kept = text.chars().take_while(|c| {
        let fits = c.len_utf16() <= room;
        room = room.saturating_sub(c.len_utf16());
        fits
    });
    (kept.chain(['…']).collect(), true)
}

/// The warning about truncated texts, if there are any.
pub(super) fn warn_of_truncated(texts: usize) -> Option<String> {
    match texts {
        0 => None,
        1 => Some(format!("1 text was truncated to Excel's limit of {MAX_CELL_LEN} characters")),
        n => {
            Some(format!("{n} texts were truncated to Excel's limit of {MAX_CELL_LEN} characters"))
        }
    }
}

/// The text as a field of CSV from which Excel makes the same text, where it would make something else of the text
/// itself: `="00123"`.
pub(super) fn keep_text(text: &str) -> Option<String> {
    if !is_converted(text) {
        return None;
    }
    // The text contains no quotation mark.
    let fits = text.encode_utf16().count() <= MAX_LITERAL_LEN;
    Some(if fits { format!("=\"{text}\"") } else { format!("'{text}") })
}

/// Whether Excel shows something else for the text in a CSV file: `00123` as 123, `1E10` and long digits as
/// `1E+10`, `1-2` as a date. Some that Excel leaves alone count as well, such as `1-2-3-4`.
fn is_converted(text: &str) -> bool {
    let trimmed = text.trim();
    if trimmed.eq_ignore_ascii_case("true") || trimmed.eq_ignore_ascii_case("false") {
        return true;
    }
    text.contains(char::is_numeric)
        && !is_plain_integer(text)
        && text.split(is_number_part).all(|word| word.is_empty() || is_number_word(word))
}

fn is_plain_integer(text: &str) -> bool {
    text.len() <= MAX_INTEGER_LEN
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'))
}

fn is_number_part(c: char) -> bool {
    c.is_numeric() || c.is_whitespace() || NUMBER_PUNCTUATION.contains(c)
}

/// Of `1E10`, `9:30 pm` and `5-Sept`.
fn is_number_word(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    ["e", "a", "p", "am", "pm"].contains(&&*word)
        || word.len() >= 3 && MONTHS.iter().any(|month| month.starts_with(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_excel_would_convert_becomes_a_formula_that_yields_it() {
        let converted = [
            "00123",
            "123456789012",
            "123456789012345678",
            "1E10",
            "1e-5",
            "1-2",
            "1/2",
            "1 1/2",
            "3.10",
            "1,000",
            "(5)",
            "-5",
            "50%",
            "$5",
            "12:30",
            "9:30 pm",
            "5-Sept",
            "Mar 5",
            "March 2026",
            "2026-11-20",
            "2026年11月20日",
            "１２",
            " 7",
            "+44 1224 555012",
            "TRUE",
            "false",
        ];
        for text in converted {
            assert_eq!(keep_text(text), Some(format!("=\"{text}\"")), "{text:?}");
        }
        let digits = "1".repeat(256);
        assert_eq!(keep_text(&digits), Some(format!("'{digits}")));
    }

    #[test]
    fn text_that_excel_leaves_alone_stays_as_it_is() {
        let kept = [
            "",
            "0",
            "42",
            "12345678901",
            "Azure",
            "e",
            "May",
            "Contoso 5",
            "1=1",
            "\"1\"",
            "ma 5",
            "marching 5",
            "7c91e4d2-08af-4b63-b5d7-1e2f3a4b5c02",
        ];
        for text in kept {
            assert_eq!(keep_text(text), None, "{text:?}");
        }
    }

    #[test]
    fn truncated_text_fits_into_a_cell_and_ends_in_a_mark() {
        assert_eq!(truncate("short".into()), ("short".into(), false));
        let full = "株".repeat(MAX_CELL_LEN);
        assert_eq!(truncate((&full).into()), ((&full).into(), false));
        // A character of two units does not fit into the last one.
        let (text, is_truncated) = truncate(("株".repeat(MAX_CELL_LEN - 2) + "😀😀").into());
        assert!(is_truncated && text.ends_with("株…"), "{}", text.len());
        assert_eq!(text.encode_utf16().count(), MAX_CELL_LEN - 1);
    }
}
