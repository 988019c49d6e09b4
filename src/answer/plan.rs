//! From a referral as it was read and a wish to the one change that fulfils it, or to why it cannot be.

use jiff::Zoned;
use serde_json::Value;

use super::checks;
use super::differences::{FieldChange, state};
use super::goal::Goal;
use super::operation::Operation;
use super::refusal::Refusal;
use super::set_back::SetBack;
use super::wish::{Edits, Verb, Wish};
use crate::model::{Money, Referral, Status, Substatus};
use crate::text::decode_entities;

/// How much a mistake would harm, which decides how it is confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It can be set back, or does no harm.
    Mild,
    /// It cannot be undone, and was wanted sooner or later.
    Moderate,
    /// It cannot be undone, and the deal is over.
    Severe,
}

/// What is sent, what it means, and how to tell whether it has happened.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedChange {
    pub id: String,
    /// Of the referral as it was read, with its quotation marks; for `If-Match`.
    pub e_tag: String,
    pub verb: Verb,
    /// For the question; text from outside, without entities.
    pub customer: Option<String>,
    pub deal: Option<String>,
    pub severity: Severity,
    /// The JSON Patch.
    pub operations: Vec<Operation>,
    /// The values that the result must have, one for each operation.
    pub goals: Vec<Goal>,
    /// What to tell before the question: sentences in lower case, without a full stop.
    pub warnings: Vec<String>,
    /// What will change, for people.
    pub changes: Vec<FieldChange>,
    /// How to set an update back; `None` for what cannot be undone.
    pub set_back: Option<SetBack>,
}

impl PlannedChange {
    /// The body of the request.
    pub fn patch(&self) -> Value {
        self.operations.iter().map(Operation::to_json).collect()
    }

    /// What may be kept of the patch: the paths, and the values that say nothing of people and are not in their words.
    pub fn loggable(&self) -> Vec<(&'static str, Option<&str>)> {
        let values = self.goals.iter().zip(&self.operations).map(|(goal, operation)| {
            let value = operation.value().as_str().filter(|_| goal.may_be_logged());
            (operation.path(), value)
        });
        values.collect()
    }
}

/// Plans the change that fulfils the wish. `now` is in the zone of the user, whose day dates a note.
///
/// # Errors
/// Every reason why it cannot be made.
pub fn plan(referral: &Referral, wish: &Wish, now: &Zoned) -> Result<PlannedChange, Vec<Refusal>> {
    let verb = wish.verb();
    let mut goals = goals(referral, wish, now);
    // A member is added whoever is there; that is refused instead.
    goals.retain(|goal| matches!(goal, Goal::Member(_)) || !goal.is_met(referral));
    let refusals = checks::refusals(referral, wish, &goals);
    let (Some(id), Some(e_tag), true) = (&referral.id, &referral.e_tag, refusals.is_empty()) else {
        return Err(refusals);
    };
    let plain = |text: Option<&str>| text.map(|text| decode_entities(text).into_owned());
    Ok(PlannedChange {
        id: id.to_string(),
        e_tag: e_tag.to_string(),
        verb,
        customer: plain(referral.customer_profile.name.as_deref()),
        deal: plain(referral.name.as_deref()),
        severity: match verb {
            Verb::Update | Verb::AddMember => Severity::Mild,
            Verb::Accept => Severity::Moderate,
            Verb::Decline | Verb::CloseWon | Verb::CloseLost => Severity::Severe,
        },
        operations: goals.iter().map(|goal| goal.operation(referral)).collect(),
        warnings: checks::warnings(referral, wish, now.timestamp()),
        changes: changes(referral, &goals),
        set_back: (verb == Verb::Update).then(|| SetBack::of(referral, id, &goals)),
        goals,
    })
}

