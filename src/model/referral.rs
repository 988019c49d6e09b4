//! A referral: the fields this tool works with, and beside them the object exactly as it was sent.
//! Any field may be missing, `null` or of an unexpected type (API §3); none of that fails a row.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Money;
use super::lenient;
use super::vocabulary::{Direction, Qualification, ReferralKind, ReferralType, Status, Substatus};

/// The organisation id that stands for Microsoft (API §3.5).
const MICROSOFT: &str = "msft";

/// One lead or co-sell opportunity. Instants are UTC.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Referral {
    #[serde(skip)]
    raw: Option<Box<RawValue>>,
    /// The referral's id, one a party (a GUID).
    #[serde(deserialize_with = "lenient::text")]
    pub id: Option<String>,
    /// The deal's id, which several referrals may share (a GUID).
    #[serde(deserialize_with = "lenient::text")]
    pub engagement_id: Option<String>,
    /// The deal's name.
    #[serde(deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// The partner organisation that owns this copy.
    #[serde(deserialize_with = "lenient::text")]
    pub organization_id: Option<String>,
    /// That organisation's name.
    #[serde(deserialize_with = "lenient::text")]
    pub organization_name: Option<String>,
    /// The partner's own CRM id.
    #[serde(deserialize_with = "lenient::text")]
    pub external_reference_id: Option<String>,
    /// When it was made.
    #[serde(rename = "createdDateTime", deserialize_with = "lenient::time")]
    pub created: Option<Timestamp>,
    /// When it last changed.
    #[serde(rename = "updatedDateTime", deserialize_with = "lenient::time")]
    pub updated: Option<Timestamp>,
    /// When it lapses; see [`super::Deadline`] before using it.
    #[serde(rename = "expirationDateTime", deserialize_with = "lenient::time")]
    pub expiration: Option<Timestamp>,
    /// When it was accepted.
    #[serde(rename = "acceptedDateTime", deserialize_with = "lenient::time")]
    pub accepted: Option<Timestamp>,
    /// When it was closed.
    #[serde(rename = "closedDateTime", deserialize_with = "lenient::time")]
    pub closed: Option<Timestamp>,
    /// Where it stands.
    #[serde(deserialize_with = "lenient::word")]
    pub status: Option<Status>,
    /// Where it stands within its status.
    #[serde(deserialize_with = "lenient::word")]
    pub substatus: Option<Substatus>,
    /// Why it stands there, for instance why a deal was lost.
    #[serde(deserialize_with = "lenient::text")]
    pub status_reason: Option<String>,
    /// Whether others take part.
    #[serde(rename = "type", deserialize_with = "lenient::word")]
    pub referral_type: Option<ReferralType>,
    /// How well the customer's interest is established.
    #[serde(deserialize_with = "lenient::word")]
    pub qualification: Option<Qualification>,
    /// Who sent it to whom.
    #[serde(deserialize_with = "lenient::word")]
    pub direction: Option<Direction>,
    /// Where a lead came from.
    #[serde(deserialize_with = "lenient::text")]
    pub referral_source: Option<String>,
    /// What a lead's sender clicked.
    #[serde(deserialize_with = "lenient::text")]
    pub call_to_action: Option<String>,
    /// How good a lead is, by Microsoft's judgement.
    #[serde(deserialize_with = "lenient::text")]
    pub quality: Option<String>,
    /// The sales stage, a percentage or a word (API §4.5).
    #[serde(deserialize_with = "lenient::text")]
    pub sales_stage: Option<String>,
    /// The marketing campaign.
    #[serde(deserialize_with = "lenient::text")]
    pub campaign_id: Option<String>,
    /// The PartnerID (formerly MPN id) of the location.
    #[serde(deserialize_with = "lenient::text")]
    pub mpn_id: Option<String>,
    /// The customer.
    #[serde(deserialize_with = "lenient::object")]
    pub customer_profile: CustomerProfile,
    /// What the deal is about.
    #[serde(deserialize_with = "lenient::object")]
    pub details: Details,
    /// The people on the partner's side.
    #[serde(deserialize_with = "lenient::list")]
    pub team: Vec<Member>,
    /// Who invited us and what for.
    #[serde(deserialize_with = "lenient::maybe")]
    pub invite_context: Option<InviteContext>,
    /// Other systems' ids for the deal.
    #[serde(deserialize_with = "lenient::object")]
    pub tracking_info: TrackingInfo,
}

/// The customer (API §3.2).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CustomerProfile {
    /// The name as sent; it may hold HTML entities.
    #[serde(deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// The size class, such as `51to250employees`.
    #[serde(deserialize_with = "lenient::text")]
    pub size: Option<String>,
    /// The postal address.
    #[serde(deserialize_with = "lenient::object")]
    pub address: Address,
    /// The customer's people.
    #[serde(deserialize_with = "lenient::list")]
    pub team: Vec<Member>,
}

