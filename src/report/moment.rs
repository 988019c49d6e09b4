//! The time of a report, and the period that it looks back on.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::model::{CareTime, Deadline, DeadlineState, Due, TimeLeft};

/// The present, as the reader has it.
#[derive(Clone, Debug)]
pub struct Moment {
    pub now: Timestamp,
    pub zone: TimeZone,
}

impl Moment {
    pub fn today(&self) -> Date {
        self.now.to_zoned(self.zone.clone()).date()
    }

    pub fn care_time(&self) -> CareTime {
        CareTime { now: self.now, today: self.today() }
    }

    /// The first moment of yesterday.
    pub fn start_of_yesterday(&self) -> Timestamp {
        let start = self.today().yesterday().and_then(|day| day.to_zoned(self.zone.clone()));
        start.map_or(self.now, |start| start.timestamp())
    }

    /// Whether it must be answered by tomorrow, or lacks a date that could be read.
    pub fn is_urgent(&self, deadline: DeadlineState) -> bool {
        match deadline {
            DeadlineState::At(deadline) => self.is_due_by_tomorrow(deadline),
            DeadlineState::Unknown => true,
            _ => false,
        }
    }

    /// Whether the deadline is over, or the last day to answer is today or tomorrow, as people are told of it.
    pub fn is_due_by_tomorrow(&self, deadline: Deadline) -> bool {
        if matches!(deadline.time_left(self.now), TimeLeft::Overdue(_)) {
            return true;
        }
        match deadline.due(&self.zone, self.now) {
            Due::Today(_) | Due::Tonight(_) | Due::Tomorrow(_) => true,
            Due::Day(day) => self.today().checked_add(1.day()).is_ok_and(|last| day <= last),
        }
    }
}

/// What a report looks back on: `from` is included, `until` is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportPeriod {
    pub from: Timestamp,
    /// `None` for a period that is not over.
    pub until: Option<Timestamp>,
}

impl ReportPeriod {
    pub fn contains(&self, time: Timestamp) -> bool {
        time >= self.from && self.until.is_none_or(|until| time < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_tomorrow_goes_by_the_day_that_people_are_told() {
        // Wednesday, nine in the evening.
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let moment = Moment { now: "2026-11-11T20:00:00Z".parse().unwrap(), zone };
        assert_eq!(moment.start_of_yesterday().to_string(), "2026-11-09T23:00:00Z");
        for (at, is_due) in [
            ("2026-11-01T00:00:00Z", true),
            ("2026-11-12T00:00:00Z", true),
            ("2026-11-12T19:00:00Z", true),
            // One o'clock on Friday is told as Thursday.
            ("2026-11-13T00:00:00Z", true),
            ("2026-11-13T10:59:59Z", true),
            ("2026-11-13T11:00:00Z", false),
        ] {
            let deadline = Deadline { at: at.parse().unwrap(), estimated: false, mark: None };
            assert_eq!(moment.is_due_by_tomorrow(deadline), is_due, "{at}");
        }
    }

    #[test]
    fn a_period_has_its_first_moment_and_not_its_last() {
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let from = time("2026-10-01T00:00:00Z");
        let open = ReportPeriod { from, until: None };
        let closed = ReportPeriod { from, until: Some(time("2026-11-01T00:00:00Z")) };
        for (at, in_open, in_closed) in [
            ("2026-09-30T23:59:59Z", false, false),
            ("2026-10-01T00:00:00Z", true, true),
            ("2026-10-31T23:59:59Z", true, true),
            ("2026-11-01T00:00:00Z", true, false),
        ] {
            assert_eq!(
                (open.contains(time(at)), closed.contains(time(at))),
                (in_open, in_closed),
                "{at}"
            );
        }
    }
}
