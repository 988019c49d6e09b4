//! Keeps spreadsheets from running text as a formula (OWASP, "CSV injection").

use std::borrow::Cow;

use crate::text;

/// `text` with a `'` before each character with which a spreadsheet would begin a formula: an operator, or the tab or
/// line end that the whole text starts with. A cell begins at the start of the text, and where a program that takes
/// another list separator would begin one: after a tab, a line end, a semicolon, and with `splits_at_comma` a comma.
pub(super) fn escape_formulas(text: &str, splits_at_comma: bool) -> Cow<'_, str> {
    let ends_cell = |byte| byte < b' ' || byte == b';' || splits_at_comma && byte == b',';
    // Most texts start with a letter or a digit and are one cell. Without an early exit, many bytes are compared at once.
    if text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !text.bytes().fold(false, |found, byte| found | ends_cell(byte))
    {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::new();
    let mut copied = 0;
    if text.starts_with(['\t', '\r', '\n']) {
        escaped.push('\'');
    }
    let mut start = 0;
    let separators = text.bytes().enumerate().filter(|(_, byte)| ends_cell(*byte));
    for end in separators.map(|(index, _)| index + 1).chain([text.len()]) {
        if let Some(at) = find_operator(&text[start..end]) {
            escaped.push_str(&text[copied..start + at]);
            escaped.push('\'');
            copied = start + at;
        }
        start = end;
    }
    if escaped.is_empty() {
        return Cow::Borrowed(text);
    }
    escaped.push_str(&text[copied..]);
    Cow::Owned(escaped)
}

/// Where a cell has the operator that makes it a formula. Programs skip blanks and invisible characters before it, and
/// quotation marks around it.
fn find_operator(cell: &str) -> Option<usize> {
    // Nearly all cells do.
    if cell.trim_start_matches(' ').starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let is_skipped =
        |c: char| c.is_whitespace() || c == '"' || text::control_replacement(c).is_some();
    let rest = cell.trim_start_matches(is_skipped);
    let is_formula = rest.starts_with(is_operator) && !is_phone_number(rest);
    is_formula.then(|| cell.len() - rest.len())
}

/// With the full-width and small forms that East Asian versions of Excel read as the same.
fn is_operator(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '﹦' | '﹢' | '﹣' | '﹫')
}

/// Whether a cell, with the separator that ends it, is a number such as `+44 (0) 1224 555-0117`: at worst, a spreadsheet
/// calculates with it.
fn is_phone_number(cell: &str) -> bool {
    let number = cell.strip_prefix('+').unwrap_or_default();
    let number = number.trim_end_matches(|c: char| c.is_whitespace() || c == ';' || c == ',');
    let is_part = |c: char| c.is_ascii_digit() || " \u{a0}\u{202f}()-./".contains(c);
    number.contains(|c: char| c.is_ascii_digit()) && number.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_formula_of_a_text_gets_an_apostrophe() {
        let cases = [
            ("=1+1", "'=1+1"),
            ("-5", "'-5"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("＝1 ＋1", "'＝1 ＋1"),
            ("﹦1", "'﹦1"),
            ("--", "'--"),
            // Blanks, quotation marks and invisible characters before an operator do not hide it.
            ("  =1", "  '=1"),
            ("\u{a0}\u{3000}=1", "\u{a0}\u{3000}'=1"),
            ("\u{feff}\u{200b}\0=1", "\u{feff}\u{200b}\0'=1"),
            ("\"=1\"", "\"'=1\""),
            // At the start, a tab and a line end are removed by some programs, which then look again.
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("\nx", "'\nx"),
            ("\t=1", "'\t'=1"),
            // Where another separator is expected, a cell ends within the text.
            ("Hello\n=1+1", "Hello\n'=1+1"),
            ("Hello\r\n \"=1+1", "Hello\r\n \"'=1+1"),
            ("x;=HYPERLINK(\"a\";\"b\")", "x;'=HYPERLINK(\"a\";\"b\")"),
            ("x; \"@A\";-1", "x; \"'@A\";'-1"),
            ("a\t=1\t+b", "a\t'=1\t'+b"),
            ("x\u{b}=1", "x\u{b}'=1"),
        ];
        for (text, escaped) in cases {
            assert_eq!(escape_formulas(text, false), escaped, "{text:?}");
        }
        assert_eq!(escape_formulas("a,=1;=2", true), "a,'=1;'=2");
        assert_eq!(escape_formulas("a,=1;=2", false), "a,=1;'=2");
    }

    #[test]
    fn text_that_is_no_formula_stays_as_it_is() {
        let unchanged = [
            "",
            " ",
            ";",
            "1-2",
            "a=1",
            "x, =1",
            "'=1",
            "a; b; c",
            "two\n\nlines",
            "ada@contoso.example; bo@contoso.example",
            "株式会社",
            // Telephone numbers.
            "+44 1224 555012",
            "+49 (0)89/5550-0142",
            " +1.425.555.0100 ",
            "+44\u{a0}1224",
            "mobile;\n+44 1224; +49 89\n+1 425",
        ];
        for text in unchanged {
            assert!(matches!(escape_formulas(text, false), Cow::Borrowed(same) if same == text));
        }
        for no_number in ["+", "+ ", "+()", "+44 A1", "+1+1", "+1*2", "+44,1", "＋44", "-44 1224"]
        {
            let escaped = format!("'{no_number}");
            assert_eq!(escape_formulas(no_number, false), escaped);
        }
    }

    proptest! {
        #[test]
        fn no_cell_of_any_text_is_a_formula(text in "[=+@a1 \";,\t\r\n\u{200b}＝'-]{0,12}") {
            let escaped = escape_formulas(&text, false);
            for cell in escaped.split([';', '\t', '\r', '\n']) {
                let cell = cell.trim_start_matches([' ', '"', '\u{200b}']);
                prop_assert!(!cell.starts_with(is_operator) || is_phone_number(cell), "{escaped:?}");
            }
            // Nothing else is changed.
            prop_assert_eq!(escaped.replace('\'', ""), text.replace('\'', ""));
        }
    }
}