/// A postal address (API §3.2).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Address {
    /// Street and number.
    #[serde(deserialize_with = "lenient::text")]
    pub address_line1: Option<String>,
    /// More of the same.
    #[serde(deserialize_with = "lenient::text")]
    pub address_line2: Option<String>,
    /// The city.
    #[serde(deserialize_with = "lenient::text")]
    pub city: Option<String>,
    /// The state or province.
    #[serde(deserialize_with = "lenient::text")]
    pub state: Option<String>,
    /// The postal code.
    #[serde(deserialize_with = "lenient::text")]
    pub postal_code: Option<String>,
    /// The country, ISO 3166-1 alpha-2 as a rule.
    #[serde(deserialize_with = "lenient::text")]
    pub country: Option<String>,
}

/// A person (API §3.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Member {
    /// The given name.
    #[serde(deserialize_with = "lenient::text")]
    pub first_name: Option<String>,
    /// The family name.
    #[serde(deserialize_with = "lenient::text")]
    pub last_name: Option<String>,
    /// The phone number.
    #[serde(deserialize_with = "lenient::text")]
    pub phone_number: Option<String>,
    /// The e-mail address.
    #[serde(deserialize_with = "lenient::text")]
    pub email: Option<String>,
    /// The job title.
    #[serde(deserialize_with = "lenient::text")]
    pub title: Option<String>,
}

impl Member {
    /// Given and family name as far as known.
    pub fn full_name(&self) -> Option<String> {
        let names: Vec<&str> =
            [&self.first_name, &self.last_name].into_iter().flatten().map(String::as_str).collect();
        (!names.is_empty()).then(|| names.join(" "))
    }
}

/// What a deal is about (API §3.3).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Details {
    /// Notes; on a lead, the customer's message.
    #[serde(deserialize_with = "lenient::text")]
    pub notes: Option<String>,
    /// The amount at stake, in `currency`.
    #[serde(deserialize_with = "lenient::decimal")]
    pub deal_value: Option<Decimal>,
    /// ISO 4217.
    #[serde(deserialize_with = "lenient::text")]
    pub currency: Option<String>,
    /// When the deal is expected to close.
    #[serde(rename = "closingDateTime", deserialize_with = "lenient::time")]
    pub closing: Option<Timestamp>,
    /// Whether the customer asked to be called.
    #[serde(deserialize_with = "lenient::flag")]
    pub customer_requested_contact: Option<bool>,
    /// What is wanted.
    #[serde(deserialize_with = "lenient::object")]
    pub requirements: Requirements,
}

/// What the customer wants (API §3.3).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Requirements {
    /// The customer's industries.
    #[serde(deserialize_with = "lenient::list")]
    pub industries: Vec<Solution>,
    /// Microsoft products.
    #[serde(deserialize_with = "lenient::list")]
    pub products: Vec<Solution>,
    /// Kinds of service.
    #[serde(deserialize_with = "lenient::list")]
    pub services: Vec<Solution>,
    /// The partner's solutions.
    #[serde(deserialize_with = "lenient::list")]
    pub solutions: Vec<Solution>,
}

/// An entry of a requirement list; all but solutions have an id alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Solution {
    /// The code.
    #[serde(deserialize_with = "lenient::text")]
    pub id: Option<String>,
    /// The name.
    #[serde(deserialize_with = "lenient::text")]
    pub name: Option<String>,
}

impl Solution {
    /// The name, or else the code.
    pub fn label(&self) -> Option<&str> {
        self.name.as_deref().or(self.id.as_deref())
    }
}

/// Who invited us and what for (API §3.5).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct InviteContext {
    /// The inviting side's message.
    #[serde(deserialize_with = "lenient::text")]
    pub notes: Option<String>,
    /// The help that is wanted.
    #[serde(deserialize_with = "lenient::text")]
    pub assistance_request_code: Option<String>,
    /// Who sent the invitation.
    #[serde(deserialize_with = "lenient::object")]
    pub invited_by: Organization,
}

/// An organisation that sends referrals.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Organization {
    /// `msft` or a GUID.
    #[serde(deserialize_with = "lenient::text")]
    pub organization_id: Option<String>,
    /// The name.
    #[serde(deserialize_with = "lenient::text")]
    pub organization_name: Option<String>,
}

/// Other systems' ids for the deal (API §3.1).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TrackingInfo {
    /// The id in Microsoft's own sales system.
    #[serde(deserialize_with = "lenient::text")]
    pub microsoft_msx_id: Option<String>,
}

