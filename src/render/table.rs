//! A table for reading, without borders, at most as wide as the terminal; one line a row.

use std::io::Write;

use comfy_table::{CellAlignment, Table as Grid, presets};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::display::format_cell;
use super::layout::{ColumnWidth, GAP, fit_columns};
use super::paint::urgency_style;
use super::renderer::Renderer;
use crate::columns::{Cell, ColumnHead, Row, Shape};
use crate::error::Result;
use crate::model::Urgency;
use crate::output::write_failed;
use crate::text;

/// The most cells of one cell even where nothing limits the width; the grid counts in 16 bits.
const MAX_CELL_WIDTH: usize = 16_000;

/// How a table looks.
#[derive(Clone, Debug)]
pub struct TableOptions {
    /// The terminal's width in cells; `None` (a pipe, a file) drops no column and cuts nothing.
    pub width: Option<usize>,
    /// Whether urgency is shown by colour.
    pub color: bool,
    /// The zone of times.
    pub zone: TimeZone,
    /// The present instant.
    pub now: Timestamp,
    /// Shows at most so many rows and counts the rest.
    pub max_rows: Option<usize>,
    /// Whether the user named the columns, and is told when there is no room for one.
    pub are_columns_chosen: bool,
}

#[cfg(test)]
impl TableOptions {
    /// A table for a pipe or a file: no width, no colour, UTC.
    pub fn plain(now: Timestamp) -> TableOptions {
        TableOptions {
            width: None,
            color: false,
            zone: TimeZone::UTC,
            now,
            max_rows: None,
            are_columns_chosen: false,
        }
    }
}

/// Keeps the rows that will be shown: how wide the columns are is known after the last one.
pub(super) struct Table {
    options: TableOptions,
    columns: Vec<&'static ColumnHead>,
    rows: Vec<Vec<TableCell>>,
    total: usize,
    estimates: bool,
    dropped: Vec<&'static str>,
}

/// One cell's text and how pressing it is.
struct TableCell {
    text: String,
    urgency: Option<Urgency>,
}

impl Table {
    pub(super) fn new(options: TableOptions, columns: Vec<&'static ColumnHead>) -> Table {
        Table {
            options,
            columns,
            rows: Vec::new(),
            total: 0,
            estimates: false,
            dropped: Vec::new(),
        }
    }

    fn table_cell(&self, cell: &Cell<'_>) -> TableCell {
        let TableOptions { zone, now, .. } = &self.options;
        let urgency = match cell {
            Cell::Deadline(deadline) => deadline.urgency(*now),
            _ => None,
        };
        TableCell { text: format_cell(cell, zone, *now), urgency }
    }

    /// The columns that are shown, each with its index and its width.
    fn widths(&self) -> Vec<(usize, usize)> {
        let wishes: Vec<ColumnWidth> = (0..self.columns.len()).map(|at| self.wish(at)).collect();
        let widths = match self.options.width {
            Some(width) => fit_columns(&wishes, width),
            None => wishes.iter().map(|wish| Some(wish.wanted)).collect(),
        };
        let kept = widths.into_iter().enumerate();
        kept.filter_map(|(index, width)| Some((index, self.tight(index, width?)))).collect()
    }

    /// The cells that the column's content really takes once cut; a wide character may leave one unused.
    fn tight(&self, index: usize, cells: usize) -> usize {
        let heading = text::width(&text::truncate(self.columns[index].heading, cells));
        let texts = self.rows.iter().map(|row| &row[index].text);
        texts.map(|text| text::width(&text::truncate(text, cells))).fold(heading, usize::max)
    }

    fn wish(&self, index: usize) -> ColumnWidth {
        let column = self.columns[index];
        let texts = self.rows.iter().map(|row| text::width(&row[index].text));
        let widest = texts.max().unwrap_or(0).max(text::width(column.heading));
        let most = match (self.options.width, column.min_width) {
            (Some(_), Some(_)) => column.max_width.max(text::width(column.heading)),
            _ => MAX_CELL_WIDTH,
        };
        let wanted = widest.min(most);
        ColumnWidth {
            wanted,
            least: column.min_width.unwrap_or(wanted),
            priority: column.drop_priority,
        }
    }

