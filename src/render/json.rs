//! Writes JSON: the API's own objects as text, so that nothing in them changes, or flat records of columns.

use std::borrow::Cow;
use std::io::{self, Write};

use super::renderer::{RenderSummary, Renderer};
use crate::columns::{Cell, ColumnHead, Row, Scalar};
use crate::error::Result;
use crate::output::write_failed;
use crate::text;

/// In spaces.
const INDENT: usize = 2;

/// What is nested deeper stays on its line, or the indentation would be many times the text. Referrals have 6 levels.
const MAX_INDENTED_DEPTH: usize = 12;

#[derive(Clone, Copy, Debug)]
pub struct JsonOptions {
    /// One object a line instead of an array.
    pub lines: bool,
    /// Escapes control characters.
    pub to_terminal: bool,
}

/// Without columns, it writes the API's objects.
pub(super) struct Json {
    options: JsonOptions,
    columns: Vec<&'static ColumnHead>,
    rows: usize,
}

impl Json {
    pub(super) fn new(options: JsonOptions, columns: Vec<&'static ColumnHead>) -> Json {
        Json { options, columns, rows: 0 }
    }

    fn format_record<'a>(&self, row: &Row<'a>) -> Cow<'a, str> {
        let record = if self.columns.is_empty() {
            join_lines(row.raw)
        } else {
            format_flat_record(&self.columns, &row.cells).into()
        };
        if self.options.to_terminal { escape_json(&record).into() } else { record }
    }

    fn write_record(&mut self, record: &str, out: &mut dyn Write) -> io::Result<()> {
        if !self.options.lines {
            out.write_all(if self.rows == 0 { b"[\n" } else { b",\n" })?;
        }
        self.rows += 1;
        out.write_all(record.as_bytes())?;
        if self.options.lines { out.write_all(b"\n") } else { Ok(()) }
    }
}

impl Renderer for Json {
    fn write_row(&mut self, row: &Row<'_>, out: &mut dyn Write) -> Result<()> {
        let record = self.format_record(row);
        self.write_record(&record, out).map_err(write_failed)
    }

    fn finish(&mut self, out: &mut dyn Write) -> Result<RenderSummary> {
        let end: &[u8] = match (self.options.lines, self.rows) {
            (true, _) => b"",
            (false, 0) => b"[]\n",
            (false, _) => b"\n]\n",
        };
        out.write_all(end).map_err(write_failed)?;
        Ok(RenderSummary::default())
    }
}

/// Indents an object for a terminal. `serde_json` would rewrite numbers and escapes, and drop repeated properties.
pub fn format_pretty(raw: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_usize;
    let mut tokens = Tokens(raw).peekable();
    while let Some(token) = tokens.next() {
        match token {
            "{" | "[" => {
                out.push_str(token);
                if tokens.peek().is_some_and(|next| matches!(*next, "}" | "]")) {
                    continue;
                }
                depth += 1;
                push_line_break(&mut out, depth);
            }
            "}" | "]" => {
                if !out.ends_with(['{', '[']) {
                    if depth <= MAX_INDENTED_DEPTH {
                        push_line_break(&mut out, depth.saturating_sub(1));
                    }
                    depth = depth.saturating_sub(1);
                }
                out.push_str(token);
            }
            "," => {
                out.push(',');
                push_line_break(&mut out, depth);
            }
            ":" => out.push_str(": "),
            value => out.push_str(value),
        }
    }
    escape_json(&out)
}

fn push_line_break(out: &mut String, depth: usize) {
    if depth > MAX_INDENTED_DEPTH {
        return;
    }
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', depth * INDENT));
}

/// Removes all space between the tokens if the object has line breaks; otherwise returns it unchanged.
fn join_lines(raw: &str) -> Cow<'_, str> {
    // Strings contain line breaks only as escapes (RFC 8259 §7).
    match memchr::memchr2(b'\n', b'\r', raw.as_bytes()) {
        Some(_) => Tokens(raw).collect(),
        None => raw.into(),
    }
}

