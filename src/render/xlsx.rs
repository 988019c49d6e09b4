//! An Excel workbook: typed numbers and dates, frozen header, filter, column widths. Rows go to a temporary file.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format as Look, Workbook, Worksheet, XlsxError,
};

use super::display::format_cell;
use super::renderer::Renderer;
use crate::columns::{Cell, ColumnHead, Row, Scalar, Shape};
use crate::error::{Error, Result};
use crate::output::write_failed;
use crate::text;

/// The rows a sheet holds below its header.
const MAX_ROWS: u32 = 1_048_575;

/// The UTF-16 units a cell holds.
const MAX_CELL_TEXT: usize = 32_767;

/// The narrowest and the widest column, in characters.
const WIDTHS: (usize, usize) = (8, 60);

/// Room for the filter's button beside a heading, in characters.
const BUTTON: usize = 3;

/// The characters of `2026-06-01 09:14`.
const TIME_WIDTH: usize = 16;

/// Seconds a day.
const DAY: i64 = 86_400;

/// Excel's day 0 counted from the Unix epoch, and its first day that is not off by its imaginary 29 February 1900.
const DAY_ZERO: f64 = 25_569.0;
const FIRST_DAY: f64 = 61.0;

/// The day after 9999-12-31, which Excel does not know.
const END_OF_DAYS: f64 = 2_958_466.0;

/// How a workbook is written.
#[derive(Clone, Debug)]
pub struct XlsxOptions {
    /// The present instant, for the document's properties.
    pub now: Timestamp,
    /// The zone of times that Excel cannot hold and that are written as text.
    pub zone: TimeZone,
}

/// Collects rows; [`Renderer::finish`] writes the workbook.
pub(super) struct Xlsx {
    options: XlsxOptions,
    columns: Vec<&'static ColumnHead>,
    book: Option<Workbook>,
    rows: u32,
    widths: Vec<usize>,
    cut: usize,
    looks: Rc<CellFormats>,
}

struct CellFormats {
    heading: Look,
    money: Look,
    time: Look,
    date: Look,
}

impl Xlsx {
    pub(super) fn new(options: XlsxOptions, columns: Vec<&'static ColumnHead>) -> Xlsx {
        let widths = columns.iter().map(|c| text::width(&heading(c)) + BUTTON);
        Xlsx {
            widths: widths.collect(),
            options,
            columns,
            book: None,
            rows: 0,
            cut: 0,
            looks: Rc::new(CellFormats {
                heading: Look::new().set_bold(),
                money: Look::new().set_num_format("#,##0.00"),
                time: Look::new().set_num_format("yyyy-mm-dd hh:mm"),
                date: Look::new().set_num_format("yyyy-mm-dd"),
            }),
        }
    }

    /// The sheet with its header, made when it is first needed.
    fn open(&mut self) -> Result<&mut Worksheet, XlsxError> {
        if self.book.is_none() {
            let mut book = Workbook::new();
            let made = ExcelDateTime::from_timestamp(self.options.now.as_second())?;
            let properties =
                DocProperties::new().set_title("Referrals").set_creation_datetime(&made);
            book.set_properties(&properties);
            let sheet = book.add_worksheet_with_constant_memory()?;
            sheet.set_name("Referrals")?;
            for (at, column) in (0..).zip(&self.columns) {
                sheet.write_string_with_format(0, at, heading(column), &self.looks.heading)?;
            }
            self.book = Some(book);
        }
        let book = self.book.as_mut().expect("it was made above");
        book.worksheet_from_index(0)
    }

    fn write_row(&mut self, row: &Row<'_>) -> Result<(), XlsxError> {
        self.open()?;
        self.rows += 1;
        for (at, cell) in row.cells.iter().enumerate() {
            self.write_cell(at, cell)?;
        }
        Ok(())
    }