    fn grid(&self, widths: &[(usize, usize)]) -> Grid {
        let mut grid = Grid::new();
        grid.load_style(presets::NOTHING);
        grid.set_header(widths.iter().map(|(index, cells)| {
            let heading = self.columns[*index].heading.to_uppercase();
            text::truncate(&heading, *cells).into_owned()
        }));
        for row in &self.rows {
            grid.add_row(
                widths
                    .iter()
                    .map(|(index, cells)| text::truncate(&row[*index].text, *cells).into_owned()),
            );
        }
        let last = widths.len().saturating_sub(1);
        let gap = u16::try_from(GAP).unwrap_or_default();
        for (place, (index, _)) in widths.iter().enumerate() {
            let column = grid.column_mut(place).expect("the grid has a column for every heading");
            column.set_padding((0, if place == last { 0 } else { gap }));
            if self.columns[*index].shape == Shape::Money {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        grid
    }

    /// The line with its urgent cells coloured. The grid knows no colours, so that it counts no colour codes as cells.
    fn painted(line: &str, row: &[TableCell], widths: &[(usize, usize)]) -> String {
        let mut out = String::new();
        let mut rest = line;
        for (index, cells) in widths {
            let entry = &row[*index];
            let shown = text::truncate(&entry.text, *cells);
            let padding = cells.saturating_sub(text::width(&shown));
            let length = (shown.len() + padding).min(rest.len());
            let (cell, after) = rest.split_at(length);
            match entry.urgency {
                Some(urgency) if cell.starts_with(&*shown) && !shown.is_empty() => {
                    let paint = urgency_style(urgency);
                    let spaces = &cell[shown.len()..];
                    out.extend([&format!("{paint}{shown}{paint:#}"), spaces]);
                }
                _ => out.push_str(cell),
            }
            let (gap, after) = after.split_at(GAP.min(after.len()));
            out.push_str(gap);
            rest = after;
        }
        out + rest
    }
}

impl Renderer for Table {
    fn row(&mut self, row: &Row<'_>, _: &mut dyn Write) -> Result<()> {
        self.total += 1;
        if self.options.max_rows.is_some_and(|max_rows| self.rows.len() >= max_rows) {
            return Ok(());
        }
        let is_estimate = |cell: &Cell<'_>| matches!(cell, Cell::Deadline(d) if d.estimated);
        self.estimates |= row.cells.iter().any(is_estimate);
        self.rows.push(row.cells.iter().map(|cell| self.table_cell(cell)).collect());
        Ok(())
    }

    fn finish(&mut self, out: &mut dyn Write) -> Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let widths = self.widths();
        let kept: Vec<usize> = widths.iter().map(|(index, _)| *index).collect();
        let all = self.columns.iter().enumerate();
        self.dropped =
            all.filter(|(index, _)| !kept.contains(index)).map(|(_, column)| column.name).collect();
        let grid = self.grid(&widths);
        for (number, line) in grid.lines().enumerate() {
            let line = match number.checked_sub(1).and_then(|index| self.rows.get(index)) {
                Some(row) if self.options.color => Self::painted(&line, row, &widths),
                _ => line,
            };
            writeln!(out, "{}", line.trim_end()).map_err(|error| write_failed(&error))?;
        }
        Ok(())
    }

    fn shown(&self) -> Option<(usize, usize)> {
        Some((self.rows.len(), self.total))
    }

    fn has_estimates(&self) -> bool {
        self.estimates
    }

    fn remarks(&self) -> Vec<String> {
        if !self.options.are_columns_chosen || self.dropped.is_empty() {
            return Vec::new();
        }
        let names = self.dropped.join(", ");
        vec![format!("no room for {names} in a terminal this narrow")]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{self, Column, samples};
    use crate::model::Referral;
    use proptest::prelude::*;

    fn options(width: Option<usize>) -> TableOptions {
        TableOptions { width, ..TableOptions::plain(samples::now()) }
    }

    fn run(options: TableOptions, referrals: &[Referral]) -> (String, Table) {
        run_with(&columns::find_all(columns::WAITING), options, referrals)
    }

    fn run_chosen(names: &str, options: TableOptions, referrals: &[Referral]) -> (String, Table) {
        let options = TableOptions { are_columns_chosen: true, ..options };
        run_with(&columns::parse_list(names).unwrap(), options, referrals)
    }

    fn run_with(
        columns: &[&'static Column],
        options: TableOptions,
        referrals: &[Referral],
    ) -> (String, Table) {
        let mut table = Table::new(options, columns::collect_heads(columns));
        let mut out = Vec::new();
        for referral in referrals {
            table.row(&Row::new(columns, referral), &mut out).unwrap();
        }
        table.finish(&mut out).unwrap();
        (String::from_utf8(out).unwrap(), table)
    }

    /// The text without colour codes.
    fn bare(text: &str) -> String {
        let mut parts = text.split('\x1b');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |all, part| all + part.split_once('m').map_or(part, |(_, rest)| rest))
    }

    #[test]
    fn eighty_cells_hold_what_matters() {
        let (table, renderer) = run(options(Some(80)), &samples::all());
        let expected = "
DEADLINE                      CUSTOMER          NAME                       VALUE
4d 4h, Mon 15 Jun 00:00 UTC   Fabrikam Oil &…
4h, Thu 11 Jun 00:00 UTC      Northwind Trade…  Northwind ERP o…  185,000.50 EUR
                              Tailspin Toys…    Tailspin Toys:…   12,000,000 JPY

~8d 4h, Fri 19 Jun 00:00 UTC  +Tab New line\u{fffd}e…  ␛]0;owned␇👩\u{200d}💻 a…           -5 USD
";
        assert_eq!(table, expected.trim_start());
        assert_eq!(renderer.shown(), Some((5, 5)));
        assert!(renderer.has_estimates());
        assert!(renderer.remarks().is_empty());
    }

    #[test]
    fn a_listing_keeps_status_and_money_at_eighty_cells() {
        let columns = columns::find_all(columns::LIST);
        let (table, _) = run_with(&columns, options(Some(80)), &samples::all()[1..2]);
        let headings: Vec<&str> = table.split_whitespace().take(5).collect();
        assert_eq!(headings, ["STATUS", "CUSTOMER", "NAME", "VALUE", "DEADLINE"]);
    }

    #[test]
    fn a_pipe_gets_every_column_uncut() {
        let (table, _) = run(options(None), &samples::all());
        assert!(!table.contains('…'), "{table}");
        assert!(table.contains("3b0c6f7e-52b4-4a0f-9a41-7f0c2f6d1a01"));
        assert!(table.contains("and never seems to end at all"));
        assert_eq!(table.lines().count(), 6);
    }

    #[test]
    fn an_empty_table_prints_nothing() {
        let (table, renderer) = run(options(Some(80)), &[]);
        assert_eq!(table, "");
        assert_eq!(renderer.shown(), Some((0, 0)));
    }

    #[test]
    fn rows_beyond_the_limit_are_counted() {
        let limited = TableOptions { max_rows: Some(2), ..options(Some(80)) };
        let (table, renderer) = run(limited, &samples::all());
        assert_eq!(table.lines().count(), 3);
        assert_eq!(renderer.shown(), Some((2, 5)));
    }

    #[test]
    fn colour_is_on_the_deadline_alone_and_moves_nothing() {
        for width in [None, Some(20), Some(33), Some(80), Some(200)] {
            let (plain, _) = run(options(width), &samples::all());
            let colored = TableOptions { color: true, ..options(width) };
            let (colored, _) = run(colored, &samples::all());
            assert_eq!(bare(&colored), plain);
            let (start, end) = ("\x1b[31m", "\x1b[0m");
            let urgent: Vec<&str> = colored.split(start).skip(1).collect();
            assert_eq!(urgent.len(), 1, "{colored}");
            assert!(urgent[0].starts_with("4h, Thu"), "{colored}");
            assert!(urgent[0].split_once(end).unwrap().0.len() <= 24);
        }
    }

    #[test]
    fn an_overdue_deadline_is_bold_red_and_one_within_three_days_yellow() {
        let at = |now: &str| {
            let now = now.parse().unwrap();
            let options = TableOptions { color: true, now, ..options(Some(80)) };
            run_chosen("name,deadline,status", options, &samples::all()[1..2]).0
        };
        let overdue = at("2026-06-11T03:00:00Z");
        assert!(
            overdue.contains("  \x1b[1m\x1b[31moverdue 3h, Thu 11 Jun 00:00 UTC\x1b[0m  New"),
            "{overdue:?}"
        );
        assert!(
            at("2026-06-09T00:00:00Z").contains("  \x1b[33m2d, Thu 11 Jun 00:00 UTC\x1b[0m  New")
        );
        assert!(!at("2026-06-08T00:00:00Z").contains('\x1b'));
    }

    #[test]
    fn asked_for_columns_without_room_are_told() {
        let (table, renderer) =
            run_chosen("id,engagement,deadline", options(Some(70)), &samples::all());
        assert!(table.starts_with("ID "), "{table}");
        assert_eq!(renderer.remarks(), ["no room for engagement in a terminal this narrow"]);
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let sets = [
            "deadline,customer,name,value",
            "name",
            "value,currency",
            "id,notes,deadline,sellers,created,closing",
        ];
        for width in 1..=200 {
            for set in sets {
                let (table, _) = run_chosen(set, options(Some(width)), &samples::all());
                assert_eq!(table.lines().count(), 6, "{width}");
                for line in table.lines() {
                    assert!(text::width(line) <= width, "{width}: {line:?}");
                }
                assert!(
                    !set.contains("deadline") || width < 20 || table.contains("4h, "),
                    "{table}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_makes_one_line_that_fits(name in "\\PC{0,40}", customer in ".{0,40}", width in 20..100_usize) {
            let json = serde_json::json!({
                "name": name, "status": "New", "expirationDateTime": "2026-06-15T00:00:00Z",
                "customerProfile": { "name": customer },
            });
            let referral = samples::referral(&json.to_string());
            let colored = TableOptions { color: true, ..options(Some(width)) };
            let (table, _) = run(colored, &[referral.clone(), referral]);
            let table = bare(&table);
            prop_assert_eq!(table.lines().count(), 3);
            for line in table.lines() {
                prop_assert!(text::width(line) <= width, "{line:?}");
            }
        }
    }
}
