//! A digest as plain text, in lines of at most 72 cells: for a mail or a terminal.

use super::document::{DigestRow, Document, SEPARATOR, Section};
use crate::render::bidi::isolate;
use crate::text::{self, width};

/// Room for `> ` before each line of an answer, within 80.
const WIDTH: usize = 72;
const INDENT: usize = 2;

pub(super) fn format(document: &Document) -> String {
    let mut lines = vec![document.title.clone()];
    lines.extend(text::wrap(&document.summary, WIDTH));
    for section in &document.sections {
        lines.push(String::new());
        push_section(&mut lines, section);
    }
    if !document.notes.is_empty() {
        lines.push(String::new());
    }
    lines.extend(document.notes.iter().flat_map(|note| text::wrap(note, WIDTH)));
    lines.iter().fold(String::new(), |text, line| text + line.trim_end() + "\n")
}

fn push_section(lines: &mut Vec<String>, section: &Section) {
    lines.push(section.heading());
    let rows = &section.rows;
    let widest = |cell: fn(&DigestRow) -> &str| rows.iter().map(|row| width(cell(row))).max();
    // A UUID whose start is shown is no wider.
    let id_width = widest(|row| &row.id).unwrap_or(0).min(12);
    let mark_width = widest(|row| &row.mark).unwrap_or(0).min(18);
    let margin = INDENT + id_width + 2 + mark_width + 2;
    for row in rows {
        let first = format!(
            "{:INDENT$}{}  {}  ",
            "",
            pad(&isolate(&row.id), id_width),
            pad(&row.mark, mark_width)
        );
        let customer = format!("{}{}", isolate(&row.customer), row.new_mark());
        push_beside(lines, first, &customer, margin);
        let parts: Vec<_> = row.parts.iter().map(|part| isolate(part)).collect();
        push_beside(lines, String::new(), &parts.join(SEPARATOR), margin);
    }
    if let Some(more) = section.more() {
        lines.extend(text::wrap(&format!("{:INDENT$}{more} {}", "", section.command), WIDTH));
    }
}

/// `text` to the right of the margin, the first line after `first`, or below it where that is wider.
fn push_beside(lines: &mut Vec<String>, mut first: String, text: &str, margin: usize) {
    if text.is_empty() {
        return;
    }
    if width(&first) > margin {
        lines.push(std::mem::take(&mut first));
    }
    for line in text::wrap(text, WIDTH - margin) {
        let start = pad(&std::mem::take(&mut first), margin);
        lines.push(format!("{start}{line}"));
    }
}

fn pad(text: &str, cells: usize) -> String {
    format!("{text}{}", " ".repeat(cells.saturating_sub(width(text))))
}
