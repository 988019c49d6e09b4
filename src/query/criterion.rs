//! The conditions of a query, each as an OData filter and as a local check.

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::Selection;
use crate::model::{
    Deadline, Direction, Qualification, Referral, ReferralKind, ReferralType, Status, Substatus,
};
use crate::odata::Filter;
use crate::text;

/// A condition on a referral. The values in a list are alternatives.
#[derive(Clone, Debug, PartialEq)]
pub enum Criterion {
    Direction(Direction),
    Status(Vec<Status>),
    Substatus(Vec<Substatus>),
    Type(Vec<ReferralType>),
    Qualification(Vec<Qualification>),
    Kind(Vec<ReferralKind>),
    /// The code of the customer's country.
    Country(Vec<String>),
    /// The e-mail address of a member of the partner's team.
    Seller(Vec<String>),
    /// The engagement id.
    Engagement(Vec<String>),
    /// A part of the customer's name.
    Customer(Vec<String>),
    Currency(String),
    /// Compares the deal value in any currency.
    ValueAtLeast(Decimal),
    /// Compares the deal value in any currency.
    ValueAtMost(Decimal),
    Created(Window),
    Updated(Window),
    /// Includes overdue referrals.
    DeadlineBefore(Timestamp),
    Unanswered,
}

/// A half-open time range: `from` is included, `until` is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

impl Window {
    fn contains(self, time: Option<Timestamp>) -> bool {
        time.is_some_and(|time| {
            self.from.is_none_or(|from| time >= from) && self.until.is_none_or(|until| time < until)
        })
    }
}

/// Whether the API can be expected to accept a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Support {
    /// The API documents the form (API §2.2).
    Documented,
    /// Standard OData over documented fields. If the API rejects it (400), the query is sent without it.
    StandardOData,
}

/// The part of a condition that the API checks.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerFilter {
    pub filter: Filter,
    pub support: Support,
    /// Whether the filter is equivalent to the condition; otherwise it only narrows the result.
    pub exact: bool,
}

impl Criterion {
    /// `None` where the API cannot filter by this.
    pub fn to_odata(&self) -> Option<ServerFilter> {
        match self {
            Criterion::Direction(direction) => equals_any("direction", [direction.as_str()]),
            Criterion::Status(values) => equals_any("status", values.iter().map(Status::as_str)),
            Criterion::Substatus(values) => {
                equals_any("substatus", values.iter().map(Substatus::as_str))
            }
            Criterion::Type(values) => equals_any("type", values.iter().map(ReferralType::as_str)),
            Criterion::Qualification(values) => {
                equals_any("qualification", values.iter().map(Qualification::as_str))
            }
            Criterion::Country(values) => {
                equals_any("customerProfile/address/country", values.iter().map(String::as_str))
            }
            Criterion::Engagement(values) => {
                equals_any("engagementId", values.iter().map(String::as_str))
            }
            Criterion::Seller(values) => {
                any_of(values.iter().map(|email| Filter::any_equal("team", 't', "email", email)))
            }
            Criterion::Created(window) => window_filter("createdDateTime", *window),
            Criterion::Updated(window) => window_filter("updatedDateTime", *window),
            Criterion::Kind(values) => kind_filter(values),
            Criterion::Customer(_)
            | Criterion::Currency(_)
            | Criterion::ValueAtLeast(_)
            | Criterion::ValueAtMost(_)
            | Criterion::DeadlineBefore(_)
            | Criterion::Unanswered => None,
        }
    }

