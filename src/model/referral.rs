//! A referral: its JSON text, and what this program reads of it.

use std::cell::OnceCell;
use std::ops::Deref;

use serde_json::Value;

use super::fields::Fields;
use super::values::{ReadMembers, read_date, read_members, read_text};
use super::vocabulary::{MICROSOFT, ReferralKind, Status};
use super::{DateValue, Money};
use crate::json::{JsonResult, Reader, Text};

/// The calls to action of leads that need no answer (API §4.7), as letters in lower case.
const FOR_INFORMATION: &[&str] = &["getitnow", "ins", "freetrial", "testdrive"];

/// A lead or a co-sell opportunity. Every listing needs the public fields; the others, which it dereferences to, are read
/// from the text when one of them is first asked for, unless they were read ahead.
#[derive(Clone, Debug)]
pub struct Referral {
    /// A GUID; each party has a referral of its own.
    pub id: Option<Text>,
    pub created: DateValue,
    pub updated: DateValue,
    /// The status that the API was asked for, in case the referral lacks it.
    pub assumed_status: Option<Status>,
    text: Text,
    /// The text without some of its properties.
    reduced: Option<Text>,
    fields: OnceCell<Box<Fields>>,
}

impl Deref for Referral {
    type Target = Fields;

    fn deref(&self) -> &Fields {
        self.fields.get_or_init(|| {
            let fields = read_members(&mut Reader::new(&self.text));
            Box::new(fields.expect("the text was checked when it was first read"))
        })
    }
}

/// What is read of a referral while its text is checked, which is cheaper than reading it later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadAhead {
    /// What every listing needs.
    Head,
    AllFields,
}

#[derive(Default)]
struct Head {
    id: Option<Text>,
    created: DateValue,
    updated: DateValue,
}

impl ReadMembers for Head {
    fn read_member(&mut self, name: &str, reader: &mut Reader<'_>) -> JsonResult<bool> {
        match name {
            "id" => self.id = read_text(reader)?,
            "createdDateTime" => self.created = read_date(reader)?,
            "updatedDateTime" => self.updated = read_date(reader)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn names() -> &'static [&'static str] {
        &["id", "createdDateTime", "updatedDateTime"]
    }
}

/// A referral that is read at once.
#[derive(Default)]
struct Whole {
    head: Head,
    fields: Box<Fields>,
}

impl ReadMembers for Whole {
    fn read_member(&mut self, name: &str, reader: &mut Reader<'_>) -> JsonResult<bool> {
        Ok(self.head.read_member(name, reader)? || self.fields.read_member(name, reader)?)
    }
}

impl Referral {
    /// Reads the object that comes next.
    ///
    /// # Errors
    /// When the text is not JSON, or nested too deeply. The contents of an object never cause another error.
    pub fn read(reader: &mut Reader<'_>, read_ahead: ReadAhead) -> JsonResult<Referral> {
        let (text, (head, fields)) = reader.read_with_text(|reader| match read_ahead {
            ReadAhead::Head => read_members(reader).map(|head| (head, OnceCell::new())),
            ReadAhead::AllFields => {
                read_members(reader).map(|Whole { head, fields }| (head, OnceCell::from(fields)))
            }
        })?;
        let Head { id, created, updated } = head;
        Ok(Referral { id, created, updated, assumed_status: None, text, reduced: None, fields })
    }

    /// Parses a text that is one object; see [`Referral::read`].
    pub fn parse(json: &str) -> JsonResult<Referral> {
        let source = Text::from(json.to_owned());
        Reader::new(&source).read_document(|reader| Referral::read(reader, ReadAhead::Head))
    }

    /// The JSON text as it was received.
    pub fn raw(&self) -> &str {
        self.reduced.as_ref().unwrap_or(&self.text)
    }

    /// Removes top-level properties from the JSON text; the others stay as they were received. The fields stay too.
    #[must_use]
    pub fn without(mut self, names: &[String]) -> Referral {
        if !names.is_empty() {
            let text = self.reduced.as_ref().unwrap_or(&self.text);
            self.reduced = Some(remove_members(text, names).into());
        }
        self
    }

    /// The deal value with its currency.
    pub fn value(&self) -> Option<Money> {
        let amount = self.details.deal_value?;
        let currency = self.details.currency.as_ref().map(|code| code.to_ascii_uppercase());
        Some(Money { amount, currency })
    }

    /// The status; where the referral lacks it, the one that the API was asked for.
    pub fn known_status(&self) -> Option<&Status> {
        self.status.as_ref().or(self.assumed_status.as_ref())
    }

    /// `None` if it cannot be told: type or qualification is missing.
    pub fn kind(&self) -> Option<ReferralKind> {
        let (kind, qualification) = (self.referral_type.as_ref(), self.qualification.as_ref());
        ReferralKind::classify(kind, qualification, self.sender_id())
    }

