//! Writes a table without borders, one line a row, that fits the terminal.

use std::borrow::Cow;
use std::io::Write;

use anstyle::Style;
use comfy_table::{CellAlignment, Table as Grid, presets};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::bidi;
use super::layout::{ColumnWidth, GAP, fit_all, fit_by_worth};
use super::paint::{HEADING, urgency_style};
use super::renderer::{RenderSummary, Renderer};
use super::table_cell::{SUM_SEPARATOR, TableCell};
use super::table_rows::TableRows;
use crate::columns::{ColumnHead, Row, View};
use crate::error::Result;
use crate::output::write_failed;
use crate::text;

#[derive(Clone, Debug)]
pub struct TableOptions {
    /// Of the terminal, in cells; `None` is a pipe or a file, which gets everything whole.
    pub width: Option<usize>,
    pub color: bool,
    pub zone: TimeZone,
    pub now: Timestamp,
    /// Further rows are only counted.
    pub max_rows: Option<usize>,
    /// The names of the columns, first those that a narrow table keeps; empty where none may go, because the user chose
    /// them.
    pub by_worth: &'static [&'static str],
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
            by_worth: &[],
        }
    }
}

/// Holds the rows back, because the widths of the columns depend on all of them.
pub(super) struct Table {
    options: TableOptions,
    content: TableRows,
    hidden_rows: usize,
}

/// A column of the table as it is written.
struct ShownColumn {
    index: usize,
    width: usize,
    is_right_aligned: bool,
}

impl Table {
    pub(super) fn new(options: TableOptions, columns: Vec<&'static ColumnHead>) -> Table {
        let content = TableRows::new(columns, options.zone.clone(), options.now);
        Table { options, content, hidden_rows: 0 }
    }

    fn fit_columns(&self) -> Vec<ShownColumn> {
        let indices = 0..self.content.columns.len();
        let columns: Vec<ColumnWidth> = indices.map(|index| self.measure_column(index)).collect();
        let widths: Vec<Option<usize>> = match self.options.width {
            None => columns.iter().map(|column| Some(column.longest)).collect(),
            Some(width) if self.options.by_worth.is_empty() => {
                fit_all(&columns, width).into_iter().map(Some).collect()
            }
            Some(width) => fit_by_worth(&columns, &self.indices_by_worth(), width),
        };
        let shown = widths.into_iter().enumerate().filter_map(|(index, width)| {
            let is_right_aligned = self.content.columns[index].shape.is_right_aligned();
            let width = self.measure_truncated(index, width?);
            Some(ShownColumn { index, width, is_right_aligned })
        });
        shown.collect()
    }

    fn indices_by_worth(&self) -> Vec<usize> {
        let index = |name| self.content.columns.iter().position(|column| column.name == name);
        self.options.by_worth.iter().filter_map(|name| index(*name)).collect()
    }

    fn measure_column(&self, index: usize) -> ColumnWidth {
        let texts = self.content.rows.iter().map(|row| text::width(&row[index].text));
        let longest = texts.max().unwrap_or(0).max(text::width(&self.content.headings[index]));
        let ColumnHead { view, min_width, .. } = self.content.columns[index];
        let min = longest.min(min_width.unwrap_or(longest));
        // Words in the place of a time do not take the room of other columns.
        let is_text = min_width.is_some() && !matches!(view, View::TimeLeft | View::State);
        ColumnWidth { longest, min, enough: (!is_text).then_some(min) }
    }

    /// The width of a column once its texts are truncated to `width`: a wide character at the end may not fit.
    fn measure_truncated(&self, index: usize, width: usize) -> usize {
        let heading = text::width(&text::truncate(&self.content.headings[index], width));
        let texts = self.content.rows.iter().map(|row| &row[index].text);
        texts.map(|text| text::width(&self.cut(index, text, width))).fold(heading, usize::max)
    }