    /// Checks a referral locally. Text compares without case, so that no row is dropped that the API may have meant to
    /// match. A condition on a property that `selection` leaves out always matches.
    pub fn matches(&self, referral: &Referral, selection: &Selection) -> bool {
        if !self.paths().iter().all(|path| selection.contains(path)) {
            return true;
        }
        match self {
            Criterion::Direction(direction) => referral.direction.as_ref() == Some(direction),
            Criterion::Status(values) => is_one_of(referral.status.as_ref(), values),
            Criterion::Substatus(values) => is_one_of(referral.substatus.as_ref(), values),
            Criterion::Type(values) => is_one_of(referral.referral_type.as_ref(), values),
            Criterion::Qualification(values) => is_one_of(referral.qualification.as_ref(), values),
            Criterion::Kind(values) => values.contains(&referral.kind()),
            Criterion::Country(values) => {
                equals_one_of(referral.customer_profile.address.country.as_deref(), values)
            }
            Criterion::Seller(values) => {
                referral.sellers().any(|email| equals_one_of(Some(email), values))
            }
            Criterion::Engagement(values) => {
                equals_one_of(referral.engagement_id.as_deref(), values)
            }
            Criterion::Customer(values) => {
                let name = referral.customer_profile.name.as_deref().unwrap_or_default();
                values.iter().any(|part| name_contains(name, part))
            }
            Criterion::Currency(code) => referral
                .details
                .currency
                .as_ref()
                .is_some_and(|currency| currency.eq_ignore_ascii_case(code)),
            Criterion::ValueAtLeast(least) => {
                referral.details.deal_value.is_some_and(|value| value >= *least)
            }
            Criterion::ValueAtMost(most) => {
                referral.details.deal_value.is_some_and(|value| value <= *most)
            }
            Criterion::Created(window) => window.contains(referral.created),
            Criterion::Updated(window) => window.contains(referral.updated),
            Criterion::DeadlineBefore(time) => {
                Deadline::of(referral).is_some_and(|deadline| deadline.at < *time)
            }
            Criterion::Unanswered => referral.status == Some(Status::New),
        }
    }

    /// The API's paths of the properties that the condition reads.
    pub fn paths(&self) -> &'static [&'static str] {
        match self {
            Criterion::Direction(_) => &["direction"],
            Criterion::Status(_) | Criterion::Unanswered => &["status"],
            Criterion::Substatus(_) => &["substatus"],
            Criterion::Type(_) => &["type"],
            Criterion::Qualification(_) => &["qualification"],
            Criterion::Kind(_) => &["type", "qualification", "inviteContext"],
            Criterion::Country(_) => &["customerProfile/address/country"],
            Criterion::Seller(_) => &["team"],
            Criterion::Engagement(_) => &["engagementId"],
            Criterion::Customer(_) => &["customerProfile/name"],
            Criterion::Currency(_) => &["details/currency"],
            Criterion::ValueAtLeast(_) | Criterion::ValueAtMost(_) => &["details/dealValue"],
            Criterion::Created(_) => &["createdDateTime"],
            Criterion::Updated(_) => &["updatedDateTime"],
            Criterion::DeadlineBefore(_) => &["status", "expirationDateTime", "createdDateTime"],
        }
    }

    /// The condition in words, for `--explain`.
    pub fn describe(&self) -> String {
        match self {
            Criterion::Direction(direction) => format!("direction is {direction}"),
            Criterion::Status(values) => {
                describe_words("status", values.iter().map(Status::as_str))
            }
            Criterion::Substatus(values) => {
                describe_words("substatus", values.iter().map(Substatus::as_str))
            }
            Criterion::Type(values) => {
                describe_words("type", values.iter().map(ReferralType::as_str))
            }
            Criterion::Qualification(values) => {
                describe_words("qualification", values.iter().map(Qualification::as_str))
            }
            Criterion::Kind(values) => {
                describe_words("kind", values.iter().map(|kind| kind.as_str()))
            }
            Criterion::Country(values) => format!("country is {}", values.join(" or ")),
            Criterion::Seller(values) => format!("team includes {}", values.join(" or ")),
            Criterion::Engagement(values) => format!("engagement is {}", values.join(" or ")),
            Criterion::Customer(values) => {
                let quoted: Vec<String> = values.iter().map(|part| format!("\"{part}\"")).collect();
                format!("customer name contains {}", quoted.join(" or "))
            }
            Criterion::Currency(code) => format!("currency is {code}"),
            Criterion::ValueAtLeast(least) => format!("value is {least} or more"),
            Criterion::ValueAtMost(most) => format!("value is {most} or less"),
            Criterion::Created(window) => format!("created {}", describe_window(*window)),
            Criterion::Updated(window) => format!("updated {}", describe_window(*window)),
            Criterion::DeadlineBefore(time) => {
                format!("deadline is before {time} (overdue included)")
            }
            Criterion::Unanswered => "unanswered (status is New)".to_owned(),
        }
    }
}

