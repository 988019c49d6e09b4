//! The conditions of a query, each as an OData filter and as a local check.

use std::fmt::Display;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::compare::{equals_one_of, name_contains};
use super::seller::has_seller;
use super::{SellerPattern, SortKey, normalize_id};
use crate::model::{
    Care, CareTime, DeadlineState, Direction, Qualification, Referral, ReferralKind, ReferralType,
    Status, Substatus,
};
use crate::odata::Filter;

/// The name of the value that a referral lacks on whose team nobody is.
pub const TEAM: &str = "team";

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
    /// Who is on the partner's team.
    Seller(Vec<SellerPattern>),
    /// The engagement id.
    Engagement(Vec<String>),
    /// A part of the customer's name.
    Customer(Vec<String>),
    Currency(Vec<String>),
    /// Compares the deal value in any currency.
    ValueAtLeast(Decimal),
    /// Compares the deal value in any currency.
    ValueAtMost(Decimal),
    Created(Window),
    Updated(Window),
    /// Compares the day on which the deal is expected to close.
    Closing(Window<Date>),
    /// Includes overdue referrals, and those whose deadline is not known.
    DeadlineBefore(Timestamp),
    /// An open deal lacks something.
    NeedsCare(CareTime),
}

/// A half-open range of times or days: `from` is included, `until` is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window<T = Timestamp> {
    pub from: Option<T>,
    pub until: Option<T>,
}

