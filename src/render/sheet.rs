//! One sheet of a workbook: a heading and rows, which are kept in a temporary file.

use std::borrow::Cow;
use std::mem;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_xlsxwriter::{Format as CellFormat, Workbook, Worksheet, XlsxError};

use super::excel;
use super::sheet_styles::{Look, Styles};
use super::sheet_value::{SheetValue, sanitize};
use super::times;
use crate::columns::{Cell, ColumnHead, Shape, SheetColumn, View};
use crate::model::Urgency;
use crate::text;

/// In characters.
const MIN_COLUMN_WIDTH: usize = 8;
const MAX_COLUMN_WIDTH: usize = 60;

/// The width of the filter button beside a heading, in characters.
const BUTTON_WIDTH: usize = 3;

/// The width of `2026-06-01`, in characters.
const DAY_WIDTH: usize = 10;

/// Excel's limit for a sheet.
const MAX_LINKS: usize = 65_530;

/// What the sheets of a workbook have in common.
pub(super) struct SheetSettings {
    /// Of deadlines.
    pub(super) zone: TimeZone,
    pub(super) now: Timestamp,
    /// The address of a referral, with `{id}` in the place of its id.
    pub(super) portal_url: Option<String>,
    pub(super) styles: Styles,
}

pub(super) struct Sheet {
    inner: Worksheet,
    columns: Vec<SheetColumn>,
    looks: Vec<Look>,
    /// In characters.
    widths: Vec<usize>,
    /// Of the last row that was written. The heading is row 0.
    row: u32,
    links: usize,
    truncated_cells: usize,
}

impl Sheet {
    /// With `for_people`, notes are wrapped and ids are links, as far as there is an address.
    pub(super) fn new(
        book: &mut Workbook,
        name: &str,
        columns: Vec<SheetColumn>,
        for_people: bool,
        settings: &SheetSettings,
    ) -> Result<Sheet, XlsxError> {
        let mut inner = book.new_worksheet_with_constant_memory()?;
        inner.set_name(name)?;
        let bold = CellFormat::new().set_bold();
        let (mut looks, mut widths) = (Vec::new(), Vec::new());
        for (number, SheetColumn { head, .. }) in (0..).zip(&columns) {
            let heading = format_heading(head, settings);
            let look = match Look::of(head) {
                Look::Wrapped if !for_people => Look::Text,
                look => look,
            };
            // Cells have the format of their column unless they are written with another, which costs as much as a cell.
            if for_people || look != Look::Text {
                inner.set_column_format(number, settings.styles.get(None, look))?;
            }
            inner.write_string_with_format(0, number, &heading, &bold)?;
            looks.push(look);
            widths.push(text::width(&heading) + BUTTON_WIDTH);
        }
        let links = if for_people { 0 } else { MAX_LINKS };
        Ok(Sheet { inner, columns, looks, widths, row: 0, links, truncated_cells: 0 })
    }

