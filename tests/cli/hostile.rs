//! Hostile text in referrals: escaped where it is displayed, unchanged where it is data.

use serde_json::{Value, json};

use crate::support::{Output, TestEnv, sandbox};

/// Control sequences, formulas, markup and unusual scripts.
const TEXTS: &[&str] = &[
    "\x1b[2J\x1b[31mred\x07",
    "\x1b]0;title\x07\x1b]8;;https://evil.example\x07link\x1b]8;;\x07",
    "\u{9b}31mC1\u{9d}0;x\u{9c}",
    "invoice\u{202e}fdp.exe",
    "\u{2066}isolated\u{2069} \u{200e}\u{200f}",
    "zero\u{200b}width\u{feff}\u{2060}",
    "two\nlines\r\nand a\ttab\u{2028}end",
    "=HYPERLINK(\"http://evil.example\",\"click\")",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "Hello\n=1+1",
    "x;=HYPERLINK(\"http://evil.example\")",
    "@SUM(A1)",
    "\t=1+1",
    "</script><b>&lt;i&gt; &amp;amp; &#27;[31m",
    "\"quoted\", 'and', comma; semicolon",
    "nul\0byte \x7f delete \x08 backspace",
    "株式会社 שלום مرحبا 👩‍💻 e\u{301}",
];

fn rows() -> Vec<Value> {
    let row = |(number, text): (usize, &&str)| {
        json!({
            "id": format!("id-{number}"), "name": text, "status": "New", "substatus": "Pending", "direction": "Incoming",
            "createdDateTime": "2026-11-20T10:00:00Z", "expirationDateTime": "2026-12-01T00:00:00Z",
            "statusReason": text, "customerProfile": { "name": text, "address": { "city": text, "country": text } },
            "details": { "notes": text, "dealValue": 5, "currency": text },
            "team": [{ "firstName": text, "email": text }],
            "inviteContext": { "notes": text, "invitedBy": { "organizationName": text, "organizationId": "x" } },
        })
    };
    TEXTS.iter().enumerate().map(row).collect()
}

fn run(width: Option<usize>, arguments: &[&str]) -> Output {
    let server = sandbox(|options| options.rows = Some(rows()));
    let env = TestEnv::at(server.url());
    let env = if let Some(width) = width { env.terminal(width) } else { env };
    env.run(&[arguments, &["--color", "never"]].concat()).ok()
}

/// Whether a terminal would interpret `c`, or `c` hides or reorders text.
fn is_dangerous(c: char) -> bool {
    matches!(c, '\0'..='\x08' | '\x0b'..='\x1f' | '\x7f'..='\u{9f}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A table without the pairs that isolate right-to-left cells; of any other such characters one is left.
fn without_isolates(table: &str) -> String {
    let mut parts = table.split('\u{2068}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + &part.replacen('\u{2069}', "", 1))
}

#[test]
fn no_control_character_reaches_a_terminal_in_any_format() {
    for format in ["table", "csv", "tsv", "json", "jsonl", "md", "html"] {
        for arguments in
            [&["list"][..], &["pending"], &["list", "--columns", "name,notes,customer,sellers"]]
        {
            let output = run(Some(100), &[arguments, &["--format", format]].concat());
            let text =
                if format == "table" { without_isolates(&output.out) } else { output.out.clone() };
            let bad: Vec<char> = text.chars().filter(|c| is_dangerous(*c) && *c != '\r').collect();
            assert!(bad.is_empty(), "{format} {arguments:?}: {bad:?}");
            assert!(
                !output.out.contains("\r\r") && !output.out.replace("\r\n", "").contains('\r'),
                "{format} {arguments:?}"
            );
        }
    }
    for number in 0..TEXTS.len() {
        let output = run(Some(60), &["show", &format!("id-{number}")]);
        assert!(!output.out.chars().any(is_dangerous), "{number}: {:?}", output.out);
    }
}

#[test]
fn a_table_is_harmless_in_a_pipe_too_and_a_row_is_one_line() {
    let output = run(None, &["list"]);
    assert!(!output.out.chars().any(is_dangerous), "{:?}", output.out);
    assert_eq!(output.lines().len(), TEXTS.len() + 1);
}

#[test]
fn no_line_of_a_table_is_wider_than_the_terminal() {
    for width in [20, 30, 40, 60, 80, 81, 100, 120, 200] {
        let output = run(Some(width), &["pending"]);
        for line in output.lines() {
            assert!(referrals::testing::width(line) <= width, "{width}: {line:?}");
        }
    }
}

#[test]
fn json_keeps_every_byte() {
    let output = run(None, &["list", "--format", "jsonl", "--sort", "created", "--asc"]);
    let texts: Vec<Value> = output
        .lines()
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["name"].clone())
        .collect();
    assert_eq!(texts, TEXTS);
    let shown = run(Some(80), &["list", "--format", "json", "--asc"]);
    let texts: Vec<Value> =
        shown.json().as_array().unwrap().iter().map(|row| row["name"].clone()).collect();
    assert_eq!(texts, TEXTS, "escaped for a terminal, and still the same values");
}

#[test]
fn raw_csv_keeps_every_byte_and_guarded_csv_runs_no_formula() {
    let names = |more: &[&str]| -> Vec<String> {
        let output = run(
            None,
            &[&["list", "--asc", "--format", "csv", "--columns", "id,name"], more].concat(),
        );
        let mut reader = csv::Reader::from_reader(output.out.as_bytes());
        reader.records().map(|record| record.unwrap()[1].to_owned()).collect()
    };
    assert_eq!(names(&["--csv-raw"]), TEXTS);
    for name in names(&[]) {
        for cell in name.split([';', '\t', '\r', '\n']) {
            assert!(!cell.trim_start().starts_with(['=', '+', '-', '@']), "{name:?} would run");
        }
    }
}

#[test]
fn a_megabyte_of_notes_is_one_cell() {
    let notes = "long ".repeat(200_000);
    let row = json!({ "id": "a", "details": { "notes": notes }, "createdDateTime": "2026-11-20T10:00:00Z" });
    let server = sandbox(|options| options.rows = Some(vec![row]));
    let env = TestEnv::at(server.url());
    let csv = env.run(&["list", "--format", "csv", "--columns", "notes"]).ok().out;
    assert_eq!(csv.len(), "notes\r\n".len() + notes.len() + 2);
    assert_eq!(env.run(&["list", "--format", "json"]).ok().json()[0]["details"]["notes"], notes);
    assert!(env.run(&["list", "--columns", "notes"]).ok().lines().len() == 2);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("x.xlsx");
    let output = env.run(&["list", "--output", file.to_str().unwrap()]).ok();
    assert!(output.err.contains("warning: "), "the cut is reported: {}", output.err);
}

#[test]
fn control_characters_in_quoted_errors_are_escaped() {
    let server = crate::server::Server::start(|_, _| {
        let body = "{\"error\":{\"code\":\"\\u001b[31mx\",\"message\":\"\\u009b31m\\u202e\\nsecond line\"}}";
        crate::server::Reply::Status(403, &[("Request-ID", "r-1")], body.to_owned())
    });
    let output = TestEnv::at(&server.url()).run(&["list", "-vv"]);
    assert_eq!(output.code, 1);
    assert!(!output.err.chars().any(is_dangerous), "{:?}", output.err);
}
