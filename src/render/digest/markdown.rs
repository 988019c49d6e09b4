//! A digest in GitHub's Markdown.

use super::document::{Document, SEPARATOR, Section};
use crate::render::bidi::isolate;
use crate::render::escape::escape_markdown;

/// In bytes. A comment on GitHub has at most 65,536 characters.
const MAX_LENGTH: usize = 60_000;

pub(super) fn format(document: &Document) -> String {
    write(&document.fit(|document| write(document).len() <= MAX_LENGTH))
}

fn write(document: &Document) -> String {
    let title = escape_markdown(&document.title);
    let summary = escape_markdown(&document.summary);
    let mut text = format!("## {title}\n\n{summary}\n");
    for section in &document.sections {
        push_section(&mut text, section);
    }
    for note in &document.notes {
        text.extend(["\n", &escape_markdown(note), "\n"]);
    }
    text
}

fn push_section(text: &mut String, section: &Section) {
    text.extend(["\n### ", &escape_markdown(&section.heading()), "\n\n"]);
    if !section.rows.is_empty() {
        text.push_str("| Id | | Customer | |\n| --- | --- | --- | --- |\n");
    }
    for row in &section.rows {
        let parts: Vec<String> =
            row.parts.iter().map(|part| escape_markdown(&isolate(part)).into_owned()).collect();
        let customer = isolate(&row.customer);
        text.extend([
            "| ",
            &escape_markdown(&row.id),
            " | ",
            &escape_markdown(&row.mark),
            " | ",
            &escape_markdown(&customer),
            row.new_mark(),
            " | ",
            &parts.join(SEPARATOR),
            " |\n",
        ]);
    }
    if let Some(more) = section.more() {
        let gap = if section.rows.is_empty() { "" } else { "\n" };
        text.extend([gap, &more, " `", &section.command, "`\n"]);
    }
}
