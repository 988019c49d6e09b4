//! A referral: the fields that this program uses, and the JSON text they were read from. A field that is missing, `null`
//! or of an unexpected type (API §3) is `None` and never fails the row.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Money;
use super::lenient;
use super::vocabulary::{Direction, Qualification, ReferralKind, ReferralType, Status, Substatus};

/// Microsoft's organisation id (API §3.5).
const MICROSOFT: &str = "msft";

/// A lead or a co-sell opportunity.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Referral {
    #[serde(skip)]
    raw: Option<Box<RawValue>>,
    /// A GUID; each party has a referral of its own.
    #[serde(deserialize_with = "lenient::string")]
    pub id: Option<String>,
    /// The GUID of the deal, which several referrals may share.
    #[serde(deserialize_with = "lenient::string")]
    pub engagement_id: Option<String>,
    #[serde(deserialize_with = "lenient::string")]
    pub name: Option<String>,
    /// The partner organisation that this referral belongs to.
    #[serde(deserialize_with = "lenient::string")]
    pub organization_id: Option<String>,
    #[serde(deserialize_with = "lenient::string")]
    pub organization_name: Option<String>,
    /// The id in the partner's CRM.
    #[serde(deserialize_with = "lenient::string")]
    pub external_reference_id: Option<String>,
    #[serde(rename = "createdDateTime", deserialize_with = "lenient::timestamp")]
    pub created: Option<Timestamp>,
    #[serde(rename = "updatedDateTime", deserialize_with = "lenient::timestamp")]
    pub updated: Option<Timestamp>,
    /// Use [`super::Deadline`] instead: this is missing from some referrals and present on answered ones.
    #[serde(rename = "expirationDateTime", deserialize_with = "lenient::timestamp")]
    pub expiration: Option<Timestamp>,
    #[serde(rename = "acceptedDateTime", deserialize_with = "lenient::timestamp")]
    pub accepted: Option<Timestamp>,
    #[serde(rename = "closedDateTime", deserialize_with = "lenient::timestamp")]
    pub closed: Option<Timestamp>,
    #[serde(deserialize_with = "lenient::word")]
    pub status: Option<Status>,
    /// Details the status.
    #[serde(deserialize_with = "lenient::word")]
    pub substatus: Option<Substatus>,
    /// The reason for the status, such as why a deal was lost.
    #[serde(deserialize_with = "lenient::string")]
    pub status_reason: Option<String>,
    /// Whether another party takes part.
    #[serde(rename = "type", deserialize_with = "lenient::word")]
    pub referral_type: Option<ReferralType>,
    /// How far the customer's interest is established.
    #[serde(deserialize_with = "lenient::word")]
    pub qualification: Option<Qualification>,
    /// Seen from this partner.
    #[serde(deserialize_with = "lenient::word")]
    pub direction: Option<Direction>,
    /// Where a lead comes from.
    #[serde(deserialize_with = "lenient::string")]
    pub referral_source: Option<String>,
    /// What the sender of a lead clicked.
    #[serde(deserialize_with = "lenient::string")]
    pub call_to_action: Option<String>,
    /// Microsoft's rating of a lead.
    #[serde(deserialize_with = "lenient::string")]
    pub quality: Option<String>,
    /// A percentage or a word (API §4.5).
    #[serde(deserialize_with = "lenient::string")]
    pub sales_stage: Option<String>,
    #[serde(deserialize_with = "lenient::string")]
    pub campaign_id: Option<String>,
    /// The PartnerID (formerly MPN ID) of the location.
    #[serde(deserialize_with = "lenient::string")]
    pub mpn_id: Option<String>,
    #[serde(deserialize_with = "lenient::object")]
    pub customer_profile: CustomerProfile,
    #[serde(deserialize_with = "lenient::object")]
    pub details: Details,
    /// The partner's people.
    #[serde(deserialize_with = "lenient::objects")]
    pub team: Vec<Member>,
    #[serde(deserialize_with = "lenient::optional_object")]
    pub invite_context: Option<InviteContext>,
    #[serde(deserialize_with = "lenient::object")]
    pub tracking_info: TrackingInfo,
}

