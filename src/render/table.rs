//! Writes a table without borders, one line a row, that fits the terminal.

use std::io::Write;

use comfy_table::{CellAlignment, Table as Grid, presets};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::display::format_cell;
use super::layout::{ColumnWidth, GAP, fit_columns};
use super::paint::urgency_style;
use super::renderer::{RenderSummary, Renderer};
use crate::columns::{Cell, ColumnHead, Row, Shape};
use crate::error::Result;
use crate::model::Urgency;
use crate::output::write_failed;
use crate::text;

/// In terminal cells. The grid counts in 16 bits.
const MAX_CELL_WIDTH: usize = 16_000;

#[derive(Clone, Debug)]
pub struct TableOptions {
    /// In terminal cells; `None` drops no column and truncates nothing.
    pub width: Option<usize>,
    pub color: bool,
    pub zone: TimeZone,
    pub now: Timestamp,
    /// Further rows are only counted.
    pub max_rows: Option<usize>,
    /// Whether the user chose the columns, and is warned if there is no room for one.
    pub are_columns_chosen: bool,
}

#[cfg(test)]
impl TableOptions {
    /// For a pipe or a file: no width, no colour, UTC.
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

/// Holds the rows back, because the widths of the columns depend on all of them.
pub(super) struct Table {
    options: TableOptions,
    columns: Vec<&'static ColumnHead>,
    rows: Vec<Vec<TableCell>>,
    hidden_rows: usize,
    has_estimates: bool,
}

struct TableCell {
    text: String,
    urgency: Option<Urgency>,
}

/// A column that is not dropped.
struct ShownColumn {
    index: usize,
    width: usize,
}

impl Table {
    pub(super) fn new(options: TableOptions, columns: Vec<&'static ColumnHead>) -> Table {
        Table { options, columns, rows: Vec::new(), hidden_rows: 0, has_estimates: false }
    }

    fn table_cell(&self, cell: &Cell<'_>) -> TableCell {
        let TableOptions { zone, now, .. } = &self.options;
        let urgency = match cell {
            Cell::Deadline(deadline) => deadline.urgency(*now),
            _ => None,
        };
        TableCell { text: format_cell(cell, zone, *now), urgency }
    }

    fn fit_columns(&self) -> Vec<ShownColumn> {
        let columns: Vec<ColumnWidth> =
            (0..self.columns.len()).map(|index| self.measure_column(index)).collect();
        let widths = match self.options.width {
            Some(width) => fit_columns(&columns, width),
            None => columns.iter().map(|column| Some(column.preferred)).collect(),
        };
        let shown = widths.into_iter().enumerate().filter_map(|(index, width)| {
            Some(ShownColumn { index, width: self.measure_truncated(index, width?) })
        });
        shown.collect()
    }

    fn measure_column(&self, index: usize) -> ColumnWidth {
        let column = self.columns[index];
        let texts = self.rows.iter().map(|row| text::width(&row[index].text));
        let widest = texts.max().unwrap_or(0).max(text::width(column.heading));
        let max = match (self.options.width, column.min_width) {
            (Some(_), Some(_)) => column.max_width.max(text::width(column.heading)),
            _ => MAX_CELL_WIDTH,
        };
        let preferred = widest.min(max);
        ColumnWidth {
            preferred,
            min: column.min_width.unwrap_or(preferred),
            drop_priority: column.drop_priority,
        }
    }

    /// The width of a column once its texts are truncated to `width`: a wide character at the end may not fit.
    fn measure_truncated(&self, index: usize, width: usize) -> usize {
        let heading = text::width(&text::truncate(self.columns[index].heading, width));
        let texts = self.rows.iter().map(|row| &row[index].text);
        texts.map(|text| text::width(&text::truncate(text, width))).fold(heading, usize::max)
    }