    /// The id of the inviting organisation.
    pub fn sender_id(&self) -> Option<&str> {
        self.invite_context.as_ref()?.invited_by.organization_id.as_deref()
    }

    /// The name of the inviting organisation, else its id; `Microsoft` for Microsoft's id (API §3.5).
    pub fn sender(&self) -> Option<&str> {
        let sender = &self.invite_context.as_ref()?.invited_by;
        sender.organization_name.as_deref().or_else(|| {
            let id = sender.organization_id.as_deref()?;
            Some(if id.eq_ignore_ascii_case(MICROSOFT) { "Microsoft" } else { id })
        })
    }

    /// Whether it is a lead for information only: *Get it now*, *Free trial*, *Test drive* (API §4.7). The words on the
    /// wire are not documented, so that only their letters count.
    pub fn needs_no_answer(&self) -> bool {
        let letters = |action: &str| -> String {
            action
                .chars()
                .filter(char::is_ascii_alphabetic)
                .collect::<String>()
                .to_ascii_lowercase()
        };
        self.call_to_action
            .as_deref()
            .is_some_and(|action| FOR_INFORMATION.contains(&&*letters(action)))
    }

    /// The names of the dates that were sent in a form that is not read.
    pub fn unreadable_dates(&self) -> impl Iterator<Item = &'static str> {
        let dates = [
            ("createdDateTime", self.created),
            ("updatedDateTime", self.updated),
            ("expirationDateTime", self.expiration),
            ("acceptedDateTime", self.accepted),
            ("closedDateTime", self.closed),
            ("closingDateTime", self.details.closing),
        ];
        dates.into_iter().filter(|(_, date)| *date == DateValue::Unreadable).map(|(name, _)| name)
    }

    /// The e-mail addresses of the partner's team.
    pub fn sellers(&self) -> impl Iterator<Item = &str> {
        self.team.iter().filter_map(|member| member.email.as_deref())
    }
}