/// API §3.2.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CustomerProfile {
    /// May contain HTML entities.
    #[serde(deserialize_with = "lenient::string")]
    pub name: Option<String>,
    /// A size class, such as `51to250employees`.
    #[serde(deserialize_with = "lenient::string")]
    pub size: Option<String>,
    #[serde(deserialize_with = "lenient::object")]
    pub address: Address,
    #[serde(deserialize_with = "lenient::objects")]
    pub team: Vec<Member>,
}

/// API §3.2.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Address {
    #[serde(rename = "addressLine1", deserialize_with = "lenient::string")]
    pub line1: Option<String>,
    #[serde(rename = "addressLine2", deserialize_with = "lenient::string")]
    pub line2: Option<String>,
    #[serde(deserialize_with = "lenient::string")]
    pub city: Option<String>,
    #[serde(deserialize_with = "lenient::string")]
    pub state: Option<String>,
    #[serde(deserialize_with = "lenient::string")]
    pub postal_code: Option<String>,
    /// Usually ISO 3166-1 alpha-2.
    #[serde(deserialize_with = "lenient::string")]
    pub country: Option<String>,
}

/// A person of the partner or of the customer (API §3.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Member {
    #[serde(deserialize_with = "lenient::string")]
    pub first_name: Option<String>,
    #[serde(deserialize_with = "lenient::string")]
    pub last_name: Option<String>,
    #[serde(deserialize_with = "lenient::string")]
    pub phone_number: Option<String>,
    #[serde(deserialize_with = "lenient::string")]
    pub email: Option<String>,
    #[serde(deserialize_with = "lenient::string")]
    pub title: Option<String>,
}

impl Member {
    pub fn full_name(&self) -> Option<String> {
        let names: Vec<&str> =
            [&self.first_name, &self.last_name].into_iter().flatten().map(String::as_str).collect();
        (!names.is_empty()).then(|| names.join(" "))
    }
}

/// API §3.3.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Details {
    /// On a lead, the customer's message.
    #[serde(deserialize_with = "lenient::string")]
    pub notes: Option<String>,
    #[serde(deserialize_with = "lenient::decimal")]
    pub deal_value: Option<Decimal>,
    /// ISO 4217, in any case.
    #[serde(deserialize_with = "lenient::string")]
    pub currency: Option<String>,
    #[serde(rename = "closingDateTime", deserialize_with = "lenient::timestamp")]
    pub closing: Option<Timestamp>,
    #[serde(deserialize_with = "lenient::boolean")]
    pub customer_requested_contact: Option<bool>,
    #[serde(deserialize_with = "lenient::object")]
    pub requirements: Requirements,
}

/// What the customer needs (API §3.3).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Requirements {
    #[serde(deserialize_with = "lenient::objects")]
    pub industries: Vec<Solution>,
    #[serde(deserialize_with = "lenient::objects")]
    pub products: Vec<Solution>,
    #[serde(deserialize_with = "lenient::objects")]
    pub services: Vec<Solution>,
    /// Solutions of the partner.
    #[serde(deserialize_with = "lenient::objects")]
    pub solutions: Vec<Solution>,
}

/// An entry of a list of requirements. Only solutions have names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Solution {
    #[serde(deserialize_with = "lenient::string")]
    pub id: Option<String>,
    #[serde(deserialize_with = "lenient::string")]
    pub name: Option<String>,
}

impl Solution {
    /// The name, else the id.
    pub fn label(&self) -> Option<&str> {
        self.name.as_deref().or(self.id.as_deref())
    }
}

/// Who sent the referral, and why (API §3.5).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct InviteContext {
    #[serde(deserialize_with = "lenient::string")]
    pub notes: Option<String>,
    /// The code of the help that is requested.
    #[serde(deserialize_with = "lenient::string")]
    pub assistance_request_code: Option<String>,
    #[serde(deserialize_with = "lenient::object")]
    pub invited_by: Organization,
}