    fn build_grid(&self, shown: &[ShownColumn]) -> Grid {
        let mut grid = Grid::new();
        grid.load_style(presets::NOTHING);
        grid.set_header(shown.iter().map(|column| {
            let heading = self.columns[column.index].heading.to_uppercase();
            text::truncate(&heading, column.width).into_owned()
        }));
        for row in &self.rows {
            grid.add_row(
                shown.iter().map(|column| {
                    text::truncate(&row[column.index].text, column.width).into_owned()
                }),
            );
        }
        let last = shown.len().saturating_sub(1);
        let gap = u16::try_from(GAP).unwrap_or_default();
        for (position, column) in shown.iter().enumerate() {
            let is_money = self.columns[column.index].shape == Shape::Money;
            let column =
                grid.column_mut(position).expect("the grid has a column for every heading");
            column.set_padding((0, if position == last { 0 } else { gap }));
            if is_money {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        grid
    }

    /// Colours the urgent cells of a line. The grid must not see colour codes, because it would count their characters.
    fn paint_line(line: &str, row: &[TableCell], shown: &[ShownColumn]) -> String {
        let mut out = String::new();
        let mut rest = line;
        for column in shown {
            let TableCell { text, urgency } = &row[column.index];
            let text = text::truncate(text, column.width);
            let padding = column.width.saturating_sub(text::width(&text));
            let (cell, after) = rest.split_at((text.len() + padding).min(rest.len()));
            match urgency {
                Some(urgency) if cell.starts_with(&*text) && !text.is_empty() => {
                    let style = urgency_style(*urgency);
                    out.extend([&format!("{style}{text}{style:#}"), &cell[text.len()..]]);
                }
                _ => out.push_str(cell),
            }
            let (gap, after) = after.split_at(GAP.min(after.len()));
            out.push_str(gap);
            rest = after;
        }
        out + rest
    }

    fn warn_of_dropped_columns(&self, shown: &[ShownColumn]) -> Vec<String> {
        let is_dropped = |index| shown.iter().all(|column| column.index != index);
        let columns = self.columns.iter().enumerate();
        let dropped: Vec<&str> = columns
            .filter(|(index, _)| is_dropped(*index))
            .map(|(_, column)| column.name)
            .collect();
        if !self.options.are_columns_chosen || dropped.is_empty() {
            return Vec::new();
        }
        vec![format!("the terminal is too narrow for {}", dropped.join(", "))]
    }
}

impl Renderer for Table {
    fn write_row(&mut self, row: &Row<'_>, _: &mut dyn Write) -> Result<()> {
        if self.options.max_rows.is_some_and(|max_rows| self.rows.len() >= max_rows) {
            self.hidden_rows += 1;
            return Ok(());
        }
        let is_estimate = |cell: &Cell<'_>| matches!(cell, Cell::Deadline(d) if d.estimated);
        self.has_estimates |= row.cells.iter().any(is_estimate);
        self.rows.push(row.cells.iter().map(|cell| self.table_cell(cell)).collect());
        Ok(())
    }

    fn finish(&mut self, out: &mut dyn Write) -> Result<RenderSummary> {
        if self.rows.is_empty() {
            return Ok(RenderSummary::default());
        }
        let shown = self.fit_columns();
        for (number, line) in self.build_grid(&shown).lines().enumerate() {
            // The first line has the headings.
            let line = match number.checked_sub(1).and_then(|index| self.rows.get(index)) {
                Some(row) if self.options.color => Self::paint_line(&line, row, &shown),
                _ => line,
            };
            writeln!(out, "{}", line.trim_end()).map_err(write_failed)?;
        }
        Ok(RenderSummary {
            hidden_rows: self.hidden_rows,
            has_estimates: self.has_estimates,
            warnings: self.warn_of_dropped_columns(&shown),
        })
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

    fn run(options: TableOptions, referrals: &[Referral]) -> (String, RenderSummary) {
        run_with(&columns::find_all(columns::WAITING), options, referrals)
    }

    fn run_chosen(
        names: &str,
        options: TableOptions,
        referrals: &[Referral],
    ) -> (String, RenderSummary) {
        let options = TableOptions { are_columns_chosen: true, ..options };
        run_with(&columns::parse_list(names).unwrap(), options, referrals)
    }

    fn run_with(
        columns: &[&'static Column],
        options: TableOptions,
        referrals: &[Referral],
    ) -> (String, RenderSummary) {
        let mut table = Table::new(options, columns::collect_heads(columns));
        let mut out = Vec::new();
        for referral in referrals {
            table.write_row(&Row::new(columns, referral), &mut out).unwrap();
        }
        let summary = table.finish(&mut out).unwrap();
        (String::from_utf8(out).unwrap(), summary)
    }

    fn strip_colors(text: &str) -> String {
        let mut parts = text.split('\x1b');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |all, part| all + part.split_once('m').map_or(part, |(_, rest)| rest))
    }

    #[test]
    fn a_table_of_80_cells_has_the_essential_columns() {
        let (table, summary) = run(options(Some(80)), &samples::all());
        let expected = "
DEADLINE                      CUSTOMER          NAME                       VALUE
4d 4h, Mon 15 Jun 00:00 UTC   Fabrikam Oil &…
4h, Thu 11 Jun 00:00 UTC      Northwind Trade…  Northwind ERP o…  185,000.50 EUR
                              Tailspin Toys…    Tailspin Toys:…   12,000,000 JPY

~8d 4h, Fri 19 Jun 00:00 UTC  +Tab New line\u{fffd}e…  ␛]0;owned␇👩\u{200d}💻 a…           -5 USD
";
        assert_eq!(table, expected.trim_start());
        let expected = RenderSummary { hidden_rows: 0, has_estimates: true, warnings: Vec::new() };
        assert_eq!(summary, expected);
    }

    #[test]
    fn a_listing_of_80_cells_has_status_and_value() {
        let columns = columns::find_all(columns::LIST);
        let (table, _) = run_with(&columns, options(Some(80)), &samples::all()[1..2]);
        let headings: Vec<&str> = table.split_whitespace().take(5).collect();
        assert_eq!(headings, ["STATUS", "CUSTOMER", "NAME", "VALUE", "DEADLINE"]);
    }

    #[test]
    fn a_pipe_gets_every_column_in_full() {
        let (table, _) = run(options(None), &samples::all());
        assert!(!table.contains('…'), "{table}");
        assert!(table.contains("3b0c6f7e-52b4-4a0f-9a41-7f0c2f6d1a01"));
        assert!(table.contains("and never seems to end at all"));
        assert_eq!(table.lines().count(), 6);
    }

    #[test]
    fn an_empty_table_prints_nothing() {
        let (table, summary) = run(options(Some(80)), &[]);
        assert_eq!((table.as_str(), summary), ("", RenderSummary::default()));
    }

    #[test]
    fn rows_beyond_the_limit_are_counted() {
        let limited = TableOptions { max_rows: Some(2), ..options(Some(80)) };
        let (table, summary) = run(limited, &samples::all());
        assert_eq!(table.lines().count(), 3);
        assert_eq!(summary.hidden_rows, 3);
    }

    #[test]
    fn only_the_deadline_is_coloured_and_the_alignment_is_unchanged() {
        for width in [None, Some(20), Some(33), Some(80), Some(200)] {
            let (plain, _) = run(options(width), &samples::all());
            let colored = TableOptions { color: true, ..options(width) };
            let (colored, _) = run(colored, &samples::all());
            assert_eq!(strip_colors(&colored), plain);
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
    fn the_user_is_warned_of_chosen_columns_that_do_not_fit() {
        let (table, summary) =
            run_chosen("id,engagement,deadline", options(Some(70)), &samples::all());
        assert!(table.starts_with("ID "), "{table}");
        assert_eq!(summary.warnings, ["the terminal is too narrow for engagement"]);
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
        fn any_text_becomes_one_line_that_fits(name in "\\PC{0,40}", customer in ".{0,40}", width in 20..100_usize) {
            let json = serde_json::json!({
                "name": name, "status": "New", "expirationDateTime": "2026-06-15T00:00:00Z",
                "customerProfile": { "name": customer },
            });
            let referral = samples::referral(&json.to_string());
            let colored = TableOptions { color: true, ..options(Some(width)) };
            let (table, _) = run(colored, &[referral.clone(), referral]);
            let table = strip_colors(&table);
            prop_assert_eq!(table.lines().count(), 3);
            for line in table.lines() {
                prop_assert!(text::width(line) <= width, "{line:?}");
            }
        }
    }
}