    /// The text of a cell of a column in so many terminal cells.
    fn cut<'a>(&self, index: usize, text: &'a str, width: usize) -> Cow<'a, str> {
        match self.content.columns[index].view {
            View::Sums => truncate_sums(text, width),
            _ => text::truncate(text, width),
        }
    }

    fn build_grid(&self, shown: &[ShownColumn]) -> Grid {
        let mut grid = Grid::new();
        grid.load_style(presets::NOTHING);
        let heading = |it: &ShownColumn| text::truncate(&self.content.headings[it.index], it.width);
        grid.set_header(shown.iter().map(|it| heading(it).into_owned()));
        for row in &self.content.rows {
            let cell = |it: &ShownColumn| self.cut(it.index, &row[it.index].text, it.width);
            grid.add_row(shown.iter().map(|it| cell(it).into_owned()));
        }
        let last = shown.len().saturating_sub(1);
        let gap = u16::try_from(GAP).unwrap_or_default();
        for (position, shown) in shown.iter().enumerate() {
            let column =
                grid.column_mut(position).expect("the grid has a column for every heading");
            column.set_padding((0, if position == last { 0 } else { gap }));
            if shown.is_right_aligned {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        grid
    }

    /// Colours the cells of a line and isolates right-to-left text in it. The grid must not see the codes for that,
    /// because it would count their characters.
    fn decorate_line<'a>(
        &self,
        line: &str,
        shown: &[ShownColumn],
        cell: impl Fn(usize) -> (&'a str, Style),
    ) -> String {
        let mut out = String::new();
        let mut rest = line;
        for column in shown {
            let (text, style) = cell(column.index);
            let text = self.cut(column.index, text, column.width);
            let padding = column.width.saturating_sub(text::width(&text));
            let start = if column.is_right_aligned { padding } else { 0 };
            let (before, after) = rest.split_at(start.min(rest.len()));
            let (shown, after) = after.split_at(text.len().min(after.len()));
            let (padding, after) = after.split_at((padding - start + GAP).min(after.len()));
            let is_isolated = self.options.width.is_some();
            let shown = if is_isolated { bidi::isolate(shown) } else { shown.into() };
            let style = if shown.is_empty() { Style::new() } else { style };
            out.extend([before, &format!("{style}{shown}{style:#}"), padding]);
            rest = after;
        }
        out + rest
    }

    fn write_lines(&self, shown: &[ShownColumn], out: &mut dyn Write) -> Result<()> {
        let style = |style| if self.options.color { style } else { Style::new() };
        let grid = self.build_grid(shown);
        let mut lines = grid.lines();
        let heading = |index: usize| (&*self.content.headings[index], style(HEADING));
        let heading = self.decorate_line(&lines.next().unwrap_or_default(), shown, heading);
        writeln!(out, "{}", heading.trim_end()).map_err(write_failed)?;
        for (row, line) in self.content.rows.iter().zip(lines) {
            let cell = |index: usize| {
                let TableCell { text, urgency } = &row[index];
                (&**text, style(urgency.map_or(Style::new(), urgency_style)))
            };
            let line = self.decorate_line(&line, shown, cell);
            writeln!(out, "{}", line.trim_end()).map_err(write_failed)?;
        }
        Ok(())
    }
}

/// As many amounts as fit, with `…` for the others: a part of an amount would be another amount.
fn truncate_sums(sums: &str, width: usize) -> Cow<'_, str> {
    if text::width(sums) <= width {
        return sums.into();
    }
    let ends = sums.match_indices(SUM_SEPARATOR).map(|(index, separator)| index + separator.len());
    let fits = |end: &usize| text::width(&sums[..*end]) < width;
    let end = ends.take_while(fits).last().unwrap_or_default();
    let ellipsis = text::truncate("…", width);
    format!("{}{ellipsis}", &sums[..end]).into()
}

