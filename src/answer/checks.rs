//! What an answer must not be sent for, and what to think of before it is sent.

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde_json::Value;

use super::differences::state;
use super::goal::{Goal, is_on_team};
use super::refusal::Refusal;
use super::wish::{Edits, Stage, Verb, Wish};
use crate::model::{Deadline, Direction, Referral, ReferralKind, Status, TimeLeft};

/// A registrable deal may be rejected if it is won sooner after its creation.
const REGISTRATION_AGE: SignedDuration = SignedDuration::from_hours(72);

/// Every reason not to send it.
pub(super) fn refusals(referral: &Referral, wish: &Wish, goals: &[Goal]) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let mut refuse = |what: String, next: &str| refusals.push(Refusal::new(what, next));
    let id = referral.id.as_deref().unwrap_or("ID");
    let verb = wish.verb();
    if referral.id.is_none() {
        refuse("the API sent no id".to_owned(), "answer it in Partner Center");
    }
    if referral.e_tag.is_none() {
        let what = "the API sent no eTag, without which a change by somebody else would be lost";
        refuse(what.to_owned(), "answer it in Partner Center");
    }
    if let Some(what) = wrong_state(referral, verb) {
        let next = match (verb, &referral.status) {
            (Verb::CloseWon | Verb::CloseLost | Verb::Update, Some(Status::New)) => {
                format!("accept it first: `referrals accept {id}`")
            }
            (Verb::Decline, Some(Status::Active)) => {
                format!("close it instead: `referrals close {id} --lost --reason WORD`")
            }
            _ => format!("`referrals show {id}` shows where it stands"),
        };
        refuse(what, &next);
    }
    if matches!(verb, Verb::Accept | Verb::Decline)
        && referral.direction.as_ref().is_some_and(|direction| *direction != Direction::Incoming)
    {
        refuse(
            "it is not incoming: your organisation sent it".to_owned(),
            "only the one who received it can answer it",
        );
    }
    for (index, member) in wish.members().iter().enumerate() {
        let email = member.email.trim();
        let earlier = &wish.members()[..index];
        let is_twice = earlier.iter().any(|other| other.email.trim().eq_ignore_ascii_case(email));
        if is_twice || is_on_team(referral, email) {
            refuse(format!("{email} is on the team already"), "leave the address out");
        }
    }
    let has_note = wish.edits().is_some_and(|edits| edits.note.is_some());
    if has_note && !are_notes_understood(referral) {
        refuse(
            "the notes have characters that cannot be sent back as they are".to_owned(),
            "add the note in Partner Center",
        );
    }
    if verb == Verb::Update && goals.is_empty() {
        refuse(
            "nothing would change".to_owned(),
            "name a new value, such as `--value 45000`; `referrals help update` lists the flags",
        );
    }
    refusals
}

/// Whether the notes are known well enough to be sent back with more below them.
fn are_notes_understood(referral: &Referral) -> bool {
    if let Some(notes) = &referral.details.notes {
        return !notes.contains('\u{fffd}');
    }
    // Neither text nor nothing is left out when a referral is read.
    serde_json::from_str(referral.raw())
        .is_ok_and(|raw: Value| matches!(raw["details"]["notes"], Value::Null | Value::String(_)))
}

/// API §4.1; the transitions that the API documents. Whether new ones can be closed as won or lost at once it does not say.
fn wrong_state(referral: &Referral, verb: Verb) -> Option<String> {
    let is_right = matches!(
        (verb, &referral.status),
        (Verb::Accept | Verb::Decline, Some(Status::New))
            | (Verb::CloseWon | Verb::CloseLost | Verb::Update, Some(Status::Active))
            | (Verb::AddMember, Some(Status::New | Status::Active))
    );
    let needed = match verb {
        Verb::Accept | Verb::Decline => "only one that waits for an answer",
        Verb::CloseWon | Verb::CloseLost | Verb::Update => "only an accepted one",
        Verb::AddMember => "only an open one",
    };
    let able = match verb {
        Verb::Accept => "can be accepted",
        Verb::Decline => "can be declined",
        Verb::CloseWon | Verb::CloseLost => "can be closed",
        Verb::Update => "can be updated",
        Verb::AddMember => "can get a team member",
    };
    let state = state(referral);
    let is =
        if state.is_empty() { "it has no status".to_owned() } else { format!("it is {state}") };
    (!is_right).then(|| format!("{is}; {needed} {able}"))
}

