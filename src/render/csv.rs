//! Comma-separated values (RFC 4180) or tab-separated ones, always with a header.
//!
//! * CSV records end in CR LF, as RFC 4180 says. Tab-separated ones end in LF, because they are read by `cut` and `awk`.
//! * In both, a field with a separator, a quote or a line end in it is put in quotes, as spreadsheets do it.
//! * Text has its HTML entities decoded and `'` put in front of what a spreadsheet would run; [`CsvOptions::raw`] does neither.
//! * [`CsvOptions::excel`] adds what Excel needs on a double click: a byte order mark, CR LF, and times it knows as such.

use std::borrow::Cow;
use std::io::Write;

use csv::{Terminator, WriterBuilder};
use jiff::tz::TimeZone;

use super::renderer::Renderer;
use crate::columns::{ColumnHead, Row, Scalar};
use crate::error::Result;
use crate::output::write_failed;
use crate::text;

/// What separates fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// `,`
    Comma,
    /// A tab.
    Tab,
}

/// How separated values are written.
#[derive(Clone, Copy, Debug)]
pub struct CsvOptions {
    /// What separates fields.
    pub separator: Separator,
    /// Text as it was sent, formulas too.
    pub raw: bool,
    /// For a double-click in Excel, where its list separator is a comma and its decimal sign a point.
    pub excel: bool,
    /// Whether a terminal shows it, so that control characters are replaced.
    pub to_terminal: bool,
}

/// Writes the header before the first row, or at the end where there was none.
pub(super) struct Csv {
    options: CsvOptions,
    columns: Vec<&'static ColumnHead>,
    header_written: bool,
}

impl Csv {
    pub(super) fn new(options: CsvOptions, columns: Vec<&'static ColumnHead>) -> Csv {
        Csv { options, columns, header_written: false }
    }

    fn header(&mut self, out: &mut dyn Write) -> Result<()> {
        if std::mem::replace(&mut self.header_written, true) {
            return Ok(());
        }
        if self.options.excel {
            let mark = "\u{feff}".as_bytes();
            out.write_all(mark).map_err(|error| write_failed(&error))?;
        }
        let names: Vec<Cow<'_, str>> = self.columns.iter().map(|c| c.name.into()).collect();
        self.record(&names, out)
    }

    fn record(&self, fields: &[Cow<'_, str>], out: &mut dyn Write) -> Result<()> {
        let comma = self.options.separator == Separator::Comma;
        let mut writer = WriterBuilder::new()
            .delimiter(if comma { b',' } else { b'\t' })
            .terminator(if comma || self.options.excel {
                Terminator::CRLF
            } else {
                Terminator::Any(b'\n')
            })
            .from_writer(Vec::new());
        let written = writer.write_record(fields.iter().map(|field| field.as_bytes()));
        written.expect("a record fits in memory");
        let bytes = writer.into_inner().expect("a flush to memory succeeds");
        out.write_all(&bytes).map_err(|error| write_failed(&error))
    }

    fn field<'a>(&self, value: Scalar<'a>) -> Cow<'a, str> {
        match value {
            Scalar::Empty => "".into(),
            Scalar::Number(number) => number.to_string().into(),
            Scalar::Flag(flag) => flag.to_string().into(),
            Scalar::Time(at) if self.options.excel => {
                let utc = at.to_zoned(TimeZone::UTC);
                utc.strftime("%Y-%m-%d %H:%M:%S").to_string().into()
            }
            Scalar::Time(at) => at.to_string().into(),
            Scalar::Text(text) => self.text(text),
        }
    }

    fn text<'a>(&self, sent: Cow<'a, str>) -> Cow<'a, str> {
        let mut field = sent;
        if !self.options.raw {
            // Decoded before it is guarded: `&#61;` is a `=` too.
            field = text::decode_entities(&field).into_owned().into();
        }
        if self.options.to_terminal {
            field = text::escape_control(&field).into_owned().into();
        }
        if !self.options.raw && is_formula(&field) {
            field = format!("'{field}").into();
        }
        field
    }
}

impl Renderer for Csv {
    fn row(&mut self, row: &Row<'_>, out: &mut dyn Write) -> Result<()> {
        self.header(out)?;
        let fields: Vec<Cow<'_, str>> =
            row.cells.iter().map(|cell| self.field(cell.to_scalar())).collect();
        self.record(&fields, out)
    }

    fn finish(&mut self, out: &mut dyn Write) -> Result<()> {
        self.header(out)
    }
}