    /// Rows with an urgency are coloured.
    pub(super) fn write_row(
        &mut self,
        cells: &[Cell<'_>],
        urgency: Option<Urgency>,
        settings: &SheetSettings,
    ) -> Result<(), XlsxError> {
        self.row += 1;
        for column in 0..self.columns.len() {
            let cell = &cells[self.columns[column].cell];
            self.write_cell(column, cell, urgency, settings)?;
        }
        Ok(())
    }

    fn write_cell(
        &mut self,
        column: usize,
        cell: &Cell<'_>,
        urgency: Option<Urgency>,
        settings: &SheetSettings,
    ) -> Result<(), XlsxError> {
        let view = self.columns[column].head.view;
        let styles = &settings.styles;
        let usual = self.looks[column];
        let (row, number) = (self.row, to_column_number(column));
        match SheetValue::new(view, cell, &settings.zone, settings.now) {
            SheetValue::Empty if urgency.is_none() => {}
            SheetValue::Empty => {
                self.inner.write_blank(row, number, styles.get(urgency, usual))?;
            }
            SheetValue::Flag(flag) if urgency.is_none() => {
                self.inner.write_boolean(row, number, flag)?;
            }
            SheetValue::Flag(flag) => {
                let format = styles.get(urgency, usual);
                self.inner.write_boolean_with_format(row, number, flag, format)?;
            }
            SheetValue::Text(text) => {
                let link = self.link_to(view, cell, settings);
                self.write_text(column, &text, link, urgency, styles)?;
            }
            SheetValue::Number { value, look, width } => {
                self.widen(column, width);
                if urgency.is_none() && look == usual {
                    self.inner.write_number(row, number, value)?;
                } else {
                    let format = styles.get(urgency, look);
                    self.inner.write_number_with_format(row, number, value, format)?;
                }
            }
            SheetValue::DayAndTime { day, time } => {
                self.widen(column, DAY_WIDTH + time.len());
                let format = styles.day_with(urgency, &time);
                self.inner.write_number_with_format(row, number, day, &format)?;
            }
        }
        Ok(())
    }

    fn write_text(
        &mut self,
        column: usize,
        text: &str,
        link: Option<String>,
        urgency: Option<Urgency>,
        styles: &Styles,
    ) -> Result<(), XlsxError> {
        let text = self.prepare_text(text);
        if self.widths[column] < MAX_COLUMN_WIDTH {
            let longest = text.lines().map(text::width).max();
            self.widen(column, longest.unwrap_or_default());
        }
        let (row, number) = (self.row, to_column_number(column));
        let usual = self.looks[column];
        let look = if usual == Look::Wrapped { usual } else { Look::Text };
        match link {
            Some(link) => {
                let format = styles.get(urgency, Look::Link);
                self.inner.write_url_with_options(
                    row,
                    number,
                    link.as_str(),
                    text,
                    "",
                    Some(format),
                )?;
            }
            None if urgency.is_none() && look == usual => {
                self.inner.write_string(row, number, text)?;
            }
            None => {
                let format = styles.get(urgency, look);
                self.inner.write_string_with_format(row, number, text, format)?;
            }
        }
        Ok(())
    }

    /// As a cell can hold it.
    fn prepare_text<'a>(&mut self, text: &'a str) -> Cow<'a, str> {
        let (text, is_truncated) = excel::truncate(sanitize(text));
        self.truncated_cells += usize::from(is_truncated);
        text
    }

    /// The address of a referral, where the cell is its id. Ids with characters that an address would have to escape
    /// are none of the API's.
    fn link_to(&mut self, view: View, cell: &Cell<'_>, settings: &SheetSettings) -> Option<String> {
        let portal_url = settings.portal_url.as_ref()?;
        let (View::Id | View::ShortId, Cell::Text(id)) = (view, cell) else { return None };
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if self.links >= MAX_LINKS || id.len() > 64 || !id.bytes().all(is_plain) {
            return None;
        }
        self.links += 1;
        Some(portal_url.replace("{id}", id))
    }

    fn widen(&mut self, column: usize, width: usize) {
        self.widths[column] = self.widths[column].max(width);
    }

    /// Those that are longer than a cell can hold.
    pub(super) fn truncated_cells(&self) -> usize {
        self.truncated_cells
    }

    /// Freezes the heading, adds the filter and sets the widths. What is left is an empty sheet.
    pub(super) fn close(&mut self) -> Result<Worksheet, XlsxError> {
        self.inner.set_freeze_panes(1, 0)?;
        let last_column = to_column_number(self.columns.len().saturating_sub(1));
        self.inner.autofilter(0, 0, self.row, last_column)?;
        for (column, width) in (0..).zip(&self.widths) {
            set_width(&mut self.inner, column, *width)?;
        }
        Ok(mem::take(&mut self.inner))
    }
}

/// In characters.
pub(super) fn set_width(sheet: &mut Worksheet, column: u16, width: usize) -> Result<(), XlsxError> {
    let width = width.clamp(MIN_COLUMN_WIDTH, MAX_COLUMN_WIDTH) + 1;
    sheet.set_column_width(column, u16::try_from(width).unwrap_or(u16::MAX))?;
    Ok(())
}

fn format_heading(column: &ColumnHead, settings: &SheetSettings) -> String {
    match (column.view, column.shape) {
        (View::TimeLeft, _) => "Days left".to_owned(),
        (View::Due, _) => {
            let zone = times::format_zone(&settings.now.to_zoned(settings.zone.clone()));
            format!("{} ({zone})", column.heading)
        }
        (_, Shape::Time | Shape::Deadline) => format!("{} (UTC)", column.heading),
        _ => column.heading.to_owned(),
    }
}

fn to_column_number(column: usize) -> u16 {
    u16::try_from(column).expect("there are fewer columns than a sheet has")
}