fn equals_any<'a>(path: &str, values: impl IntoIterator<Item = &'a str>) -> Option<ServerFilter> {
    any_of(values.into_iter().map(|value| Filter::equal(path, value)))
}

fn any_of(filters: impl Iterator<Item = Filter>) -> Option<ServerFilter> {
    let filters: Vec<Filter> = filters.collect();
    let support = if filters.len() > 1 { Support::StandardOData } else { Support::Documented };
    Some(ServerFilter { filter: Filter::any_of(filters)?, support, exact: true })
}

fn window_filter(path: &str, window: Window) -> Option<ServerFilter> {
    let from = window.from.map(|time| Filter::at_or_after(path, time));
    let until = window.until.map(|time| Filter::before(path, time));
    let filter = Filter::all_of(from.into_iter().chain(until))?;
    Some(ServerFilter { filter, support: Support::StandardOData, exact: true })
}

/// What all referrals of a kind have in common (API §4.2). The kind also depends on the inviting organisation, which the
/// API cannot filter by.
fn kind_filter(kinds: &[ReferralKind]) -> Option<ServerFilter> {
    let [kind] = kinds else { return None };
    let qualifications: &[Qualification] = match kind {
        ReferralKind::Lead => &[Qualification::Direct],
        ReferralKind::QualifiedLead => {
            &[Qualification::SalesQualified, Qualification::MarketingQualified]
        }
        ReferralKind::CoSell | ReferralKind::Other => return None,
    };
    let qualified = equals_any("qualification", qualifications.iter().map(Qualification::as_str))?;
    let independent = Filter::equal("type", ReferralType::Independent.as_str());
    let filter = Filter::all_of([independent, qualified.filter])?;
    Some(ServerFilter { filter, support: qualified.support, exact: false })
}

fn is_one_of<W: PartialEq>(word: Option<&W>, words: &[W]) -> bool {
    word.is_some_and(|word| words.contains(word))
}

/// Ignores case and surrounding space.
fn equals_one_of(text: Option<&str>, values: &[String]) -> bool {
    text.is_some_and(|text| {
        let text = text.trim().to_lowercase();
        values.iter().any(|value| value.trim().to_lowercase() == text)
    })
}

/// Ignores case. Looks into the name as received and with its entities decoded (`&amp;` is `&`).
fn name_contains(name: &str, part: &str) -> bool {
    let part = part.to_lowercase();
    name.to_lowercase().contains(&part)
        || text::decode_entities(name).to_lowercase().contains(&part)
}

fn describe_words<'a>(property: &str, words: impl Iterator<Item = &'a str>) -> String {
    format!("{property} is {}", words.collect::<Vec<_>>().join(" or "))
}

