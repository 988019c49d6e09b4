//! Until when a referral has to be answered (API §4.3). Only `New` referrals have a deadline; without a date from the
//! API it is estimated.

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};

use super::{DateValue, Referral, Status, Substatus};

/// The time to answer where the API gives no date (API §4.3: "currently 14 days").
const DAYS_TO_ANSWER: i64 = 14;

/// The hour at which a night ends.
const END_OF_NIGHT: i8 = 6;

/// When an unanswered referral is archived as expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline {
    pub at: Timestamp,
    /// Whether `at` is estimated because the API gave no date.
    pub estimated: bool,
    pub mark: Option<DeadlineMark>,
}

/// What a reader of the deadline has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeadlineMark {
    /// The substatus is `Received`, which is documented less well than `Pending` (API §4.1).
    Received,
    /// See [`Referral::needs_no_answer`].
    NoAnswerNeeded,
}

/// What is known of a referral's deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadlineState {
    /// It is answered, or has no status.
    Answered,
    At(Deadline),
    /// It does not lapse.
    Never,
    /// It is for information (API §4.7), and the API gives no date.
    NoAnswerNeeded,
    /// It is `New`, but neither its deadline nor its creation has a date that can be read.
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeLeft {
    Ahead(SignedDuration),
    /// The time since the deadline of a referral that is still `New`.
    Overdue(SignedDuration),
}

/// Decides the colour in tables and the count in the summary of `expiring`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    Overdue,
    /// Less than 24 hours are left.
    Today,
    /// Less than 72 hours are left.
    Soon,
}

/// How people are told of a deadline: by the clock where it is near, else by the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    Today(Time),
    /// In the night that follows this day.
    Tonight(Time),
    /// Within 24 hours, on the next day.
    Tomorrow(DateTime),
    Day(Date),
}

impl DeadlineState {
    pub fn of(referral: &Referral) -> DeadlineState {
        if referral.known_status() != Some(&Status::New) {
            return DeadlineState::Answered;
        }
        let mark = if referral.needs_no_answer() {
            Some(DeadlineMark::NoAnswerNeeded)
        } else if referral.substatus == Some(Substatus::Received) {
            Some(DeadlineMark::Received)
        } else {
            None
        };
        let estimate = || referral.created.time().and_then(estimate_deadline);
        match referral.expiration {
            DateValue::At(at) => DeadlineState::At(Deadline { at, estimated: false, mark }),
            DateValue::Never => DeadlineState::Never,
            _ if mark == Some(DeadlineMark::NoAnswerNeeded) => DeadlineState::NoAnswerNeeded,
            DateValue::Unreadable => DeadlineState::Unknown,
            DateValue::Missing => estimate().map_or(DeadlineState::Unknown, |at| {
                DeadlineState::At(Deadline { at, estimated: true, mark })
            }),
        }
    }
}

/// The earlier reading of "14 days": the start of the UTC day.
fn estimate_deadline(created: Timestamp) -> Option<Timestamp> {
    let day = created.to_zoned(TimeZone::UTC).start_of_day().ok()?;
    Some(day.checked_add(DAYS_TO_ANSWER.days()).ok()?.timestamp())
}

impl Deadline {
    /// `None` if no answer is needed, or no deadline is known.
    pub fn of(referral: &Referral) -> Option<Deadline> {
        match DeadlineState::of(referral) {
            DeadlineState::At(deadline) => Some(deadline),
            DeadlineState::Answered
            | DeadlineState::Never
            | DeadlineState::NoAnswerNeeded
            | DeadlineState::Unknown => None,
        }
    }

    /// A deadline that is exactly `now` is overdue.
    pub fn time_left(self, now: Timestamp) -> TimeLeft {
        let left = self.at.duration_since(now);
        if left.is_positive() { TimeLeft::Ahead(left) } else { TimeLeft::Overdue(-left) }
    }

    /// In local time, and never after the deadline. A deadline at one o'clock on Friday belongs to Thursday, so that nobody
    /// takes it for having Friday: the day is that of the moment twelve hours before.
    pub fn due(self, zone: &TimeZone, now: Timestamp) -> Due {
        let local = |time: Timestamp| time.to_zoned(zone.clone()).datetime();
        let (at, today) = (local(self.at), local(now).date());
        let is_near = match self.time_left(now) {
            TimeLeft::Ahead(left) => left < SignedDuration::from_hours(24),
            TimeLeft::Overdue(_) => at.date() == today,
        };
        if !is_near {
            let before = self.at.checked_sub(SignedDuration::from_hours(12));
            return Due::Day(local(before.unwrap_or(self.at)).date());
        }
        match at.date() {
            day if day == today => Due::Today(at.time()),
            _ if at.hour() < END_OF_NIGHT => Due::Tonight(at.time()),
            _ => Due::Tomorrow(at),
        }
    }