/// Whether a spreadsheet would take the text for a formula: it begins with `=`, `+`, `-`, `@`, a tab or a line end
/// (OWASP, "CSV injection"), with the full-width form of one of these, or with one of these after spaces, which
/// spreadsheets skip.
fn is_formula(text: &str) -> bool {
    let skipped = |c: char| c.is_whitespace() || c == '\u{feff}';
    text.starts_with(['\t', '\r', '\n'])
        || text
            .trim_start_matches(skipped)
            .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{self, COLUMNS, samples};
    use crate::model::Referral;

    const CSV: CsvOptions =
        CsvOptions { separator: Separator::Comma, raw: false, excel: false, to_terminal: false };

    const TSV: CsvOptions = CsvOptions { separator: Separator::Tab, ..CSV };

    const RAW: CsvOptions = CsvOptions { raw: true, ..CSV };

    fn all_columns() -> String {
        COLUMNS.iter().map(|column| column.head.name).collect::<Vec<_>>().join(",")
    }

    fn run(options: CsvOptions, columns: &str, referrals: &[Referral]) -> String {
        let columns = columns::parse_list(columns).unwrap();
        let mut renderer = Csv::new(options, columns::collect_heads(&columns));
        let mut out = Vec::new();
        for referral in referrals {
            renderer.row(&Row::new(&columns, referral), &mut out).unwrap();
        }
        renderer.finish(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn named(name: &str) -> Vec<Referral> {
        let name = serde_json::Value::from(name);
        vec![samples::referral(&format!(r#"{{"name":{name}}}"#))]
    }

    fn name_field(options: CsvOptions, name: &str) -> String {
        let csv = run(options, "name,id", &named(name));
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        reader.records().next().unwrap().unwrap()[0].to_owned()
    }

    #[test]
    fn every_record_has_every_column_and_ends_in_cr_lf() {
        let csv = run(CSV, &all_columns(), &samples::all());
        assert!(!csv.starts_with('\u{feff}') && csv.ends_with("\r\n"));
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        assert_eq!(header.join(","), all_columns());
        // The reader refuses records of different widths.
        assert_eq!(reader.records().map(Result::unwrap).count(), samples::all().len());
    }

    #[test]
    fn values_are_plain_numbers_and_utc_times() {
        let columns = "customer,value,currency,deadline,deadline_estimated,created,sellers,crm_id";
        assert_eq!(
            run(CSV, columns, &samples::all()[..3]),
            "customer,value,currency,deadline,deadline_estimated,created,sellers,crm_id\r\n\
             Fabrikam Oil & Gas,,,2026-06-15T00:00:00Z,false,2026-06-01T09:14:22.1180342Z,,\r\n\
             Northwind Traders GmbH,185000.50,EUR,2026-06-11T00:00:00Z,false,2026-06-03T22:47:05.902113Z,\
             ada.lindqvist@contoso.example; bo@contoso.example,\r\n\
             Tailspin Toys 株式会社,12000000,JPY,,,2026-04-22T13:05:10.4000001Z,,\r\n"
        );
    }

    #[test]
    fn an_empty_result_has_its_header() {
        assert_eq!(run(CSV, "id,name", &[]), "id,name\r\n");
        assert_eq!(run(TSV, "id,name", &[]), "id\tname\n");
    }

    #[test]
    fn text_that_a_spreadsheet_would_run_is_quoted_off() {
        let cases = [
            ("=1+1", "'=1+1"),
            ("+44 1224", "'+44 1224"),
            ("-5", "'-5"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("\n=1", "'\n=1"),
            ("  =1", "'  =1"),
            ("\u{a0}=1", "'\u{a0}=1"),
            ("＝1", "'＝1"),
            ("&#61;1", "'=1"),
            ("\"=1", "\"=1"),
            ("a=1", "a=1"),
            ("'=1", "'=1"),
            ("1-2", "1-2"),
        ];
        for (sent, field) in cases {
            assert_eq!(name_field(CSV, sent), field, "{sent:?}");
            assert_eq!(name_field(RAW, sent), sent);
        }
    }

    #[test]
    fn a_negative_number_stays_a_number() {
        let hostile = [samples::referral(samples::HOSTILE)];
        assert_eq!(run(CSV, "value", &hostile), "value\r\n-5\r\n");
    }

    #[test]
    fn raw_text_comes_back_as_it_was_sent() {
        for sent in ["a\r\nb", "a\nb", "a\rb", "\"q\", x;\t", "&amp;", "\u{1b}[31m"] {
            assert_eq!(name_field(RAW, sent), sent);
        }
    }

    #[test]
    fn tabs_and_line_ends_are_quoted_in_tab_separated_values_too() {
        assert_eq!(
            run(TSV, "name,id", &named("a\tb\nc \"d\", e")),
            "name\tid\n\"a\tb\nc \"\"d\"\", e\"\t\n"
        );
    }

    #[test]
    fn excel_gets_a_mark_and_times_it_knows() {
        let excel = |options| CsvOptions { excel: true, ..options };
        assert_eq!(
            run(excel(CSV), "created,closing", &samples::all()[1..2]),
            "\u{feff}created,closing\r\n2026-06-03 22:47:05,2026-09-30 00:00:00\r\n"
        );
        assert!(run(excel(TSV), "created,closing", &[]).ends_with("created\tclosing\r\n"));
    }

    #[test]
    fn a_terminal_is_shown_no_control_character() {
        for raw in [false, true] {
            let options = CsvOptions { to_terminal: true, raw, ..CSV };
            let csv = run(options, &all_columns(), &samples::all());
            let bad = |c: char| c != '\r' && c != '\n' && text::control_replacement(c).is_some();
            assert!(!csv.contains(bad), "{csv:?}");
            assert_eq!(csv.lines().count(), samples::all().len() + 1);
        }
    }
}
