//! Writes Excel workbooks with typed numbers and dates. Rows are kept in a temporary file.

use std::borrow::Cow;
use std::io::{self, Write};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format as CellFormat, Workbook, Worksheet, XlsxError,
};

use super::excel;
use super::panics::catch_panic;
use super::renderer::{RenderSummary, Renderer};
use crate::columns::{Cell, ColumnHead, Row, Scalar, Shape};
use crate::error::{Error, Result};
use crate::output::write_failed;
use crate::text;

/// Excel's limit, without the header.
const MAX_ROWS: u32 = 1_048_575;

/// In characters.
const MIN_COLUMN_WIDTH: usize = 8;
const MAX_COLUMN_WIDTH: usize = 60;

/// The width of the filter button beside a heading, in characters.
const BUTTON_WIDTH: usize = 3;

/// The width of `2026-06-01 09:14`, in characters.
const TIME_WIDTH: usize = 16;

/// The variable that names the directory of temporary files.
const TEMP_VARIABLE: &str = if cfg!(windows) { "TEMP" } else { "TMPDIR" };

/// More than the library buffers, so that a full disk is noticed before the first request.
const PROBE_LEN: usize = 64 << 10;

const SECONDS_PER_DAY: i64 = 86_400;

/// The Unix epoch in Excel's count of days.
const UNIX_EPOCH_DAY: f64 = 25_569.0;

/// 1900-03-01. Earlier days are off by one, because Excel has a 29 February 1900.
const FIRST_DAY: f64 = 61.0;

/// 10000-01-01, which Excel does not support.
const END_DAY: f64 = 2_958_466.0;

#[derive(Clone, Copy, Debug)]
pub struct XlsxOptions {
    /// For the document's properties.
    pub now: Timestamp,
}

pub(super) struct Xlsx {
    columns: Vec<&'static ColumnHead>,
    book: Workbook,
    rows: u32,
    /// In characters.
    widths: Vec<usize>,
    truncated_cells: usize,
    money_format: CellFormat,
    time_format: CellFormat,
    date_format: CellFormat,
}

impl Xlsx {
    pub(super) fn new(options: XlsxOptions, columns: Vec<&'static ColumnHead>) -> Result<Xlsx> {
        let headings: Vec<String> = columns.iter().map(|column| format_heading(column)).collect();
        let widths = headings.iter().map(|heading| text::width(heading) + BUTTON_WIDTH).collect();
        probe_temp_files()?;
        let book = run_step(|| create_book(options.now, &headings))?;
        Ok(Xlsx {
            columns,
            book,
            rows: 0,
            widths,
            truncated_cells: 0,
            money_format: CellFormat::new().set_num_format("#,##0.00"),
            time_format: CellFormat::new().set_num_format("yyyy-mm-dd hh:mm"),
            date_format: CellFormat::new().set_num_format("yyyy-mm-dd"),
        })
    }

