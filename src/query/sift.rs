//! Selects the rows that belong to the result: each referral once, if it matches, and no more than the limit.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::mem::take;

use jiff::Timestamp;

use super::{Criterion, Judgement, ListRequest, Plan};
use crate::model::Referral;

/// So many rows are in order by chance in one of 3,000,000 listings.
const MIN_ORDERED_ROWS: usize = 10;

/// The decision about a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sifted {
    Keep,
    /// It does not match, or is a duplicate.
    Drop,
    /// Neither this row nor any after it belongs to the result.
    Stop,
}

/// Filters the rows of one listing, in the order they are received.
pub struct Sift<'p> {
    plan: &'p Plan,
    request: ListRequest,
    seen: SeenIds,
    order: OrderCheck,
    received: usize,
    distinct: usize,
    kept: usize,
    /// The numbers of rows that lack a value, by its name.
    left_out: BTreeMap<&'static str, usize>,
    /// The number of rows of the page, without duplicates.
    page_rows: usize,
    /// Those of them that are past the end of a window.
    page_rows_past_window: usize,
    is_past_window: bool,
}

impl<'p> Sift<'p> {
    /// For the rows of `request`, one of the plan's requests.
    pub fn new(plan: &'p Plan, request: ListRequest) -> Sift<'p> {
        Sift {
            plan,
            request,
            seen: SeenIds::default(),
            order: OrderCheck::default(),
            received: 0,
            distinct: 0,
            kept: 0,
            left_out: BTreeMap::new(),
            page_rows: 0,
            page_rows_past_window: 0,
            is_past_window: false,
        }
    }

    /// A row without a status gets the one that the API was asked for.
    pub fn push(&mut self, referral: &mut Referral) -> Sifted {
        if self.is_done() {
            return Sifted::Stop;
        }
        self.received += 1;
        if !self.seen.insert(referral.id.as_deref()) {
            return Sifted::Drop;
        }
        self.distinct += 1;
        let descending = self.plan.query().requested_sort().descending;
        self.order.observe(self.plan.sort_timestamp(referral), descending);
        self.page_rows += 1;
        self.page_rows_past_window += usize::from(self.plan.is_past_window(referral));
        referral.assumed_status = self.plan.assumed_status(&self.request).cloned();
        match self.plan.judge(referral, &self.request) {
            Judgement::Match => {
                self.kept += 1;
                return Sifted::Keep;
            }
            Judgement::Mismatch => {}
            Judgement::Lacks(criterion) => {
                *self.left_out.entry(criterion.value_name(referral)).or_default() += 1;
            }
        }
        Sifted::Drop
    }

    /// To be called after the rows of each page. A whole page past the end of a window is the last one that is read, if
    /// the rows have been in order so far: a single row may be where it is because the API does not sort.
    pub fn end_page(&mut self) {
        let (rows, past) = (take(&mut self.page_rows), take(&mut self.page_rows_past_window));
        self.is_past_window |= rows > 0 && rows == past && self.order.holds();
    }

    /// The numbers of rows that were dropped because they lack a value, by its name.
    pub fn left_out(&self) -> &BTreeMap<&'static str, usize> {
        &self.left_out
    }

    /// Whether the API leaves out the rows without a team, so that they are not counted.
    pub fn is_seller_sent(&self) -> bool {
        self.plan.sends(&self.request, |criterion| matches!(criterion, Criterion::Seller(_)))
    }

    /// Whether no further row can belong to the result.
    pub fn is_done(&self) -> bool {
        self.is_past_window || self.remaining() == Some(0)
    }

    /// The number of rows left until the limit; `None` if all rows must be read.
    pub fn remaining(&self) -> Option<usize> {
        self.plan.read_limit().map(|limit| limit.saturating_sub(self.kept))
    }

    /// Includes duplicates.
    pub fn received(&self) -> usize {
        self.received
    }

