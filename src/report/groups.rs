//! Counts referrals and sums their values in groups: by seller, by country and so on.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use strum::{Display, EnumString, IntoStaticStr, VariantNames};

use super::tally::{Figures, Tally};
use crate::model::{Referral, ReferralKind, Status, Substatus};
use crate::text;

/// What referrals are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "lowercase", ascii_case_insensitive)]
pub enum GroupKey {
    /// The addresses of the partner's team; a referral is in the group of each.
    Seller,
    Kind,
    /// The customer's.
    Country,
    /// The organisation that sent the referral.
    From,
    /// Of the value.
    Currency,
    /// The substatus, or else the status.
    State,
}

/// What is counted of the referrals of a group.
#[derive(Debug, Default)]
pub struct GroupFigures {
    pub tally: Tally,
    /// Those that are not in [`Tally::unanswered`], each in one of the classes.
    pub outcomes: Outcomes,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    pub active: usize,
    pub won: usize,
    pub lost: usize,
    pub declined: usize,
    pub expired: usize,
    /// Closed in another way, without a status, or to be answered by nobody.
    pub other: usize,
}

#[derive(Debug, Default)]
pub struct Group {
    /// As received, with the letters that come first of several spellings; `None` for the referrals without a value.
    pub name: Option<String>,
    pub all: GroupFigures,
    /// The same referrals by the currency of their value; `None` for those without. Each is in one.
    pub by_currency: BTreeMap<Option<String>, GroupFigures>,
}

/// The groups of a listing. They take memory, the referrals do not.
#[derive(Debug)]
pub struct Groups {
    key: GroupKey,
    by_value: BTreeMap<Option<String>, Group>,
    shared: usize,
}

impl GroupKey {
    /// The words in flags.
    pub const FLAGS: &'static [&'static str] = GroupKey::VARIANTS;

    pub fn name(self) -> &'static str {
        self.into()
    }

    /// None, one, or for sellers several.
    fn values(self, referral: &Referral) -> Vec<Cow<'_, str>> {
        let lower = |word: &str| Some(Cow::from(word.to_lowercase()));
        let one = match self {
            GroupKey::Seller => return referral.sellers().map(Cow::from).collect(),
            GroupKey::Kind => referral.kind().map(|kind: ReferralKind| kind.as_str().into()),
            GroupKey::Country => {
                referral.customer_profile.address.country.as_deref().map(Cow::from)
            }
            GroupKey::From => referral.sender().map(Cow::from),
            GroupKey::Currency => {
                let code = referral.details.currency.as_deref();
                code.map(|code| code.to_ascii_uppercase().into())
            }
            GroupKey::State => {
                let substatus = referral.substatus.as_ref().map(Substatus::as_str);
                substatus.or(referral.known_status().map(Status::as_str)).and_then(lower)
            }
        };
        one.into_iter().collect()
    }
}

/// What is the same for values that are one group.
fn normalize(value: &str) -> String {
    text::fold(text::decode_entities(value).trim()).into_owned()
}

impl GroupFigures {
    fn add(&mut self, referral: &Referral, figures: &Figures, now: Timestamp) {
        self.tally.add(figures, now);
        self.outcomes.add(referral);
    }
}

impl Outcomes {
    fn add(&mut self, referral: &Referral) {
        let count = match (referral.known_status(), referral.substatus.as_ref()) {
            (Some(Status::New), _) if referral.needs_no_answer() => &mut self.other,
            (Some(Status::New), _) => return,
            (_, Some(Substatus::Won)) => &mut self.won,
            (_, Some(Substatus::Lost)) => &mut self.lost,
            (_, Some(Substatus::Declined)) => &mut self.declined,
            (_, Some(Substatus::Expired)) => &mut self.expired,
            (Some(Status::Active), _) | (_, Some(Substatus::Accepted)) => &mut self.active,
            _ => &mut self.other,
        };
        *count += 1;
    }
}

impl Group {
    fn add(&mut self, referral: &Referral, figures: &Figures, now: Timestamp) {
        self.all.add(referral, figures, now);
        let currency = referral.value().and_then(|value| value.currency);
        self.by_currency.entry(currency).or_default().add(referral, figures, now);
    }

    fn see_name(&mut self, value: &str) {
        if self.name.as_deref().is_none_or(|name| value < name) {
            self.name = Some(value.to_owned());
        }
    }
}

impl Groups {
    pub fn new(key: GroupKey) -> Groups {
        Groups { key, by_value: BTreeMap::new(), shared: 0 }
    }

    pub fn count(&self) -> usize {
        self.by_value.len()
    }

    /// How many referrals are in several groups.
    pub fn shared(&self) -> usize {
        self.shared
    }

    pub fn add(&mut self, referral: &Referral, figures: &Figures, now: Timestamp) {
        let values = self.key.values(referral);
        let mut names = BTreeSet::new();
        for value in values.iter().filter(|value| !value.trim().is_empty()) {
            let name = Some(normalize(value));
            let group = self.by_value.entry(name.clone()).or_default();
            group.see_name(value.trim());
            // Somebody may be on a team twice.
            if names.insert(name) {
                group.add(referral, figures, now);
            }
        }
        if names.is_empty() {
            self.by_value.entry(None).or_default().add(referral, figures, now);
        }
        self.shared += usize::from(names.len() > 1);
    }