/// The object without the members of these names and without the white space between the others.
fn remove_members(object: &Text, names: &[String]) -> String {
    let mut kept = String::with_capacity(object.len());
    kept.push('{');
    let read = Reader::new(object).read_members(|reader, name| {
        let value = reader.skip_value()?;
        let decoded = name.decode();
        if !names.iter().any(|other| other.eq_ignore_ascii_case(&decoded)) {
            kept.push_str(if kept.len() > 1 { "," } else { "" });
            let escaped = name.decode_strictly().map(|name| Value::from(name).to_string());
            match escaped {
                Some(name) => kept.push_str(&name),
                // A lone surrogate has no other form than its escape.
                None => kept.extend(["\"", name.as_sent(), "\""]),
            }
            kept.extend([":", value.as_sent()]);
        }
        Ok(())
    });
    read.expect("the text was checked when it was first read");
    kept.push('}');
    kept
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::super::{Status, Substatus};
    use super::*;

    #[test]
    fn missing_null_and_empty_are_one_thing() {
        for json in [r"{}", r#"{"name":null}"#, r#"{"name":""}"#, r#"{"name":" "}"#] {
            assert_eq!(Referral::parse(json).unwrap().name, None, "{json}");
        }
    }

    #[test]
    fn dates_in_a_form_that_is_not_read_are_named() {
        let json = r#"{"createdDateTime":"soon","updatedDateTime":"2026-11-01","acceptedDateTime":null,
            "closedDateTime":"0001-01-01","expirationDateTime":5,"details":{"closingDateTime":"1/2/2026"}}"#;
        let referral = Referral::parse(json).unwrap();
        let names: Vec<_> = referral.unreadable_dates().collect();
        assert_eq!(names, ["createdDateTime", "expirationDateTime", "closingDateTime"]);
    }

    #[test]
    fn wrong_types_unknown_properties_and_duplicates_never_fail_a_row() {
        let json = r#"{"id":7,"id":"a","name":["x"],"status":{"a":1},"createdDateTime":5,"details":"none",
            "team":{"email":"one@b.example"},"customerProfile":{"ids":{},"address":null,"name":"N"},
            "inviteContext":[],"future":{"deep":[1,2,{"x":null}]},"substatus":"Engaged"}"#;
        let referral = Referral::parse(json).unwrap();
        assert_eq!(referral.id.as_deref(), Some("a"));
        assert_eq!(referral.name, None);
        assert_eq!(referral.status, None);
        assert_eq!(referral.sellers().collect::<Vec<_>>(), ["one@b.example"]);
        assert_eq!(referral.customer_profile.name.as_deref(), Some("N"));
        assert_eq!(referral.substatus, Some(Substatus::Other("Engaged".to_owned())));
        assert_eq!(referral.raw(), json);
        let twice = r#"{"id":"1","id":"2","team":[[{}],{"email":"a@b.example"},7]}"#;
        let referral = Referral::parse(twice).unwrap();
        assert_eq!(referral.sellers().collect::<Vec<_>>(), ["a@b.example"]);
    }

    #[test]
    fn a_row_is_the_same_whatever_the_case_of_its_names() {
        let json = r#"{"id":"1","createdDateTime":"2026-01-02T03:04:05Z","status":"New","type":"Shared",
            "expirationDateTime":"2026-01-16T00:00:00Z","customerProfile":{"name":"N","address":{"addressLine1":"L",
            "country":"DE"},"team":[{"firstName":"F"}]},"details":{"dealValue":1.25,"currency":"EUR",
            "requirements":{"solutions":[{"id":"s"}]}},"team":[{"email":"a@b.example"}],"future":1}"#;
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        let expected = Referral::parse(json).unwrap();
        let upper_first = |name: &str| name[..1].to_ascii_uppercase() + &name[1..];
        let styles: [&dyn Fn(&str) -> String; 3] =
            [&upper_first, &str::to_ascii_uppercase, &str::to_ascii_lowercase];
        for rename in styles {
            let renamed = rename_members(&value, rename).to_string();
            let referral = Referral::parse(&renamed).unwrap();
            assert_eq!(referral.id, expected.id, "{renamed}");
            assert_eq!(referral.created, expected.created, "{renamed}");
            assert_eq!(format!("{:?}", *referral), format!("{:?}", *expected), "{renamed}");
            let reduced = referral.without(&["status".to_owned(), "details".to_owned()]);
            assert!(!reduced.raw().contains("New") && reduced.raw().contains("DE"), "{renamed}");
        }
        let twice = Referral::parse(r#"{"status":"New","Status":"Active","STATUS":null}"#).unwrap();
        assert_eq!(twice.status, None, "the last counts");
    }

    fn rename_members(
        value: &serde_json::Value,
        rename: &dyn Fn(&str) -> String,
    ) -> serde_json::Value {
        match value {
            serde_json::Value::Object(members) => members
                .iter()
                .map(|(name, value)| (rename(name), rename_members(value, rename)))
                .collect(),
            serde_json::Value::Array(values) => {
                values.iter().map(|value| rename_members(value, rename)).collect()
            }
            other => other.clone(),
        }
    }

    #[test]
    fn a_property_can_be_left_out_and_the_others_stay_as_sent() {
        let referral =
            Referral::parse(r#"{ "id":"1", "n": 1.50, "a\u0062":{"x":[1, 2]} }"#).unwrap();
        assert_eq!(
            referral.clone().without(&["id".to_owned()]).raw(),
            r#"{"n":1.50,"ab":{"x":[1, 2]}}"#
        );
        assert_eq!(referral.clone().without(&[]).raw(), referral.raw());
    }

    #[test]
    fn removed_properties_go_in_every_spelling_and_the_fields_stay() {
        let json = r#"{"id":"1","name":"N","n\u0061me":2,"cut\ud83d":[ 1 ],"x":"\u00e9"}"#;
        let referral = Referral::parse(json).unwrap();
        let reduced = referral.without(&["name".to_owned()]);
        assert_eq!(reduced.raw(), r#"{"id":"1","cut\ud83d":[ 1 ],"x":"\u00e9"}"#);
        assert_eq!(reduced.name.as_deref(), Some("2"));
        let reduced = reduced.without(&["id".to_owned(), "x".to_owned()]);
        assert_eq!(reduced.raw(), r#"{"cut\ud83d":[ 1 ]}"#);
        assert_eq!(reduced.id.as_deref(), Some("1"));
        assert_eq!(
            Referral::parse(r#"{ "x": 1 }"#).unwrap().without(&["x".to_owned()]).raw(),
            "{}"
        );
    }

    #[test]
    fn fields_are_the_same_whenever_they_are_read() {
        let json = r#"{"id":7,"id":"a","name":"x","status":"New","team":{"email":"e"},
            "createdDateTime":"2026-06-04","details":{"dealValue":1.5},"x":[{"id":"b"}],"name":"N"}"#;
        let source = Text::from(json.to_owned());
        let read = |ahead| Referral::read(&mut Reader::new(&source), ahead).unwrap();
        let (lazy, whole) = (read(ReadAhead::Head), read(ReadAhead::AllFields));
        assert_eq!((lazy.fields.get().is_some(), whole.fields.get().is_some()), (false, true));
        assert_eq!(format!("{:?}", *lazy), format!("{:?}", *whole));
        assert_eq!(format!("{lazy:?}"), format!("{whole:?}"));
    }

    #[test]
    fn text_cut_inside_a_character_and_deep_nesting_never_fail_a_row() {
        let cut = r#"{"id":"1","name":"launch \ud83d","status":"New"}"#;
        let referral = Referral::parse(cut).unwrap();
        assert_eq!(referral.name.as_deref(), Some("launch \u{fffd}"));
        assert_eq!((referral.status.as_ref(), referral.raw()), (Some(&Status::New), cut));
        let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
        for name in ["team", "details", "name", "future"] {
            let row = format!(r#"{{"id":"1","{name}":{deep}}}"#);
            assert_eq!(Referral::parse(&row).unwrap().id.as_deref(), Some("1"), "{name}");
        }
    }

    #[test]
    fn numbers_beyond_f64_and_repeated_properties_never_fail_a_row() {
        let row = r#"{"id":"1","name":1e400,"details":{"currency":"EUR","dealValue":1e400},
            "details":{"x":1e999,"dealValue":5,"dealValue":6},"customerProfile":{"name":"a","name":"b"}}"#;
        let referral = Referral::parse(row).unwrap();
        assert_eq!(referral.name.as_deref(), Some("1e400"));
        assert_eq!(referral.details.deal_value, Some(Decimal::from(6)));
        assert_eq!(referral.customer_profile.name.as_deref(), Some("b"));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for json in ["null", "[]", "1", r#""x""#] {
            assert!(Referral::parse(json).is_err(), "{json}");
        }
    }

    #[test]
    fn amounts_are_exact_whether_number_or_text() {
        let cases = [
            ("185000.50", Some("185000.50")),
            (r#""10000""#, Some("10000")),
            ("0.1", Some("0.1")),
            ("1.85E5", Some("185000")),
            ("null", None),
            (r#""a lot""#, None),
            ("{}", None),
        ];
        for (sent, read) in cases {
            let json = format!(r#"{{"details":{{"dealValue":{sent}}}}}"#);
            let value = Referral::parse(&json).unwrap().details.deal_value;
            assert_eq!(value.map(|value| value.to_string()).as_deref(), read, "{sent}");
        }
    }

    #[test]
    fn the_kind_follows_the_table() {
        let own = "0f1e2d3c-4b5a-4968-8776-655443322110";
        let cases = [
            ("Independent", "Direct", Some("msft"), ReferralKind::Lead),
            ("Independent", "Direct", None, ReferralKind::Lead),
            ("Independent", "Direct", Some(own), ReferralKind::Other),
            ("Independent", "SalesQualified", Some("msft"), ReferralKind::QualifiedLead),
            ("Independent", "MarketingQualified", Some("MSFT"), ReferralKind::QualifiedLead),
            ("Independent", "SalesQualified", Some(own), ReferralKind::CoSell),
            ("Independent", "None", Some(own), ReferralKind::CoSell),
            ("Independent", "MarketingQualified", Some(own), ReferralKind::Other),
            ("Independent", "SalesQualified", None, ReferralKind::Other),
            ("Shared", "SalesQualified", Some("msft"), ReferralKind::CoSell),
            ("Shared", "None", None, ReferralKind::CoSell),
            ("Else", "Direct", None, ReferralKind::Other),
            ("Independent", "Else", Some("msft"), ReferralKind::Other),
        ];
        for (kind, qualification, by, category) in cases {
            let invite = by.map_or("null".to_owned(), |id| {
                format!(r#"{{"invitedBy":{{"organizationId":"{id}"}}}}"#)
            });
            let json = format!(
                r#"{{"type":"{kind}","qualification":"{qualification}","inviteContext":{invite}}}"#
            );
            assert_eq!(Referral::parse(&json).unwrap().kind(), Some(category), "{json}");
        }
        for json in ["{}", r#"{"qualification":"Direct"}"#, r#"{"type":"Independent"}"#] {
            assert_eq!(Referral::parse(json).unwrap().kind(), None, "{json}");
        }
        let shared = Referral::parse(r#"{"type":"Shared"}"#).unwrap();
        assert_eq!(shared.kind(), Some(ReferralKind::CoSell));
    }

    #[test]
    fn a_sender_without_a_name_is_microsoft_by_its_id() {
        let from = |by: &str| {
            let json = format!(r#"{{"inviteContext":{{"invitedBy":{by}}}}}"#);
            Referral::parse(&json).unwrap().sender().map(str::to_owned)
        };
        assert_eq!(
            from(r#"{"organizationId":"msft","organizationName":""}"#).as_deref(),
            Some("Microsoft")
        );
        assert_eq!(
            from(r#"{"organizationId":"x","organizationName":"Fabrikam"}"#).as_deref(),
            Some("Fabrikam")
        );
        assert_eq!(from("null"), None);
    }
}
