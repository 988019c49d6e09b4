//! What each format must have, read by other code.

use std::collections::BTreeSet;

use mailparse::ParsedMail;
use serde_json::{Value, json};

use super::parse;

/// The strings of a value by the keys that hold them.
pub(super) fn strings(value: &Value, key: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => found.push((key.to_owned(), text.clone())),
        Value::Array(values) => values.iter().for_each(|value| strings(value, key, found)),
        Value::Object(map) => map.iter().for_each(|(key, value)| strings(value, key, found)),
        _ => {}
    }
}

/// Of a card the elements and properties of version 1.4 that we use (adaptivecards.io/explorer).
pub(super) fn check_element(element: &Value) {
    let words = |words: &[&str], value: &Value| words.contains(&value.as_str().unwrap());
    let object = element.as_object().unwrap();
    let kind = object["type"].as_str().unwrap();
    for (name, value) in object {
        let is_valid = match (kind, name.as_str()) {
            (_, "type") => true,
            ("RichTextBlock", "separator") | ("TextRun", "isSubtle") => value.is_boolean(),
            ("RichTextBlock", "inlines") | ("ColumnSet", "columns") | ("Column", "items") => {
                value.as_array().unwrap().iter().for_each(check_element);
                !value.as_array().unwrap().is_empty()
            }
            ("ColumnSet", "spacing") => words(&["Small"], value),
            ("Column", "width") => words(&["110px", "stretch"], value),
            ("TextRun", "text") => value.as_str().is_some_and(|text| !text.is_empty()),
            ("TextRun", "weight") => words(&["Bolder"], value),
            ("TextRun", "size") => words(&["Small", "Medium"], value),
            ("TextRun", "color") => words(&["Attention", "Warning"], value),
            _ => false,
        };
        assert!(is_valid, "{kind}.{name}: {value}");
    }
}

pub(super) fn check_card(card: &Value) {
    let names: BTreeSet<&str> = card.as_object().unwrap().keys().map(String::as_str).collect();
    let known = ["$schema", "body", "fallbackText", "msteams", "type", "version"];
    assert_eq!(names, BTreeSet::from(known));
    assert_eq!((&card["type"], &card["version"]), (&json!("AdaptiveCard"), &json!("1.4")));
    assert_eq!(card["msteams"], json!({ "width": "Full" }));
    card["body"].as_array().unwrap().iter().for_each(check_element);
}

pub(super) fn check_teams(text: &str) {
    assert!(text.len() <= 20_000, "{}", text.len());
    let mut message = parse(text);
    check_card(&message["attachments"][0]["content"].take());
    let attachment = json!({
        "contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": null, "content": null
    });
    assert_eq!(message, json!({ "type": "message", "attachments": [attachment] }));
}

/// Slack's limits: 50 blocks, 3,000 characters of a section, 150 of a header, and of a whole message some 13,000.
pub(super) fn check_slack(text: &str) {
    assert!(text.len() <= 12_000, "{}", text.len());
    let message = parse(text);
    let names: Vec<&str> = message.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["blocks", "text"]);
    let blocks = message["blocks"].as_array().unwrap();
    assert!(blocks.len() <= 50, "{}", blocks.len());
    for block in blocks {
        let (text, limit) = match block["type"].as_str().unwrap() {
            "divider" => continue,
            "header" => (&block["text"], 150),
            "section" => (&block["text"], 3_000),
            "context" => (&block["elements"][0], 3_000),
            other => panic!("{other}"),
        };
        let length = text["text"].as_str().unwrap().chars().count();
        assert!((1..=limit).contains(&length), "{length} {block}");
        let is_ours = text["text"].as_str().unwrap().starts_with('*');
        match text["type"].as_str().unwrap() {
            "plain_text" => assert_eq!(text["emoji"], json!(false)),
            "mrkdwn" if is_ours => {}
            other => panic!("{other}: {block}"),
        }
    }
}

/// The names of the elements of a document, in order.
pub(super) fn tags(html: &str) -> Vec<String> {
    let tags = html.split('<').skip(1);
    let tags = tags.map(|tag| tag.split(['>', ' ']).next().unwrap_or_default().to_owned());
    tags.filter(|tag| !tag.ends_with("bdi")).collect()
}

pub(super) fn parts(mail: &ParsedMail<'_>) -> (String, String) {
    assert_eq!(mail.ctype.mimetype, "multipart/alternative");
    let kinds: Vec<&str> = mail.subparts.iter().map(|part| &*part.ctype.mimetype).collect();
    assert_eq!(kinds, ["text/plain", "text/html"]);
    let body = |part: usize| mail.subparts[part].get_body().unwrap();
    (body(0), body(1))
}

/// The text of HTML without elements and white space.
pub(super) fn squeeze(html: &str) -> String {
    let body = html.split("<body").last().unwrap();
    let text: String =
        body.split('<').filter_map(|part| part.split_once('>')).map(|it| it.1).collect();
    htmlize::unescape(text).split_whitespace().collect()
}
