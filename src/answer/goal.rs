//! One value that a referral shall have: how the API is told, how people are, and whether a referral has it.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::operation::Operation;
use super::wish::{NewMember, Stage};
use crate::model::{Referral, Status, Substatus};
use crate::text::decode_entities;

/// In the order in which a patch has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    Status(Status),
    Substatus(Substatus),
    Reason(String),
    Name(String),
    Value(Decimal),
    Currency(String),
    Closing(Date),
    Stage(Stage),
    /// All notes, the old ones too.
    Notes(String),
    CrmId(String),
    Campaign(String),
    Member(NewMember),
}

impl Goal {
    /// What it is called.
    pub fn label(&self) -> &'static str {
        match self {
            Goal::Status(_) => "status",
            Goal::Substatus(_) => "substatus",
            Goal::Reason(_) => "reason",
            Goal::Name(_) => "deal name",
            Goal::Value(_) => "value",
            Goal::Currency(_) => "currency",
            Goal::Closing(_) => "closing date",
            Goal::Stage(_) => "sales stage",
            Goal::Notes(_) => "notes",
            Goal::CrmId(_) => "CRM id",
            Goal::Campaign(_) => "campaign",
            Goal::Member(_) => "team",
        }
    }

    /// Whether what is written may be kept: it is about the deal, and not about people or in their words.
    pub fn may_be_logged(&self) -> bool {
        !matches!(self, Goal::Name(_) | Goal::Notes(_) | Goal::Campaign(_) | Goal::Member(_))
    }

    /// The operation that makes it so, given the referral as it was read.
    pub fn operation(&self, before: &Referral) -> Operation {
        let details = &before.details;
        let set = Operation::set;
        match self {
            Goal::Status(word) => set("/status", before.status.is_some(), json!(word.as_str())),
            Goal::Substatus(word) => {
                set("/substatus", before.substatus.is_some(), json!(word.as_str()))
            }
            Goal::Reason(text) => set("/statusReason", before.status_reason.is_some(), json!(text)),
            Goal::Name(text) => set("/name", before.name.is_some(), json!(text)),
            // A string, as in the documented sample (API §1.2).
            Goal::Value(value) => set(
                "/details/dealValue",
                details.deal_value.is_some(),
                json!(value.normalize().to_string()),
            ),
            Goal::Currency(code) => {
                set("/details/currency", details.currency.is_some(), json!(code))
            }
            Goal::Closing(day) => set(
                "/details/closingDateTime",
                details.closing.time().is_some(),
                json!(format!("{day}T00:00:00Z")),
            ),
            Goal::Stage(stage) => {
                set("/salesStage", before.sales_stage.is_some(), json!(stage.percentage()))
            }
            Goal::Notes(text) => set("/details/notes", details.notes.is_some(), json!(text)),
            Goal::CrmId(text) => {
                set("/externalReferenceId", before.external_reference_id.is_some(), json!(text))
            }
            Goal::Campaign(text) => set("/campaignId", before.campaign_id.is_some(), json!(text)),
            Goal::Member(member) => Operation::append("/team/-", member_json(member)),
        }
    }

    /// Whether the referral has it. Services write texts in a form of their own: entities, ends of lines.
    pub fn is_met(&self, referral: &Referral) -> bool {
        let details = &referral.details;
        let is =
            |sent: Option<&str>, wanted: &str| sent.is_some_and(|sent| same_text(sent, wanted));
        match self {
            Goal::Status(word) => referral.status.as_ref() == Some(word),
            Goal::Substatus(word) => referral.substatus.as_ref() == Some(word),
            Goal::Reason(text) => is(referral.status_reason.as_deref(), text),
            Goal::Name(text) => is(referral.name.as_deref(), text),
            Goal::Value(value) => details.deal_value == Some(*value),
            Goal::Currency(code) => {
                details.currency.as_deref().is_some_and(|sent| sent.eq_ignore_ascii_case(code))
            }
            Goal::Closing(day) => details.closing.closing_day() == Some(*day),
            Goal::Stage(stage) => {
                referral.sales_stage.as_deref().and_then(Stage::parse) == Some(*stage)
            }
            Goal::Notes(text) => is(details.notes.as_deref(), text),
            Goal::CrmId(text) => is(referral.external_reference_id.as_deref(), text),
            Goal::Campaign(text) => is(referral.campaign_id.as_deref(), text),
            Goal::Member(member) => is_on_team(referral, &member.email),
        }
    }
}

pub(super) fn is_on_team(referral: &Referral, email: &str) -> bool {
    referral.sellers().any(|seller| seller.trim().eq_ignore_ascii_case(email.trim()))
}

fn member_json(member: &NewMember) -> Value {
    let NewMember { email, first, last, phone } = member;
    let mut object = json!({"email": email});
    for (name, value) in [("firstName", first), ("lastName", last), ("phoneNumber", phone)] {
        if let Some(value) = value {
            object[name] = json!(value);
        }
    }
    object
}

fn same_text(sent: &str, wanted: &str) -> bool {
    let plain = |text: &str| decode_entities(text).replace("\r\n", "\n").trim().to_owned();
    plain(sent) == plain(wanted)
}