    fn write_cell(&mut self, at: usize, cell: &Cell<'_>) -> Result<(), XlsxError> {
        let (row, column) = (self.rows, number(at));
        let looks = Rc::clone(&self.looks);
        let (value, look) = match cell.to_scalar() {
            Scalar::Empty => return Ok(()),
            Scalar::Flag(flag) => {
                self.open()?.write_boolean(row, column, flag)?;
                return Ok(());
            }
            Scalar::Text(text) => return self.write_text(at, &text),
            Scalar::Number(amount) => (amount.to_string().parse().ok(), &looks.money),
            Scalar::Time(moment) if matches!(cell, Cell::Date(_)) => {
                (excel_serial(moment), &looks.date)
            }
            Scalar::Time(moment) => (excel_serial(moment), &looks.time),
        };
        let Some(value) = value else {
            // Excel has no such date; its text is better than nothing.
            let text = format_cell(cell, &self.options.zone, self.options.now);
            return self.write_text(at, &text);
        };
        let width = match cell {
            Cell::Money(money) => text::width(&money.amount.round_dp(2).to_string()) + BUTTON,
            _ => TIME_WIDTH,
        };
        self.widen(at, width);
        self.open()?.write_number_with_format(row, column, value, look)?;
        Ok(())
    }

    fn write_text(&mut self, at: usize, sent: &str) -> Result<(), XlsxError> {
        let (text, cut) = truncate(&sanitize(sent));
        self.cut += usize::from(cut);
        let widest = text.lines().map(text::width).max();
        self.widen(at, widest.unwrap_or(0));
        let row = self.rows;
        self.open()?.write_string(row, number(at), text)?;
        Ok(())
    }

    fn widen(&mut self, at: usize, width: usize) {
        self.widths[at] = self.widths[at].max(width);
    }

    fn close(&mut self) -> Result<Vec<u8>, XlsxError> {
        let (rows, last) = (self.rows, number(self.columns.len().saturating_sub(1)));
        let widths = self.widths.clone();
        let sheet = self.open()?;
        sheet.set_freeze_panes(1, 0)?;
        sheet.autofilter(0, 0, rows, last)?;
        for (at, width) in (0..).zip(widths) {
            let width = width.clamp(WIDTHS.0, WIDTHS.1) + 1;
            sheet.set_column_width(at, u16::try_from(width).unwrap_or(u16::MAX))?;
        }
        let book = self.book.as_mut().expect("the sheet was opened above");
        book.save_to_buffer()
    }
}

impl Renderer for Xlsx {
    fn row(&mut self, row: &Row<'_>, _: &mut dyn Write) -> Result<()> {
        if self.rows == MAX_ROWS {
            let message = format!("an Excel sheet holds no more than {MAX_ROWS} referrals");
            return Err(Error::failure(message)
                .hint("use `--format csv`, or narrow the listing with filters"));
        }
        catch_library_panic(|| self.write_row(row))
    }

    fn finish(&mut self, out: &mut dyn Write) -> Result<()> {
        let bytes = catch_library_panic(|| self.close())?;
        out.write_all(&bytes).map_err(|error| write_failed(&error))
    }

    fn remarks(&self) -> Vec<String> {
        match self.cut {
            0 => Vec::new(),
            1 => vec![format!(
                "1 text was cut to the {MAX_CELL_TEXT} characters an Excel cell holds"
            )],
            cut => vec![format!(
                "{cut} texts were cut to the {MAX_CELL_TEXT} characters an Excel cell holds"
            )],
        }
    }
}

/// Runs a step of the workbook's making. The library panics where its temporary file cannot be written.
fn catch_library_panic<T>(step: impl FnOnce() -> Result<T, XlsxError>) -> Result<T> {
    let hint = "is there room left for temporary files?";
    match catch_unwind(AssertUnwindSafe(step)) {
        Ok(result) => result
            .map_err(|error| Error::failure("cannot make the workbook").cause(&error).hint(hint)),
        Err(_) => Err(Error::failure("cannot make the workbook").hint(hint)),
    }
}

fn heading(column: &ColumnHead) -> String {
    match column.shape {
        Shape::Time | Shape::Deadline => format!("{} (UTC)", column.heading),
        _ => column.heading.to_owned(),
    }
}

fn number(column: usize) -> u16 {
    u16::try_from(column).expect("there are fewer columns than a sheet has")
}

