//! Referrals as JSON: the API's own objects as they were sent, or flat records of chosen columns.
//! Works on text: nothing is read and written again, so no number, property or order changes.

use std::io::{self, Write};

use super::cell::Scalar;
use super::columns::Column;
use super::{Renderer, Style, write_failed};
use crate::error::Result;
use crate::model::Referral;
use crate::text;

/// Spaces a level, in [`pretty`].
const INDENT: usize = 2;

/// One array, or one object a line.
pub(super) struct Json {
    array: bool,
    columns: Option<Vec<&'static Column>>,
    terminal: bool,
    rows: usize,
}

impl Json {
    /// `[`, an object a line, `]`.
    pub(super) fn array(style: Style) -> Json {
        Json { array: true, columns: style.columns, terminal: style.terminal, rows: 0 }
    }

    /// An object a line and nothing else.
    pub(super) fn lines(style: Style) -> Json {
        Json { array: false, ..Json::array(style) }
    }

    fn record(&self, referral: &Referral) -> String {
        let record = match &self.columns {
            Some(columns) => flat(referral, columns),
            None => one_line(referral.raw()),
        };
        if self.terminal { escaped(&record) } else { record }
    }

    fn write_row(&mut self, record: &str, out: &mut dyn Write) -> io::Result<()> {
        if self.array {
            out.write_all(if self.rows == 0 { b"[\n" } else { b",\n" })?;
        }
        self.rows += 1;
        out.write_all(record.as_bytes())?;
        if self.array { Ok(()) } else { out.write_all(b"\n") }
    }
}

impl Renderer for Json {
    fn row(&mut self, referral: &Referral, out: &mut dyn Write) -> Result<()> {
        let record = self.record(referral);
        self.write_row(&record, out).map_err(|error| write_failed(&error))
    }

    fn finish(&mut self, out: &mut dyn Write) -> Result<()> {
        let end: &[u8] = match (self.array, self.rows) {
            (false, _) => b"",
            (true, 0) => b"[]\n",
            (true, _) => b"\n]\n",
        };
        out.write_all(end).map_err(|error| write_failed(&error))
    }
}

/// One object over several lines, for reading on a terminal: the same values, nothing in it that a terminal obeys.
pub fn pretty(raw: &str) -> String {
    let mut out = String::new();
    let mut depth = 0;
    let mut tokens = Tokens(raw).peekable();
    while let Some(token) = tokens.next() {
        match token {
            "{" | "[" => {
                out.push_str(token);
                if tokens.peek().is_some_and(|next| matches!(*next, "}" | "]")) {
                    continue;
                }
                depth += 1;
                new_line(&mut out, depth);
            }
            "}" | "]" => {
                if !out.ends_with(['{', '[']) {
                    depth = usize::saturating_sub(depth, 1);
                    new_line(&mut out, depth);
                }
                out.push_str(token);
            }
            "," => {
                out.push(',');
                new_line(&mut out, depth);
            }
            ":" => out.push_str(": "),
            value => out.push_str(value),
        }
    }
    escaped(&out)
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', depth * INDENT));
}

/// The object on one line: untouched unless it holds line ends, and then without the spaces between its tokens.
fn one_line(raw: &str) -> String {
    if raw.contains(['\n', '\r']) {
        // Strings hold no line ends of their own: JSON writes them as escapes (RFC 8259 §7).
        Tokens(raw).collect()
    } else {
        raw.to_owned()
    }
}

/// The same JSON with what a terminal obeys, hides or reorders as `\u` escapes. Such characters stand in strings only.
fn escaped(json: &str) -> String {
    let harmless = |c: char| c.is_ascii_graphic() || c == ' ' || c == '\n';
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if harmless(c) || text::control_replacement(c).is_none() {
            out.push(c);
        } else if c.is_ascii_whitespace() {
            // Between tokens, as sent.
            out.push(' ');
        } else {
            let mut units = [0; 2];
            let units = c.encode_utf16(&mut units).iter();
            out.extend(units.map(|unit| format!("\\u{unit:04x}")));
        }
    }
    out
}

/// A record of these columns, in their order.
fn flat(referral: &Referral, columns: &[&Column]) -> String {
    let fields: Vec<String> = columns
        .iter()
        .map(|column| {
            let cell = (column.cell)(referral);
            let value = match cell.to_scalar() {
                Scalar::Empty => "null".to_owned(),
                Scalar::Text(text) => quoted(&text),
                Scalar::Number(number) => number.to_string(),
                Scalar::Time(at) => quoted(&at.to_string()),
                Scalar::Flag(flag) => flag.to_string(),
            };
            format!("{}:{value}", quoted(column.name))
        })
        .collect();
    format!("{{{}}}", fields.join(","))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The tokens of a JSON text without the white space between them.
struct Tokens<'a>(&'a str);

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.0 = self.0.trim_start_matches([' ', '\t', '\n', '\r']);
        let length = match self.0.as_bytes().first()? {
            b'"' => string_length(self.0),
            b'{' | b'}' | b'[' | b']' | b',' | b':' => 1,
            _ => {
                let end = self.0.find([' ', '\t', '\n', '\r', ',', '}', ']', ':']);
                end.unwrap_or(self.0.len())
            }
        };
        let (token, rest) = self.0.split_at(length);
        self.0 = rest;
        Some(token)
    }
}

