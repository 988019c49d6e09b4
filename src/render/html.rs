//! Writes a table as a small HTML document: without scripts, with the styles in the elements, as mail needs it, so that
//! the table can be copied into a mail or a document.

use std::fmt;
use std::io::Write;

use super::document::DocumentOptions;
use super::escape::{escape_html, isolate_html};
use super::renderer::{RenderSummary, Renderer};
use super::table_rows::TableRows;
use crate::columns::{ColumnHead, Row, View};
use crate::error::Result;
use crate::model::Urgency;
use crate::output::write_failed;

const FONT: &str = "font-family:Segoe UI,Helvetica,Arial,sans-serif;font-size:14px";
const HEADING: &str = "padding:4px 10px;border-bottom:2px solid #8a8886";
const CELL: &str = "padding:4px 10px;border-bottom:1px solid #d2d0ce;vertical-align:top";

/// Holds the rows back, because the length of the ids depends on all of them.
pub(super) struct Html {
    options: DocumentOptions,
    table: TableRows,
}

impl Html {
    pub(super) fn new(options: DocumentOptions, columns: Vec<&'static ColumnHead>) -> Html {
        let table = TableRows::new(columns, options.zone.clone(), options.now);
        Html { options, table }
    }

    fn write_document(&self, text: &mut String) -> fmt::Result {
        use fmt::Write;
        text.push_str("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        text.push_str("<title>Referrals</title>\n</head>\n<body>\n");
        writeln!(text, "<table style=\"border-collapse:collapse;{FONT}\">\n<thead>\n<tr>")?;
        for (column, heading) in self.table.columns.iter().zip(&self.table.headings) {
            let layout = layout(column);
            let heading = escape_html(heading);
            writeln!(text, "<th scope=\"col\" style=\"{HEADING};{layout}\">{heading}</th>")?;
        }
        text.push_str("</tr>\n</thead>\n<tbody>\n");
        for row in &self.table.rows {
            text.push_str("<tr>\n");
            for (column, cell) in self.table.columns.iter().zip(row) {
                let (layout, color) = (layout(column), urgency_color(cell.urgency));
                let shown = isolate_html(&cell.text);
                writeln!(text, "<td style=\"{CELL};{layout}{color}\">{shown}</td>")?;
            }
            text.push_str("</tr>\n");
        }
        text.push_str("</tbody>\n</table>\n");
        let footnote = self.options.format_footnote(self.table.has_estimates);
        let footnote = escape_html(&footnote);
        writeln!(text, "<p style=\"{FONT}\">{footnote}</p>\n</body>\n</html>")
    }
}

impl Renderer for Html {
    fn write_row(&mut self, row: &Row<'_>, _: &mut dyn Write) -> Result<()> {
        self.table.push(row);
        Ok(())
    }

    fn finish(&mut self, out: &mut dyn Write) -> Result<RenderSummary> {
        self.table.shorten_ids();
        let mut text = String::new();
        self.write_document(&mut text).expect("a string takes all text");
        out.write_all(text.as_bytes()).map_err(write_failed)?;
        Ok(RenderSummary::default())
    }
}

/// What a table on a terminal does not cut is not broken here.
fn layout(column: &ColumnHead) -> String {
    let align = if column.shape.is_right_aligned() { "right" } else { "left" };
    let is_whole =
        column.min_width.is_none() || matches!(column.view, View::TimeLeft | View::State);
    let space = if is_whole { ";white-space:nowrap" } else { "" };
    format!("text-align:{align}{space}")
}

/// As a declaration that follows others.
pub(super) fn urgency_color(urgency: Option<Urgency>) -> &'static str {
    match urgency {
        Some(Urgency::Overdue) => ";color:#a4262c;font-weight:bold",
        Some(Urgency::Today) => ";color:#a4262c",
        Some(Urgency::Soon) => ";color:#8a5700",
        None => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{self, COLUMNS, Column, samples};
    use crate::model::Referral;
    use proptest::prelude::*;
    use serde_json::json;

    fn render(columns: &[&'static Column], referrals: &[Referral]) -> String {
        let options = DocumentOptions::utc(samples::now());
        let mut html = Html::new(options, columns::collect_heads(columns));
        let mut out = Vec::new();
        for referral in referrals {
            html.write_row(&Row::new(columns, referral), &mut out).unwrap();
        }
        assert!(out.is_empty());
        html.finish(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// The names of the elements in their order, and the texts of the cells of the body.
    fn read(html: &str) -> (Vec<&str>, Vec<String>) {
        let tags = html.split('<').skip(1);
        let names = tags.map(|tag| tag.split(['>', ' ']).next().unwrap()).collect();
        let cells = html.split("<td ").skip(1).map(|cell| {
            let (_, cell) = cell.split_once('>').unwrap();
            let (cell, _) = cell.split_once("</td>").unwrap();
            htmlize::unescape(cell.replace("<bdi>", "").replace("</bdi>", "")).into_owned()
        });
        (names, cells.collect())
    }

    #[test]
    fn a_document_has_short_ids_the_zone_colours_and_the_time_at_which_it_is_true() {
        let referrals = [samples::LEAD, samples::INVITATION].map(samples::referral);
        let html = render(&columns::WAITING.columns(), &referrals);
        let (_, cells) = read(&html);
        assert_eq!(cells[..5], ["3b0c6f", "4d 4h", "Sun 14 Jun", "lead", "Fabrikam Oil & Gas"]);
        assert!(html.contains(">DUE (UTC)</th>"), "{html}");
        assert!(
            html.contains("text-align:left;white-space:nowrap;color:#a4262c\">4h</td>"),
            "{html}"
        );
        assert!(html.contains("text-align:right;white-space:nowrap\">185,001 EUR</td>"), "{html}");
        assert!(html.contains(">As of 2026-06-10 20:00 UTC.</p>"), "{html}");
        assert!(html.ends_with("</body>\n</html>\n"));
    }

    #[test]
    fn a_document_without_rows_has_its_headings() {
        let html = render(&columns::WAITING.columns(), &[]);
        assert_eq!(html.matches("<th ").count(), 11);
        assert_eq!(read(&html).1.len(), 0);
    }

    #[test]
    fn an_estimate_is_explained() {
        let html = render(&columns::WAITING.columns(), &samples::all());
        assert!(html.contains(">~8d 4h</td>") && html.contains(". ~ is estimated"), "{html}");
    }

    proptest! {
        /// In every field of text.
        #[test]
        fn text_from_outside_adds_no_element(text in ".*|[<>&\"'/!a-z -]{0,40}") {
            let columns: Vec<&Column> = COLUMNS.iter().collect();
            let of = |text: &str| {
                let json = json!({
                    "id": text, "name": text, "externalReferenceId": text, "status": text, "campaignId": text,
                    "customerProfile": {"name": text, "address": {"city": text, "country": text}},
                    "details": {"notes": text, "dealValue": 1, "currency": text},
                    "team": [{"email": text}],
                });
                render(&columns, &[samples::referral(&json.to_string())])
            };
            let (plain, hostile) = (of("plain"), of(&text));
            let without_bdi = |html: &str| {
                let (names, _) = read(html);
                names.into_iter().filter(|name| !name.ends_with("bdi")).map(str::to_owned).collect::<Vec<_>>()
            };
            prop_assert_eq!(without_bdi(&plain), without_bdi(&hostile));
            let name = COLUMNS.iter().position(|column| column.head.name == "name").unwrap();
            let (_, cells) = read(&hostile);
            prop_assert_eq!(&*cells[name], super::super::display::display_text(&text));
        }
    }
}