/// What to tell before the question.
pub(super) fn warnings(referral: &Referral, wish: &Wish, now: Timestamp) -> Vec<String> {
    match wish {
        Wish::Accept { edits, .. } => {
            let mut warnings = about_answer(referral, now);
            warnings.extend(missing(referral, wish, edits));
            warnings
        }
        Wish::Decline(_) => {
            let mut warnings = about_answer(referral, now);
            let told = match referral.kind() {
                Some(ReferralKind::Lead | ReferralKind::QualifiedLead) => {
                    "the customer will be told to choose another partner"
                }
                _ => "who sent it will be told",
            };
            warnings.push(told.to_owned());
            warnings
        }
        Wish::Won => about_winning(referral, now),
        Wish::Lost(_) => Vec::new(),
        Wish::Update(edits) => about_update(referral, edits),
        Wish::AddMember(_) => {
            let is_first = referral.sellers().next().is_none();
            let text = "the team is empty: once it has a member, a Referrals user who is not on it may no longer see the deal";
            is_first.then(|| text.to_owned()).into_iter().collect()
        }
    }
}

fn about_answer(referral: &Referral, now: Timestamp) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(deadline) = Deadline::of(referral)
        && matches!(deadline.time_left(now), TimeLeft::Overdue(_))
    {
        warnings.push(
            "its deadline is past; whether it can still be answered is not documented".to_owned(),
        );
    }
    if referral.direction.is_none() {
        warnings.push("the API does not say whether it is incoming".to_owned());
    }
    let own = referral.organization_id.as_deref();
    if own.is_some_and(|own| referral.sender_id().is_some_and(|id| id.eq_ignore_ascii_case(own))) {
        warnings.push("your own organisation sent it".to_owned());
    }
    warnings
}

/// What the portal asks for when a referral is accepted.
fn missing(referral: &Referral, wish: &Wish, edits: &Edits) -> Option<String> {
    let details = &referral.details;
    let is_there = [
        ("a deal name (--name)", referral.name.is_some() || edits.name.is_some()),
        ("a value (--value)", details.deal_value.is_some() || edits.value.is_some()),
        ("a currency (--currency)", details.currency.is_some() || edits.currency.is_some()),
        ("a closing date (--closing)", details.closing.time().is_some() || edits.closing.is_some()),
        ("a team member (--team)", !referral.team.is_empty() || !wish.members().is_empty()),
    ];
    let missing: Vec<&str> =
        is_there.iter().filter(|(_, is_there)| !is_there).map(|(name, _)| *name).collect();
    (!missing.is_empty()).then(|| format!("Partner Center asks for {} too", missing.join(", ")))
}

fn about_winning(referral: &Referral, now: Timestamp) -> Vec<String> {
    let age = referral.created.time().map(|created| now.duration_since(created));
    let value = referral.details.deal_value;
    let stage = referral.sales_stage.as_deref();
    let is_early = stage.and_then(Stage::parse).is_some_and(|stage| stage < Stage::Negotiated);
    let warnings = [
        (
            age.is_some_and(|age| age < REGISTRATION_AGE),
            "it is less than 72 hours old: its registration may be rejected".to_owned(),
        ),
        (
            value.is_none_or(|value| value == Decimal::ZERO),
            "it has no value: `referrals update` sets it, which cannot be done later".to_owned(),
        ),
        (is_early, format!("its sales stage is {} %, below 80", stage.unwrap_or_default())),
    ];
    warnings.into_iter().filter(|(applies, _)| *applies).map(|(_, text)| text).collect()
}

fn about_update(referral: &Referral, edits: &Edits) -> Vec<String> {
    let mut warnings = Vec::new();
    let old = referral.sales_stage.as_deref().and_then(Stage::parse);
    if let (Some(old), Some(new)) = (old, edits.stage)
        && new < old
    {
        let (old, new) = (old.percentage(), new.percentage());
        warnings.push(format!("the sales stage goes down, from {old} % to {new} %"));
    }
    let currency = referral.details.currency.as_deref();
    if let Some(new) = edits.currency.as_deref()
        && edits.value.is_none()
        && referral.details.deal_value.is_some()
        && currency.is_none_or(|old| !old.eq_ignore_ascii_case(new))
    {
        warnings.push("the currency changes and the value stays; add `--value`?".to_owned());
    }
    warnings
}
