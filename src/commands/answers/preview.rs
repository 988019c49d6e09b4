//! A planned change for people and for programs, before it is made.

use serde_json::{Map, Value, json};

use crate::answer::{FieldChange, PlannedChange, Verb};
use crate::context::Context;
use crate::text;

/// In characters, of names.
const MAX_NAME_LEN: usize = 60;

/// Of the longest label, and a gap.
const LABEL_WIDTH: usize = 14;

/// What would change, and what to think of, one line each.
pub(super) fn describe(change: &PlannedChange) -> Vec<String> {
    let mut lines = vec![format!("{}:", heading(change.verb))];
    let name = |name: &Option<String>| {
        name.as_ref().map_or("-".to_owned(), |name| text::one_line(name, MAX_NAME_LEN))
    };
    lines.push(row("id", &change.id));
    lines.push(row("customer", &name(&change.customer)));
    lines.push(row("deal", &name(&change.deal)));
    lines.extend(change.changes.iter().flat_map(describe_field));
    lines
}

/// What to think of before the question.
pub(super) fn notes(change: &PlannedChange) -> Vec<String> {
    let mut notes = change.warnings.clone();
    let consequence = match change.verb {
        Verb::Accept => "it cannot be undone, and who sent it is told",
        Verb::Decline => "it cannot be undone",
        Verb::CloseWon | Verb::CloseLost => {
            "it cannot be undone, and nothing of the deal can be changed afterwards"
        }
        Verb::AddMember => "a member can be removed only in Partner Center",
        Verb::Update => "a CRM connector may overwrite the new values",
    };
    notes.push(consequence.to_owned());
    if change.changes.iter().any(|field| field.field == "notes") {
        notes.push("notes are shared: who sent the referral can read them".to_owned());
    }
    notes
}

/// Id, customer and deal on one line.
pub(in crate::commands) fn summary_line(change: &PlannedChange) -> String {
    let names = [&change.customer, &change.deal].into_iter().flatten();
    let names: Vec<String> = names.map(|name| text::one_line(name, MAX_NAME_LEN)).collect();
    format!("{} {}", change.id, names.join(", ")).trim_end().to_owned()
}

/// The request without its token, the fields before and after, and the warnings.
pub(super) fn to_json(change: &PlannedChange, url: &str) -> Value {
    let side = |value: fn(&FieldChange) -> &Option<String>| -> Map<String, Value> {
        let fields = change.changes.iter();
        fields.map(|field| (field.field.to_owned(), json!(value(field)))).collect()
    };
    json!({
        "request": {
            "method": "PATCH",
            "url": url,
            "headers": headers(change).into_iter().collect::<std::collections::BTreeMap<_, _>>(),
            "body": change.patch(),
        },
        "before": side(|field| &field.old),
        "after": side(|field| &field.new),
        "warnings": notes(change),
    })
}

/// The same as text.
pub(super) fn to_text(change: &PlannedChange, url: &str) -> String {
    let mut lines = vec![format!("PATCH {url}")];
    lines.extend(headers(change).iter().map(|(name, value)| format!("{name}: {value}")));
    lines.push(String::new());
    lines.extend(format!("{:#}", change.patch()).lines().map(str::to_owned));
    lines.push(String::new());
    lines.extend(describe(change));
    lines.extend(notes(change).iter().map(|note| format!("note: {note}")));
    let lines = lines.iter().map(|line| text::escape_control(line));
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

fn headers(change: &PlannedChange) -> [(&'static str, String); 4] {
    [
        ("Authorization", "Bearer (not shown)".to_owned()),
        ("Content-Type", "application/json".to_owned()),
        ("If-Match", change.e_tag.clone()),
        ("Prefer", "return=representation".to_owned()),
    ]
}

fn describe_field(field: &FieldChange) -> Vec<String> {
    let FieldChange { field, old, new } = field;
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    let is_long = [old, new].into_iter().flatten().any(|text| text.contains('\n'));
    if !is_long {
        return vec![row(field, &format!("{} → {}", shown(old), shown(new)))];
    }
    let part = |label: &'static str, value: &Option<String>| {
        let text = shown(value);
        let lines = text.lines().enumerate();
        let label = |number| if number == 0 { label } else { "" };
        let line =
            |(number, line)| format!("    {:<4} {line}", label(number)).trim_end().to_owned();
        lines.map(line).collect::<Vec<_>>()
    };
    let mut lines = vec![format!("  {field}")];
    lines.extend(part("old:", old));
    lines.extend(part("new:", new));
    lines
}

fn row(label: &str, value: &str) -> String {
    format!("  {label:<LABEL_WIDTH$} {value}")
}

fn heading(verb: Verb) -> &'static str {
    match verb {
        Verb::Accept => "to be accepted",
        Verb::Decline => "to be declined",
        Verb::CloseWon => "to be closed as won",
        Verb::CloseLost => "to be closed as lost",
        Verb::Update | Verb::AddMember => "to be updated",
    }
}

/// `accepted`
pub(super) fn done_word(verb: Verb) -> &'static str {
    match verb {
        Verb::AddMember => "updated",
        _ => verb.done(),
    }
}

/// The global options that a command needs to mean the same referral: with a blank in front, or empty.
pub(in crate::commands) fn global_flags(context: &Context) -> String {
    if context.is_demo() {
        return " --demo".to_owned();
    }
    let is_plain = |name: &&String| {
        name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
            && !name.starts_with('-')
    };
    let profile = context.flags().profile.as_ref().filter(is_plain);
    profile.map(|name| format!(" --profile {name}")).unwrap_or_default()
}
