//! The rows of a table for people, as text: on a terminal, in Markdown and in HTML.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::short_id;
use super::table_cell::{TableCell, format_heading};
use crate::columns::{Cell, ColumnHead, Row, View};

pub(super) struct TableRows {
    pub(super) columns: Vec<&'static ColumnHead>,
    pub(super) headings: Vec<String>,
    pub(super) rows: Vec<Vec<TableCell>>,
    pub(super) has_estimates: bool,
    zone: TimeZone,
    now: Timestamp,
}

impl TableRows {
    pub(super) fn new(
        columns: Vec<&'static ColumnHead>,
        zone: TimeZone,
        now: Timestamp,
    ) -> TableRows {
        let headings = columns.iter().map(|column| format_heading(column, &zone, now)).collect();
        TableRows { columns, headings, rows: Vec::new(), has_estimates: false, zone, now }
    }

    pub(super) fn push(&mut self, row: &Row<'_>) {
        let is_estimate = |cell: &Cell<'_>| matches!(cell, Cell::Deadline(d) if d.estimated);
        self.has_estimates |= row.cells.iter().any(is_estimate);
        let cells = self.columns.iter().zip(&row.cells);
        let cells =
            cells.map(|(column, cell)| TableCell::new(column.view, cell, &self.zone, self.now));
        self.rows.push(cells.collect());
    }

    /// To as many characters as tell the rows apart.
    pub(super) fn shorten_ids(&mut self) {
        for (index, column) in self.columns.iter().enumerate() {
            if column.view != View::Id {
                continue;
            }
            let length = short_id::unique_length(self.rows.iter().map(|row| &*row[index].text));
            for row in &mut self.rows {
                row[index].text = short_id::shorten(&row[index].text, length).to_owned();
            }
        }
    }
}
