//! Each condition twice: as OData, and as a test of a referral.

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::Selection;
use crate::model::{
    Deadline, Direction, Qualification, Referral, ReferralKind, ReferralType, Status, Substatus,
};
use crate::odata::Filter;
use crate::text;

/// A condition a referral meets or not. The values of one condition are alternatives.
#[derive(Clone, Debug, PartialEq)]
pub enum Criterion {
    /// Who sent it to whom.
    Direction(Direction),
    /// Where it stands.
    Status(Vec<Status>),
    /// Where it stands within its status.
    Substatus(Vec<Substatus>),
    /// Whether others take part.
    Type(Vec<ReferralType>),
    /// How well the interest is established.
    Qualification(Vec<Qualification>),
    /// What kind of thing it is.
    Kind(Vec<ReferralKind>),
    /// The customer's country, by its code.
    Country(Vec<String>),
    /// Someone on the partner's side, by e-mail address.
    Seller(Vec<String>),
    /// The deal it belongs to.
    Engagement(Vec<String>),
    /// Text within the customer's name.
    Customer(Vec<String>),
    /// The currency of the amount at stake.
    Currency(String),
    /// The amount at stake is no less, whatever its currency.
    ValueAtLeast(Decimal),
    /// The amount at stake is no more, whatever its currency.
    ValueAtMost(Decimal),
    /// When it was made.
    Created(Window),
    /// When it last changed.
    Updated(Window),
    /// An answer is due before this moment; what is overdue counts.
    DeadlineBefore(Timestamp),
    /// Nobody has answered it.
    Unanswered,
}

/// A span of time: from its first moment up to, not including, its last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The first moment within.
    pub from: Option<Timestamp>,
    /// The first moment after.
    pub until: Option<Timestamp>,
}

impl Window {
    fn contains(self, at: Option<Timestamp>) -> bool {
        at.is_some_and(|at| self.from.is_none_or(|from| at >= from) && !self.is_past(at))
    }

    fn is_past(self, at: Timestamp) -> bool {
        self.until.is_some_and(|until| at >= until)
    }
}

/// How sure it is that the API understands a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Support {
    /// The API documents the form (API §2.2).
    Documented,
    /// Plain OData over documented fields; a 400 makes us ask again without it.
    StandardOData,
}

/// A condition as the API is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerFilter {
    /// The expression.
    pub filter: Filter,
    /// How sure it is that it is understood.
    pub support: Support,
    /// Whether it says all of the condition; if not, the rest is decided here.
    pub exact: bool,
}

impl Criterion {
    /// How the API is asked, or `None` where it cannot filter by this.
    pub fn to_odata(&self) -> Option<ServerFilter> {
        match self {
            Criterion::Direction(direction) => equals_any("direction", [direction.as_str()]),
            Criterion::Status(any) => equals_any("status", any.iter().map(Status::as_str)),
            Criterion::Substatus(any) => equals_any("substatus", any.iter().map(Substatus::as_str)),
            Criterion::Type(any) => equals_any("type", any.iter().map(ReferralType::as_str)),
            Criterion::Qualification(any) => {
                equals_any("qualification", any.iter().map(Qualification::as_str))
            }
            Criterion::Country(any) => {
                equals_any("customerProfile/address/country", any.iter().map(String::as_str))
            }
            Criterion::Engagement(any) => {
                equals_any("engagementId", any.iter().map(String::as_str))
            }
            Criterion::Seller(any) => {
                any_of(any.iter().map(|email| Filter::any_equal("team", 't', "email", email)))
            }
            Criterion::Created(window) => window_filter("createdDateTime", *window),
            Criterion::Updated(window) => window_filter("updatedDateTime", *window),
            Criterion::Kind(any) => kind_filter(any),
            Criterion::Customer(_)
            | Criterion::Currency(_)
            | Criterion::ValueAtLeast(_)
            | Criterion::ValueAtMost(_)
            | Criterion::DeadlineBefore(_)
            | Criterion::Unanswered => None,
        }
    }

