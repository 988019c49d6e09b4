//! A digest as an adaptive card of version 1.4: later ones are not shown by Teams workflows, and with them there are no
//! tables.
//!
//! All text stands in a `TextRun`, which reads no Markdown, other than that of a `TextBlock` or a `FactSet`.

use serde_json::{Value, json};

use super::document::{DigestRow, Document, SEPARATOR, Section};
use crate::model::Urgency;
use crate::render::bidi::isolate;
use crate::render::escape::escape_card;

/// In bytes, of the message. Teams takes 28 kB; some have had trouble from 21 kB on.
const MAX_LENGTH: usize = 20_000;

/// The message that Teams' workflow "When a Teams webhook request is received" takes.
pub(super) fn format_message(document: &Document) -> String {
    write(&message(&fit(document)))
}

/// The card alone, for workflows that were made by hand.
pub(super) fn format_card(document: &Document) -> String {
    write(&card(&fit(document)))
}

fn fit(document: &Document) -> Document {
    document.fit(|document| write(&message(document)).len() <= MAX_LENGTH)
}

fn write(value: &Value) -> String {
    format!("{value}\n")
}

fn message(document: &Document) -> Value {
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": card(document),
        }],
    })
}

fn card(document: &Document) -> Value {
    let mut body = vec![
        block(&[run(&document.title, json!({ "weight": "Bolder", "size": "Medium" }))]),
        block(&[run(&document.summary, json!({}))]),
    ];
    for section in &document.sections {
        push_section(&mut body, section);
    }
    let subtle = json!({ "isSubtle": true, "size": "Small" });
    body.extend(document.notes.iter().map(|note| block(&[run(note, subtle.clone())])));
    json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": document.title,
        "msteams": { "width": "Full" },
        "body": body,
    })
}

fn push_section(body: &mut Vec<Value>, section: &Section) {
    let heading = run(&section.heading(), json!({ "weight": "Bolder" }));
    body.push(json!({ "type": "RichTextBlock", "separator": true, "inlines": [heading] }));
    body.extend(section.rows.iter().map(row));
    if let Some(more) = section.more() {
        let more = format!("{more} {}", section.command);
        body.push(block(&[run(&more, json!({}))]));
    }
}

fn row(row: &DigestRow) -> Value {
    let mark = match row.urgency {
        Some(Urgency::Overdue | Urgency::Today) => json!({ "color": "Attention" }),
        Some(Urgency::Soon) => json!({ "color": "Warning" }),
        None => json!({}),
    };
    let parts: Vec<_> = row.parts.iter().map(|part| isolate(part)).collect();
    let customer = isolate(&row.customer);
    let name = run(&format!("{customer}{}", row.new_mark()), json!({ "weight": "Bolder" }));
    let text = [parts.join(SEPARATOR), row.id.clone()];
    let text = text
        .iter()
        .filter(|part| !part.is_empty())
        .fold(String::new(), |all, part| all + SEPARATOR + part);
    json!({
        "type": "ColumnSet",
        "spacing": "Small",
        "columns": [
            { "type": "Column", "width": "110px", "items": [block(&[run(&row.mark, mark)])] },
            { "type": "Column", "width": "stretch", "items": [block(&[name, run(&text, json!({}))])] },
        ],
    })
}

fn block(runs: &[Value]) -> Value {
    json!({ "type": "RichTextBlock", "inlines": runs })
}

/// `properties` is an object.
fn run(text: &str, mut properties: Value) -> Value {
    properties["type"] = json!("TextRun");
    properties["text"] = json!(escape_card(text));
    properties
}