    /// The groups, those first that `rank` gives most, then by name.
    pub fn ranked<T: Ord>(&self, rank: impl Fn(&GroupFigures) -> T) -> Vec<&Group> {
        let mut groups: Vec<&Group> = self.by_value.values().collect();
        // Stable, and the map is in the order of the names.
        groups.sort_by_key(|group| Reverse(rank(&group.all)));
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Money;

    fn group(key: GroupKey, rows: &[&str]) -> Groups {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let mut groups = Groups::new(key);
        for row in rows {
            let referral = Referral::parse(row).unwrap();
            groups.add(&referral, &Figures::of(&referral), now);
        }
        groups
    }

    /// The groups as `name count`, most referrals first.
    fn counts(key: GroupKey, rows: &[&str]) -> Vec<String> {
        let groups = group(key, rows);
        let ranked = groups.ranked(|figures| figures.tally.count);
        let show = |group: &&Group| {
            format!("{} {}", group.name.as_deref().unwrap_or("-"), group.all.tally.count)
        };
        ranked.iter().map(show).collect()
    }

    #[test]
    fn each_key_groups_by_its_value_and_what_has_none_is_a_group() {
        let rows = [
            r#"{"type":"Independent","qualification":"Direct","status":"New","substatus":"Pending",
                "customerProfile":{"address":{"country":"DE"}},"details":{"currency":"eur"}}"#,
            r#"{"type":"Shared","qualification":"SalesQualified","status":"Active","substatus":"Accepted",
                "customerProfile":{"address":{"country":"de"}},"details":{"currency":"EUR","dealValue":1},
                "inviteContext":{"invitedBy":{"organizationId":"msft"}}}"#,
            r#"{"status":"Closed","inviteContext":{"invitedBy":{"organizationName":"A &amp; B"}}}"#,
            r#"{"status":"Closed","inviteContext":{"invitedBy":{"organizationName":"a & b"}}}"#,
        ];
        let cases: [(GroupKey, &[&str]); 6] = [
            (GroupKey::Seller, &["- 4"]),
            (GroupKey::Kind, &["- 2", "co-sell 1", "lead 1"]),
            (GroupKey::Country, &["- 2", "DE 2"]),
            (GroupKey::From, &["A &amp; B 2", "- 1", "Microsoft 1"]),
            (GroupKey::Currency, &["- 2", "EUR 2"]),
            (GroupKey::State, &["closed 2", "accepted 1", "pending 1"]),
        ];
        for (key, expected) in cases {
            assert_eq!(counts(key, &rows), expected, "{key}");
            assert_eq!(key.name().parse(), Ok(key));
        }
        assert_eq!(GroupKey::FLAGS, cases.map(|(key, _)| key.name()));
    }

    #[test]
    fn a_referral_counts_once_for_each_of_its_sellers_whatever_the_case_of_their_addresses() {
        let team = |addresses: &[&str]| {
            let team: Vec<_> =
                addresses.iter().map(|email| serde_json::json!({ "email": email })).collect();
            serde_json::json!({ "team": team }).to_string()
        };
        let rows = [
            team(&["ada@x.example", "Bo@x.example"]),
            team(&["bo@x.example", "BO@X.example"]),
            team(&["ada@y.example"]),
            team(&[]),
        ];
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let expected = ["BO@X.example 2", "- 1", "ada@x.example 1", "ada@y.example 1"];
        assert_eq!(counts(GroupKey::Seller, &rows), expected);
        let groups = group(GroupKey::Seller, &rows);
        assert_eq!((groups.count(), groups.shared()), (4, 1));
    }

    #[test]
    fn a_referral_is_unanswered_or_has_one_outcome() {
        let row = |status: &str, substatus: &str| {
            format!(r#"{{"status":"{status}","substatus":"{substatus}"}}"#)
        };
        let rows = [
            row("New", "Pending"),
            row("New", "Won"),
            row("Active", "Accepted"),
            row("Active", "Engaged"),
            row("", "Accepted"),
            row("Closed", "Won"),
            row("Closed", "Lost"),
            row("", "Declined"),
            row("Closed", "Expired"),
            row("Closed", "Error"),
            row("", ""),
            r#"{"status":"New","callToAction":"FreeTrial"}"#.to_owned(),
        ];
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let groups = group(GroupKey::Seller, &rows);
        let all = &groups.ranked(|_| ())[0].all;
        let expected = Outcomes { active: 3, won: 1, lost: 1, declined: 1, expired: 1, other: 3 };
        assert_eq!((all.tally.unanswered.count(), &all.outcomes), (2, &expected));
        assert_eq!(all.tally.count, rows.len());
    }

    #[test]
    fn the_referrals_of_a_group_are_divided_by_the_currency_of_their_value() {
        let details = |text: &str| format!(r#"{{"details":{{{text}}}}}"#);
        let rows = [
            details(r#""dealValue":1.5,"currency":"eur""#),
            details(r#""dealValue":2,"currency":"EUR""#),
            details(r#""dealValue":3,"currency":"USD""#),
            details(r#""currency":"USD""#),
            details(r#""dealValue":4"#),
        ];
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let groups = group(GroupKey::Kind, &rows);
        let only = groups.ranked(|_| ())[0];
        let parts: Vec<_> = only
            .by_currency
            .iter()
            .map(|(currency, figures)| {
                let Tally { count, value, .. } = &figures.tally;
                let sums: Vec<String> = value.sums().iter().map(Money::to_string).collect();
                (currency.as_deref(), *count, sums.join(" "), value.without_amount())
            })
            .collect();
        assert_eq!(
            parts,
            [
                (None, 2, "4 (no currency)".to_owned(), 1),
                (Some("EUR"), 2, "3.50 EUR".to_owned(), 0),
                (Some("USD"), 1, "3 USD".to_owned(), 0),
            ]
        );
    }
}