/// The length of the string that `text` begins with, quotes included; all of it where the string has no end.
fn string_length(text: &str) -> usize {
    let mut after_backslash = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if after_backslash => after_backslash = false,
            b'\\' => after_backslash = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{Format, columns, renderer, samples};

    fn run(format: Format, style: Style, objects: &[&str]) -> String {
        let mut renderer = renderer(format, style);
        let mut out = Vec::new();
        for object in objects {
            renderer.row(&samples::referral(object), &mut out).unwrap();
        }
        renderer.finish(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn plain() -> Style {
        Style::plain(samples::now())
    }

    const ODD: &str = r#"{ "id" : "a",  "details":{"dealValue":1.850E5,"x":12345678901234567890.10}, "ſ":"\u00e9é\/" ,"id":"b"}"#;

    #[test]
    fn the_apis_objects_pass_byte_for_byte() {
        assert_eq!(
            run(Format::Json, plain(), &[ODD, samples::LEAD]),
            format!("[\n{ODD},\n{}\n]\n", samples::LEAD)
        );
        assert_eq!(
            run(Format::Jsonl, plain(), &[ODD, samples::LEAD]),
            format!("{ODD}\n{}\n", samples::LEAD)
        );
    }

    #[test]
    fn an_empty_result_is_a_valid_document() {
        assert_eq!(run(Format::Json, plain(), &[]), "[]\n");
        assert_eq!(run(Format::Jsonl, plain(), &[]), "");
    }

    #[test]
    fn an_array_that_breaks_off_does_not_parse() {
        let mut renderer = renderer(Format::Json, plain());
        let mut out = Vec::new();
        renderer.row(&samples::referral(ODD), &mut out).unwrap();
        drop(renderer);
        assert!(serde_json::from_slice::<serde_json::Value>(&out).is_err());
    }

    #[test]
    fn line_ends_within_an_object_go_and_strings_stay() {
        let sent = "{\r\n  \"name\" : \"a \\\" b\\\\\",\n\t\"n\": [ 1.0 , -2e3,\n true ]\r}";
        let line = "{\"name\":\"a \\\" b\\\\\",\"n\":[1.0,-2e3,true]}";
        assert_eq!(run(Format::Jsonl, plain(), &[sent]), format!("{line}\n"));
        assert_eq!(run(Format::Json, plain(), &[sent]), format!("[\n{line}\n]\n"));
    }

    #[test]
    fn flat_records_have_the_columns_in_order_and_typed() {
        let mut style = plain();
        style.columns = Some(
            columns::parse_list(
                "value,currency,created,closing,deadline_estimated,crm_id,products",
            )
            .unwrap(),
        );
        assert_eq!(
            run(Format::Jsonl, style, &[samples::INVITATION]),
            "{\"value\":185000.50,\"currency\":\"EUR\",\"created\":\"2026-06-03T22:47:05.902113Z\",\
             \"closing\":\"2026-09-30T00:00:00Z\",\"deadline_estimated\":false,\"crm_id\":null,\
             \"products\":\"Azure; DynamicsAX,GP,NAV,SL\"}\n"
        );
    }

    #[test]
    fn on_a_terminal_what_it_obeys_is_escaped_and_the_value_is_the_same() {
        let sent = "{\"name\":\"a\u{9b}31m\u{202e}\u{7f}\u{e0041}\u{2028}é株\"}";
        let mut style = plain();
        style.terminal = true;
        let shown = run(Format::Jsonl, style, &[sent]);
        assert_eq!(
            shown.trim_end(),
            "{\"name\":\"a\\u009b31m\\u202e\\u007f\\udb40\\udc41\\u2028é株\"}"
        );
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&shown), value(sent));
        assert_eq!(run(Format::Jsonl, plain(), &[sent]), format!("{sent}\n"));
    }

    #[test]
    fn a_pretty_object_is_indented_and_has_the_same_tokens() {
        assert_eq!(
            pretty(r#"{"a":{},"b":[],"c":[1.50,{"d":"x:, {\"]"}],"e":null}"#),
            "{\n  \"a\": {},\n  \"b\": [],\n  \"c\": [\n    1.50,\n    {\n      \"d\": \"x:, {\\\"]\"\n    }\n  ],\n  \"e\": null\n}"
        );
        for raw in [samples::LEAD, samples::HOSTILE, ODD, "{ }"] {
            let tokens = |text: &str| Tokens(text).map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(tokens(&pretty(raw)), tokens(&escaped(raw)), "{raw}");
        }
    }
}
