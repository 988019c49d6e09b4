//! When an answer is due (API §4.3): the API's date wins, an estimate is marked, only `New` needs an answer.

use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};

use super::{Referral, Status};

/// The window for an answer where the API gives no date (API §4.3: "currently 14 days").
const WINDOW_DAYS: i64 = 14;

/// The moment after which an unanswered referral is archived as expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline {
    /// The moment, UTC.
    pub at: Timestamp,
    /// Whether the moment is computed because the API gave none.
    pub estimated: bool,
}

/// How far away a deadline is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeLeft {
    /// It lies ahead by this much.
    Ahead(SignedDuration),
    /// It has passed by this much, and the referral is still `New`.
    Overdue(SignedDuration),
}

/// How urgent a deadline is: the colours of tables and the count of `expiring` follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// The date has passed.
    Overdue,
    /// Less than 24 hours are left.
    Today,
    /// Less than 72 hours are left.
    Soon,
}

impl Deadline {
    /// The deadline of `referral`, or `None` where no answer is needed or nothing is known.
    pub fn of(referral: &Referral) -> Option<Deadline> {
        if referral.status != Some(Status::New) {
            return None;
        }
        if let Some(at) = referral.expiration {
            return Some(Deadline { at, estimated: false });
        }
        let day = referral.created?.to_zoned(TimeZone::UTC).start_of_day().ok()?;
        let at = day.checked_add(WINDOW_DAYS.days()).ok()?.timestamp();
        Some(Deadline { at, estimated: true })
    }

    /// How far away it is at `now`. The very moment counts as passed.
    pub fn left(self, now: Timestamp) -> TimeLeft {
        let left = self.at.duration_since(now);
        if left.is_positive() { TimeLeft::Ahead(left) } else { TimeLeft::Overdue(-left) }
    }

    /// How urgent it is at `now`; `None` where 72 hours or more are left.
    pub fn urgency(self, now: Timestamp) -> Option<Urgency> {
        match self.left(now) {
            TimeLeft::Overdue(_) => Some(Urgency::Overdue),
            TimeLeft::Ahead(left) if left < SignedDuration::from_hours(24) => Some(Urgency::Today),
            TimeLeft::Ahead(left) if left < SignedDuration::from_hours(72) => Some(Urgency::Soon),
            TimeLeft::Ahead(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, deadline: Option<(&str, bool)>) {
        let found = Deadline::of(&Referral::parse(json).unwrap());
        let found = found.map(|d| (d.at.to_string(), d.estimated));
        assert_eq!(found, deadline.map(|(at, estimated)| (at.to_owned(), estimated)), "{json}");
    }

    #[test]
    fn the_api_date_wins_an_estimate_is_marked_and_only_new_needs_an_answer() {
        check(
            r#"{"status":"New","createdDateTime":"2018-10-29T21:24:00Z","expirationDateTime":"2018-11-06T00:00:00Z"}"#,
            Some(("2018-11-06T00:00:00Z", false)),
        );
        check(
            r#"{"status":"New","createdDateTime":"2018-10-30T21:03:00Z","expirationDateTime":null}"#,
            Some(("2018-11-13T00:00:00Z", true)),
        );
        check(
            r#"{"status":"new","createdDateTime":"2018-10-30T23:59:59-10:00"}"#,
            Some(("2018-11-14T00:00:00Z", true)),
        );
        check(r#"{"status":"Active","expirationDateTime":"2018-11-06T00:00:00Z"}"#, None);
        check(r#"{"status":"Closed","createdDateTime":"2018-10-30T21:03:00Z"}"#, None);
        check(r#"{"createdDateTime":"2018-10-30T21:03:00Z"}"#, None);
        check(r#"{"status":"New"}"#, None);
    }

    #[test]
    fn a_passed_deadline_is_overdue_never_negative() {
        let deadline = Deadline { at: "2026-11-13T00:00:00Z".parse().unwrap(), estimated: false };
        let left = |now: &str| deadline.left(now.parse().unwrap());
        assert_eq!(left("2026-11-12T22:00:00Z"), TimeLeft::Ahead(SignedDuration::from_hours(2)));
        assert_eq!(left("2026-11-13T00:00:00Z"), TimeLeft::Overdue(SignedDuration::ZERO));
        assert_eq!(left("2026-11-14T00:00:00Z"), TimeLeft::Overdue(SignedDuration::from_hours(24)));
    }

    #[test]
    fn urgency_begins_three_days_and_one_day_ahead() {
        let now = "2026-11-11T20:00:00Z".parse().unwrap();
        let cases = [
            ("2026-11-11T20:00:00Z", Some(Urgency::Overdue)),
            ("2026-11-11T20:00:01Z", Some(Urgency::Today)),
            ("2026-11-12T19:59:59Z", Some(Urgency::Today)),
            ("2026-11-12T20:00:00Z", Some(Urgency::Soon)),
            ("2026-11-14T19:59:59Z", Some(Urgency::Soon)),
            ("2026-11-14T20:00:00Z", None),
        ];
        for (at, urgency) in cases {
            let deadline = Deadline { at: at.parse().unwrap(), estimated: false };
            assert_eq!(deadline.urgency(now), urgency, "{at}");
        }
    }
}