/// What the referral shall be, in the order of the patch.
fn goals(referral: &Referral, wish: &Wish, now: &Zoned) -> Vec<Goal> {
    let to = |status, substatus| vec![Goal::Status(status), Goal::Substatus(substatus)];
    let mut goals = match wish {
        Wish::Accept { .. } => to(Status::Active, Substatus::Accepted),
        Wish::Decline(_) => to(Status::Closed, Substatus::Declined),
        Wish::Won => to(Status::Closed, Substatus::Won),
        Wish::Lost(_) => to(Status::Closed, Substatus::Lost),
        Wish::Update(_) | Wish::AddMember(_) => Vec::new(),
    };
    if let Wish::Decline(reason) | Wish::Lost(reason) = wish {
        goals.push(Goal::Reason(reason.text.to_owned()));
    }
    if let Some(edits) = wish.edits() {
        let Edits { name, value, currency, closing, stage, note, crm_id, campaign } = edits;
        let notes = note.as_ref().map(|note| {
            let note = format!("[{}] {}", now.date(), note.trim());
            // What is there stays: on a lead it is the customer's message.
            referral.details.notes.as_ref().map_or(note.clone(), |old| format!("{old}\n\n{note}"))
        });
        goals.extend(name.clone().map(Goal::Name));
        goals.extend(value.map(Goal::Value));
        goals.extend(currency.as_ref().map(|code| Goal::Currency(code.to_ascii_uppercase())));
        goals.extend(closing.map(Goal::Closing));
        goals.extend(stage.map(Goal::Stage));
        goals.extend(notes.map(Goal::Notes));
        goals.extend(crm_id.clone().map(Goal::CrmId));
        goals.extend(campaign.clone().map(Goal::Campaign));
    }
    goals.extend(wish.members().iter().cloned().map(Goal::Member));
    goals
}