/// Writes characters that control a terminal, are invisible or reorder text as `\u` escapes.
pub fn escape_json(json: &str) -> String {
    let is_plain = |c: char| c.is_ascii_graphic() || c == ' ' || c == '\n';
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if is_plain(c) || text::control_replacement(c).is_none() {
            out.push(c);
        } else if c.is_ascii_whitespace() {
            // Space between tokens, which cannot be escaped.
            out.push(' ');
        } else {
            let mut units = [0; 2];
            let units = c.encode_utf16(&mut units).iter();
            out.extend(units.map(|unit| format!("\\u{unit:04x}")));
        }
    }
    out
}

fn format_flat_record(columns: &[&ColumnHead], cells: &[Cell<'_>]) -> String {
    let field = |(column, cell): (&&ColumnHead, &Cell<'_>)| {
        let value = match cell.to_scalar() {
            Scalar::Empty => "null".to_owned(),
            Scalar::Text(text) => quote(&text),
            Scalar::Number(number) => number.to_string(),
            Scalar::Time(time) => quote(&time.to_string()),
            Scalar::Date(day) => quote(&day.to_string()),
            Scalar::Flag(flag) => flag.to_string(),
        };
        format!("{}:{value}", quote(column.name))
    };
    let fields: Vec<String> = columns.iter().zip(cells).map(field).collect();
    format!("{{{}}}", fields.join(","))
}

pub(super) fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Splits JSON into its tokens, without the space between them.
struct Tokens<'a>(&'a str);

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.0 = self.0.trim_start_matches([' ', '\t', '\n', '\r']);
        let length = match self.0.as_bytes().first()? {
            b'"' => measure_string(self.0),
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

/// The length of the string literal at the start of `text`, in bytes with both quotes.
fn measure_string(text: &str) -> usize {
    let mut after_backslash = false;
    for (index, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if after_backslash => after_backslash = false,
            b'\\' => after_backslash = true,
            b'"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{self, COLUMNS, samples};
    use crate::model::Referral;

    const JSON: JsonOptions = JsonOptions { lines: false, to_terminal: false };

    const JSONL: JsonOptions = JsonOptions { lines: true, to_terminal: false };

    fn run(options: JsonOptions, objects: &[&str]) -> String {
        run_with("", options, objects)
    }

    fn run_with(columns: &str, options: JsonOptions, objects: &[&str]) -> String {
        let columns = columns::parse_list(columns).unwrap_or_default();
        let mut renderer = Json::new(options, columns::collect_heads(&columns));
        let mut out = Vec::new();
        for object in objects {
            let referral = samples::referral(object);
            renderer.write_row(&Row::new(&columns, &referral), &mut out).unwrap();
        }
        renderer.finish(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    const ODD: &str = r#"{ "id" : "a",  "details":{"dealValue":1.850E5,"x":12345678901234567890.10}, "ſ":"\u00e9é\/" ,"id":"b"}"#;

    #[test]
    fn the_apis_objects_are_written_byte_for_byte() {
        assert_eq!(run(JSON, &[ODD, samples::LEAD]), format!("[\n{ODD},\n{}\n]\n", samples::LEAD));
        assert_eq!(run(JSONL, &[ODD, samples::LEAD]), format!("{ODD}\n{}\n", samples::LEAD));
    }

    #[test]
    fn an_empty_result_is_a_valid_document() {
        assert_eq!(run(JSON, &[]), "[]\n");
        assert_eq!(run(JSONL, &[]), "");
    }

    #[test]
    fn an_array_that_breaks_off_does_not_parse() {
        let mut renderer = Json::new(JSON, Vec::new());
        let mut out = Vec::new();
        renderer.write_row(&Row::new(&[], &samples::referral(ODD)), &mut out).unwrap();
        drop(renderer);
        assert!(serde_json::from_slice::<serde_json::Value>(&out).is_err());
    }

    #[test]
    fn line_breaks_between_tokens_are_removed_and_strings_are_unchanged() {
        let sent = "{\r\n  \"name\" : \"a \\\" b\\\\\",\n\t\"n\": [ 1.0 , -2e3,\n true ]\r}";
        let line = "{\"name\":\"a \\\" b\\\\\",\"n\":[1.0,-2e3,true]}";
        assert_eq!(run(JSONL, &[sent]), format!("{line}\n"));
        assert_eq!(run(JSON, &[sent]), format!("[\n{line}\n]\n"));
    }

    #[test]
    fn flat_records_have_typed_values_in_the_order_of_the_columns() {
        let columns = "value,currency,created,closing,deadline_estimated,crm_id,products";
        assert_eq!(
            run_with(columns, JSONL, &[samples::INVITATION]),
            "{\"value\":185000.50,\"currency\":\"EUR\",\"created\":\"2026-06-03T22:47:05.902113Z\",\
             \"closing\":\"2026-09-30\",\"deadline_estimated\":false,\"crm_id\":null,\
             \"products\":\"Azure; DynamicsAX,GP,NAV,SL\"}\n"
        );
    }

    #[test]
    fn control_characters_are_escaped_on_a_terminal_and_the_value_is_the_same() {
        let sent = "{\"name\":\"a\u{9b}31m\u{202e}\u{7f}\u{e0041}\u{2028}é株\"}";
        let shown = run(JsonOptions { to_terminal: true, ..JSONL }, &[sent]);
        assert_eq!(
            shown.trim_end(),
            "{\"name\":\"a\\u009b31m\\u202e\\u007f\\udb40\\udc41\\u2028é株\"}"
        );
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&shown), value(sent));
        assert_eq!(run(JSONL, &[sent]), format!("{sent}\n"));
    }

    #[test]
    fn a_pretty_object_is_indented_and_has_the_same_tokens() {
        assert_eq!(
            format_pretty(r#"{"a":{},"b":[],"c":[1.50,{"d":"x:, {\"]"}],"e":null}"#),
            "{\n  \"a\": {},\n  \"b\": [],\n  \"c\": [\n    1.50,\n    {\n      \"d\": \"x:, {\\\"]\"\n    }\n  ],\n  \"e\": null\n}"
        );
        for raw in [samples::LEAD, samples::HOSTILE, ODD, "{ }"] {
            let tokens = |text: &str| Tokens(text).map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(tokens(&format_pretty(raw)), tokens(&escape_json(raw)), "{raw}");
        }
    }

    #[test]
    fn deep_nesting_is_not_indented() {
        let depth = MAX_INDENTED_DEPTH + 1_000;
        for (open, inner, close) in [("[", "1,{},[2,3]", "]"), ("{\"a\":", "[1,2]", "}")] {
            let deep = open.repeat(depth) + inner + &close.repeat(depth);
            let pretty = format_pretty(&deep);
            assert!(pretty.len() < 2 * deep.len(), "{} bytes", pretty.len());
            assert_eq!(pretty.lines().count(), 2 * MAX_INDENTED_DEPTH + 1);
            let tokens = |text: &str| Tokens(text).map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(tokens(&pretty), tokens(&deep));
        }
        let wide = format!("[{}[1{}]{}]", "[".repeat(30), ",1".repeat(10_000), "]".repeat(30));
        assert!(format_pretty(&wide).len() < 2 * wide.len());
    }

    #[test]
    fn flat_records_match_the_schema() {
        let schema: serde_json::Value = serde_json::from_str(&columns::format_schema()).unwrap();
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        let all: Vec<&str> = COLUMNS.iter().map(|column| column.head.name).collect();
        let all = all.join(",");
        let mut nulls = 0;
        for columns in [all.as_str(), "id", "deadline,value"] {
            let samples: Vec<_> = samples::all().into_iter().collect();
            let raw: Vec<&str> = samples.iter().map(Referral::raw).collect();
            let json = run_with(columns, JSON, &raw);
            for record in serde_json::from_str::<Vec<serde_json::Value>>(&json).unwrap() {
                let errors: Vec<String> =
                    validator.iter_errors(&record).map(|e| e.to_string()).collect();
                assert!(errors.is_empty(), "{errors:?}\n{record}");
                nulls += record.as_object().unwrap().values().filter(|v| v.is_null()).count();
            }
        }
        assert!(nulls > 10);
        for bad in [
            r#"{"value":"12"}"#,
            r#"{"deadline":"2026-11-13T00:00:00+01:00"}"#,
            r#"{"deadline":"soon Z"}"#,
            r#"{"surprise":1}"#,
        ] {
            assert!(!validator.is_valid(&serde_json::from_str(bad).unwrap()), "{bad}");
        }
    }
}