    fn write_cells(&mut self, cells: &[Cell<'_>]) -> Result<(), XlsxError> {
        self.rows += 1;
        for (column, cell) in cells.iter().enumerate() {
            self.write_cell(column, cell)?;
        }
        Ok(())
    }

    fn write_cell(&mut self, column: usize, cell: &Cell<'_>) -> Result<(), XlsxError> {
        if let Cell::NoDate(no_date) = cell {
            return self.write_text(column, no_date.as_str());
        }
        let (value, format) = match cell.to_scalar() {
            Scalar::Empty => return Ok(()),
            Scalar::Flag(flag) => {
                self.book.worksheet_from_index(0)?.write_boolean(
                    self.rows,
                    to_column_number(column),
                    flag,
                )?;
                return Ok(());
            }
            Scalar::Text(text) => return self.write_text(column, &text),
            Scalar::Number(number) => (number.to_string().parse().ok(), &self.money_format),
            Scalar::Date(day) => (to_serial_day(day), &self.date_format),
            Scalar::Time(time) => (to_serial_date(time), &self.time_format),
        };
        let Some(value) = value else {
            return self.write_unsupported(column, &cell.to_scalar());
        };
        let width = match cell {
            Cell::Money(money) => text::width(&money.amount.round_dp(2).to_string()) + BUTTON_WIDTH,
            _ => TIME_WIDTH,
        };
        self.widths[column] = self.widths[column].max(width);
        let sheet = self.book.worksheet_from_index(0)?;
        sheet.write_number_with_format(self.rows, to_column_number(column), value, format)?;
        Ok(())
    }

    /// Writes a value that Excel has no number for as text; a time is in UTC, as the heading says.
    fn write_unsupported(&mut self, column: usize, value: &Scalar<'_>) -> Result<(), XlsxError> {
        let text = match value {
            Scalar::Time(time) => time.strftime("%Y-%m-%d %H:%M").to_string(),
            Scalar::Date(day) => day.to_string(),
            Scalar::Number(number) => number.to_string(),
            _ => return Ok(()),
        };
        self.write_text(column, &text)
    }

    fn write_text(&mut self, column: usize, text: &str) -> Result<(), XlsxError> {
        let (text, is_truncated) = excel::truncate(sanitize(text));
        self.truncated_cells += usize::from(is_truncated);
        let width = &mut self.widths[column];
        if *width < MAX_COLUMN_WIDTH {
            *width = text.lines().map(text::width).fold(*width, usize::max);
        }
        let sheet = self.book.worksheet_from_index(0)?;
        sheet.write_string(self.rows, to_column_number(column), text)?;
        Ok(())
    }

    fn save(&mut self) -> Result<Vec<u8>, XlsxError> {
        let sheet = self.book.worksheet_from_index(0)?;
        sheet.set_freeze_panes(1, 0)?;
        let last_column = to_column_number(self.columns.len().saturating_sub(1));
        sheet.autofilter(0, 0, self.rows, last_column)?;
        for (column, width) in (0..).zip(&self.widths) {
            let width = (*width).clamp(MIN_COLUMN_WIDTH, MAX_COLUMN_WIDTH) + 1;
            sheet.set_column_width(column, u16::try_from(width).unwrap_or(u16::MAX))?;
        }
        self.book.save_to_buffer()
    }
}

impl Renderer for Xlsx {
    fn write_row(&mut self, row: &Row<'_>, _: &mut dyn Write) -> Result<()> {
        if self.rows == MAX_ROWS {
            let message = format!("an Excel sheet has room for {MAX_ROWS} referrals only");
            return Err(Error::failure(message)
                .hint("use `--format csv`, or narrow the listing with filters"));
        }
        run_step(|| self.write_cells(&row.cells))
    }