/// The same for people: status and substatus are one state, value and currency one amount.
fn changes(referral: &Referral, goals: &[Goal]) -> Vec<FieldChange> {
    let details = &referral.details;
    let currency = goals.iter().find_map(|goal| match goal {
        Goal::Currency(code) => Some(code.clone()),
        _ => None,
    });
    let has_value = goals.iter().any(|goal| matches!(goal, Goal::Value(_)));
    let money = |amount| Money {
        amount,
        currency: currency.clone().or(details.currency.as_ref().map(|c| c.to_ascii_uppercase())),
    };
    let plain = |text: Option<&str>| text.map(|text| decode_entities(text).into_owned());
    let field = |field, old, new: String| Some(FieldChange { field, old, new: Some(new) });
    let old_value = || referral.value().map(|value| value.to_string());
    let change = |goal: &Goal| match goal {
        Goal::Status(_) => None,
        Goal::Substatus(word) => {
            let old = Some(state(referral)).filter(|state| !state.is_empty());
            field("state", old, word.as_str().to_lowercase())
        }
        Goal::Reason(text) => {
            field("reason", plain(referral.status_reason.as_deref()), text.clone())
        }
        Goal::Name(text) => field("deal name", plain(referral.name.as_deref()), text.clone()),
        Goal::Value(value) => field("value", old_value(), money(*value).to_string()),
        Goal::Currency(_) if has_value => None,
        Goal::Currency(code) => match details.deal_value {
            Some(amount) => field("value", old_value(), money(amount).to_string()),
            None => field("currency", plain(details.currency.as_deref()), code.clone()),
        },
        Goal::Closing(day) => {
            let old = details.closing.closing_day().map(|day| day.to_string());
            field("closing date", old, day.to_string())
        }
        Goal::Stage(stage) => {
            let new = format!("{} % ({})", stage.percentage(), stage.word());
            field("sales stage", plain(referral.sales_stage.as_deref()), new)
        }
        Goal::Notes(text) => {
            field("notes", plain(details.notes.as_deref()), decode_entities(text).into_owned())
        }
        Goal::CrmId(text) => {
            field("CRM id", plain(referral.external_reference_id.as_deref()), text.clone())
        }
        Goal::Campaign(text) => {
            field("campaign", plain(referral.campaign_id.as_deref()), text.clone())
        }
        Goal::Member(member) => field("team", None, member.email.clone()),
    };
    goals.iter().filter_map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::{NewMember, Reason, Stage};

    const LEAD: &str = r#"{"id":"a706dd2f-4d19-4e6f-a382-a305f4414f5e","eTag":"\"0100a3f2\"","status":"New",
        "substatus":"Pending","direction":"Incoming","customerProfile":{"name":"Contoso &amp; Sons"},
        "details":{"notes":"Please call me.\r\nAda","dealValue":30000,"currency":"EUR","closingDateTime":null}}"#;

    fn read(json: &str) -> Referral {
        Referral::parse(json).unwrap()
    }

    fn active() -> Referral {
        read(
            r#"{"id":"a706dd2f-4d19-4e6f-a382-a305f4414f5e","eTag":"\"2\"","status":"Active","substatus":"Accepted",
            "name":"Migration","salesStage":"40","externalReferenceId":"50%","direction":"Incoming",
            "createdDateTime":"2026-06-01T00:00:00Z","team":[{"email":"Ada@contoso.com"}],
            "details":{"dealValue":30000.50,"currency":"EUR","closingDateTime":"2026-09-29T22:00:00Z"}}"#,
        )
    }

    fn now() -> Zoned {
        "2026-11-20T00:30:00+01:00[Europe/Berlin]".parse().unwrap()
    }

    fn plan_of(referral: &Referral, wish: &Wish) -> PlannedChange {
        plan(referral, wish, &now()).unwrap()
    }

    fn member(email: &str) -> NewMember {
        let text = |text: &str| Some(text.to_owned());
        NewMember {
            email: email.to_owned(),
            first: text("A"),
            last: text("B"),
            phone: text("+49000"),
        }
    }

    #[test]
    fn everything_that_can_be_given_when_accepting_is_one_patch_in_the_documented_forms() {
        let edits = Edits {
            name: Some("Contoso – Azure migration".to_owned()),
            value: Some("45000.00".parse().unwrap()),
            currency: Some("usd".to_owned()),
            closing: Some("2027-02-28".parse().unwrap()),
            stage: None,
            note: Some(" call on Monday ".to_owned()),
            crm_id: Some("OPP-1042".to_owned()),
            campaign: Some("C1".to_owned()),
        };
        let wish = Wish::Accept { edits, team: vec![member("a@example.com")] };
        let change = plan_of(&read(LEAD), &wish);
        let expected = serde_json::json!([
            {"op":"replace","path":"/status","value":"Active"},
            {"op":"replace","path":"/substatus","value":"Accepted"},
            {"op":"add","path":"/name","value":"Contoso – Azure migration"},
            {"op":"replace","path":"/details/dealValue","value":"45000"},
            {"op":"replace","path":"/details/currency","value":"USD"},
            {"op":"add","path":"/details/closingDateTime","value":"2027-02-28T00:00:00Z"},
            {"op":"replace","path":"/details/notes","value":"Please call me.\r\nAda\n\n[2026-11-20] call on Monday"},
            {"op":"add","path":"/externalReferenceId","value":"OPP-1042"},
            {"op":"add","path":"/campaignId","value":"C1"},
            {"op":"add","path":"/team/-","value":{"email":"a@example.com","firstName":"A","lastName":"B","phoneNumber":"+49000"}},
        ]);
        assert_eq!(change.patch(), expected);
        assert_eq!((&*change.e_tag, change.severity), ("\"0100a3f2\"", Severity::Moderate));
        assert_eq!(change.customer.as_deref(), Some("Contoso & Sons"));
        assert_eq!(change.set_back, None);
        let value = FieldChange {
            field: "value",
            old: Some("30,000 EUR".to_owned()),
            new: Some("45,000 USD".to_owned()),
        };
        assert!(change.changes.contains(&value), "{:?}", change.changes);
        let logged: Vec<_> = change.loggable().into_iter().filter_map(|(_, value)| value).collect();
        assert_eq!(
            logged,
            ["Active", "Accepted", "45000", "USD", "2027-02-28T00:00:00Z", "OPP-1042"]
        );
    }

    #[test]
    fn decline_and_close_set_status_substatus_and_reason_alone() {
        let reason = Reason::parse("requirement").unwrap();
        let text = "Customer requirement not met";
        for (referral, wish, substatus, reason) in [
            (read(LEAD), Wish::Decline(reason), "Declined", Some(text)),
            (active(), Wish::Won, "Won", None),
            (active(), Wish::Lost(reason), "Lost", Some(text)),
        ] {
            let change = plan_of(&referral, &wish);
            let mut expected = vec![
                serde_json::json!({"op":"replace","path":"/status","value":"Closed"}),
                serde_json::json!({"op":"replace","path":"/substatus","value":substatus}),
            ];
            expected.extend(
                reason.map(
                    |text| serde_json::json!({"op":"add","path":"/statusReason","value":text}),
                ),
            );
            assert_eq!(change.patch(), Value::from(expected));
            assert_eq!((change.severity, &change.set_back), (Severity::Severe, &None));
        }
    }

    #[test]
    fn an_update_leaves_out_what_is_so_already_and_names_the_way_back() {
        let edits = Edits {
            value: Some("30000.5".parse().unwrap()),
            currency: Some("USD".to_owned()),
            closing: Some("2026-09-30".parse().unwrap()),
            stage: Some(Stage::Qualified),
            note: Some("x".to_owned()),
            crm_id: Some("new".to_owned()),
            ..Edits::default()
        };
        let change = plan_of(&active(), &Wish::Update(edits));
        let paths: Vec<_> = change.operations.iter().map(Operation::path).collect();
        let expected =
            ["/details/currency", "/salesStage", "/details/notes", "/externalReferenceId"];
        assert_eq!(paths, expected);
        let set_back = change.set_back.unwrap();
        assert_eq!(
            set_back.command.as_deref(),
            Some("referrals update a706dd2f-4d19-4e6f-a382-a305f4414f5e --currency EUR --stage 40")
        );
        assert_eq!(set_back.not, ["notes", "CRM id"]);
        assert_eq!(change.warnings.len(), 1, "{:?}", change.warnings);
        assert!(change.warnings[0].starts_with("the sales stage goes down, from 40 % to 20 %"));
    }

    #[test]
    fn what_cannot_be_is_refused_with_what_to_do() {
        let update = || Wish::Update(Edits { value: Some(1.into()), ..Edits::default() });
        let accept = || Wish::Accept { edits: Edits::default(), team: Vec::new() };
        let reason = Reason::ALL[0];
        let with = |from: &str, to: &str| read(&LEAD.replace(from, to));
        let closed = r#"{"id":"1","eTag":"\"1\"","status":"Closed","substatus":"Declined","direction":"Incoming"}"#;
        let with_note = Edits { note: Some("x".to_owned()), ..Edits::default() };
        let cases = [
            (active(), accept(), "it is accepted; only one that waits"),
            (active(), Wish::Decline(reason), "it is accepted; only one that waits"),
            (read(LEAD), Wish::Won, "it is pending; only an accepted one can be closed"),
            (read(LEAD), Wish::Lost(reason), "it is pending; only an accepted one"),
            (read(LEAD), update(), "it is pending; only an accepted one can be updated"),
            (read(closed), accept(), "it is declined; only one that waits"),
            (read(closed), Wish::Won, "it is declined; only an accepted"),
            (read(closed), update(), "it is declined; only an accepted"),
            (read(closed), Wish::AddMember(member("x@b.example")), "it is declined; only an open"),
            (with("Incoming", "Outgoing"), accept(), "it is not incoming"),
            (with("Incoming", "Outgoing"), Wish::Decline(reason), "it is not incoming"),
            (with("\"status\"", "\"x\""), accept(), "it is pending; only one that waits"),
            (with("eTag", "x"), accept(), "the API sent no eTag"),
            (with(r#""\"0100a3f2\"""#, "null"), accept(), "the API sent no eTag"),
            (
                active(),
                Wish::AddMember(member("ada@CONTOSO.com")),
                "ada@CONTOSO.com is on the team",
            ),
            (
                read(LEAD),
                Wish::Accept {
                    edits: Edits::default(),
                    team: vec![member("a@b.c"), member("A@b.c")],
                },
                "A@b.c is on the team already",
            ),
            (active(), Wish::Update(Edits::default()), "nothing would change"),
            (
                active(),
                Wish::Update(Edits { stage: Some(Stage::Developed), ..Edits::default() }),
                "nothing would change",
            ),
            (
                with("Ada", "\\ud83d"),
                Wish::Accept { edits: with_note.clone(), team: Vec::new() },
                "the notes have",
            ),
            (
                with(r#""Please call me.\r\nAda""#, r#"[{"text":"Please call me"}]"#),
                Wish::Accept { edits: with_note, team: Vec::new() },
                "the notes have",
            ),
        ];
        for (referral, wish, what) in cases {
            let refusals = plan(&referral, &wish, &now()).unwrap_err();
            assert_eq!(refusals.len(), 1, "{what}: {refusals:?}");
            assert!(refusals[0].what.starts_with(what), "{what}: {refusals:?}");
            let error = Refusal::to_error(&refusals);
            assert!(error.report().contains("nothing was sent\nhint: "), "{}", error.report());
        }
    }

    #[test]
    fn what_partner_center_would_ask_or_tell_is_a_warning() {
        let accept = |edits| Wish::Accept { edits, team: vec![member("a@b.c")] };
        let with = |from: &str, to: &str| read(&LEAD.replace(from, to));
        let named = || Edits {
            name: Some("x".to_owned()),
            closing: Some("2027-01-01".parse().unwrap()),
            ..Edits::default()
        };
        let past = r#""status":"New","expirationDateTime":"2026-11-19T23:29:59Z""#;
        let own = r#""status":"New","organizationId":"o","inviteContext":{"invitedBy":{"organizationId":"O"}}"#;
        let lead = r#""status":"New","type":"Independent","qualification":"Direct""#;
        let won = |json: &str| (read(json), Wish::Won);
        let reason = Reason::ALL[0];
        let cases = [
            (read(LEAD), accept(named())),
            (read(LEAD), accept(Edits::default())),
            (with(r#""status":"New""#, past), accept(named())),
            (with(r#""status":"New""#, own), accept(named())),
            (with(r#""direction":"Incoming","#, ""), accept(named())),
            (with(r#""status":"New""#, lead), Wish::Decline(reason)),
            (read(LEAD), Wish::Decline(reason)),
            won(
                r#"{"id":"1","eTag":"e","status":"Active","createdDateTime":"2026-11-17T00:00:00Z","salesStage":"60 %"}"#,
            ),
            (
                active(),
                Wish::Update(Edits { currency: Some("USD".to_owned()), ..Edits::default() }),
            ),
            (read(LEAD), Wish::AddMember(member("a@b.c"))),
        ];
        let expected: [&[&str]; 10] = [
            &[],
            &["Partner Center asks for a deal name (--name), a closing date (--closing) too"],
            &["its deadline is past"],
            &["your own organisation sent it"],
            &["the API does not say whether it is incoming"],
            &["the customer will be told to choose another partner"],
            &["who sent it will be told"],
            &["it is less than 72 hours old", "it has no value", "its sales stage is 60 %"],
            &["the currency changes and the value stays"],
            &["the team is empty"],
        ];
        for ((referral, wish), starts) in cases.iter().zip(expected) {
            let warnings = plan_of(referral, wish).warnings;
            assert_eq!(warnings.len(), starts.len(), "{wish:?}: {warnings:?}");
            for (warning, start) in warnings.iter().zip(starts) {
                assert!(warning.starts_with(start), "{warning} / {start}");
            }
        }
    }
}
