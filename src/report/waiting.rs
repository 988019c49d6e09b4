//! Figures of what waits for an answer.

use jiff::{SignedDuration, Timestamp};

use super::{Figures, Item, Moment, Tally};
use crate::model::{DeadlineState, Referral, Substatus, TimeLeft};

/// The rows of what must be answered by tomorrow.
const MAX_ITEMS: usize = 8;

#[derive(Debug, Default)]
pub struct Waiting {
    /// The same figures as after `pending` and `expiring`. Those that need no answer are counted in none below.
    pub tally: Tally,
    pub pending: usize,
    pub received: usize,
    pub overdue: DueCount,
    /// Each of the three has those of the one before it, but not the overdue ones.
    pub within_a_day: DueCount,
    pub within_three_days: DueCount,
    pub within_a_week: DueCount,
    /// Those whose deadline is estimated.
    pub estimated: usize,
    /// Created since the first moment of yesterday.
    pub new_since_yesterday: usize,
    pub urgent: Urgent,
}

/// Referrals by deadline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DueCount {
    pub count: usize,
    /// Those whose deadline is estimated.
    pub estimated: usize,
}

/// What must be answered by tomorrow, and what lacks a date that could be read.
#[derive(Debug, Default)]
pub struct Urgent {
    /// All, also those that are not among the items.
    pub count: usize,
    /// The soonest deadlines first; unknown ones last. At most eight.
    pub items: Vec<Item>,
}

impl Waiting {
    /// Adds a referral that is incoming and New.
    pub fn add(&mut self, referral: &Referral, moment: &Moment) {
        self.tally.add(&Figures::of(referral), moment.now);
        let deadline = DeadlineState::of(referral);
        if referral.needs_no_answer() || deadline == DeadlineState::Answered {
            return;
        }
        match referral.substatus {
            Some(Substatus::Pending) => self.pending += 1,
            Some(Substatus::Received) => self.received += 1,
            _ => {}
        }
        let yesterday = moment.start_of_yesterday();
        self.new_since_yesterday +=
            usize::from(referral.created.time().is_some_and(|created| created >= yesterday));
        self.count_due(deadline, moment.now);
        if moment.is_urgent(deadline) {
            self.urgent.add(referral, deadline);
        }
    }

    fn count_due(&mut self, deadline: DeadlineState, now: Timestamp) {
        let DeadlineState::At(deadline) = deadline else { return };
        self.estimated += usize::from(deadline.estimated);
        let left = match deadline.time_left(now) {
            TimeLeft::Overdue(_) => return self.overdue.add(deadline.estimated),
            TimeLeft::Ahead(left) => left,
        };
        for (hours, due) in [
            (24, &mut self.within_a_day),
            (72, &mut self.within_three_days),
            (7 * 24, &mut self.within_a_week),
        ] {
            if left < SignedDuration::from_hours(hours) {
                due.add(deadline.estimated);
            }
        }
    }
}

impl DueCount {
    fn add(&mut self, is_estimated: bool) {
        self.count += 1;
        self.estimated += usize::from(is_estimated);
    }
}

impl Urgent {
    fn add(&mut self, referral: &Referral, deadline: DeadlineState) {
        self.count += 1;
        let key = sort_key(deadline, referral.id.as_deref().unwrap_or_default());
        let place = self.items.partition_point(|item| sort_key(item.deadline, &item.id) <= key);
        if place < MAX_ITEMS {
            self.items.insert(place, Item::of(referral));
            self.items.truncate(MAX_ITEMS);
        }
    }
}

fn sort_key(deadline: DeadlineState, id: &str) -> (Timestamp, &str) {
    let at = match deadline {
        DeadlineState::At(deadline) => deadline.at,
        _ => Timestamp::MAX,
    };
    (at, id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    fn moment() -> Moment {
        Moment { now: "2026-11-21T12:00:00Z".parse().unwrap(), zone: TimeZone::UTC }
    }

    /// Rows written as `id substatus expiration`.
    fn waiting(rows: &[(&str, &str, &str)]) -> Waiting {
        let mut waiting = Waiting::default();
        for (id, substatus, expiration) in rows {
            let json = format!(
                r#"{{"id":"{id}","status":"New","substatus":"{substatus}",
                "createdDateTime":"2026-11-20T00:00:00Z","expirationDateTime":{expiration}}}"#
            );
            waiting.add(&Referral::parse(&json).unwrap(), &moment());
        }
        waiting
    }

    #[test]
    fn what_waits_is_split_by_substatus_and_by_the_time_left() {
        let waiting = waiting(&[
            ("a", "Pending", "\"2026-11-21T12:00:00Z\""),
            ("b", "Pending", "\"2026-11-22T11:59:59Z\""),
            ("c", "Received", "\"2026-11-22T12:00:00Z\""),
            ("d", "Pending", "\"2026-11-24T12:00:00Z\""),
            ("e", "Odd", "\"2026-11-28T12:00:00Z\""),
            ("f", "Pending", "null"),
            ("g", "Pending", "\"9999-12-31T00:00:00Z\""),
            ("h", "Pending", "5"),
        ]);
        let counts = |due: DueCount| (due.count, due.estimated);
        assert_eq!((waiting.pending, waiting.received), (6, 1));
        assert_eq!(counts(waiting.overdue), (1, 0));
        assert_eq!(counts(waiting.within_a_day), (1, 0));
        assert_eq!(counts(waiting.within_three_days), (2, 0));
        assert_eq!(counts(waiting.within_a_week), (3, 0));
        assert_eq!(waiting.tally.unanswered.count(), 8);
        assert_eq!(waiting.new_since_yesterday, 8);
        let ids: Vec<&str> = waiting.urgent.items.iter().map(|item| &*item.id).collect();
        assert_eq!(ids, ["a", "b", "c", "h"]);
    }

    #[test]
    fn of_many_that_are_urgent_the_eight_soonest_are_kept() {
        let ids: Vec<String> = (0..50).map(|number| format!("{:02}", number * 7 % 50)).collect();
        let times: Vec<String> =
            ids.iter().map(|id| format!("\"2026-11-21T13:{id}:00Z\"")).collect();
        let rows: Vec<(&str, &str, &str)> = ids
            .iter()
            .zip(&times)
            .map(|(id, time)| (id.as_str(), "Pending", time.as_str()))
            .collect();
        let urgent = waiting(&rows).urgent;
        let ids: Vec<&str> = urgent.items.iter().map(|item| &*item.id).collect();
        assert_eq!(ids, ["00", "01", "02", "03", "04", "05", "06", "07"]);
        assert_eq!(urgent.count, 50);
    }

    #[test]
    fn what_needs_no_answer_is_counted_apart_and_is_never_urgent() {
        let json = r#"{"status":"New","substatus":"Pending","callToAction":"FreeTrial",
            "expirationDateTime":"2026-11-21T13:00:00Z"}"#;
        let mut waiting = Waiting::default();
        waiting.add(&Referral::parse(json).unwrap(), &moment());
        assert_eq!((waiting.tally.no_answer_needed, waiting.tally.unanswered.count()), (1, 0));
        assert_eq!((waiting.pending, waiting.urgent.count), (0, 0));
        assert_eq!(waiting.within_a_day, DueCount::default());
    }
}