    /// Whether `referral` meets it. Never stricter than a service might be: words, countries and e-mail addresses
    /// compare without regard to case, and what `selection` leaves out fails nothing.
    pub fn matches(&self, referral: &Referral, selection: &Selection) -> bool {
        if !self.paths().iter().all(|path| selection.contains(path)) {
            return true;
        }
        match self {
            Criterion::Direction(direction) => referral.direction.as_ref() == Some(direction),
            Criterion::Status(any) => is_among(referral.status.as_ref(), any),
            Criterion::Substatus(any) => is_among(referral.substatus.as_ref(), any),
            Criterion::Type(any) => is_among(referral.referral_type.as_ref(), any),
            Criterion::Qualification(any) => is_among(referral.qualification.as_ref(), any),
            Criterion::Kind(any) => any.contains(&referral.kind()),
            Criterion::Country(any) => {
                is_one_of(referral.customer_profile.address.country.as_deref(), any)
            }
            Criterion::Seller(any) => referral.sellers().any(|email| is_one_of(Some(email), any)),
            Criterion::Engagement(any) => is_one_of(referral.engagement_id.as_deref(), any),
            Criterion::Customer(any) => {
                let name = referral.customer_profile.name.as_deref().unwrap_or_default();
                any.iter().any(|part| contains(name, part))
            }
            Criterion::Currency(code) => {
                referral.details.currency.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(code))
            }
            Criterion::ValueAtLeast(least) => {
                referral.details.deal_value.is_some_and(|value| value >= *least)
            }
            Criterion::ValueAtMost(most) => {
                referral.details.deal_value.is_some_and(|value| value <= *most)
            }
            Criterion::Created(window) => window.contains(referral.created),
            Criterion::Updated(window) => window.contains(referral.updated),
            Criterion::DeadlineBefore(moment) => {
                Deadline::of(referral).is_some_and(|deadline| deadline.at < *moment)
            }
            Criterion::Unanswered => referral.status == Some(Status::New),
        }
    }

    /// The wire paths of the properties it looks at.
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

    /// The condition in plain words, for `--explain`.
    pub fn describe(&self) -> String {
        let or = |words: Vec<&str>| words.join(" or ");
        match self {
            Criterion::Direction(direction) => format!("direction is {direction}"),
            Criterion::Status(any) => {
                format!("status is {}", or(any.iter().map(Status::as_str).collect()))
            }
            Criterion::Substatus(any) => {
                format!("substatus is {}", or(any.iter().map(Substatus::as_str).collect()))
            }
            Criterion::Type(any) => {
                format!("type is {}", or(any.iter().map(ReferralType::as_str).collect()))
            }
            Criterion::Qualification(any) => {
                format!("qualification is {}", or(any.iter().map(Qualification::as_str).collect()))
            }
            Criterion::Kind(any) => {
                format!("kind is {}", or(any.iter().map(|kind| kind.as_str()).collect()))
            }
            Criterion::Country(any) => format!("country is {}", any.join(" or ")),
            Criterion::Seller(any) => format!("{} is on the team", any.join(" or ")),
            Criterion::Engagement(any) => format!("engagement is {}", any.join(" or ")),
            Criterion::Customer(any) => {
                let quoted: Vec<String> = any.iter().map(|part| format!("\"{part}\"")).collect();
                format!("customer's name contains {}", quoted.join(" or "))
            }
            Criterion::Currency(code) => format!("currency is {code}"),
            Criterion::ValueAtLeast(least) => format!("value is {least} or more"),
            Criterion::ValueAtMost(most) => format!("value is {most} or less"),
            Criterion::Created(window) => format!("created {}", describe_window(*window)),
            Criterion::Updated(window) => format!("updated {}", describe_window(*window)),
            Criterion::DeadlineBefore(moment) => {
                format!("an answer is due before {moment} (overdue ones included)")
            }
            Criterion::Unanswered => "nobody has answered it (status is New)".to_owned(),
        }
    }
}

fn equals_any<'a>(path: &str, values: impl IntoIterator<Item = &'a str>) -> Option<ServerFilter> {
    any_of(values.into_iter().map(|value| Filter::equal(path, value)))
}

fn any_of(filters: impl Iterator<Item = Filter>) -> Option<ServerFilter> {
    let filters: Vec<Filter> = filters.collect();
    let standing = if filters.len() > 1 { Support::StandardOData } else { Support::Documented };
    Some(ServerFilter { filter: Filter::any_of(filters)?, support: standing, exact: true })
}

fn window_filter(path: &str, window: Window) -> Option<ServerFilter> {
    let from = window.from.map(|at| Filter::at_or_after(path, at));
    let until = window.until.map(|at| Filter::before(path, at));
    let filter = Filter::all_of(from.into_iter().chain(until))?;
    Some(ServerFilter { filter, support: Support::StandardOData, exact: true })
}

