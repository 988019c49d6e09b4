//! A digest for programs: all rows, text as it was received.

use serde_json::{Map, Value, json};

use crate::model::{DeadlineState, Money, ReferralKind};
use crate::report::{Change, Digest, Item, News};

pub(super) fn format(digest: &Digest) -> String {
    let waiting = digest.waiting.iter().map(|item| {
        let mut row = Map::from_iter([("new".to_owned(), json!(digest.is_new(item)))]);
        push_item(&mut row, item);
        Value::Object(row)
    });
    let unanswered = &digest.tally.unanswered;
    let money = |money: &Money| json!({ "amount": number(money), "currency": money.currency });
    let value = json!({
        "generated": digest.now.to_string(),
        "since": digest.since.map(|since| since.to_string()),
        "complete": digest.is_complete,
        "waiting": waiting.collect::<Vec<_>>(),
        "changes": digest.changes.iter().map(format_change).collect::<Vec<_>>(),
        "totals": {
            "waiting": unanswered.count(),
            "overdue": unanswered.overdue,
            "within_24_hours": unanswered.within_a_day,
            "within_3_days": unanswered.within_three_days,
            "later": unanswered.later,
            "never": unanswered.never,
            "unreadable": unanswered.unknown,
            "no_answer_needed": digest.tally.no_answer_needed,
            "at_stake": unanswered.value.sums().iter().map(money).collect::<Vec<_>>(),
        },
    });
    format!("{value:#}\n")
}

/// As `changes` has it.
fn format_change(change: &Change) -> Value {
    let mut row = Map::from_iter([("change".to_owned(), json!(change.news.word()))]);
    let moved = match &change.news {
        News::Moved(moved) => Some(moved),
        _ => None,
    };
    row.insert("field".to_owned(), json!(moved.map(|it| it.field.word())));
    row.insert("old".to_owned(), json!(moved.and_then(|it| it.old.to_plain_text())));
    row.insert("new".to_owned(), json!(moved.and_then(|it| it.new.to_plain_text())));
    push_item(&mut row, &change.item);
    Value::Object(row)
}

/// With the names of `changes`.
fn push_item(row: &mut Map<String, Value>, item: &Item) {
    let deadline = match item.deadline {
        DeadlineState::At(deadline) => Some(deadline),
        _ => None,
    };
    let value = item.value.as_ref();
    let mut push = |name: &str, value: Value| row.insert(name.to_owned(), value);
    push("id", json!(item.id));
    push("customer", json!(item.customer));
    push("name", json!(item.deal));
    push("kind", json!(item.kind.map(ReferralKind::as_str)));
    push("state", json!(item.state));
    push("value", json!(value.map(number)));
    push("currency", json!(value.and_then(|money| money.currency.as_deref())));
    push("deadline", json!(deadline.map(|deadline| deadline.at.to_string())));
    push("deadline_estimated", json!(deadline.map(|deadline| deadline.estimated)));
    let sellers = (!item.sellers.is_empty()).then(|| item.sellers.join("; "));
    push("sellers", json!(sellers));
    push("from", json!(item.sender));
    if let Some(contact) = &item.contact {
        push("contact", json!(contact.name));
        push("contact_email", json!(contact.email));
    }
}

fn number(money: &Money) -> Value {
    serde_json::from_str(&money.amount.to_string()).unwrap_or_default()
}