/// The instant as Excel counts: days and their fractions, in UTC. `None` outside the years it knows.
fn excel_serial(at: Timestamp) -> Option<f64> {
    let day = i32::try_from(at.as_second().div_euclid(DAY)).ok()?;
    let second = i32::try_from(at.as_second().rem_euclid(DAY)).ok()?;
    let days = DAY_ZERO + f64::from(day) + f64::from(second) / 86_400.0;
    (FIRST_DAY..END_OF_DAYS).contains(&days).then_some(days)
}

/// The text with its entities decoded, its line ends as Excel has them, and nothing in it that XML forbids.
fn sanitize(sent: &str) -> String {
    let decoded = text::decode_entities(sent).replace("\r\n", "\n");
    let allowed = |c: char| match c {
        '\r' => '\n',
        '\n' | '\t' => c,
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        c if c.is_ascii_control() => text::control_replacement(c).unwrap_or(c),
        c => c,
    };
    decoded.chars().map(allowed).collect()
}

/// As much of the text as a cell holds, a cut marked with `…`, and whether it was cut.
fn truncate(text: &str) -> (String, bool) {
    let units = text.encode_utf16().count();
    if units <= MAX_CELL_TEXT {
        return (text.to_owned(), false);
    }
    let mut room = MAX_CELL_TEXT - 1;
    let kept = text.chars().take_while(|c| {
        let fits = c.len_utf16() <= room;
        room = room.saturating_sub(c.len_utf16());
        fits
    });
    (kept.chain(['…']).collect(), true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{self, COLUMNS, samples};
    use crate::model::Referral;
    use calamine::{Data, DataType, Reader};

    fn options() -> XlsxOptions {
        XlsxOptions { now: samples::now(), zone: TimeZone::UTC }
    }

    fn workbook(columns: &str, referrals: &[Referral]) -> (Vec<u8>, Vec<String>) {
        let columns = columns::parse_list(columns).unwrap_or_else(|_| COLUMNS.iter().collect());
        let mut renderer = Xlsx::new(options(), columns::collect_heads(&columns));
        let mut out = Vec::new();
        for referral in referrals {
            renderer.row(&Row::new(&columns, referral), &mut out).unwrap();
        }
        assert!(out.is_empty());
        renderer.finish(&mut out).unwrap();
        (out, renderer.remarks())
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
    fn numbers_and_dates_are_typed_and_text_is_text() {
        let columns =
            "name,value,currency,deadline,deadline_estimated,closing,created,contact_phone";
        let (bytes, remarks) = workbook(columns, &samples::all()[1..2]);
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
        assert_eq!(row[4], Data::Bool(false));
        assert_eq!(row[7], Data::String("+49 89 5550 0142".to_owned()));
        assert!(remarks.is_empty());
    }

    #[test]
    fn no_text_is_a_formula_and_no_control_character_gets_in() {
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
    fn overlong_text_is_cut_marked_and_told() {
        let long = "株".repeat(MAX_CELL_TEXT - 2) + "😀😀";
        let json = format!(r#"{{"details":{{"notes":"{long}"}}}}"#);
        let (bytes, remarks) = workbook("notes", &[samples::referral(&json)]);
        assert_eq!(remarks.len(), 1);
        let cell = read(bytes).rows().nth(1).unwrap()[0].to_string();
        assert!(cell.ends_with("株…") && cell.encode_utf16().count() <= MAX_CELL_TEXT);
        assert_eq!(truncate("short"), ("short".to_owned(), false));
    }

    #[test]
    fn a_row_too_many_is_an_error() {
        let mut full = Xlsx::new(options(), Vec::new());
        full.rows = MAX_ROWS;
        let empty = samples::referral("{}");
        let error = full.row(&Row::new(&[], &empty), &mut Vec::new()).unwrap_err();
        assert!(error.message().contains("1048575"));
    }

    #[test]
    fn dates_that_excel_does_not_know_stay_text() {
        let at = |text: &str| excel_serial(text.parse().unwrap());
        assert_eq!(at("1970-01-01T12:00:00Z"), Some(25_569.5));
        assert_eq!(at("1900-03-01T00:00:00Z"), Some(61.0));
        assert_eq!(at("1900-02-28T00:00:00Z"), None);
        assert_eq!(at("0001-01-01T00:00:00Z"), None);
    }
}