/// What every referral of a kind has in common, where the API can filter by that (API §4.2). The kind itself also
/// depends on who invited us, which it cannot.
fn kind_filter(any: &[ReferralKind]) -> Option<ServerFilter> {
    let [one] = any else { return None };
    let qualifications: &[Qualification] = match one {
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

/// Whether the word on the wire is among those meant. Words were read without regard to case.
fn is_among<W: PartialEq>(on_the_wire: Option<&W>, any: &[W]) -> bool {
    on_the_wire.is_some_and(|word| any.contains(word))
}

fn is_one_of(value: Option<&str>, any: &[String]) -> bool {
    value.is_some_and(|value| {
        let value = value.trim().to_lowercase();
        any.iter().any(|one| one.trim().to_lowercase() == value)
    })
}

/// Without regard to case, in the name as sent and as read by people (`&amp;` is `&`).
fn contains(name: &str, part: &str) -> bool {
    let part = part.to_lowercase();
    name.to_lowercase().contains(&part)
        || text::decode_entities(name).to_lowercase().contains(&part)
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
        let asked = criterion.to_odata();
        let found = asked.as_ref().map(|asked| (asked.filter.as_str(), asked.support, asked.exact));
        assert_eq!(found, filter, "{criterion:?}");
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn strings(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    #[test]
    fn a_condition_is_asked_where_the_api_documents_it() {
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

    fn keeps(criterion: &Criterion, json: &str) -> bool {
        criterion.matches(&Referral::parse(json).unwrap(), &Selection::default())
    }

    #[test]
    fn words_countries_and_addresses_compare_without_regard_to_case() {
        assert!(keeps(&Criterion::Status(vec![Status::New]), r#"{"status":"NEW"}"#));
        let country = Criterion::Country(strings(&["de", "AT"]));
        assert!(keeps(&country, r#"{"customerProfile":{"address":{"country":"DE"}}}"#));
        assert!(!keeps(&country, r#"{"customerProfile":{"address":{"country":"CH"}}}"#));
        let seller = Criterion::Seller(strings(&["Ada@Contoso.example"]));
        assert!(keeps(&seller, r#"{"team":[{"email":null},{"email":"ada@contoso.example"}]}"#));
        assert!(!keeps(&seller, r#"{"team":[]}"#));
    }

    #[test]
    fn a_customer_is_found_as_sent_and_as_read() {
        let json = r#"{"customerProfile":{"name":"Fabrikam Oil &amp; Gas GmbH"}}"#;
        for part in ["oil & gas", "OIL &AMP; GAS", "gmbh"] {
            assert!(keeps(&Criterion::Customer(strings(&[part])), json), "{part}");
        }
        assert!(!keeps(&Criterion::Customer(strings(&["contoso"])), json));
        assert!(!keeps(&Criterion::Customer(strings(&["x"])), "{}"));
    }

    #[test]
    fn a_window_holds_its_first_moment_and_not_its_last() {
        let window = Window {
            from: Some(at("2026-11-01T00:00:00Z")),
            until: Some(at("2026-12-01T00:00:00Z")),
        };
        let created = |text: &str| {
            keeps(&Criterion::Created(window), &format!(r#"{{"createdDateTime":"{text}"}}"#))
        };
        assert!(created("2026-11-01T00:00:00Z"));
        assert!(created("2026-11-30T23:59:59.9999999Z"));
        assert!(!created("2026-12-01T00:00:00Z"));
        assert!(!created("2026-10-31T23:59:59.9999999Z"));
        assert!(!keeps(&Criterion::Created(window), "{}"));
    }

    #[test]
    fn only_what_needs_an_answer_has_a_deadline_to_compare() {
        let soon = Criterion::DeadlineBefore(at("2026-11-20T00:00:00Z"));
        let row = |status: &str| {
            format!(r#"{{"status":"{status}","expirationDateTime":"2026-11-19T00:00:00Z"}}"#)
        };
        assert!(keeps(&soon, &row("New")));
        assert!(!keeps(&soon, &row("Active")));
    }

    #[test]
    fn what_the_selection_leaves_out_fails_nothing() {
        let referral = Referral::parse(r#"{"id":"1"}"#).unwrap();
        let criterion = Criterion::Country(strings(&["DE"]));
        let selection = |paths: &[&str]| Selection::new(strings(paths));
        assert!(criterion.matches(&referral, &selection(&["id", "customerProfile/name"])));
        assert!(!criterion.matches(&referral, &selection(&["id", "customerProfile"])));
        assert!(!criterion.matches(&referral, &Selection::default()));
    }
}
