//! Sorts referrals.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use strum::{EnumString, VariantNames};

use crate::model::{Deadline, Referral};
use crate::text;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, EnumString, VariantNames)]
#[strum(serialize_all = "lowercase", ascii_case_insensitive)]
pub enum SortKey {
    #[default]
    Created,
    Updated,
    Deadline,
    /// The day on which the deal is expected to close.
    Closing,
    /// The deal value, whatever its currency.
    Value,
    /// The customer's name, without case.
    Customer,
}

impl SortKey {
    /// The words in flags.
    pub const FLAGS: &'static [&'static str] = SortKey::VARIANTS;

    /// The key's natural direction: newest and largest first, but earliest deadline and A first.
    pub fn is_descending(self) -> bool {
        matches!(self, SortKey::Created | SortKey::Updated | SortKey::Value)
    }

    /// The property for `$orderby`; the API documents only two (API §2.1).
    pub fn server_property(self) -> Option<&'static str> {
        match self {
            SortKey::Created => Some("createdDateTime"),
            SortKey::Updated => Some("updatedDateTime"),
            SortKey::Deadline | SortKey::Closing | SortKey::Value | SortKey::Customer => None,
        }
    }

    /// The API's paths of the properties that the key reads.
    pub fn paths(self) -> &'static [&'static str] {
        match self {
            SortKey::Created => &["createdDateTime"],
            SortKey::Updated => &["updatedDateTime"],
            SortKey::Deadline => {
                &["status", "expirationDateTime", "createdDateTime", "callToAction"]
            }
            SortKey::Closing => &["details/closingDateTime"],
            SortKey::Value => &["details/dealValue"],
            SortKey::Customer => &["customerProfile/name"],
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    pub key: SortKey,
    pub descending: bool,
}

impl Default for Sort {
    fn default() -> Sort {
        Sort::by(SortKey::default())
    }
}

impl Sort {
    /// In the key's natural direction.
    pub fn by(key: SortKey) -> Sort {
        Sort { key, descending: key.is_descending() }
    }

    /// The order in words.
    pub fn describe(self) -> &'static str {
        match (self.key, self.descending) {
            (SortKey::Created, true) => "newest first",
            (SortKey::Created, false) => "oldest first",
            (SortKey::Updated, true) => "last changed first",
            (SortKey::Updated, false) => "longest unchanged first",
            (SortKey::Deadline, true) => "latest deadline first",
            (SortKey::Deadline, false) => "soonest deadline first",
            (SortKey::Closing, true) => "latest closing day first",
            (SortKey::Closing, false) => "earliest closing day first",
            (SortKey::Value, true) => "largest value first",
            (SortKey::Value, false) => "smallest value first",
            (SortKey::Customer, true) => "by customer, Z first",
            (SortKey::Customer, false) => "by customer, A first",
        }
    }

    fn value(self, referral: &Referral) -> Option<SortValue> {
        match self.key {
            SortKey::Created => referral.created.time().map(SortValue::Time),
            SortKey::Updated => referral.updated.time().map(SortValue::Time),
            SortKey::Deadline => deadline_time(referral).map(SortValue::Time),
            SortKey::Closing => referral.details.closing.closing_day().map(SortValue::Day),
            SortKey::Value => referral.details.deal_value.map(SortValue::Amount),
            SortKey::Customer => customer_name(referral).map(SortValue::Name),
        }
    }

    /// Referrals without the key come last in either direction.
    fn compare(self, a: Option<&SortValue>, b: Option<&SortValue>) -> Ordering {
        match (a, b) {
            (Some(a), Some(b)) if self.descending => b.cmp(a),
            (Some(a), Some(b)) => a.cmp(b),
            (a, b) => a.is_none().cmp(&b.is_none()),
        }
    }
}

/// What a referral is sorted by.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum SortValue {
    Time(Timestamp),
    Day(Date),
    Amount(Decimal),
    Name(String),
}

fn deadline_time(referral: &Referral) -> Option<Timestamp> {
    Deadline::of(referral).map(|deadline| deadline.at)
}

fn customer_name(referral: &Referral) -> Option<String> {
    referral
        .customer_profile
        .name
        .as_deref()
        .map(|name| text::fold(&text::decode_entities(name)).into_owned())
}

/// Sorts what is kept of the referrals that the API cannot sort. Memory is bounded by the limit.
#[derive(Debug)]
pub struct Sorter<T> {
    sort: Sort,
    limit: Option<usize>,
    rows: Vec<(Option<SortValue>, T)>,
    /// The last place within the limit, once the rows up to it are in order.
    last_place: Option<usize>,
}

impl<T> Sorter<T> {
    pub fn new(sort: Sort, limit: Option<usize>) -> Sorter<T> {
        Sorter { sort, limit, rows: Vec::new(), last_place: None }
    }

