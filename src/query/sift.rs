//! Decides row by row what belongs to the answer: each referral once, those that match, and no further than needed.

use std::hash::{BuildHasher, RandomState};

use jiff::Timestamp;

use super::{ListRequest, Plan};
use crate::model::Referral;

/// What to do with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sifted {
    /// It belongs to the answer.
    Keep,
    /// It does not match, or came before.
    Drop,
    /// Neither this row nor any after it belongs to the answer.
    Stop,
}

/// Takes the rows of a listing in the order they are received.
pub struct Sift<'p> {
    plan: &'p Plan,
    request: ListRequest,
    seen: SeenIds,
    order: OrderCheck,
    received: usize,
    distinct: usize,
    kept: usize,
    is_past_window: bool,
}

impl<'p> Sift<'p> {
    /// A sift for the rows that answer `request`, one of the plan's.
    pub fn new(plan: &'p Plan, request: ListRequest) -> Sift<'p> {
        Sift {
            plan,
            request,
            seen: SeenIds::default(),
            order: OrderCheck::default(),
            received: 0,
            distinct: 0,
            kept: 0,
            is_past_window: false,
        }
    }

    /// Decides about the next row.
    pub fn push(&mut self, referral: &Referral) -> Sifted {
        if self.is_done() {
            return Sifted::Stop;
        }
        self.received += 1;
        if !self.seen.insert(referral.id.as_deref()) {
            return Sifted::Drop;
        }
        self.distinct += 1;
        let descending = self.plan.received_order().descending;
        self.order.observe(self.plan.sort_timestamp(referral), descending);
        if !self.order.is_broken && self.plan.is_past(referral) {
            self.is_past_window = true;
            return Sifted::Stop;
        }
        if !self.plan.matches(referral, &self.request) {
            return Sifted::Drop;
        }
        self.kept += 1;
        Sifted::Keep
    }

    /// Whether no further row can belong to the answer.
    pub fn is_done(&self) -> bool {
        self.is_past_window || self.remaining() == Some(0)
    }

    /// How many more rows are wanted; `None` where there is no limit, or all rows must be read to sort them here.
    pub fn remaining(&self) -> Option<usize> {
        self.plan.read_at_most().map(|limit| limit.saturating_sub(self.kept))
    }

    /// The number of rows received.
    pub fn received(&self) -> usize {
        self.received
    }

    /// The number of rows received, each referral counted once.
    pub fn distinct(&self) -> usize {
        self.distinct
    }

    /// Whether the rows came in another order than they were requested in.
    pub fn is_disordered(&self) -> bool {
        self.order.is_broken
    }

    /// The request to send when the listing has ended but `$top` may have cut wanted rows in favour of others.
    pub fn retry_without_top(&mut self) -> Option<&ListRequest> {
        let top = self.request.top()?;
        if self.received < top || self.kept >= top {
            return None;
        }
        self.request = self.request.without_top();
        Some(&self.request)
    }
}

/// Whether rows come in the order they were requested in. Only then may reading stop before the last page.
#[derive(Default)]
struct OrderCheck {
    last: Option<Timestamp>,
    is_broken: bool,
}

impl OrderCheck {
    fn observe(&mut self, at: Option<Timestamp>, descending: bool) {
        let Some(at) = at else { return };
        self.is_broken |=
            self.last.is_some_and(|last| if descending { at > last } else { at < last });
        self.last = Some(at);
    }
}

/// The ids seen so far, as hashes: 8 bytes a row, and never more than 16 with the room to grow. Two of a hundred thousand
/// ids share a hash with a chance of one in four thousand million.
struct SeenIds {
    hasher: RandomState,
    /// Sorted, keyed by the hash's first byte; small buckets keep inserts cheap.
    buckets: Vec<Vec<u64>>,
}

impl Default for SeenIds {
    fn default() -> SeenIds {
        SeenIds { hasher: RandomState::default(), buckets: vec![Vec::new(); 256] }
    }
}

impl SeenIds {
    /// Whether the id is new. A row without one always is.
    fn insert(&mut self, id: Option<&str>) -> bool {
        let Some(id) = id else { return true };
        let hash = self.hasher.hash_one(id.to_ascii_lowercase());
        let bucket = &mut self.buckets[usize::from(hash.to_be_bytes()[0])];
        match bucket.binary_search(&hash) {
            Ok(_) => false,
            Err(position) => {
                bucket.insert(position, hash);
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Criterion, ListQuery, Sort, SortKey, Window};
    use super::Sifted::{Drop, Keep, Stop};
    use super::*;
    use crate::model::Status;

    /// Pushes rows given as `id status day` and compares what is decided about each.
    fn check(query: ListQuery, rows: &[(&str, Sifted)]) {
        let plan = Plan::new(query);
        let mut sift = Sift::new(&plan, plan.requests()[0].clone());
        for (text, decision) in rows {
            assert_eq!(sift.push(&row(text)), *decision, "{text}");
        }
    }

    fn row(text: &str) -> Referral {
        let words: Vec<&str> = text.split(' ').collect();
        let [id, status, day] = words[..] else { panic!("id status day, not {text}") };
        let json = format!(
            r#"{{"id":"{id}","status":"{status}","createdDateTime":"2026-11-{day}T00:00:00Z"}}"#
        );
        Referral::parse(&json).unwrap()
    }

    fn new_ones(limit: Option<usize>) -> ListQuery {
        let criteria = vec![Criterion::Status(vec![Status::New])];
        ListQuery { criteria, limit, ..ListQuery::default() }
    }

    fn created_from(day: &str) -> ListQuery {
        let from = Some(format!("2026-11-{day}T00:00:00Z").parse().unwrap());
        let criteria = vec![Criterion::Created(Window { from, until: None })];
        ListQuery { criteria, ..ListQuery::default() }
    }

    #[test]
    fn a_row_is_kept_once_and_only_if_it_matches() {
        check(
            new_ones(None),
            &[("a New 20", Keep), ("b Active 19", Drop), ("A New 20", Drop), ("c New 18", Keep)],
        );
    }

    #[test]
    fn nothing_is_wanted_beyond_the_limit() {
        check(
            new_ones(Some(2)),
            &[("a New 20", Keep), ("b Active 19", Drop), ("c New 18", Keep), ("d New 17", Stop)],
        );
        // Rows that are sorted here must all be read.
        let by_deadline = ListQuery { sort: Sort::by(SortKey::Deadline), ..new_ones(Some(1)) };
        check(by_deadline, &[("a New 20", Keep), ("b New 19", Keep)]);
    }

    #[test]
    fn reading_stops_at_the_end_of_a_window_unless_the_order_was_broken() {
        check(
            created_from("10"),
            &[("a New 12", Keep), ("b New 10", Keep), ("c New 09", Stop), ("d New 12", Stop)],
        );
        check(
            created_from("10"),
            &[("a New 11", Keep), ("b New 12", Keep), ("c New 09", Drop), ("d New 10", Keep)],
        );
    }

    #[test]
    fn rows_cut_by_top_are_asked_for_again_when_others_took_their_place() {
        let plan = Plan::new(new_ones(Some(2)));
        let mut sift = Sift::new(&plan, plan.requests()[0].clone());
        assert_eq!(plan.requests()[0].top(), Some(2));
        sift.push(&row("a New 20"));
        assert!(sift.retry_without_top().is_none(), "fewer rows than asked for are all there are");
        sift.push(&row("b Active 19"));
        assert_eq!(sift.retry_without_top().map(ListRequest::top), Some(None));
        assert!(sift.retry_without_top().is_none(), "only once");
        assert_eq!(sift.push(&row("a New 20")), Drop);
        assert_eq!(sift.push(&row("c New 18")), Keep);
        assert!(sift.is_done());
    }

    #[test]
    fn an_id_is_new_once_in_any_case_and_a_missing_one_always() {
        let mut ids = SeenIds::default();
        for number in 0..10_000 {
            assert!(ids.insert(Some(&format!("A-{number}"))));
        }
        for number in 0..10_000 {
            assert!(!ids.insert(Some(&format!("a-{number}"))));
        }
        assert!(ids.insert(None) && ids.insert(None));
        let bytes: usize = ids.buckets.iter().map(|bucket| 8 * bucket.capacity()).sum();
        assert!(bytes <= 16 * 10_000, "{bytes} bytes");
    }
}
