//! What differs between two readings of a referral, in words and money that a seller reads.

use crate::model::{Referral, Status, Substatus};
use crate::text::decode_entities;

/// What one field had and has. Text may be of several lines and from outside: it is made harmless where it is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    pub field: &'static str,
    pub old: Option<String>,
    pub new: Option<String>,
}

/// Where a referral stands, in one word: `pending`, `accepted`, `won`. Empty if it has neither status nor substatus.
pub fn state(referral: &Referral) -> String {
    let substatus = referral.substatus.as_ref().map(Substatus::as_str);
    let word = substatus.or(referral.known_status().map(Status::as_str));
    word.unwrap_or_default().to_lowercase()
}

/// The fields that an answer may concern and that differ.
pub fn differences(before: &Referral, after: &Referral) -> Vec<FieldChange> {
    let fields = fields(before).into_iter().zip(fields(after));
    let changes = fields.map(|((field, old), (_, new))| FieldChange { field, old, new });
    changes.filter(|change| change.old != change.new).collect()
}

fn fields(referral: &Referral) -> [(&'static str, Option<String>); 11] {
    let details = &referral.details;
    let plain = |text: Option<&str>| text.map(|text| decode_entities(text).into_owned());
    let team: Vec<&str> = referral.sellers().collect();
    // A currency counts for nothing where there is no value.
    let currency = details.currency.as_ref().map(|code| code.to_ascii_uppercase());
    let currency = currency.filter(|_| details.deal_value.is_none());
    [
        ("state", Some(state(referral)).filter(|state| !state.is_empty())),
        ("reason", plain(referral.status_reason.as_deref())),
        ("deal name", plain(referral.name.as_deref())),
        ("value", referral.value().map(|value| value.to_string())),
        ("currency", currency),
        ("closing date", details.closing.closing_day().map(|day| day.to_string())),
        ("sales stage", plain(referral.sales_stage.as_deref())),
        ("notes", plain(details.notes.as_deref())),
        ("CRM id", plain(referral.external_reference_id.as_deref())),
        ("campaign", plain(referral.campaign_id.as_deref())),
        ("team", Some(team.join(", ")).filter(|team| !team.is_empty())),
    ]
}
