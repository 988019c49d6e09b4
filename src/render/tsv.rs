//! Writes tab-separated values, one line a record: tabs, line ends and backslashes in a field are written as `\t`, `\n`,
//! `\r` and `\\`, and nothing is quoted.

use std::io::Write;

use super::csv::CsvOptions;
use super::renderer::{RenderSummary, Renderer};
use crate::columns::{ColumnHead, Row};
use crate::error::Result;
use crate::output::write_failed;

pub(super) struct Tsv {
    options: CsvOptions,
    columns: Vec<&'static ColumnHead>,
    /// The line that is being written.
    line: String,
    is_header_written: bool,
}

impl Tsv {
    pub(super) fn new(options: CsvOptions, columns: Vec<&'static ColumnHead>) -> Tsv {
        Tsv { options, columns, line: String::new(), is_header_written: false }
    }

    fn write_header_once(&mut self, out: &mut dyn Write) -> Result<()> {
        if std::mem::replace(&mut self.is_header_written, true) {
            return Ok(());
        }
        let names: Vec<&str> = self.columns.iter().map(|column| column.name).collect();
        out.write_all((names.join("\t") + "\n").as_bytes()).map_err(write_failed)
    }
}

impl Renderer for Tsv {
    fn write_row(&mut self, row: &Row<'_>, out: &mut dyn Write) -> Result<()> {
        self.write_header_once(out)?;
        self.line.clear();
        for (number, cell) in row.cells.iter().enumerate() {
            if number > 0 {
                self.line.push('\t');
            }
            push_escaped(&mut self.line, &self.options.format_field(cell.to_scalar()));
        }
        self.line.push('\n');
        out.write_all(self.line.as_bytes()).map_err(write_failed)
    }

    fn finish(&mut self, out: &mut dyn Write) -> Result<RenderSummary> {
        self.write_header_once(out)?;
        Ok(RenderSummary::default())
    }
}

fn push_escaped(line: &mut String, field: &str) {
    let is_escaped = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r' | b'\\');
    // Nearly always so, and fast without an early exit.
    if !field.bytes().fold(false, |found, byte| found | is_escaped(byte)) {
        return line.push_str(field);
    }
    let mut rest = field;
    while let Some(at) = rest.find(['\t', '\n', '\r', '\\']) {
        line.push_str(&rest[..at]);
        line.push_str(match rest.as_bytes()[at] {
            b'\t' => r"\t",
            b'\n' => r"\n",
            b'\r' => r"\r",
            _ => r"\\",
        });
        rest = &rest[at + 1..];
    }
    line.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{self, COLUMNS, samples};
    use crate::model::Referral;
    use crate::render::Separator;

    const TSV: CsvOptions = CsvOptions {
        separator: Separator::Tab,
        raw: false,
        excel: false,
        byte_order_mark: false,
        to_terminal: false,
    };

    const RAW: CsvOptions = CsvOptions { raw: true, ..TSV };

    fn run(options: CsvOptions, columns: &str, referrals: &[Referral]) -> String {
        let columns = columns::parse_list(columns).unwrap();
        let mut renderer = Tsv::new(options, columns::collect_heads(&columns));
        let mut out = Vec::new();
        for referral in referrals {
            renderer.write_row(&Row::new(&columns, referral), &mut out).unwrap();
        }
        renderer.finish(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn named(name: &str) -> Vec<Referral> {
        let name = serde_json::Value::from(name);
        vec![samples::referral(&format!(r#"{{"name":{name}}}"#))]
    }

    #[test]
    fn every_record_is_one_line_with_every_column() {
        let names: Vec<&str> = COLUMNS.iter().map(|column| column.head.name).collect();
        let tsv = run(TSV, &names.join(","), &samples::all());
        let lines: Vec<&str> = tsv.split_terminator('\n').collect();
        assert_eq!(lines.len(), samples::all().len() + 1);
        assert_eq!(lines[0], names.join("\t"));
        assert!(lines.iter().all(|line| line.split('\t').count() == names.len()), "{tsv:?}");
        assert_eq!(run(TSV, "id,name", &[]), "id\tname\n");
        assert_eq!(run(TSV, "crm_id", &named("x")), "crm_id\n\n");
    }

    #[test]
    fn tabs_line_ends_and_backslashes_are_escaped_and_quotation_marks_are_not() {
        let cases = [
            ("a\tb", r"a\tb"),
            ("a\r\nb\rc\n", r"a\r\nb\rc\n"),
            (r"C:\new", r"C:\\new"),
            (r#""c "d", e"#, r#""c "d", e"#),
            ("株\\\t", r"株\\\t"),
            ("", ""),
        ];
        for (name, field) in cases {
            for options in [TSV, RAW] {
                let tsv = run(options, "name,id", &named(name));
                assert_eq!(tsv, format!("name\tid\n{field}\t\n"), "{name:?}");
            }
        }
    }

    #[test]
    fn formulas_are_escaped_also_where_a_comma_would_separate() {
        let tsv = |options| run(options, "name", &named("=1\n+a, -3; \"@4\""));
        assert_eq!(tsv(TSV), "name\n'=1\\n'+a, '-3; \"'@4\"\n");
        assert_eq!(tsv(RAW), "name\n=1\\n+a, -3; \"@4\"\n");
    }
}
