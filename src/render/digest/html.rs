//! A digest as HTML for a mail: tables and styles in the elements, which every mail program reads; no scripts, no images.

use super::document::{Document, SEPARATOR, Section};
use crate::render::escape::{escape_html, isolate_html};
use crate::render::html::urgency_color;

/// In bytes. Gmail cuts a mail at 102 kB.
const MAX_LENGTH: usize = 75_000;

const FONT: &str = "font-family:Segoe UI,Helvetica,Arial,sans-serif;font-size:14px";
const CELL: &str = "padding:4px 12px 4px 0;border-bottom:1px solid #d2d0ce;vertical-align:top";

pub(super) fn format(document: &Document) -> String {
    write(&cut(document))
}

/// With as many rows as a mail can have.
pub(super) fn cut(document: &Document) -> Document {
    document.fit(|document| write(document).len() <= MAX_LENGTH)
}

pub(super) fn write(document: &Document) -> String {
    let title = escape_html(&document.title);
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n</head>\n\
         <body style=\"{FONT}\">\n<h1 style=\"font-size:20px\">{title}</h1>\n<p>{}</p>\n",
        escape_html(&document.summary)
    );
    for section in &document.sections {
        push_section(&mut html, section);
    }
    for note in &document.notes {
        html.extend(["<p style=\"color:#605e5c\">", &isolate_html(note), "</p>\n"]);
    }
    html.push_str("</body>\n</html>\n");
    html
}

fn push_section(html: &mut String, section: &Section) {
    let heading = escape_html(&section.heading()).into_owned();
    html.extend(["<h2 style=\"font-size:16px\">", &heading, "</h2>\n"]);
    if !section.rows.is_empty() {
        html.extend(["<table style=\"border-collapse:collapse;", FONT, "\">\n<tbody>\n"]);
    }
    for row in &section.rows {
        let parts: Vec<String> =
            row.parts.iter().map(|part| isolate_html(part).into_owned()).collect();
        let new = if row.is_new { " (new)" } else { "" };
        let cells = [
            (
                format!(";white-space:nowrap{}", urgency_color(row.urgency)),
                escape_html(&row.mark).into_owned(),
            ),
            (";font-weight:bold".to_owned(), format!("{}{new}", isolate_html(&row.customer))),
            (String::new(), parts.join(SEPARATOR)),
            (";color:#605e5c;white-space:nowrap".to_owned(), isolate_html(&row.id).into_owned()),
        ];
        html.push_str("<tr>");
        for (style, cell) in cells {
            html.extend(["<td style=\"", CELL, &style, "\">", &cell, "</td>"]);
        }
        html.push_str("</tr>\n");
    }
    if !section.rows.is_empty() {
        html.push_str("</tbody>\n</table>\n");
    }
    if let Some(more) = section.more() {
        let command = escape_html(&section.command);
        html.extend(["<p>", &more, " <code>", &command, "</code></p>\n"]);
    }
}
