//! Writes comma-separated values (RFC 4180), always with a header.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use csv::{Terminator, Writer, WriterBuilder};
use jiff::tz::TimeZone;

use super::excel;
use super::formula::escape_formulas;
use super::renderer::{RenderSummary, Renderer};
use crate::columns::{ColumnHead, Row, Scalar, Shape};
use crate::error::Result;
use crate::output::write_failed;
use crate::text;

const IN_MEMORY: &str = "a record fits in memory";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    Comma,
    Tab,
}

#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct CsvOptions {
    pub separator: Separator,
    /// Neither decodes HTML entities nor escapes formulas.
    pub raw: bool,
    /// Adds what Excel needs to open the file with a double-click: a byte order mark, CR LF, its own format of times,
    /// with the zone in the header, and formulas for text that it would convert. Cells are truncated to its limit. Works
    /// where Excel's list separator is a comma and its decimal separator a point.
    pub excel: bool,
    /// Begins with a byte order mark, by which some importers know UTF-8.
    pub byte_order_mark: bool,
    /// Replaces control characters.
    pub to_terminal: bool,
}

pub(super) struct Csv {
    options: CsvOptions,
    columns: Vec<&'static ColumnHead>,
    writer: Writer<RecordBuffer>,
    record: RecordBuffer,
    is_header_written: bool,
    truncated_cells: usize,
}

/// Receives a record before it is written: the writer's own errors would hide a closed pipe.
#[derive(Clone, Default)]
struct RecordBuffer(Rc<RefCell<Vec<u8>>>);

impl Write for RecordBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Csv {
    pub(super) fn new(options: CsvOptions, columns: Vec<&'static ColumnHead>) -> Csv {
        let delimiter = match options.separator {
            Separator::Comma => b',',
            Separator::Tab => b'\t',
        };
        let record = RecordBuffer::default();
        let mut builder = WriterBuilder::new();
        builder.delimiter(delimiter).terminator(Terminator::CRLF);
        let writer = builder.from_writer(record.clone());
        Csv { options, columns, writer, record, is_header_written: false, truncated_cells: 0 }
    }

    fn write_header_once(&mut self, out: &mut dyn Write) -> Result<()> {
        if std::mem::replace(&mut self.is_header_written, true) {
            return Ok(());
        }
        if self.options.excel || self.options.byte_order_mark {
            let byte_order_mark = "\u{feff}".as_bytes();
            out.write_all(byte_order_mark).map_err(write_failed)?;
        }
        for column in &self.columns {
            let is_time = matches!(column.shape, Shape::Time | Shape::Deadline);
            let zone = if self.options.excel && is_time { " (UTC)" } else { "" };
            self.writer.write_field(format!("{}{zone}", column.name)).expect(IN_MEMORY);
        }
        self.end_record(out)
    }

    fn write_field(&mut self, value: Scalar<'_>) {
        let mut field = self.options.format_field(value);
        if self.options.excel {
            let (truncated, is_truncated) = excel::truncate(field);
            self.truncated_cells += usize::from(is_truncated);
            field = truncated;
        }
        self.writer.write_field(field.as_bytes()).expect(IN_MEMORY);
    }

    fn end_record(&mut self, out: &mut dyn Write) -> Result<()> {
        self.writer.write_record(None::<&[u8]>).expect(IN_MEMORY);
        self.writer.flush().expect(IN_MEMORY);
        let mut record = self.record.0.borrow_mut();
        out.write_all(&record).map_err(write_failed)?;
        record.clear();
        Ok(())
    }
}