    fn finish(&mut self, out: &mut dyn Write) -> Result<RenderSummary> {
        let bytes = run_step(|| self.save())?;
        out.write_all(&bytes).map_err(write_failed)?;
        let warnings = excel::warn_of_truncated(self.truncated_cells).into_iter().collect();
        Ok(RenderSummary { warnings, ..RenderSummary::default() })
    }
}

/// Runs a step of the library, which panics if its temporary file cannot be written.
fn run_step<T>(step: impl FnOnce() -> Result<T, XlsxError>) -> Result<T> {
    let failed = Error::failure("cannot create the workbook");
    match catch_panic(step) {
        Some(Ok(value)) => Ok(value),
        Some(Err(XlsxError::TempFileError(directory, cause))) => {
            Err(temp_file_error(&cause).detail(format!("in {}", text::show_path(&directory))))
        }
        Some(Err(cause)) => Err(failed.cause(&cause)),
        // Its message does not say why. If there is room now, there was none for a larger file.
        None => probe_temp_files().and(Err(failed.hint(temp_hint()))),
    }
}

/// Checks that temporary files can be written.
fn probe_temp_files() -> Result<()> {
    tempfile::tempfile()
        .and_then(|mut file| file.write_all(&vec![0; PROBE_LEN]))
        // Without the name of the file, which means nothing to the user.
        .map_err(|error| temp_file_error(&error.kind().into()))
}

fn temp_file_error(cause: &io::Error) -> Error {
    Error::failure("cannot write the temporary file of the workbook").cause(cause).hint(temp_hint())
}

fn temp_hint() -> String {
    format!("free some space for temporary files, or set `{TEMP_VARIABLE}` to another directory")
}

/// Creates a workbook with one sheet and its header.
fn create_book(now: Timestamp, headings: &[String]) -> Result<Workbook, XlsxError> {
    let mut book = Workbook::new();
    let created = ExcelDateTime::from_timestamp(now.as_second())?;
    let properties = DocProperties::new().set_title("Referrals").set_creation_datetime(&created);
    book.set_properties(&properties);
    let sheet: &mut Worksheet = book.add_worksheet_with_constant_memory()?;
    sheet.set_name("Referrals")?;
    let bold = CellFormat::new().set_bold();
    for (column, heading) in (0..).zip(headings) {
        sheet.write_string_with_format(0, column, heading, &bold)?;
    }
    Ok(book)
}

fn format_heading(column: &ColumnHead) -> String {
    match column.shape {
        Shape::Time | Shape::Deadline => format!("{} (UTC)", column.heading),
        _ => column.heading.to_owned(),
    }
}

fn to_column_number(column: usize) -> u16 {
    u16::try_from(column).expect("there are fewer columns than a sheet has")
}

/// Excel's number for a time in UTC: days with fractions. `None` for years that Excel does not support.
fn to_serial_date(time: Timestamp) -> Option<f64> {
    let day = i32::try_from(time.as_second().div_euclid(SECONDS_PER_DAY)).ok()?;
    let second = i32::try_from(time.as_second().rem_euclid(SECONDS_PER_DAY)).ok()?;
    let days = UNIX_EPOCH_DAY + f64::from(day) + f64::from(second) / 86_400.0;
    (FIRST_DAY..END_DAY).contains(&days).then_some(days)
}

/// Excel's number for a day. `None` for years that Excel does not support.
fn to_serial_day(day: Date) -> Option<f64> {
    to_serial_date(day.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// Decodes HTML entities, converts line breaks to LF and replaces characters that XML forbids.
fn sanitize(text: &str) -> Cow<'_, str> {
    let decoded = text::decode_entities(text);
    if decoded.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t')) {
        return decoded;
    }
    let decoded = decoded.replace("\r\n", "\n");
    let replace = |c: char| match c {
        '\r' => '\n',
        '\n' | '\t' => c,
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        c if c.is_ascii_control() => text::control_replacement(c).unwrap_or(c),
        c => c,
    };
    decoded.chars().map(replace).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{self, COLUMNS, samples};
    use crate::model::Referral;
    use calamine::{Data, DataType, Reader};

    fn options() -> XlsxOptions {
        XlsxOptions { now: samples::now() }
    }

    fn workbook(columns: &str, referrals: &[Referral]) -> (Vec<u8>, Vec<String>) {
        let columns = columns::parse_list(columns).unwrap_or_else(|_| COLUMNS.iter().collect());
        let mut renderer = Xlsx::new(options(), columns::collect_heads(&columns)).unwrap();
        let mut out = Vec::new();
        for referral in referrals {
            renderer.write_row(&Row::new(&columns, referral), &mut out).unwrap();
        }
        assert!(out.is_empty());
        let summary = renderer.finish(&mut out).unwrap();
        (out, summary.warnings)
    }

    fn read(bytes: Vec<u8>) -> calamine::Range<Data> {
        let mut book = calamine::Xlsx::new(std::io::Cursor::new(bytes)).unwrap();
        book.worksheet_range("Referrals").unwrap()
    }

    fn part(bytes: &[u8], name: &str) -> String {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        std::io::read_to_string(archive.by_name(name).unwrap()).unwrap()
    }

    #[test]
    fn numbers_and_dates_are_typed() {
        let columns =
            "name,value,currency,deadline,deadline_estimated,closing,created,contact_phone";
        let (bytes, warnings) = workbook(columns, &samples::all()[1..2]);
        let sheet = read(bytes);
        let row = |at: usize| sheet.rows().nth(at).unwrap();
        let headings: Vec<String> = row(0).iter().map(ToString::to_string).collect();
        assert_eq!(
            headings,
            [
                "Name",
                "Value",
                "Currency",
                "Deadline (UTC)",
                "Deadline estimated",
                "Closing",
                "Created (UTC)",
                "Contact phone"
            ]
        );
        let row = row(1);
        assert_eq!(row[0], Data::String("Northwind ERP on Azure".to_owned()));
        assert_eq!(row[1], Data::Float(185_000.5));
        assert_eq!(row[2], Data::String("EUR".to_owned()));
        assert!(row[3].is_datetime() && row[5].is_datetime());
        let date = row[3].get_datetime().unwrap().to_ymd_hms_milli();
        assert_eq!(date, (2026, 6, 11, 0, 0, 0, 0));
        let date = row[6].get_datetime().unwrap().to_ymd_hms_milli();
        assert_eq!((date.0, date.1, date.2, date.3, date.4), (2026, 6, 3, 22, 47));
        // A whole number, without a time of day.
        assert_eq!(row[5].get_datetime().unwrap().as_f64().to_bits(), 46_295.0_f64.to_bits());
        assert_eq!(row[4], Data::Bool(false));
        assert_eq!(row[7], Data::String("+49 89 5550 0142".to_owned()));
        assert!(warnings.is_empty());
    }

    #[test]
    fn a_closing_date_is_a_whole_day_number() {
        let row = r#"{"details":{"closingDateTime":"2022-06-29T23:00:00Z"}}"#;
        let (bytes, _) = workbook("closing", &[samples::referral(row)]);
        let xml = part(&bytes, "xl/worksheets/sheet1.xml");
        // 2022-06-30.
        assert!(xml.contains("<v>44742</v>"), "{xml}");
    }

    #[test]
    fn what_is_no_date_is_text_and_an_early_time_is_in_utc() {
        let row = r#"{"status":"New","expirationDateTime":"9999-12-31T23:59:59Z",
            "createdDateTime":"12/4/2026","updatedDateTime":"0001-01-01T00:00:00Z"}"#;
        let (bytes, _) = workbook("deadline,created,updated", &[samples::referral(row)]);
        let sheet = read(bytes);
        let row = sheet.rows().nth(1).unwrap();
        assert_eq!(row[0], Data::String("never".to_owned()));
        assert_eq!(row[1], Data::String("unreadable".to_owned()));
        assert!(row.get(2).is_none_or(|cell| *cell == Data::Empty));
        let mut book =
            Xlsx::new(options(), columns::collect_heads(&columns::parse_list("created").unwrap()))
                .unwrap();
        book.write_cells(&[Cell::Time("1899-12-31T22:30:00Z".parse().unwrap())]).unwrap();
        let sheet = read(book.save().unwrap());
        assert_eq!(sheet.rows().nth(1).unwrap()[0], Data::String("1899-12-31 22:30".to_owned()));
    }

