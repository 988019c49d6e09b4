//! A digest as the message that Slack's incoming webhook takes. What others have written stands in plain text, in which
//! Slack finds no markup, and not in `text`, in which it does.

use serde_json::{Value, json};

use super::document::{DigestRow, Document, SEPARATOR, Section};
use crate::render::bidi::isolate;
use crate::render::escape::escape_slack;

/// In bytes, of the message. Slack has refused one of 13,200 characters.
const MAX_LENGTH: usize = 12_000;
const MAX_BLOCKS: usize = 50;
/// In characters, of a section's text; Slack takes 3,000.
const MAX_TEXT: usize = 2_900;

pub(super) fn format(document: &Document) -> String {
    let fitting = document.fit(|document| {
        let blocks = blocks(document);
        blocks.len() <= MAX_BLOCKS && write(document, &blocks).len() <= MAX_LENGTH
    });
    write(&fitting, &blocks(&fitting))
}

fn write(document: &Document, blocks: &[Value]) -> String {
    let text = escape_slack(&format!("{}: {}", document.title, document.summary));
    format!("{}\n", json!({ "text": text, "blocks": blocks }))
}

fn blocks(document: &Document) -> Vec<Value> {
    let mut blocks = vec![
        json!({ "type": "header", "text": plain_text(&escape_slack(&document.title)) }),
        section(&escape_slack(&document.summary)),
    ];
    for section in &document.sections {
        push_section(&mut blocks, section);
    }
    for note in &document.notes {
        let note = plain_text(&escape_slack(note));
        blocks.push(json!({ "type": "context", "elements": [note] }));
    }
    blocks
}

fn push_section(blocks: &mut Vec<Value>, rows: &Section) {
    blocks.push(json!({ "type": "divider" }));
    let heading = format!("*{}*", rows.heading());
    blocks.push(json!({ "type": "section", "text": { "type": "mrkdwn", "text": heading } }));
    let mut text = String::new();
    for row in &rows.rows {
        let row = format_row(row);
        if !text.is_empty() && text.chars().count() + row.chars().count() > MAX_TEXT {
            blocks.push(section(&std::mem::take(&mut text)));
        }
        text.push_str(&row);
    }
    if !text.is_empty() {
        blocks.push(section(&text));
    }
    if let Some(more) = rows.more() {
        blocks.push(section(&format!("{more} {}", escape_slack(&rows.command))));
    }
}

/// With a line end after it.
fn format_row(row: &DigestRow) -> String {
    let customer = isolate(&row.customer);
    let mut line = format!("{}{SEPARATOR}{customer}{}", row.mark, row.new_mark());
    for part in row.parts.iter().chain([&row.id]).filter(|part| !part.is_empty()) {
        line.push_str(SEPARATOR);
        line.push_str(&isolate(part));
    }
    escape_slack(&line) + "\n"
}

fn section(text: &str) -> Value {
    json!({ "type": "section", "text": plain_text(text.trim_end()) })
}

fn plain_text(text: &str) -> Value {
    json!({ "type": "plain_text", "text": text, "emoji": false })
}