impl Renderer for Table {
    fn write_row(&mut self, row: &Row<'_>, _: &mut dyn Write) -> Result<()> {
        if self.options.max_rows.is_some_and(|max_rows| self.content.rows.len() >= max_rows) {
            self.hidden_rows += 1;
        } else {
            self.content.push(row);
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut dyn Write) -> Result<RenderSummary> {
        if self.content.rows.is_empty() {
            return Ok(RenderSummary::default());
        }
        // Elsewhere an id is to be used, not to be typed.
        if self.options.width.is_some() {
            self.content.shorten_ids();
        }
        self.write_lines(&self.fit_columns(), out)?;
        Ok(RenderSummary {
            hidden_rows: self.hidden_rows,
            has_estimates: self.content.has_estimates,
            ..RenderSummary::default()
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
        let usual = columns::WAITING;
        let options = TableOptions { by_worth: usual.by_worth, ..options };
        run_with(&usual.columns(), options, referrals)
    }

    fn run_chosen(
        names: &str,
        options: TableOptions,
        referrals: &[Referral],
    ) -> (String, RenderSummary) {
        let columns = columns::to_table(&columns::parse_list(names).unwrap());
        run_with(&columns, options, referrals)
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
        let (table, summary) = run(options(Some(80)), &samples::all()[..4]);
        let expected = "
ID      LEFT   DUE (UTC)      KIND     CUSTOMER                         VALUE
3b0c6f  4d 4h  Sun 14 Jun     lead     Fabrikam Oil & Gas
7c91e4  4h     tonight 00:00  co-sell  Northwind Traders GmbH     185,001 EUR
e50d9b                        co-sell  Tailspin Toys 株式会社  12,000,000 JPY

";
        assert_eq!(table, expected.trim_start());
        assert_eq!(summary, RenderSummary::default());
    }

    #[test]
    fn amounts_are_cut_between_them() {
        let sums = "221,300 USD, 48,500 CHF, 5 EUR";
        for (width, expected) in [
            (30, sums),
            (29, "221,300 USD, 48,500 CHF, …"),
            (26, "221,300 USD, 48,500 CHF, …"),
            (25, "221,300 USD, …"),
            (13, "…"),
            (1, "…"),
            (0, ""),
        ] {
            assert_eq!(truncate_sums(sums, width), expected, "{width}");
        }
    }

    #[test]
    fn an_estimate_is_marked_and_reported() {
        let (table, summary) = run_chosen("deadline", options(Some(80)), &samples::all());
        assert!(table.ends_with("\n~8d 4h  Thu 18 Jun\n"), "{table}");
        assert!(summary.has_estimates);
    }

    #[test]
    fn a_listing_has_the_state_in_one_column() {
        let usual = columns::LIST;
        let options = TableOptions { by_worth: usual.by_worth, ..options(Some(60)) };
        let (table, _) = run_with(&usual.columns(), options, &samples::all()[1..3]);
        let expected = "
ID      STATE     CUSTOMER                         VALUE
7c91e4  due 4h    Northwind Traders GmbH     185,001 EUR
e50d9b  accepted  Tailspin Toys 株式会社  12,000,000 JPY
";
        assert_eq!(table, expected.trim_start());
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
            assert_eq!(urgent[0].split_once(end).unwrap().0, "4h", "{colored}");
            assert!(colored.starts_with("\x1b[2m"), "a quiet heading: {colored:?}");
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
            overdue.contains("  \x1b[1m\x1b[31moverdue 3h\x1b[0m  today 00:00  New"),
            "{overdue:?}"
        );
        let soon = at("2026-06-09T00:00:00Z");
        assert!(soon.contains("  \x1b[33m2d\x1b[0m    Wed 10 Jun  New"), "{soon:?}");
        assert!(!at("2026-06-08T00:00:00Z").contains("\x1b[3"));
    }

    #[test]
    fn chosen_columns_shrink_and_then_run_over_but_none_goes() {
        let names = "id,engagement,customer,notes,deadline";
        let columns = columns::to_table(&columns::parse_list(names).unwrap());
        for width in [1, 20, 60, 80, 120] {
            let (table, summary) = run_chosen(names, options(Some(width)), &samples::all());
            let first = table.lines().next().unwrap();
            for column in &columns {
                assert!(first.contains(&column.head.heading.to_uppercase()), "{width}: {first}");
            }
            assert!(table.contains("a2f4b7d8-1c35-4e6f-8b0e-5d9c31a7e901"), "{table}");
            assert!(summary.warnings.is_empty());
            let widest = table.lines().map(text::width).max().unwrap();
            assert!(width < 120 || widest <= width, "{widest}");
        }
    }

    #[test]
    fn an_id_is_short_on_a_terminal_and_whole_in_a_pipe() {
        let (table, _) = run_chosen("id,kind", options(Some(80)), &samples::all()[..3]);
        assert_eq!(table, "ID      KIND\n3b0c6f  lead\n7c91e4  co-sell\ne50d9b  co-sell\n");
        let (table, _) = run_chosen("id", options(None), &samples::all()[..1]);
        assert_eq!(table, "ID\n3b0c6f7e-52b4-4a0f-9a41-7f0c2f6d1a01\n");
    }

    #[test]
    fn right_to_left_text_is_isolated_on_a_terminal_only() {
        let json =
            r#"{"customerProfile":{"name":"קונטוסו"},"details":{"dealValue":9,"currency":"ILS"}}"#;
        let referral = [samples::referral(json)];
        let run = |width| run_chosen("customer,value", options(width), &referral).0;
        assert_eq!(run(Some(80)), "CUSTOMER  VALUE\n\u{2068}קונטוסו\u{2069}   9 ILS\n");
        assert_eq!(run(Some(15)).lines().last(), Some("\u{2068}קונטוסו\u{2069}   9 ILS"));
        assert_eq!(run(None), "CUSTOMER  VALUE\nקונטוסו   9 ILS\n");
    }

    #[test]
    fn no_line_of_usual_columns_is_wider_than_the_terminal_and_the_time_left_stays() {
        for width in 1..=200 {
            let (table, _) = run(options(Some(width)), &samples::all());
            assert_eq!(table.lines().count(), 6, "{width}");
            for line in table.lines() {
                assert!(text::width(line) <= width, "{width}: {line:?}");
            }
            assert!(width < 4 || table.contains("4h"), "{table}");
        }
    }

    /// How many cells of each column are cut in the table of this width.
    fn count_cut(referrals: &[Referral], width: usize) -> Vec<(usize, usize)> {
        let usual = columns::WAITING;
        let options = TableOptions { by_worth: usual.by_worth, ..options(Some(width)) };
        let columns = usual.columns();
        let mut table = Table::new(options, columns::collect_heads(&columns));
        for referral in referrals {
            table.write_row(&Row::new(&columns, referral), &mut Vec::new()).unwrap();
        }
        table.content.shorten_ids();
        let shown = table.fit_columns();
        let cut = shown.iter().map(|column| {
            let texts = table.content.rows.iter().map(|row| text::width(&row[column.index].text));
            (column.index, texts.filter(|width| *width > column.width).count())
        });
        cut.collect()
    }

    proptest! {
        #[test]
        fn a_wider_terminal_cuts_no_more_cells_of_a_column(
            names in proptest::collection::vec(("[a-z 株]{0,50}", "[a-z]{0,50}"), 1..8),
            width in 1..250_usize,
        ) {
            let referral = |(name, customer): &(String, String)| {
                let json = serde_json::json!({ "name": name, "customerProfile": { "name": customer } });
                samples::referral(&json.to_string())
            };
            let referrals: Vec<Referral> =
                names.iter().map(referral).chain(samples::all()).collect();
            let wide = count_cut(&referrals, width + 1);
            for (index, cut) in count_cut(&referrals, width) {
                let (_, cut_if_wider) = wide.iter().find(|(wide, _)| *wide == index).unwrap();
                prop_assert!(*cut_if_wider <= cut, "{index}");
            }
        }

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