    #[test]
    fn no_text_is_a_formula_and_control_characters_are_replaced() {
        let (bytes, _) = workbook("id,customer,name", &samples::all());
        let xml = part(&bytes, "xl/worksheets/sheet1.xml");
        assert!(!xml.contains("<f>") && !xml.contains("_x00"), "{xml}");
        let sheet = read(bytes);
        let lead = sheet.rows().nth(1).unwrap();
        assert_eq!(lead[1], Data::String("Fabrikam Oil & Gas".to_owned()));
        let row = sheet.rows().nth(5).unwrap();
        assert_eq!(row[0], Data::String("=cmd|' /C calc'!A0".to_owned()));
        assert_eq!(row[1], Data::String("+Tab\tNew\nline\u{202e}evil".to_owned()));
        assert!(row[2].to_string().starts_with("\u{241b}]0;owned\u{2407}"));
    }

    #[test]
    fn the_header_is_frozen_and_the_filter_covers_every_row() {
        let (bytes, _) = workbook("id,name,notes", &samples::all());
        let xml = part(&bytes, "xl/worksheets/sheet1.xml");
        assert!(xml.contains(r#"<pane ySplit="1""#) && xml.contains(r#"state="frozen""#));
        assert!(xml.contains(r#"<autoFilter ref="A1:C6""#), "{xml}");
        assert!(xml.contains(r#"<col min="1" max="1" width="37."#), "{xml}");
        assert!(xml.contains(r#"<col min="2" max="3" width="61."#), "{xml}");
    }

    #[test]
    fn an_empty_result_is_a_workbook_with_a_header() {
        let (bytes, _) = workbook("", &[]);
        let sheet = read(bytes);
        assert_eq!(sheet.get_size(), (1, COLUMNS.len()));
    }

    #[test]
    fn text_beyond_the_limit_is_truncated_with_a_warning() {
        let long = "株".repeat(excel::MAX_CELL_LEN - 2) + "😀😀";
        let json = format!(r#"{{"details":{{"notes":"{long}"}}}}"#);
        let (bytes, warnings) = workbook("notes", &[samples::referral(&json)]);
        assert_eq!(warnings.len(), 1);
        let cell = read(bytes).rows().nth(1).unwrap()[0].to_string();
        assert!(cell.ends_with("株…") && cell.encode_utf16().count() <= excel::MAX_CELL_LEN);
    }

    #[test]
    fn a_row_too_many_is_an_error() {
        let mut full = Xlsx::new(options(), Vec::new()).unwrap();
        full.rows = MAX_ROWS;
        let empty = samples::referral("{}");
        let error = full.write_row(&Row::new(&[], &empty), &mut Vec::new()).unwrap_err();
        assert!(error.message().contains("1048575"));
    }

    #[test]
    fn dates_that_excel_does_not_support_stay_text() {
        let at = |text: &str| to_serial_date(text.parse().unwrap());
        assert_eq!(at("1970-01-01T12:00:00Z"), Some(25_569.5));
        assert_eq!(at("1900-03-01T00:00:00Z"), Some(61.0));
        assert_eq!(at("1900-02-28T00:00:00Z"), None);
        assert_eq!(at("0001-01-01T00:00:00Z"), None);
    }
}
