//! Writes Excel workbooks: a sheet for people, totals, and every field. Rows are kept in temporary files.

use std::io::{self, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use super::excel;
use super::panics::catch_panic;
use super::renderer::{RenderSummary, Renderer};
use super::sheet::{Sheet, SheetSettings};
use super::sheet_styles::Styles;
use super::sheet_totals::SheetTotals;
use crate::columns::{Cell, Row, Sheets, TotalsCells};
use crate::error::{Error, Result};
use crate::output::write_failed;
use crate::platform::Platform;
use crate::text;

/// Excel's limit, without the header.
const MAX_ROWS: u32 = 1_048_575;

/// More than the library buffers, so that a full disk is noticed before the first request.
const PROBE_LEN: usize = 64 << 10;

#[derive(Clone, Debug)]
pub struct XlsxOptions {
    pub sheets: Sheets,
    /// Of deadlines.
    pub zone: TimeZone,
    pub now: Timestamp,
    /// The address of a referral, with `{id}` in the place of its id.
    pub portal_url: Option<String>,
}

pub(super) struct Xlsx {
    settings: SheetSettings,
    book: Workbook,
    first: Sheet,
    fields: Option<Sheet>,
    totals: SheetTotals,
    /// `None` for no totals.
    totals_cells: Option<TotalsCells>,
    rows: u32,
}

impl Xlsx {
    pub(super) fn new(options: XlsxOptions) -> Result<Xlsx> {
        let XlsxOptions { sheets, zone, now, portal_url } = options;
        let settings = SheetSettings { zone, now, portal_url, styles: Styles::new() };
        probe_temp_files()?;
        run_step(|| {
            let mut book = create_book(now)?;
            let first = Sheet::new(&mut book, "Referrals", sheets.first, true, &settings)?;
            let mut create =
                |columns| Sheet::new(&mut book, "All fields", columns, false, &settings);
            let fields = Some(sheets.fields).filter(|columns| !columns.is_empty());
            let fields = fields.map(&mut create).transpose()?;
            let (totals, totals_cells) = (SheetTotals::default(), sheets.totals);
            Ok(Xlsx { settings, book, first, fields, totals, totals_cells, rows: 0 })
        })
    }

    fn write_cells(&mut self, cells: &[Cell<'_>]) -> Result<(), XlsxError> {
        self.rows += 1;
        if let Some(places) = &self.totals_cells {
            self.totals.add(cells, places);
        }
        let deadline = self.totals_cells.map(|places| &cells[places.deadline]);
        let urgency = match deadline {
            Some(Cell::Deadline(deadline)) => deadline.urgency(self.settings.now),
            _ => None,
        };
        self.first.write_row(cells, urgency, &self.settings)?;
        match &mut self.fields {
            Some(fields) => fields.write_row(cells, None, &self.settings),
            None => Ok(()),
        }
    }

    fn save(&mut self) -> Result<Vec<u8>, XlsxError> {
        let totals = match self.totals_cells {
            Some(_) => Some(self.totals.write(&mut self.book, &self.settings)?),
            None => None,
        };
        let sheets = [Some(self.first.close()?), totals];
        let fields = self.fields.as_mut().map(Sheet::close).transpose()?;
        for sheet in sheets.into_iter().chain([fields]).flatten() {
            self.book.push_worksheet(sheet);
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
        // Every text of the first sheet is in that of all fields too.
        let truncated_cells = self.fields.as_ref().unwrap_or(&self.first).truncated_cells();
        let warnings = excel::warn_of_truncated(truncated_cells).into_iter().collect();
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
    let variable = temp_variable(Platform::HERE);
    format!("free some space for temporary files, or set {variable} to another directory")
}

/// The variable that names the directory of temporary files; on Windows, TMP comes before TEMP.
fn temp_variable(platform: Platform) -> &'static str {
    if platform == Platform::Windows { "TMP" } else { "TMPDIR" }
}

fn create_book(now: Timestamp) -> Result<Workbook, XlsxError> {
    let mut book = Workbook::new();
    let created = ExcelDateTime::from_timestamp(now.as_second())?;
    let properties = DocProperties::new().set_title("Referrals").set_creation_datetime(&created);
    book.set_properties(&properties);
    Ok(book)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{self, COLUMNS, Column, samples};
    use crate::model::Referral;
    use calamine::{Data, DataType, Reader};

    /// Renders with these columns, or with none chosen.
    fn create(names: &str) -> (Vec<&'static Column>, Xlsx) {
        create_with(names, None)
    }

    fn create_with(names: &str, portal_url: Option<String>) -> (Vec<&'static Column>, Xlsx) {
        let chosen = (!names.is_empty()).then(|| columns::parse_list(names).unwrap());
        let (columns, sheets) = columns::plan_workbook(chosen.as_deref(), columns::LIST);
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let options = XlsxOptions { sheets, zone, now: samples::now(), portal_url };
        (columns, Xlsx::new(options).unwrap())
    }

    fn workbook(names: &str, referrals: &[Referral]) -> (Vec<u8>, Vec<String>) {
        render(create(names), referrals)
    }

    fn render(
        (columns, mut renderer): (Vec<&'static Column>, Xlsx),
        referrals: &[Referral],
    ) -> (Vec<u8>, Vec<String>) {
        let mut out = Vec::new();
        for referral in referrals {
            renderer.write_row(&Row::new(&columns, referral), &mut out).unwrap();
        }
        assert!(out.is_empty());
        let summary = renderer.finish(&mut out).unwrap();
        (out, summary.warnings)
    }

    fn read(bytes: Vec<u8>) -> calamine::Range<Data> {
        read_sheet(bytes, "Referrals")
    }

    fn read_sheet(bytes: Vec<u8>, name: &str) -> calamine::Range<Data> {
        let mut book = calamine::Xlsx::new(std::io::Cursor::new(bytes)).unwrap();
        book.worksheet_range(name).unwrap()
    }

    fn texts(row: &[Data]) -> Vec<String> {
        row.iter().map(ToString::to_string).collect()
    }

    fn part(bytes: &[u8], name: &str) -> String {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        std::io::read_to_string(archive.by_name(name).unwrap()).unwrap()
    }

    #[test]
    fn numbers_and_dates_are_typed() {
        let (bytes, warnings) = workbook("", &samples::all()[1..2]);
        let sheet = read_sheet(bytes, "All fields");
        let headings = texts(sheet.rows().next().unwrap());
        let row = sheet.rows().nth(1).unwrap();
        let cell = |heading: &str| &row[headings.iter().position(|it| it == heading).unwrap()];
        assert_eq!(headings.len(), COLUMNS.len());
        assert_eq!(*cell("Name"), Data::String("Northwind ERP on Azure".to_owned()));
        assert_eq!(*cell("Value"), Data::Float(185_000.5));
        assert_eq!(*cell("Currency"), Data::String("EUR".to_owned()));
        assert!(cell("Deadline (UTC)").is_datetime() && cell("Closing").is_datetime());
        let date = cell("Deadline (UTC)").get_datetime().unwrap().to_ymd_hms_milli();
        assert_eq!(date, (2026, 6, 11, 0, 0, 0, 0));
        let date = cell("Created (UTC)").get_datetime().unwrap().to_ymd_hms_milli();
        assert_eq!((date.0, date.1, date.2, date.3, date.4), (2026, 6, 3, 22, 47));
        assert_eq!(*cell("Deadline estimated"), Data::Bool(false));
        assert_eq!(*cell("Contact phone"), Data::String("+49 89 5550 0142".to_owned()));
        assert!(warnings.is_empty());
    }

    #[test]
    fn the_first_sheet_is_for_people() {
        let (bytes, _) = workbook("", &samples::all());
        let sheet = read(bytes);
        assert_eq!(
            texts(sheet.rows().next().unwrap()).join("|"),
            "State|Days left|Due (CEST)|Customer|Deal|Value|Currency|Sellers|Contact|Id|Notes"
        );
        let row = sheet.rows().nth(2).unwrap();
        assert_eq!(row[0], Data::String("pending".to_owned()));
        assert_eq!(row[1], Data::Float(0.1));
        // 2026-06-10, although it is the next day by the clock.
        assert_eq!(row[2].get_datetime().unwrap().as_f64().to_bits(), 46_183.0_f64.to_bits());
        assert_eq!(row[5], Data::Float(185_000.5));
        assert_eq!(row[9], Data::String("7c91e4d2".to_owned()));
    }

    #[test]
    fn urgent_rows_are_coloured_whole_and_notes_are_wrapped() {
        let (bytes, _) = workbook("", &samples::all());
        let styles = part(&bytes, "xl/styles.xml");
        let xml = part(&bytes, "xl/worksheets/sheet1.xml");
        let formats: Vec<&str> =
            styles.split_once("<cellXfs").unwrap().1.split("<xf ").skip(1).collect();
        let used_in = |row: &str| -> Vec<&str> {
            let row = xml.split_once(&format!("<row r=\"{row}\"")).unwrap().1;
            let row = row.split_once("</row>").unwrap().0;
            let number = |cell: &str| cell.split_once(" s=\"")?.1.split_once('"')?.0.parse().ok();
            row.split("<c ").skip(1).map(|cell| formats[number(cell).unwrap_or(0_usize)]).collect()
        };
        // Due in four hours, and in eight days.
        let urgent = used_in("3");
        assert_eq!(urgent.len(), 11);
        assert!(urgent.iter().all(|format| format.contains("applyFill=\"1\"")), "{urgent:?}");
        assert!(used_in("6").iter().all(|format| !format.contains("applyFill")), "{xml}");
        assert!(
            urgent[10].contains("wrapText=\"1\"")
                && used_in("2").last().unwrap().contains("wrapText")
        );
        assert!(styles.contains("FFFFC7CE"), "{styles}");
    }

    #[test]
    fn totals_are_counted_by_group_and_summed_by_currency() {
        let (bytes, _) = workbook("customer", &samples::all());
        let sheet = read_sheet(bytes, "Totals");
        let rows: Vec<String> = sheet.rows().map(|row| texts(row).join("|")).collect();
        assert_eq!(rows[0], "5 referrals, Wed 10 Jun 22:00 CEST||||||");
        assert!(
            rows[1].ends_with("https://partner.microsoft.com/dashboard/home||||||"),
            "{rows:?}"
        );
        assert!(rows[3].starts_with("~ before the days left"), "{rows:?}");
        let expected = [
            "Group|Name|Referrals|Without value|Currency|With value|Value",
            "All||5|2|EUR|1|185000.5",
            "All||||JPY|1|12000000",
            "All||||USD|1|-5",
            "State|pending|2|1|EUR|1|185000.5",
            "State|accepted|1|0|JPY|1|12000000",
            "State|engaged|1|0|USD|1|-5",
            "State|(none)|1|1|||",
            "Kind|lead|1|1|||",
            "Kind|co-sell|2|0|EUR|1|185000.5",
        ];
        for line in expected {
            assert!(rows.iter().any(|row| row == line), "{line}: {rows:#?}");
        }
        for seller in ["ada.lindqvist@contoso.example", "bo@contoso.example"] {
            let line = format!("Seller|{seller}|1|0|EUR|1|185000.5");
            assert!(rows.contains(&line), "{rows:#?}");
        }
        assert_eq!(rows.last().unwrap(), "Seller|(none)|||USD|1|-5");
    }

    #[test]
    fn chosen_columns_are_the_first_sheet_and_there_is_none_of_all_fields() {
        let (bytes, _) = workbook("customer,deadline", &samples::all());
        let book = calamine::Xlsx::new(std::io::Cursor::new(bytes.clone())).unwrap();
        assert_eq!(book.sheet_names(), ["Referrals", "Totals"]);
        let sheet = read(bytes);
        assert_eq!(texts(sheet.rows().next().unwrap()), ["Customer", "Days left", "Due (CEST)"]);
        let book = calamine::Xlsx::new(std::io::Cursor::new(workbook("", &[]).0)).unwrap();
        assert_eq!(book.sheet_names(), ["Referrals", "Totals", "All fields"]);
    }

    #[test]
    fn an_id_is_a_link_only_where_there_is_an_address() {
        let links = "xl/worksheets/_rels/sheet1.xml.rels";
        let url = "https://portal.example/#/referrals/{id}/view".to_owned();
        for names in ["", "id"] {
            let (bytes, _) = render(create_with(names, Some(url.clone())), &samples::all());
            let xml = part(&bytes, links);
            assert!(xml.contains(r#"Target="https://portal.example/""#), "{xml}");
            assert_eq!(xml.matches("<Relationship ").count(), 3, "hostile and missing ids: {xml}");
            let xml = part(&bytes, "xl/worksheets/sheet1.xml");
            assert!(
                xml.contains(r#"location="/referrals/3b0c6f7e-52b4-4a0f-9a41-7f0c2f6d1a01/view""#)
            );
        }
        let (bytes, _) = workbook("", &samples::all());
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        assert!(archive.by_name(links).is_err());
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
    fn what_is_no_date_is_text() {
        let row = r#"{"status":"New","expirationDateTime":"9999-12-31T23:59:59Z",
            "createdDateTime":"12/4/2026","updatedDateTime":"0001-01-01T00:00:00Z"}"#;
        let (bytes, _) = workbook("deadline,created,updated", &[samples::referral(row)]);
        let sheet = read(bytes);
        let row = sheet.rows().nth(1).unwrap();
        assert_eq!(row[0], Data::String("never".to_owned()));
        assert_eq!(row[1], Data::Empty);
        assert_eq!(row[2], Data::String("unreadable".to_owned()));
        assert!(row.get(3).is_none_or(|cell| *cell == Data::Empty));
    }

    #[test]
    fn no_text_is_a_formula_and_control_characters_are_replaced() {
        let (bytes, _) = workbook("id,customer,name", &samples::all());
        let xml = part(&bytes, "xl/worksheets/sheet1.xml");
        assert!(!xml.contains("<f>") && !xml.contains("_x00"), "{xml}");
        for sheet in ["sheet2", "sheet3"] {
            let xml = part(&workbook("", &samples::all()).0, &format!("xl/worksheets/{sheet}.xml"));
            assert!(!xml.contains("<f>"), "{xml}");
        }
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
        let totals = part(&bytes, "xl/worksheets/sheet2.xml");
        assert!(totals.contains(r#"<pane ySplit="6""#), "{totals}");
        assert!(totals.contains(r#"<autoFilter ref="A6:G"#), "{totals}");
        let xml = part(&bytes, "xl/worksheets/sheet1.xml");
        assert!(xml.contains(r#"<pane ySplit="1""#) && xml.contains(r#"state="frozen""#));
        assert!(xml.contains(r#"<autoFilter ref="A1:C6""#), "{xml}");
        assert!(xml.contains(r#"<col min="1" max="1" width="37."#), "{xml}");
        assert!(xml.contains(r#"<col min="3" max="3" width="61."#), "{xml}");
    }

    #[test]
    fn an_empty_result_is_a_workbook_with_a_header() {
        let (bytes, _) = workbook("", &[]);
        assert_eq!(read_sheet(bytes, "All fields").get_size(), (1, COLUMNS.len()));
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
        let (columns, mut full) = create("");
        full.rows = MAX_ROWS;
        let empty = samples::referral("{}");
        let error = full.write_row(&Row::new(&columns, &empty), &mut Vec::new()).unwrap_err();
        assert!(error.message().contains("1048575"));
    }
}
