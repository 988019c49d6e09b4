//! Writes a table in GitHub's Markdown, for a document or a message.

use std::fmt::Write as _;
use std::io::Write;

use super::document::DocumentOptions;
use super::escape::escape_markdown;
use super::renderer::{RenderSummary, Renderer};
use super::table_rows::TableRows;
use crate::columns::{ColumnHead, Row};
use crate::error::Result;
use crate::output::write_failed;

/// Holds the rows back, because the length of the ids depends on all of them, and so that a table that breaks off does
/// not look whole.
pub(super) struct Markdown {
    options: DocumentOptions,
    table: TableRows,
}

impl Markdown {
    pub(super) fn new(options: DocumentOptions, columns: Vec<&'static ColumnHead>) -> Markdown {
        let table = TableRows::new(columns, options.zone.clone(), options.now);
        Markdown { options, table }
    }

    fn format_document(&self) -> String {
        let mut text = String::new();
        push_row(&mut text, self.table.headings.iter().map(String::as_str));
        for column in &self.table.columns {
            text.push_str(if column.shape.is_right_aligned() { "| ---: " } else { "| --- " });
        }
        text.push_str("|\n");
        for row in &self.table.rows {
            push_row(&mut text, row.iter().map(|cell| &*cell.text));
        }
        let footnote = self.options.format_footnote(self.table.has_estimates);
        writeln!(text, "\n{}", escape_markdown(&footnote)).expect("a string takes all text");
        text
    }
}

impl Renderer for Markdown {
    fn write_row(&mut self, row: &Row<'_>, _: &mut dyn Write) -> Result<()> {
        self.table.push(row);
        Ok(())
    }

    fn finish(&mut self, out: &mut dyn Write) -> Result<RenderSummary> {
        self.table.shorten_ids();
        out.write_all(self.format_document().as_bytes()).map_err(write_failed)?;
        Ok(RenderSummary::default())
    }
}

fn push_row<'a>(text: &mut String, cells: impl Iterator<Item = &'a str>) {
    for cell in cells {
        text.extend(["| ", &escape_markdown(cell), " "]);
    }
    text.push_str("|\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{self, samples};
    use crate::model::Referral;

    fn render(referrals: &[Referral]) -> String {
        let columns = columns::WAITING.columns();
        let options = DocumentOptions::utc(samples::now());
        let mut markdown = Markdown::new(options, columns::collect_heads(&columns));
        let mut out = Vec::new();
        for referral in referrals {
            markdown.write_row(&Row::new(&columns, referral), &mut out).unwrap();
        }
        assert!(out.is_empty());
        markdown.finish(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_table_has_short_ids_the_zone_and_the_time_at_which_it_is_true() {
        let text = render(&[samples::LEAD, samples::INVITATION].map(samples::referral));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "| ID | LEFT | DUE (UTC) | KIND | CUSTOMER | VALUE | DEAL | FROM | SELLER | COUNTRY | CREATED |",
                "| --- | --- | --- | --- | --- | ---: | --- | --- | --- | --- | --- |",
                "| 3b0c6f | 4d 4h | Sun 14 Jun | lead | Fabrikam Oil &amp; Gas |  |  |  |  | GB | 1 Jun |",
                "| 7c91e4 | 4h | tonight 00:00 | co-sell | Northwind Traders GmbH | 185,001 EUR | Northwind ERP on Azure | \
                 Microsoft | ada.lindqvist, bo | DE | 3 Jun |",
                "",
                "As of 2026-06-10 20:00 UTC.",
            ]
        );
    }

    #[test]
    fn a_row_is_one_line_whatever_is_in_it_and_an_estimate_is_explained() {
        let text = render(&samples::all());
        assert_eq!(text.lines().count(), 2 + samples::all().len() + 2, "{text}");
        let cells = |line: &str| line.matches('|').count();
        assert!(text.lines().take(7).all(|line| cells(line) == 12), "{text}");
        assert!(text.contains("| \\~8d 4h |"), "{text}");
        assert!(text.ends_with("\\~ is estimated from the creation date.\n"), "{text}");
    }

    #[test]
    fn a_table_without_rows_has_its_headings() {
        assert_eq!(render(&[]).lines().count(), 4);
    }
}
