//! The order of an answer, and the one place that puts referrals in it.

use std::cmp::Ordering;

use jiff::Timestamp;
use strum::{EnumString, VariantNames};

use crate::model::{Deadline, Referral};
use crate::text;

/// What a listing is ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, EnumString, VariantNames)]
#[strum(serialize_all = "lowercase", ascii_case_insensitive)]
pub enum SortKey {
    /// When it was made.
    #[default]
    Created,
    /// When it last changed.
    Updated,
    /// When an answer is due.
    Deadline,
    /// The amount at stake, by number alone.
    Value,
    /// The customer's name, without regard to case.
    Customer,
}

impl SortKey {
    /// The words for flags.
    pub const FLAGS: &'static [&'static str] = SortKey::VARIANTS;

    /// Newest, and most, first; soonest, and A to Z, first.
    pub fn is_descending(self) -> bool {
        matches!(self, SortKey::Created | SortKey::Updated | SortKey::Value)
    }

    /// The property the API sorts by; it documents only two (API §2.1).
    pub fn server_property(self) -> Option<&'static str> {
        match self {
            SortKey::Created => Some("createdDateTime"),
            SortKey::Updated => Some("updatedDateTime"),
            SortKey::Deadline | SortKey::Value | SortKey::Customer => None,
        }
    }

    /// The wire paths of the properties it looks at.
    pub fn paths(self) -> &'static [&'static str] {
        match self {
            SortKey::Created => &["createdDateTime"],
            SortKey::Updated => &["updatedDateTime"],
            SortKey::Deadline => &["status", "expirationDateTime", "createdDateTime"],
            SortKey::Value => &["details/dealValue"],
            SortKey::Customer => &["customerProfile/name"],
        }
    }
}

/// An order: by what, and which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub key: SortKey,
    /// Greatest first.
    pub descending: bool,
}

impl Default for Sort {
    fn default() -> Sort {
        Sort::by(SortKey::default())
    }
}

impl Sort {
    /// By `key`, in the direction people want it.
    pub fn by(key: SortKey) -> Sort {
        Sort { key, descending: key.is_descending() }
    }

    /// The order of two referrals. What lacks the key comes last, either way; equals keep the order they came in.
    pub fn compare(self, one: &Referral, other: &Referral) -> Ordering {
        match self.key {
            SortKey::Created => self.compare_keys(one.created, other.created),
            SortKey::Updated => self.compare_keys(one.updated, other.updated),
            SortKey::Deadline => self.compare_keys(due(one), due(other)),
            SortKey::Value => self.compare_keys(one.details.deal_value, other.details.deal_value),
            SortKey::Customer => self.compare_keys(customer(one), customer(other)),
        }
    }

    fn compare_keys<K: Ord>(self, one: Option<K>, other: Option<K>) -> Ordering {
        match (one, other) {
            (Some(one), Some(other)) if self.descending => other.cmp(&one),
            (Some(one), Some(other)) => one.cmp(&other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        }
    }
}

fn due(referral: &Referral) -> Option<Timestamp> {
    Deadline::of(referral).map(|deadline| deadline.at)
}

fn customer(referral: &Referral) -> Option<String> {
    referral.customer_profile.name.as_deref().map(|name| text::decode_entities(name).to_lowercase())
}

/// Referrals put in order here, because the API cannot; holds no more than the limit allows.
#[derive(Debug)]
pub struct Sorter {
    sort: Sort,
    limit: Option<usize>,
    rows: Vec<Referral>,
}

impl Sorter {
    /// None yet; at most `limit` will be kept.
    pub fn new(sort: Sort, limit: Option<usize>) -> Sorter {
        Sorter { sort, limit, rows: Vec::new() }
    }

    /// Takes one more.
    pub fn push(&mut self, referral: Referral) {
        self.rows.push(referral);
        // Sorting now and then keeps the cost per row constant and the memory bounded.
        if self.limit.is_some_and(|limit| self.rows.len() >= 2 * limit + 1_000) {
            self.sort_and_truncate();
        }
    }

    /// All that were kept, in order.
    pub fn finish(mut self) -> Vec<Referral> {
        self.sort_and_truncate();
        self.rows
    }

    fn sort_and_truncate(&mut self) {
        self.rows.sort_by(|one, other| self.sort.compare(one, other));
        self.rows.truncate(self.limit.unwrap_or(usize::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(sort: Sort, rows: &[&str]) -> Vec<String> {
        let mut ranked = Sorter::new(sort, None);
        for row in rows {
            ranked.push(Referral::parse(row).unwrap());
        }
        ranked.finish().into_iter().filter_map(|row| row.id).collect()
    }

    #[test]
    fn the_soonest_deadline_comes_first_and_what_has_none_last() {
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
        let sort = Sort { key: SortKey::Value, descending: false };
        let mut ranked = Sorter::new(sort, Some(3));
        for value in (0..5_000).rev() {
            let row = format!(r#"{{"id":"{value}","details":{{"dealValue":{value}}}}}"#);
            ranked.push(Referral::parse(&row).unwrap());
            assert!(ranked.rows.len() <= 2 * 3 + 1_000);
        }
        let ids: Vec<String> = ranked.finish().into_iter().filter_map(|row| row.id).collect();
        assert_eq!(ids, ["0", "1", "2"]);
    }

    #[test]
    fn every_sort_word_names_its_own_key() {
        let keys = [
            ("created", SortKey::Created),
            ("updated", SortKey::Updated),
            ("deadline", SortKey::Deadline),
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