impl CsvOptions {
    pub(super) fn format_field(self, value: Scalar<'_>) -> Cow<'_, str> {
        match value {
            Scalar::Empty => "".into(),
            Scalar::Number(number) => number.to_string().into(),
            Scalar::Flag(flag) => flag.to_string().into(),
            Scalar::Time(time) if self.excel => {
                let utc = time.to_zoned(TimeZone::UTC);
                utc.strftime("%Y-%m-%d %H:%M:%S").to_string().into()
            }
            Scalar::Time(time) => time.to_string().into(),
            Scalar::Date(day) => day.to_string().into(),
            Scalar::Text(text) => self.format_text(text),
        }
    }

    fn format_text(self, text: Cow<'_, str>) -> Cow<'_, str> {
        let mut field = text;
        if !self.raw {
            // Before formulas are looked for, because `&#61;` is `=`.
            field = text::map(field, text::decode_entities);
        }
        if self.to_terminal {
            field = text::map(field, text::escape_control);
        }
        if self.excel
            && let Some(kept) = excel::keep_text(&field)
        {
            return kept.into();
        }
        if self.raw {
            return field;
        }
        // In comma-separated values, a text with a comma is quoted.
        let splits_at_comma = self.separator != Separator::Comma;
        text::map(field, |text| escape_formulas(text, splits_at_comma))
    }
}

impl Renderer for Csv {
    fn write_row(&mut self, row: &Row<'_>, out: &mut dyn Write) -> Result<()> {
        self.write_header_once(out)?;
        for cell in &row.cells {
            self.write_field(cell.to_scalar());
        }
        self.end_record(out)
    }

    fn finish(&mut self, out: &mut dyn Write) -> Result<RenderSummary> {
        self.write_header_once(out)?;
        let warnings = excel::warn_of_truncated(self.truncated_cells).into_iter().collect();
        Ok(RenderSummary { warnings, ..RenderSummary::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{self, COLUMNS, samples};
    use crate::model::Referral;

    const CSV: CsvOptions = CsvOptions {
        separator: Separator::Comma,
        raw: false,
        excel: false,
        byte_order_mark: false,
        to_terminal: false,
    };

    const EXCEL: CsvOptions = CsvOptions { excel: true, ..CSV };

    const RAW: CsvOptions = CsvOptions { raw: true, ..CSV };

    fn all_columns() -> String {
        COLUMNS.iter().map(|column| column.head.name).collect::<Vec<_>>().join(",")
    }

    fn run(options: CsvOptions, columns: &str, referrals: &[Referral]) -> String {
        let columns = columns::parse_list(columns).unwrap();
        let mut renderer = Csv::new(options, columns::collect_heads(&columns));
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
        // The reader rejects records of different lengths.
        assert_eq!(reader.records().map(Result::unwrap).count(), samples::all().len());
    }

    #[test]
    fn values_are_numbers_without_currency_and_utc_times() {
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
    }

    #[test]
    fn text_that_a_spreadsheet_would_run_is_escaped() {
        let cases = [
            ("=1+1", "'=1+1"),
            ("+44 1224", "+44 1224"),
            ("Hello\n=1+1", "Hello\n'=1+1"),
            ("x;=1", "x;'=1"),
            ("x,=1", "x,=1"),
            ("&#61;1", "'=1"),
        ];
        for (text, field) in cases {
            assert_eq!(name_field(CSV, text), field, "{text:?}");
            assert_eq!(name_field(RAW, text), text);
        }
        let options = CsvOptions { excel: true, separator: Separator::Tab, ..CSV };
        let csv = run(options, "name", &named("x,=1"));
        assert_eq!(csv, "\u{feff}name\r\nx,'=1\r\n");
    }

    #[test]
    fn a_negative_number_stays_a_number() {
        let hostile = [samples::referral(samples::HOSTILE)];
        assert_eq!(run(CSV, "value", &hostile), "value\r\n-5\r\n");
    }

    #[test]
    fn raw_text_is_read_back_unchanged() {
        for text in ["a\r\nb", "a\nb", "a\rb", "\"q\", x;\t", "&amp;", "\u{1b}[31m"] {
            assert_eq!(name_field(RAW, text), text);
        }
    }

    #[test]
    fn excel_gets_a_byte_order_mark_its_own_format_of_times_and_their_zone() {
        assert_eq!(
            run(EXCEL, "created,name", &samples::all()[1..2]),
            "\u{feff}created (UTC),name\r\n2026-06-03 22:47:05,Northwind ERP on Azure\r\n"
        );
        let header = run(EXCEL, "deadline,closing,deadline_estimated", &[]);
        assert_eq!(header, "\u{feff}deadline (UTC),closing,deadline_estimated\r\n");
        let tabs = CsvOptions { separator: Separator::Tab, ..EXCEL };
        let csv = run(tabs, "name,id", &named("a\tb\n\"c\""));
        assert_eq!(csv, "\u{feff}name\tid\r\n\"a\tb\n\"\"c\"\"\"\t\r\n");
    }

    #[test]
    fn excel_gets_text_that_it_would_convert_as_a_formula_that_yields_it() {
        let cases = [
            ("00123", "=\"00123\""),
            ("+44 1224", "=\"+44 1224\""),
            ("=1+1", "'=1+1"),
            ("Contoso", "Contoso"),
        ];
        for (text, field) in cases {
            assert_eq!(name_field(EXCEL, text), field, "{text:?}");
        }
        let raw = CsvOptions { raw: true, ..EXCEL };
        assert_eq!((&*name_field(raw, "=1+1"), &*name_field(raw, "1-2")), ("=1+1", "=\"1-2\""));
        let hostile = [samples::referral(samples::HOSTILE)];
        assert_eq!(run(EXCEL, "value", &hostile), "\u{feff}value\r\n-5\r\n");
    }

    #[test]
    fn text_beyond_the_limit_of_excel_is_truncated_with_a_warning() {
        let long = "=".to_owned() + &"x".repeat(excel::MAX_CELL_LEN - 1);
        let columns = columns::parse_list("name").unwrap();
        for (options, length, warnings) in
            [(CSV, excel::MAX_CELL_LEN + 1, 0), (EXCEL, excel::MAX_CELL_LEN, 1)]
        {
            let mut renderer = Csv::new(options, columns::collect_heads(&columns));
            let mut out = Vec::new();
            renderer.write_row(&Row::new(&columns, &named(&long)[0]), &mut out).unwrap();
            assert_eq!(renderer.finish(&mut out).unwrap().warnings.len(), warnings);
            let csv = String::from_utf8(out).unwrap();
            assert_eq!(csv.lines().nth(1).unwrap().chars().count(), length);
        }
    }

    #[test]
    fn no_control_character_is_written_to_a_terminal() {
        for raw in [false, true] {
            let options = CsvOptions { to_terminal: true, raw, ..CSV };
            let csv = run(options, &all_columns(), &samples::all());
            let bad = |c: char| c != '\r' && c != '\n' && text::control_replacement(c).is_some();
            assert!(!csv.contains(bad), "{csv:?}");
            assert_eq!(csv.lines().count(), samples::all().len() + 1);
        }
    }
}