impl<T: PartialOrd> Window<T> {
    fn contains(&self, time: &T) -> bool {
        self.from.as_ref().is_none_or(|from| time >= from)
            && self.until.as_ref().is_none_or(|until| time < until)
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

/// What a request's filter says of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// Nothing: the condition is checked locally alone.
    Local,
    /// It narrows the result.
    Narrowed,
    /// It is equivalent to the condition.
    Exact,
}

/// Whether a referral meets a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Met,
    Refuted,
    /// The referral lacks the value, and the API was not asked for the condition.
    Undecided,
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
            Criterion::Seller(patterns) => {
                // The others cannot be asked for, and each may be met instead.
                let addresses: Option<Vec<_>> =
                    patterns.iter().map(SellerPattern::address).collect();
                let equals = |email: &str| Filter::any_equal("team", 't', "email", email);
                any_of(addresses?.into_iter().map(equals))
            }
            Criterion::Created(window) => window_filter("createdDateTime", *window),
            Criterion::Updated(window) => window_filter("updatedDateTime", *window),
            Criterion::Kind(values) => kind_filter(values),
            Criterion::Customer(_)
            | Criterion::Currency(_)
            | Criterion::ValueAtLeast(_)
            | Criterion::ValueAtMost(_)
            | Criterion::Closing(_)
            | Criterion::DeadlineBefore(_)
            | Criterion::NeedsCare(_) => None,
        }
    }

    /// Checks a referral locally. What the API was asked for is refuted only by a value that is present and different: a
    /// response may leave out properties that were filtered by (API §4.7).
    pub fn judge(&self, referral: &Referral, coverage: Coverage) -> Verdict {
        match self.test(referral, coverage) {
            Some(true) => Verdict::Met,
            Some(false) => Verdict::Refuted,
            None if coverage != Coverage::Local || self.reads_unreadable(referral) => Verdict::Met,
            None => Verdict::Undecided,
        }
    }

    /// Text compares as [`text::fold`] has it, so that no row is dropped that the API may have meant to match. `None` if the
    /// referral lacks the value.
    fn test(&self, referral: &Referral, coverage: Coverage) -> Option<bool> {
        let details = &referral.details;
        match self {
            Criterion::Direction(direction) => Some(referral.direction.as_ref()? == direction),
            Criterion::Status(values) => Some(values.contains(referral.status.as_ref()?)),
            Criterion::Substatus(values) => Some(values.contains(referral.substatus.as_ref()?)),
            Criterion::Type(values) => Some(values.contains(referral.referral_type.as_ref()?)),
            Criterion::Qualification(values) => {
                Some(values.contains(referral.qualification.as_ref()?))
            }
            Criterion::Kind(values) => is_of_kind(referral, values, coverage),
            Criterion::Country(values) => {
                let country = referral.customer_profile.address.country.as_deref()?;
                Some(equals_one_of(country, values))
            }
            Criterion::Seller(patterns) => {
                has_seller(referral, patterns, coverage != Coverage::Local)
            }
            Criterion::Engagement(values) => {
                let id = normalize_id(referral.engagement_id.as_deref()?);
                Some(equals_one_of(&id, values))
            }
            Criterion::Customer(values) => {
                let name = referral.customer_profile.name.as_deref()?;
                Some(values.iter().any(|part| name_contains(name, part)))
            }
            Criterion::Currency(values) => Some(equals_one_of(details.currency.as_ref()?, values)),
            Criterion::ValueAtLeast(least) => Some(details.deal_value? >= *least),
            Criterion::ValueAtMost(most) => Some(details.deal_value? <= *most),
            Criterion::Created(window) => Some(window.contains(&referral.created.time()?)),
            Criterion::Updated(window) => Some(window.contains(&referral.updated.time()?)),
            Criterion::Closing(window) => Some(window.contains(&details.closing.closing_day()?)),
            Criterion::DeadlineBefore(time) => {
                referral.known_status()?;
                Some(match DeadlineState::of(referral) {
                    DeadlineState::At(deadline) => deadline.at < *time,
                    // It may lapse at any time.
                    DeadlineState::Unknown => true,
                    DeadlineState::Answered
                    | DeadlineState::Never
                    | DeadlineState::NoAnswerNeeded => false,
                })
            }
            Criterion::NeedsCare(time) => {
                referral.known_status()?;
                Some(!Care::of(referral, *time).is_empty())
            }
        }
    }

    /// Whether the condition reads a value that was sent but cannot be understood, so that the row is kept.
    fn reads_unreadable(&self, referral: &Referral) -> bool {
        let reads_status = matches!(
            self,
            Criterion::Status(_) | Criterion::DeadlineBefore(_) | Criterion::NeedsCare(_)
        );
        reads_status && referral.is_status_unreadable
    }

    /// The value that `referral`, which is undecided, lacks; for people.
    pub fn value_name(&self, referral: &Referral) -> &'static str {
        match self {
            Criterion::Direction(_) => "direction",
            Criterion::Status(_) | Criterion::DeadlineBefore(_) | Criterion::NeedsCare(_) => {
                "status"
            }
            Criterion::Substatus(_) => "substatus",
            Criterion::Type(_) => "type",
            Criterion::Qualification(_) => "qualification",
            Criterion::Kind(_) => "known kind",
            Criterion::Country(_) => "country",
            Criterion::Seller(_) if referral.team.is_empty() => TEAM,
            Criterion::Seller(_) => "known team",
            Criterion::Engagement(_) => "engagement id",
            Criterion::Customer(_) => "customer name",
            Criterion::Currency(_) => "currency",
            Criterion::ValueAtLeast(_) | Criterion::ValueAtMost(_) => "deal value",
            Criterion::Created(_) => "readable creation date",
            Criterion::Updated(_) => "readable date of the last update",
            Criterion::Closing(_) => "readable closing date",
        }
    }

    /// The API's paths of the properties that the condition reads.
    pub fn paths(&self) -> &'static [&'static str] {
        match self {
            Criterion::Direction(_) => &["direction"],
            Criterion::Status(_) => &["status"],
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
            Criterion::Closing(_) => &["details/closingDateTime"],
            Criterion::DeadlineBefore(_) => SortKey::Deadline.paths(),
            Criterion::NeedsCare(_) => &[
                "status",
                "callToAction",
                "details/closingDateTime",
                "details/dealValue",
                "externalReferenceId",
                "team",
                "createdDateTime",
                "updatedDateTime",
            ],
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
            Criterion::Seller(patterns) => {
                let names: Vec<String> = patterns.iter().map(SellerPattern::to_string).collect();
                format!("team includes {}", names.join(" or "))
            }
            Criterion::Engagement(values) => format!("engagement is {}", values.join(" or ")),
            Criterion::Customer(values) => {
                let quoted: Vec<String> = values.iter().map(|part| format!("\"{part}\"")).collect();
                format!("customer name contains {}", quoted.join(" or "))
            }
            Criterion::Currency(values) => format!("currency is {}", values.join(" or ")),
            Criterion::ValueAtLeast(least) => format!("value is {least} or more"),
            Criterion::ValueAtMost(most) => format!("value is {most} or less"),
            Criterion::Created(window) => format!("created {}", describe_window(window)),
            Criterion::Updated(window) => format!("updated {}", describe_window(window)),
            Criterion::Closing(window) => format!("closing {}", describe_window(window)),
            Criterion::DeadlineBefore(time) => {
                format!("deadline is before {time} (overdue included)")
            }
            Criterion::NeedsCare(time) => {
                let faults = Care::ALL.map(Care::as_str).join(", ");
                format!("Active on {} with any of: {faults}", time.today)
            }
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
    let qualifications = qualifications_of(*kind)?;
    let qualified = equals_any("qualification", qualifications.iter().map(Qualification::as_str))?;
    let independent = Filter::equal("type", ReferralType::Independent.as_str());
    let filter = Filter::all_of([independent, qualified.filter])?;
    Some(ServerFilter { filter, support: qualified.support, exact: false })
}

/// Those of the kinds that are `Independent` with a few qualifications.
fn qualifications_of(kind: ReferralKind) -> Option<&'static [Qualification]> {
    match kind {
        ReferralKind::Lead => Some(&[Qualification::Direct]),
        ReferralKind::QualifiedLead => {
            Some(&[Qualification::SalesQualified, Qualification::MarketingQualified])
        }
        ReferralKind::CoSell | ReferralKind::Other => None,
    }
}