    /// `keep` makes what is kept of the referral, unless it is known to be beyond the limit.
    pub fn push(&mut self, referral: &Referral, keep: impl FnOnce() -> T) {
        let value = self.sort.value(referral);
        let last = self.last_place.map(|place| self.rows[place].0.as_ref());
        if last.is_some_and(|last| self.sort.compare(value.as_ref(), last).is_ge()) {
            return;
        }
        self.rows.push((value, keep()));
        // The spare room keeps the cost per row constant.
        if self.limit.is_some_and(|limit| self.rows.len() >= 2 * limit + 100) {
            self.sort_and_truncate();
            self.last_place = self.rows.len().checked_sub(1);
        }
    }

    /// What was kept, in order and up to the limit. Rows with equal keys keep the order in which they were pushed.
    pub fn finish(mut self) -> impl Iterator<Item = T> {
        self.sort_and_truncate();
        self.rows.into_iter().map(|(_, kept)| kept)
    }

    fn sort_and_truncate(&mut self) {
        self.rows.sort_by(|(a, _), (b, _)| self.sort.compare(a.as_ref(), b.as_ref()));
        self.rows.truncate(self.limit.unwrap_or(usize::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(sorter: &mut Sorter<String>, json: &str) {
        let referral = Referral::parse(json).unwrap();
        sorter.push(&referral, || referral.id.as_deref().unwrap_or_default().to_owned());
    }

    fn order(sort: Sort, rows: &[&str]) -> Vec<String> {
        let mut sorter = Sorter::new(sort, None);
        for row in rows {
            push(&mut sorter, row);
        }
        sorter.finish().collect()
    }

    #[test]
    fn the_earliest_deadline_comes_first_and_a_missing_one_last() {
        let rows = [
            r#"{"id":"answered","status":"Active","expirationDateTime":"2026-01-01T00:00:00Z"}"#,
            r#"{"id":"late","status":"New","expirationDateTime":"2026-12-01T00:00:00Z"}"#,
            r#"{"id":"soon","status":"New","expirationDateTime":"2026-11-01T00:00:00Z"}"#,
            r#"{"id":"estimated","status":"New","createdDateTime":"2026-11-01T10:00:00Z"}"#,
        ];
        assert_eq!(
            order(Sort::by(SortKey::Deadline), &rows),
            ["soon", "estimated", "late", "answered"]
        );
        let latest = Sort { key: SortKey::Deadline, descending: true };
        assert_eq!(order(latest, &rows), ["late", "estimated", "soon", "answered"]);
    }

    #[test]
    fn amounts_sort_as_numbers_and_names_without_case() {
        let rows = [
            r#"{"id":"1","details":{"dealValue":9},"customerProfile":{"name":"beta"}}"#,
            r#"{"id":"2","details":{"dealValue":"10.5"},"customerProfile":{"name":"Alpha"}}"#,
            r#"{"id":"3"}"#,
        ];
        assert_eq!(order(Sort::by(SortKey::Value), &rows), ["2", "1", "3"]);
        assert_eq!(order(Sort::by(SortKey::Customer), &rows), ["2", "1", "3"]);
    }

    #[test]
    fn a_limit_keeps_the_first_in_order_however_many_arrive() {
        let rows: Vec<String> = (0..5_000)
            .map(|number| {
                let value = number * 7_919 % 1_000;
                format!(r#"{{"id":"{value} {number}","details":{{"dealValue":{value}}}}}"#)
            })
            .collect();
        for descending in [false, true] {
            let sort = Sort { key: SortKey::Value, descending };
            let all = order(sort, &rows.iter().map(String::as_str).collect::<Vec<_>>());
            for limit in [0, 1, 7, 2_000, 6_000] {
                let mut sorter = Sorter::new(sort, Some(limit));
                for row in &rows {
                    push(&mut sorter, row);
                    assert!(sorter.rows.len() <= 2 * limit + 100);
                }
                let first = &all[..limit.min(all.len())];
                assert_eq!(sorter.finish().collect::<Vec<_>>(), first);
            }
        }
    }

    #[test]
    fn nothing_is_made_of_a_row_that_is_known_to_be_beyond_the_limit() {
        let sort = Sort { key: SortKey::Value, descending: false };
        let mut sorter = Sorter::new(sort, Some(3));
        let mut made = 0;
        for value in 0..5_000 {
            let row = format!(r#"{{"details":{{"dealValue":{value}}}}}"#);
            sorter.push(&Referral::parse(&row).unwrap(), || made += 1);
        }
        assert_eq!(made, 2 * 3 + 100);
    }

    #[test]
    fn every_sort_word_names_its_own_key() {
        let keys = [
            ("created", SortKey::Created),
            ("updated", SortKey::Updated),
            ("deadline", SortKey::Deadline),
            ("closing", SortKey::Closing),
            ("value", SortKey::Value),
            ("customer", SortKey::Customer),
        ];
        assert_eq!(SortKey::FLAGS, keys.map(|(word, _)| word));
        for (word, key) in keys {
            assert_eq!(word.parse(), Ok(key), "{word}");
            assert_eq!(word.to_uppercase().parse(), Ok(key), "{word}");
        }
        assert!("name".parse::<SortKey>().is_err());
    }
}
