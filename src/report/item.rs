//! What people are told of a referral: no notes, and contacts only where they are asked for.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::model::{DeadlineState, Money, Referral, ReferralKind, Status, Substatus};

/// A referral in news and figures. Text is as received: it may contain entities and control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub id: String,
    pub customer: Option<String>,
    /// The name of the deal.
    pub deal: Option<String>,
    pub kind: Option<ReferralKind>,
    /// The substatus, else the status, in lower case: `pending`, `accepted`, `won`, `expired`. Empty if there is neither.
    pub state: String,
    pub value: Option<Money>,
    pub deadline: DeadlineState,
    pub needs_no_answer: bool,
    /// The organisation that sent it.
    pub sender: Option<String>,
    /// The e-mail addresses of our team members.
    pub sellers: Vec<String>,
    /// The sales stage: a percentage or a word (API §4.5).
    pub stage: Option<String>,
    /// The day on which the deal is expected to close.
    pub closing: Option<Date>,
    pub created: Option<Timestamp>,
    /// Only where it is asked for.
    pub contact: Option<Contact>,
}

/// The customer's first contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    pub name: Option<String>,
    pub email: Option<String>,
}

impl Contact {
    pub fn of(referral: &Referral) -> Option<Contact> {
        let member = referral.customer_profile.team.first()?;
        let email = member.email.as_deref().map(str::to_owned);
        let contact = Contact { name: member.full_name(), email };
        (contact.name.is_some() || contact.email.is_some()).then_some(contact)
    }
}

impl Item {
    pub fn of(referral: &Referral) -> Item {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Item {
            id: owned(referral.id.as_deref()).unwrap_or_default(),
            customer: owned(referral.customer_profile.name.as_deref()),
            deal: owned(referral.name.as_deref()),
            kind: referral.kind(),
            state: state_word(referral),
            value: referral.value(),
            deadline: DeadlineState::of(referral),
            needs_no_answer: referral.needs_no_answer(),
            sender: owned(referral.sender()),
            sellers: referral.sellers().map(str::to_owned).collect(),
            stage: owned(referral.sales_stage.as_deref()),
            closing: referral.details.closing.closing_day(),
            created: referral.created.time(),
            contact: None,
        }
    }
}

fn state_word(referral: &Referral) -> String {
    let substatus = referral.substatus.as_ref().map(Substatus::as_str);
    let word = substatus.or(referral.known_status().map(Status::as_str));
    word.unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_has_what_people_are_told_and_neither_contacts_nor_notes() {
        let json = r#"{"id":"8f2e","name":"D","status":"New","substatus":"Pending","type":"Shared",
            "expirationDateTime":"2026-11-21T00:00:00Z","createdDateTime":"2026-11-07T01:00:00Z","salesStage":"20",
            "customerProfile":{"name":"C &amp; D","team":[{"firstName":"secret"}]},"team":[{"email":"a@b.example"}],
            "details":{"dealValue":10,"currency":"eur","notes":"secret","closingDateTime":"2026-12-01"},
            "inviteContext":{"notes":"secret","invitedBy":{"organizationId":"msft"}}}"#;
        let item = Item::of(&Referral::parse(json).unwrap());
        assert!(!format!("{item:?}").contains("secret"));
        assert_eq!((item.id.as_str(), item.state.as_str()), ("8f2e", "pending"));
        assert_eq!(item.customer.as_deref(), Some("C &amp; D"));
        assert_eq!(item.kind, Some(ReferralKind::CoSell));
        assert_eq!(item.value.unwrap().to_string(), "10 EUR");
        assert_eq!(item.sender.as_deref(), Some("Microsoft"));
        assert_eq!(item.sellers, ["a@b.example"]);
        assert_eq!(item.closing, Some("2026-12-01".parse().unwrap()));
        assert!(matches!(item.deadline, DeadlineState::At(_)));
    }

    #[test]
    fn a_contact_has_a_name_or_an_address() {
        for (member, name, email) in [
            (r#"{"firstName":"Ada"}"#, Some("Ada"), None),
            (r#"{"email":"a@b.example"}"#, None, Some("a@b.example")),
        ] {
            let json = format!(r#"{{"customerProfile":{{"team":[{member}]}}}}"#);
            let contact = Contact::of(&Referral::parse(&json).unwrap()).unwrap();
            assert_eq!((contact.name.as_deref(), contact.email.as_deref()), (name, email));
        }
        let json = r#"{"customerProfile":{"team":[{"title":"CEO"}]}}"#;
        assert_eq!(Contact::of(&Referral::parse(json).unwrap()), None);
    }

    #[test]
    fn the_state_is_the_substatus_else_the_status_as_one_word() {
        for (json, state) in [
            (r#"{"status":"Closed","substatus":"Won"}"#, "won"),
            (r#"{"status":"Active"}"#, "active"),
            (r#"{"status":"Paused","substatus":""}"#, "paused"),
            ("{}", ""),
        ] {
            assert_eq!(Item::of(&Referral::parse(json).unwrap()).state, state, "{json}");
        }
    }
}