    /// The number of rows received, without duplicates.
    pub fn distinct(&self) -> usize {
        self.distinct
    }

    /// Whether the rows are not in the requested order.
    pub fn is_disordered(&self) -> bool {
        self.order.is_broken
    }

    /// The request to send when the listing has ended, but `$top` may have cut matching rows because others did not match.
    pub fn retry_without_top(&mut self) -> Option<&ListRequest> {
        let top = self.request.top()?;
        if self.received < top || self.kept >= top {
            return None;
        }
        self.request = self.request.without_top();
        Some(&self.request)
    }
}

/// Checks that the rows are in the requested order. Only then may reading stop before the last page.
#[derive(Default)]
struct OrderCheck {
    last: Option<Timestamp>,
    /// The number of rows that come after one of another time, as requested.
    ordered: usize,
    is_broken: bool,
}

impl OrderCheck {
    fn observe(&mut self, time: Option<Timestamp>, descending: bool) {
        let Some(time) = time else { return };
        if let Some(last) = self.last.replace(time) {
            self.ordered += usize::from(time != last);
            self.is_broken |= if descending { time > last } else { time < last };
        }
    }

    fn holds(&self) -> bool {
        self.ordered >= MIN_ORDERED_ROWS && !self.is_broken
    }
}

/// The ids seen so far, as hashes of 8 bytes; at most 16 bytes a row with spare capacity. For 100,000 ids, the
/// probability of a collision is 1 in 4 × 10⁹.
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
    /// Whether the id is new. A row without an id always is.
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
    use super::super::{ListQuery, Sort, SortKey, Window};
    use super::Sifted::{Drop, Keep, Stop};
    use super::*;
    use crate::model::Status;

    /// Pushes rows written as `id status day` and compares the decisions.
    fn check(query: ListQuery, rows: &[(&str, Sifted)]) {
        let plan = Plan::new(query);
        let mut sift = Sift::new(&plan, plan.requests()[0].clone());
        for (text, decision) in rows {
            assert_eq!(sift.push(&mut row(text)), *decision, "{text}");
        }
    }

    fn row(text: &str) -> Referral {
        let words: Vec<&str> = text.split(' ').collect();
        let [id, status, day] = words[..] else { panic!("not `id status day`: {text}") };
        let json = format!(
            r#"{{"id":"{id}","status":"{status}","createdDateTime":"2026-11-{day}T00:00:00Z"}}"#
        );
        Referral::parse(&json).unwrap()
    }

    fn status_new(limit: Option<usize>) -> ListQuery {
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
            status_new(None),
            &[("a New 20", Keep), ("b Active 19", Drop), ("A New 20", Drop), ("c New 18", Keep)],
        );
    }

    #[test]
    fn a_row_that_lacks_a_value_is_left_out_and_counted_where_the_api_was_not_asked() {
        let customer = Criterion::Customer(vec!["x".to_owned()]);
        let criteria = vec![Criterion::Status(vec![Status::New]), customer];
        let plan = Plan::new(ListQuery { criteria, ..ListQuery::default() });
        let mut sift = Sift::new(&plan, plan.requests()[0].clone());
        for (json, decision) in [
            (r#"{"customerProfile":{"name":"X"}}"#, Keep),
            (r#"{"status":"New"}"#, Drop),
            (r#"{"status":"Active"}"#, Drop),
            ("{}", Drop),
        ] {
            let mut row = Referral::parse(json).unwrap();
            assert_eq!(sift.push(&mut row), decision, "{json}");
            assert!(row.known_status().is_some(), "{json}");
        }
        assert_eq!(sift.left_out().iter().collect::<Vec<_>>(), [(&"customer name", &2)]);
    }

    #[test]
    fn reading_stops_at_the_limit() {
        check(
            status_new(Some(2)),
            &[("a New 20", Keep), ("b Active 19", Drop), ("c New 18", Keep), ("d New 17", Stop)],
        );
        // Rows that are sorted locally must all be read.
        let by_deadline = ListQuery { sort: Sort::by(SortKey::Deadline), ..status_new(Some(1)) };
        check(by_deadline, &[("a New 20", Keep), ("b New 19", Keep)]);
    }

    /// Pushes pages of rows created on these days, and returns on which page reading ends.
    fn read_pages(query: ListQuery, pages: &[Vec<u32>]) -> Option<usize> {
        let plan = Plan::new(query);
        let mut sift = Sift::new(&plan, plan.requests()[0].clone());
        pages.iter().enumerate().find_map(|(number, page)| {
            for (index, day) in page.iter().enumerate() {
                sift.push(&mut row(&format!("{number}-{index} New {day:02}")));
            }
            sift.end_page();
            sift.is_done().then_some(number)
        })
    }

    #[test]
    fn reading_stops_after_a_whole_page_past_a_window_in_an_order_that_has_held() {
        let days = |from: u32, to: u32| (to..=from).rev().collect::<Vec<u32>>();
        let cases = [
            (vec![days(28, 16), days(9, 8), days(7, 6)], Some(1)),
            (vec![days(28, 8), days(7, 6), days(5, 4)], Some(1)),
            (vec![days(12, 1), vec![29]], None),
            (vec![days(28, 16), vec![], vec![29]], None),
            // Out of order.
            (vec![vec![11, 12], days(28, 16), days(9, 8)], None),
            (vec![days(28, 16), vec![8, 9], vec![29]], None),
            // A few rows, or those of the same time, may be in any order.
            (vec![vec![9], vec![29]], None),
            (vec![days(9, 1), vec![29]], None),
            (vec![vec![9; 50], vec![29]], None),
        ];
        for (pages, end) in cases {
            assert_eq!(read_pages(created_from("10"), &pages), end, "{pages:?}");
        }
    }

    #[test]
    fn rows_are_counted_with_and_without_duplicates() {
        let plan = Plan::new(status_new(None));
        let mut sift = Sift::new(&plan, plan.requests()[0].clone());
        for text in ["a New 20", "b Active 19", "A New 20", "c New 18"] {
            sift.push(&mut row(text));
        }
        assert_eq!((sift.received(), sift.distinct()), (4, 3));
    }

    #[test]
    fn rows_are_out_of_order_when_one_belongs_before_the_one_it_follows() {
        for (days, newest_first, oldest_first) in [
            (&[20, 20, 19][..], false, true),
            (&[19, 20, 20], true, false),
            (&[20, 19, 21], true, true),
            (&[20, 20], false, false),
        ] {
            for (descending, is_disordered) in [(true, newest_first), (false, oldest_first)] {
                let sort = Sort { key: SortKey::Created, descending };
                let plan = Plan::new(ListQuery { sort, ..status_new(None) });
                let mut sift = Sift::new(&plan, plan.requests()[0].clone());
                for (index, day) in days.iter().enumerate() {
                    sift.push(&mut row(&format!("{index} New {day}")));
                }
                assert_eq!(sift.is_disordered(), is_disordered, "{days:?} {sort:?}");
            }
        }
    }

    #[test]
    fn rows_cut_by_top_are_requested_again_when_others_did_not_match() {
        let plan = Plan::new(status_new(Some(2)));
        let mut sift = Sift::new(&plan, plan.requests()[0].clone());
        assert_eq!(plan.requests()[0].top(), Some(2));
        sift.push(&mut row("a New 20"));
        assert!(sift.retry_without_top().is_none(), "fewer rows than `$top` are all rows");
        sift.push(&mut row("b Active 19"));
        assert_eq!(sift.retry_without_top().map(ListRequest::top), Some(None));
        assert!(sift.retry_without_top().is_none(), "only once");
        assert_eq!(sift.push(&mut row("a New 20")), Drop);
        assert_eq!(sift.push(&mut row("c New 18")), Keep);
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