/// A sender of referrals.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Organization {
    /// `msft` or a GUID.
    #[serde(deserialize_with = "lenient::string")]
    pub organization_id: Option<String>,
    #[serde(deserialize_with = "lenient::string")]
    pub organization_name: Option<String>,
}

/// Ids of the deal in other systems (API §3.1).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TrackingInfo {
    /// The id in MSX, Microsoft's sales system.
    #[serde(deserialize_with = "lenient::string")]
    pub microsoft_msx_id: Option<String>,
}

impl Referral {
    /// Parses a JSON object and keeps its text.
    ///
    /// # Errors
    /// When `raw` is not a JSON object. The contents of an object never cause an error.
    pub fn from_raw(raw: Box<RawValue>) -> serde_json::Result<Referral> {
        if !raw.get().starts_with('{') {
            return Err(serde::de::Error::custom("a referral is not a JSON object"));
        }
        let referral = lenient::parse_object::<Referral>(raw.get())?;
        Ok(Referral { raw: Some(raw), ..referral })
    }

    /// See [`Referral::from_raw`].
    pub fn parse(json: &str) -> serde_json::Result<Referral> {
        Referral::from_raw(RawValue::from_string(json.to_owned())?)
    }

    /// The JSON text as it was received.
    pub fn raw(&self) -> &str {
        self.raw.as_ref().map_or("{}", |raw| raw.get())
    }

    /// Removes top-level properties from the JSON text; the others stay as they were received.
    #[must_use]
    pub fn without(mut self, names: &[String]) -> Referral {
        if names.is_empty() {
            return self;
        }
        let Ok(lenient::Members(mut members)) = serde_json::from_str(self.raw()) else {
            return self;
        };
        members.retain(|(name, _)| !names.contains(name));
        let to_text = |(name, value): &(String, Box<RawValue>)| {
            format!("{}:{}", serde_json::Value::from(name.as_str()), value.get())
        };
        let members: Vec<String> = members.iter().map(to_text).collect();
        self.raw = RawValue::from_string(format!("{{{}}}", members.join(","))).ok();
        self
    }

    /// The deal value with its currency.
    pub fn value(&self) -> Option<Money> {
        let amount = self.details.deal_value?;
        let currency = self.details.currency.as_ref().map(|code| code.to_ascii_uppercase());
        Some(Money { amount, currency })
    }

    /// Classifies the referral by the table of API §4.2.
    pub fn kind(&self) -> ReferralKind {
        use Qualification as Q;
        let sender =
            self.invite_context.as_ref().and_then(|i| i.invited_by.organization_id.as_deref());
        let from_microsoft = sender.is_some_and(|id| id.eq_ignore_ascii_case(MICROSOFT));
        match (&self.referral_type, &self.qualification) {
            (Some(ReferralType::Shared), _) => ReferralKind::CoSell,
            (Some(ReferralType::Independent), Some(Q::Direct))
                if from_microsoft || sender.is_none() =>
            {
                ReferralKind::Lead
            }
            (Some(ReferralType::Independent), Some(Q::SalesQualified | Q::MarketingQualified))
                if from_microsoft =>
            {
                ReferralKind::QualifiedLead
            }
            (Some(ReferralType::Independent), Some(Q::SalesQualified | Q::None))
                if sender.is_some() && !from_microsoft =>
            {
                ReferralKind::CoSell
            }
            _ => ReferralKind::Other,
        }
    }

    /// The name of the inviting organisation, else its id; `Microsoft` for Microsoft's id (API §3.5).
    pub fn sender(&self) -> Option<&str> {
        let sender = &self.invite_context.as_ref()?.invited_by;
        sender.organization_name.as_deref().or_else(|| {
            let id = sender.organization_id.as_deref()?;
            Some(if id.eq_ignore_ascii_case(MICROSOFT) { "Microsoft" } else { id })
        })
    }

    /// The e-mail addresses of the partner's team.
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