/// Where the API narrowed the result to a kind, a type or qualification that is missing is the one it was asked for.
fn is_of_kind(referral: &Referral, kinds: &[ReferralKind], coverage: Coverage) -> Option<bool> {
    let narrowed = kinds.first().filter(|_| coverage == Coverage::Narrowed);
    let asked = narrowed.and_then(|kind| Some((*kind, qualifications_of(*kind)?.first()?)));
    let kind = match asked {
        Some((_, qualification)) => ReferralKind::classify(
            Some(referral.referral_type.as_ref().unwrap_or(&ReferralType::Independent)),
            Some(referral.qualification.as_ref().unwrap_or(qualification)),
            referral.sender_id(),
        ),
        None => referral.kind(),
    };
    kind.map(|kind| kinds.contains(&kind))
}

fn describe_words<'a>(property: &str, words: impl Iterator<Item = &'a str>) -> String {
    format!("{property} is {}", words.collect::<Vec<_>>().join(" or "))
}

fn describe_window<T: Display>(window: &Window<T>) -> String {
    match (&window.from, &window.until) {
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

    fn sellers(words: &[&str]) -> Criterion {
        Criterion::Seller(words.iter().map(|word| SellerPattern::parse(word)).collect())
    }

    #[test]
    fn a_team_without_an_address_or_a_name_is_not_a_missing_team() {
        let name = |json| sellers(&["ada"]).value_name(&Referral::parse(json).unwrap());
        assert_eq!(name(r#"{"team":[]}"#), TEAM);
        assert_eq!(name(r#"{"team":[{"title":"Seller"}]}"#), "known team");
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
            &sellers(&["o'neill+it@x.example"]),
            Some(("team/any(t:t/email eq 'o''neill+it@x.example')", Documented, true)),
        );
        check(&sellers(&["ada@x.example", "ken"]), None);
        check(&sellers(&["ada@x.example", "none"]), None);
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
    }

    fn judge(criterion: &Criterion, json: &str, coverage: Coverage) -> Verdict {
        criterion.judge(&Referral::parse(json).unwrap(), coverage)
    }

    fn matches(criterion: &Criterion, json: &str) -> bool {
        judge(criterion, json, Coverage::Local) == Verdict::Met
    }

    #[test]
    fn words_countries_and_addresses_compare_without_case() {
        assert!(matches(&Criterion::Status(vec![Status::New]), r#"{"status":"NEW"}"#));
        let country = Criterion::Country(strings(&["de", "AT"]));
        assert!(matches(&country, r#"{"customerProfile":{"address":{"country":"DE"}}}"#));
        assert!(!matches(&country, r#"{"customerProfile":{"address":{"country":"CH"}}}"#));
        let seller = sellers(&["Ada@Contoso.example"]);
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
        let nfd = r#"{"customerProfile":{"name":"Cafe\u0301 Mu\u0308ller\u00a0Stra\u00dfe"}}"#;
        for part in ["café", "MÜLLER STRASSE", "mu\u{308}ller straße", "müller  strasse"] {
            assert!(matches(&Criterion::Customer(strings(&[part])), nfd), "{part}");
        }
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
        assert!(!matches(&soon, &row("New").replace("2026", "9999")));
        assert!(matches(&soon, &row("New").replace("2026-11-19", "19/11/2026 ")));
        assert!(matches(&soon, r#"{"status":"New"}"#));
    }

    /// Each condition with a row that meets it, one that refutes it, and the property that it reads.
    #[rustfmt::skip]
    fn conditions() -> Vec<(Criterion, &'static str, &'static str, &'static str)> {
        let window = Window { from: Some(at("2026-11-01T00:00:00Z")), until: None };
        let day = |day: &str| day.parse::<Date>().ok();
        let days = Window { from: day("2026-06-30"), until: day("2026-07-01") };
        vec![
            (Criterion::Direction(Direction::Incoming), r#"{"direction":"Incoming"}"#, r#"{"direction":"Outgoing"}"#, "direction"),
            (Criterion::Status(vec![Status::New]), r#"{"status":"New"}"#, r#"{"status":"Odd"}"#, "status"),
            (Criterion::Substatus(vec![Substatus::Pending]), r#"{"substatus":"Pending"}"#, r#"{"substatus":"Engaged"}"#, "substatus"),
            (Criterion::Type(vec![ReferralType::Shared]), r#"{"type":"Shared"}"#, r#"{"type":"Independent"}"#, "type"),
            (Criterion::Qualification(vec![Qualification::Direct]), r#"{"qualification":"Direct"}"#, r#"{"qualification":"None"}"#, "qualification"),
            (Criterion::Country(strings(&["DE"])), r#"{"customerProfile":{"address":{"country":"de"}}}"#, r#"{"customerProfile":{"address":{"country":"FR"}}}"#, "customerProfile"),
            (sellers(&["a@b.c"]), r#"{"team":[{"email":"x@y"},{"email":"A@B.C"}]}"#, r#"{"team":[{"email":"x@y"}]}"#, "team"),
            (Criterion::Engagement(strings(&["e1"])), r#"{"engagementId":"E1"}"#, r#"{"engagementId":"e2"}"#, "engagementId"),
            (Criterion::Customer(strings(&["tailspin"])), r#"{"customerProfile":{"name":"Tailspin"}}"#, r#"{"customerProfile":{"name":"Fabrikam"}}"#, "customerProfile"),
            (Criterion::Currency(vec!["CHF".to_owned(), "EUR".to_owned()]), r#"{"details":{"currency":"eur"}}"#, r#"{"details":{"currency":"USD"}}"#, "details"),
            (Criterion::ValueAtLeast(5.into()), r#"{"details":{"dealValue":5}}"#, r#"{"details":{"dealValue":"4.9"}}"#, "details"),
            (Criterion::ValueAtMost(5.into()), r#"{"details":{"dealValue":5}}"#, r#"{"details":{"dealValue":5.1}}"#, "details"),
            (Criterion::Created(window), r#"{"createdDateTime":"2026-11-02"}"#, r#"{"createdDateTime":"2026-10-02"}"#, "createdDateTime"),
            (Criterion::Updated(window), r#"{"updatedDateTime":"2026-11-02"}"#, r#"{"updatedDateTime":"2026-10-02"}"#, "updatedDateTime"),
            (Criterion::Closing(days), r#"{"details":{"closingDateTime":"2026-06-29T23:00:00Z"}}"#, r#"{"details":{"closingDateTime":"2026-06-30T23:00:00Z"}}"#, "details"),
            (Criterion::Kind(vec![ReferralKind::CoSell, ReferralKind::Lead]), r#"{"type":"Shared"}"#, r#"{"type":"Independent","qualification":"Odd"}"#, "type"),
            (Criterion::NeedsCare(CareTime { now: at("2026-11-20T00:00:00Z"), today: day("2026-11-20").unwrap() }), r#"{"status":"Active"}"#, r#"{"status":"New"}"#, "status"),
            (Criterion::DeadlineBefore(at("2026-11-20T00:00:00Z")), r#"{"status":"New","expirationDateTime":"2026-11-19"}"#, r#"{"status":"New","expirationDateTime":"2026-11-20"}"#, "status"),
        ]
    }

    #[test]
    fn only_a_value_that_is_present_and_different_refutes_what_the_api_was_asked_for() {
        for (criterion, met, refuted, property) in conditions() {
            for coverage in [Coverage::Local, Coverage::Narrowed, Coverage::Exact] {
                assert_eq!(judge(&criterion, met, coverage), Verdict::Met, "{met}");
                assert_eq!(judge(&criterion, refuted, coverage), Verdict::Refuted, "{refuted}");
            }
            let missing =
                ["null", "\"\"", "\" \""].map(|value| format!(r#"{{"{property}":{value}}}"#));
            for json in missing.iter().map(String::as_str).chain(["{}"]) {
                assert_eq!(judge(&criterion, json, Coverage::Exact), Verdict::Met, "{json}");
                assert_eq!(judge(&criterion, json, Coverage::Narrowed), Verdict::Met, "{json}");
                assert_eq!(judge(&criterion, json, Coverage::Local), Verdict::Undecided, "{json}");
            }
        }
    }

    #[test]
    fn a_team_is_known_when_every_member_has_an_address() {
        let seller = sellers(&["a@b.c"]);
        assert_eq!(judge(&seller, r#"{"team":[]}"#, Coverage::Exact), Verdict::Refuted);
        let cases = [
            ("[]", Verdict::Undecided),
            (r#"[{"email":"x@y"}]"#, Verdict::Refuted),
            (r#"{"email":"x@y"}"#, Verdict::Refuted),
            (r#"[{"firstName":"Ada"},{"email":"x@y"}]"#, Verdict::Undecided),
            ("[{}]", Verdict::Undecided),
            (r#""ada""#, Verdict::Undecided),
            (r#"[null,{"email":"a@b.c"}]"#, Verdict::Met),
        ];
        for (team, verdict) in cases {
            let json = format!(r#"{{"team":{team}}}"#);
            assert_eq!(judge(&seller, &json, Coverage::Local), verdict, "{team}");
        }
    }

    #[test]
    fn a_status_that_cannot_be_read_keeps_the_row() {
        for json in [r#"{"status":{"a":1}}"#, r#"{"status":["New"]}"#] {
            assert!(matches(&Criterion::Status(vec![Status::New]), json), "{json}");
            assert!(
                matches(&Criterion::DeadlineBefore(at("2026-11-20T00:00:00Z")), json),
                "{json}"
            );
        }
    }

    #[test]
    fn a_kind_that_the_api_narrowed_to_is_refuted_by_the_sender_alone() {
        let kind = |kind| Criterion::Kind(vec![kind]);
        let by = |id: &str| {
            format!(r#"{{"inviteContext":{{"invitedBy":{{"organizationId":"{id}"}}}}}}"#)
        };
        for (kind, json, verdict) in [
            (kind(ReferralKind::Lead), "{}".to_owned(), Verdict::Met),
            (kind(ReferralKind::Lead), by("msft"), Verdict::Met),
            (kind(ReferralKind::Lead), by("other"), Verdict::Refuted),
            (kind(ReferralKind::QualifiedLead), by("msft"), Verdict::Met),
            (kind(ReferralKind::QualifiedLead), by("other"), Verdict::Refuted),
        ] {
            assert_eq!(judge(&kind, &json, Coverage::Narrowed), verdict, "{json}");
            assert_eq!(judge(&kind, &json, Coverage::Local), Verdict::Undecided, "{json}");
        }
    }
}