    /// `None` when 72 hours or more are left, or no answer is needed.
    pub fn urgency(self, now: Timestamp) -> Option<Urgency> {
        if self.mark == Some(DeadlineMark::NoAnswerNeeded) {
            return None;
        }
        match self.time_left(now) {
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
        let actual = Deadline::of(&Referral::parse(json).unwrap());
        let actual = actual.map(|d| (d.at.to_string(), d.estimated));
        assert_eq!(actual, deadline.map(|(at, estimated)| (at.to_owned(), estimated)), "{json}");
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
    fn a_zero_is_estimated_an_end_is_never_and_what_cannot_be_read_is_unknown() {
        let estimate = "2018-11-13T00:00:00Z".parse().unwrap();
        let estimated = DeadlineState::At(Deadline { at: estimate, estimated: true, mark: None });
        let created = r#""createdDateTime":"2018-10-30T21:03:00Z","#;
        for (created, expiration, state) in [
            (created, r#""0001-01-01T00:00:00Z""#, estimated),
            (created, r#""""#, estimated),
            (created, r#""9999-12-31T23:59:59Z""#, DeadlineState::Never),
            (created, r#""12/4/2026""#, DeadlineState::Unknown),
            (created, "1543449600", DeadlineState::Unknown),
            (created, "{}", DeadlineState::Unknown),
            ("", "null", DeadlineState::Unknown),
            (r#""createdDateTime":"0001-01-01T00:00:00Z","#, "null", DeadlineState::Unknown),
        ] {
            let json = format!(r#"{{"status":"New",{created}"expirationDateTime":{expiration}}}"#);
            assert_eq!(DeadlineState::of(&Referral::parse(&json).unwrap()), state, "{json}");
        }
    }

    #[test]
    fn a_passed_deadline_is_overdue_never_negative() {
        let deadline =
            Deadline { at: "2026-11-13T00:00:00Z".parse().unwrap(), estimated: false, mark: None };
        let left = |now: &str| deadline.time_left(now.parse().unwrap());
        assert_eq!(left("2026-11-12T22:00:00Z"), TimeLeft::Ahead(SignedDuration::from_hours(2)));
        assert_eq!(left("2026-11-13T00:00:00Z"), TimeLeft::Overdue(SignedDuration::ZERO));
        assert_eq!(left("2026-11-14T00:00:00Z"), TimeLeft::Overdue(SignedDuration::from_hours(24)));
    }

    #[test]
    fn a_near_deadline_is_told_by_the_clock_and_any_other_by_the_day_that_is_left() {
        let (time, day) = (|text: &str| text.parse().unwrap(), |text: &str| text.parse().unwrap());
        // Wednesday noon in Los Angeles, nine in the evening in Berlin, five on Thursday morning in Tokyo.
        let now = "2026-11-11T20:00:00Z".parse().unwrap();
        let [pacific, berlin, tokyo] = ["America/Los_Angeles", "Europe/Berlin", "Asia/Tokyo"];
        for (at, zone, due) in [
            ("2026-11-12T00:00:00Z", pacific, Due::Today(time("16:00:00"))),
            ("2026-11-12T00:00:00Z", berlin, Due::Tonight(time("01:00:00"))),
            ("2026-11-12T00:00:00Z", tokyo, Due::Today(time("09:00:00"))),
            ("2026-11-12T08:00:00Z", pacific, Due::Tonight(time("00:00:00"))),
            ("2026-11-12T13:59:59Z", pacific, Due::Tonight(time("05:59:59"))),
            (
                "2026-11-12T14:00:00Z",
                pacific,
                Due::Tomorrow("2026-11-12T06:00:00".parse().unwrap()),
            ),
            ("2026-11-12T19:59:59Z", tokyo, Due::Tonight(time("04:59:59"))),
            ("2026-11-12T20:00:00Z", tokyo, Due::Day(day("2026-11-12"))),
            ("2026-11-13T00:00:00Z", pacific, Due::Day(day("2026-11-12"))),
            ("2026-11-13T00:00:00Z", berlin, Due::Day(day("2026-11-12"))),
            ("2026-11-13T00:00:00Z", tokyo, Due::Day(day("2026-11-12"))),
            ("2026-11-14T03:00:00Z", tokyo, Due::Day(day("2026-11-14"))),
            ("2026-11-11T08:00:00Z", pacific, Due::Today(time("00:00:00"))),
            ("2026-11-11T07:59:59Z", pacific, Due::Day(day("2026-11-10"))),
            ("2026-11-11T00:00:00Z", berlin, Due::Today(time("01:00:00"))),
        ] {
            let deadline = Deadline { at: at.parse().unwrap(), estimated: false, mark: None };
            let zone = TimeZone::get(zone).unwrap();
            assert_eq!(deadline.due(&zone, now), due, "{at} {zone:?}");
        }
        let first = Deadline { at: Timestamp::MIN, estimated: false, mark: None };
        first.due(&TimeZone::UTC, now);
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
            let deadline = Deadline { at: at.parse().unwrap(), estimated: false, mark: None };
            assert_eq!(deadline.urgency(now), urgency, "{at}");
        }
    }

    #[test]
    fn what_needs_no_answer_has_no_deadline_but_that_of_the_api_and_is_never_urgent() {
        let state = |action: &str, due: &str| {
            let json = format!(
                r#"{{"status":"New","createdDateTime":"2018-10-30","callToAction":"{action}","expirationDateTime":{due}}}"#
            );
            DeadlineState::of(&Referral::parse(&json).unwrap())
        };
        for action in ["GetItNow", "Get it now", "INS", "free-trial", "Test_Drive"] {
            for due in ["null", r#""0001-01-01""#, r#""soon""#] {
                assert_eq!(state(action, due), DeadlineState::NoAnswerNeeded, "{action} {due}");
            }
            let DeadlineState::At(deadline) = state(action, r#""2018-11-06""#) else {
                panic!("{action}");
            };
            assert_eq!(deadline.mark, Some(DeadlineMark::NoAnswerNeeded));
            assert_eq!(deadline.urgency("2018-11-07T00:00:00Z".parse().unwrap()), None);
        }
        for action in ["ContactMe", "Contact me", "Insight", "", "FreeTrialExtended"] {
            assert!(matches!(state(action, "null"), DeadlineState::At(_)), "{action}");
        }
        let received = r#"{"status":"New","substatus":"Received","createdDateTime":"2018-10-30"}"#;
        let deadline = Deadline::of(&Referral::parse(received).unwrap()).unwrap();
        assert_eq!(deadline.mark, Some(DeadlineMark::Received));
    }
}