impl Referral {
    /// Reads one object, keeping its text.
    ///
    /// # Errors
    /// When `raw` is not a JSON object. What an object holds never fails it.
    pub fn from_raw(raw: Box<RawValue>) -> serde_json::Result<Referral> {
        if !raw.get().starts_with('{') {
            return Err(serde::de::Error::custom("a referral is not a JSON object"));
        }
        let read = lenient::one_object::<Referral>(raw.get())?;
        Ok(Referral { raw: Some(raw), ..read })
    }

    /// Reads one object from text; see [`Referral::from_raw`].
    pub fn parse(json: &str) -> serde_json::Result<Referral> {
        Referral::from_raw(RawValue::from_string(json.to_owned())?)
    }

    /// The object exactly as it was sent.
    pub fn raw(&self) -> &str {
        self.raw.as_ref().map_or("{}", |raw| raw.get())
    }

    /// The same without these top-level properties in its text; all others stay as they were sent.
    #[must_use]
    pub fn without(mut self, names: &[String]) -> Referral {
        if names.is_empty() {
            return self;
        }
        let Ok(lenient::Members(mut members)) = serde_json::from_str(self.raw()) else {
            return self;
        };
        members.retain(|(name, _)| !names.contains(name));
        let text = |(name, value): &(String, Box<RawValue>)| {
            format!("{}:{}", serde_json::Value::from(name.as_str()), value.get())
        };
        let members: Vec<String> = members.iter().map(text).collect();
        self.raw = RawValue::from_string(format!("{{{}}}", members.join(","))).ok();
        self
    }

    /// The amount at stake with its currency.
    pub fn value(&self) -> Option<Money> {
        let amount = self.details.deal_value?;
        let currency = self.details.currency.as_ref().map(|code| code.to_ascii_uppercase());
        Some(Money { amount, currency })
    }

    /// What kind of thing it is (API §4.2); what the table does not cover is [`Category::Other`].
    pub fn kind(&self) -> ReferralKind {
        use Qualification as Q;
        let by = self.invite_context.as_ref().and_then(|i| i.invited_by.organization_id.as_deref());
        let microsoft = by.is_some_and(|id| id.eq_ignore_ascii_case(MICROSOFT));
        match (&self.referral_type, &self.qualification) {
            (Some(ReferralType::Shared), _) => ReferralKind::CoSell,
            (Some(ReferralType::Independent), Some(Q::Direct)) if microsoft || by.is_none() => {
                ReferralKind::Lead
            }
            (Some(ReferralType::Independent), Some(Q::SalesQualified | Q::MarketingQualified))
                if microsoft =>
            {
                ReferralKind::QualifiedLead
            }
            (Some(ReferralType::Independent), Some(Q::SalesQualified | Q::None))
                if by.is_some() && !microsoft =>
            {
                ReferralKind::CoSell
            }
            _ => ReferralKind::Other,
        }
    }

    /// Who sent it, as far as known: the inviting organisation, `Microsoft` where only its id is given (API §3.5).
    pub fn sender(&self) -> Option<&str> {
        let by = &self.invite_context.as_ref()?.invited_by;
        by.organization_name.as_deref().or_else(|| {
            let id = by.organization_id.as_deref()?;
            Some(if id.eq_ignore_ascii_case(MICROSOFT) { "Microsoft" } else { id })
        })
    }

    /// The partner side's e-mail addresses.
    pub fn sellers(&self) -> impl Iterator<Item = &str> {
        self.team.iter().filter_map(|member| member.email.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_null_and_empty_are_one_thing() {
        for json in [r"{}", r#"{"name":null}"#, r#"{"name":""}"#, r#"{"name":" "}"#] {
            assert_eq!(Referral::parse(json).unwrap().name, None, "{json}");
        }
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
    fn text_cut_inside_a_character_and_deep_nesting_never_fail_a_row() {
        let cut = r#"{"id":"1","name":"launch \ud83d","status":"New"}"#;
        let referral = Referral::parse(cut).unwrap();
        assert_eq!(referral.name.as_deref(), Some("launch \u{fffd}"));
        assert_eq!(
            (referral.status, referral.raw.map(|raw| raw.get() == cut)),
            (Some(Status::New), Some(true))
        );
        let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
        for name in ["team", "details", "name", "future"] {
            let row = format!(r#"{{"id":"1","{name}":{deep}}}"#);
            assert_eq!(Referral::parse(&row).unwrap().id.as_deref(), Some("1"), "{name}");
        }
    }

    #[test]
    fn numbers_no_machine_has_and_doubled_properties_never_fail_a_row() {
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
        ];
        for (kind, qualification, by, category) in cases {
            let invite = by.map_or("null".to_owned(), |id| {
                format!(r#"{{"invitedBy":{{"organizationId":"{id}"}}}}"#)
            });
            let json = format!(
                r#"{{"type":"{kind}","qualification":"{qualification}","inviteContext":{invite}}}"#
            );
            assert_eq!(Referral::parse(&json).unwrap().kind(), category, "{json}");
        }
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
