//! How many were answered and lapsed in each week or month of a period.

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::results::Answer;
use super::{Moment, ReportPeriod};

/// Periods that are longer are told by months.
const MAX_WEEKLY: SignedDuration = SignedDuration::from_hours(27 * 7 * 24);

/// The last steps of a long period; more would be too narrow to be seen.
const MAX_STEPS: usize = 60;

#[derive(Debug, Default)]
pub struct Timeline(BTreeMap<Date, StepCounts>);

/// What happened in a week or month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepCounts {
    pub accepted: usize,
    pub declined: usize,
    pub lapsed: usize,
}

/// A week or month by its first day, in the reader's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub first: Date,
    pub counts: StepCounts,
}

impl Timeline {
    pub(super) fn add(
        &mut self,
        answer: Answer,
        at: Timestamp,
        period: ReportPeriod,
        moment: &Moment,
    ) {
        let day = at.to_zoned(moment.zone.clone()).date();
        let counts = self.0.entry(first_day(day, is_weekly(period, moment))).or_default();
        *match answer {
            Answer::Accepted => &mut counts.accepted,
            Answer::Declined => &mut counts.declined,
            Answer::Lapsed => &mut counts.lapsed,
        } += 1;
    }

    /// The steps of the period without a gap, the last sixty at most.
    pub fn steps(&self, period: ReportPeriod, moment: &Moment) -> Vec<Step> {
        let is_weekly = is_weekly(period, moment);
        let last = end_of(period, moment).checked_sub(SignedDuration::from_secs(1));
        let day = |time: Timestamp| time.to_zoned(moment.zone.clone()).date();
        let mut first = first_day(day(last.unwrap_or(moment.now)), is_weekly);
        let start = first_day(day(period.from), is_weekly);
        let mut steps = Vec::new();
        while first >= start && steps.len() < MAX_STEPS {
            let counts = self.0.get(&first).copied().unwrap_or_default();
            steps.push(Step { first, counts });
            let before = if is_weekly { 7.days() } else { 1.month() };
            let Ok(earlier) = first.checked_sub(before) else { break };
            first = earlier;
        }
        steps.reverse();
        steps
    }

    /// Of all steps.
    pub fn sums(&self) -> StepCounts {
        let mut sums = StepCounts::default();
        for StepCounts { accepted, declined, lapsed } in self.0.values() {
            sums.accepted += accepted;
            sums.declined += declined;
            sums.lapsed += lapsed;
        }
        sums
    }
}

/// Whether the period is told by weeks.
pub fn is_weekly(period: ReportPeriod, moment: &Moment) -> bool {
    end_of(period, moment).duration_since(period.from) <= MAX_WEEKLY
}

fn end_of(period: ReportPeriod, moment: &Moment) -> Timestamp {
    period.until.unwrap_or(moment.now)
}

/// Weeks start on Monday.
fn first_day(day: Date, is_weekly: bool) -> Date {
    if !is_weekly {
        return day.first_of_month();
    }
    let days = day.weekday().since(Weekday::Monday);
    day.checked_sub(i64::from(days).days()).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    fn check(from: &str, until: Option<&str>, expected: &[&str]) {
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let moment = Moment {
            now: time("2026-11-21T12:00:00Z"),
            zone: TimeZone::get("America/Los_Angeles").unwrap(),
        };
        let period = ReportPeriod { from: time(from), until: until.map(time) };
        let mut timeline = Timeline::default();
        // Sunday evening in Los Angeles.
        timeline.add(Answer::Lapsed, time("2026-11-16T03:00:00Z"), period, &moment);
        let steps = timeline.steps(period, &moment);
        let steps: Vec<String> =
            steps.iter().map(|step| format!("{} {}", step.first, step.counts.lapsed)).collect();
        assert_eq!(steps, expected, "{from}");
    }

    #[test]
    fn a_period_has_weeks_from_monday_on_without_a_gap() {
        check("2026-11-04T00:00:00Z", None, &["2026-11-02 0", "2026-11-09 1", "2026-11-16 0"]);
        // Midnight of a Monday, and before that of another.
        let until = Some("2026-11-16T08:00:00Z");
        check("2026-11-02T08:00:00Z", until, &["2026-11-02 0", "2026-11-09 1"]);
    }

    #[test]
    fn a_long_period_has_months() {
        let months = ["2026-04-01 0", "2026-05-01 0", "2026-06-01 0", "2026-07-01 0"];
        let rest = ["2026-08-01 0", "2026-09-01 0", "2026-10-01 0", "2026-11-01 1"];
        check("2026-05-01T00:00:00Z", None, &[months, rest].concat());
        let period = ReportPeriod { from: "1990-01-01T00:00:00Z".parse().unwrap(), until: None };
        let moment = Moment { now: "2026-11-21T12:00:00Z".parse().unwrap(), zone: TimeZone::UTC };
        assert_eq!(Timeline::default().steps(period, &moment).len(), 60);
    }
}