fn describe_window(window: Window) -> String {
    match (window.from, window.until) {
        (Some(from), Some(until)) => format!("at or after {from} and before {until}"),
        (Some(from), None) => format!("at or after {from}"),
        (None, Some(until)) => format!("before {until}"),
        (None, None) => "at any time".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(criterion: &Criterion, filter: Option<(&str, Support, bool)>) {
        let actual = criterion.to_odata();
        let actual = actual.as_ref().map(|f| (f.filter.as_str(), f.support, f.exact));
        assert_eq!(actual, filter, "{criterion:?}");
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn strings(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    #[test]
    fn a_condition_becomes_a_filter_where_the_api_supports_it() {
        use Support::{Documented, StandardOData};
        let noon = at("2026-11-20T12:00:00Z");
        check(&Criterion::Status(vec![Status::New]), Some(("status eq 'New'", Documented, true)));
        check(
            &Criterion::Status(vec![Status::New, Status::Active]),
            Some(("(status eq 'New' or status eq 'Active')", StandardOData, true)),
        );
        check(
            &Criterion::Seller(strings(&["o'neill+it@x.example"])),
            Some(("team/any(t:t/email eq 'o''neill+it@x.example')", Documented, true)),
        );
        check(
            &Criterion::Created(Window { from: Some(noon), until: None }),
            Some(("createdDateTime ge 2026-11-20T12:00:00Z", StandardOData, true)),
        );
        check(
            &Criterion::Kind(vec![ReferralKind::Lead]),
            Some(("type eq 'Independent' and qualification eq 'Direct'", Documented, false)),
        );
        check(&Criterion::Kind(vec![ReferralKind::Lead, ReferralKind::CoSell]), None);
        check(&Criterion::DeadlineBefore(noon), None);
        check(&Criterion::Customer(strings(&["Northwind"])), None);
        check(&Criterion::Unanswered, None);
    }

    fn matches(criterion: &Criterion, json: &str) -> bool {
        criterion.matches(&Referral::parse(json).unwrap(), &Selection::default())
    }

    #[test]
    fn words_countries_and_addresses_compare_without_case() {
        assert!(matches(&Criterion::Status(vec![Status::New]), r#"{"status":"NEW"}"#));
        let country = Criterion::Country(strings(&["de", "AT"]));
        assert!(matches(&country, r#"{"customerProfile":{"address":{"country":"DE"}}}"#));
        assert!(!matches(&country, r#"{"customerProfile":{"address":{"country":"CH"}}}"#));
        let seller = Criterion::Seller(strings(&["Ada@Contoso.example"]));
        assert!(matches(&seller, r#"{"team":[{"email":null},{"email":"ada@contoso.example"}]}"#));
        assert!(!matches(&seller, r#"{"team":[]}"#));
    }

    #[test]
    fn a_customer_matches_with_and_without_entities() {
        let json = r#"{"customerProfile":{"name":"Fabrikam Oil &amp; Gas GmbH"}}"#;
        for part in ["oil & gas", "OIL &AMP; GAS", "gmbh"] {
            assert!(matches(&Criterion::Customer(strings(&[part])), json), "{part}");
        }
        assert!(!matches(&Criterion::Customer(strings(&["contoso"])), json));
        assert!(!matches(&Criterion::Customer(strings(&["x"])), "{}"));
    }

    #[test]
    fn a_window_includes_its_start_and_excludes_its_end() {
        let window = Window {
            from: Some(at("2026-11-01T00:00:00Z")),
            until: Some(at("2026-12-01T00:00:00Z")),
        };
        let created = |text: &str| {
            matches(&Criterion::Created(window), &format!(r#"{{"createdDateTime":"{text}"}}"#))
        };
        assert!(created("2026-11-01T00:00:00Z"));
        assert!(created("2026-11-30T23:59:59.9999999Z"));
        assert!(!created("2026-12-01T00:00:00Z"));
        assert!(!created("2026-10-31T23:59:59.9999999Z"));
        assert!(!matches(&Criterion::Created(window), "{}"));
    }

    #[test]
    fn only_unanswered_referrals_have_a_deadline_to_compare() {
        let soon = Criterion::DeadlineBefore(at("2026-11-20T00:00:00Z"));
        let row = |status: &str| {
            format!(r#"{{"status":"{status}","expirationDateTime":"2026-11-19T00:00:00Z"}}"#)
        };
        assert!(matches(&soon, &row("New")));
        assert!(!matches(&soon, &row("Active")));
    }

    #[test]
    fn a_condition_on_a_property_outside_the_selection_matches() {
        let referral = Referral::parse(r#"{"id":"1"}"#).unwrap();
        let criterion = Criterion::Country(strings(&["DE"]));
        let selection = |paths: &[&str]| Selection::new(strings(paths));
        assert!(criterion.matches(&referral, &selection(&["id", "customerProfile/name"])));
        assert!(!criterion.matches(&referral, &selection(&["id", "customerProfile"])));
        assert!(!criterion.matches(&referral, &Selection::default()));
    }
}
