//! Counts referrals by urgency, and sums their values.

use jiff::Timestamp;

use super::Item;
use crate::model::{DeadlineState, Money, Referral, Totals, Urgency};

/// What totals need of a referral.
#[derive(Debug)]
pub struct Figures {
    deadline: DeadlineState,
    value: Option<Money>,
    needs_no_answer: bool,
}

impl Figures {
    pub fn of(referral: &Referral) -> Figures {
        Figures {
            deadline: DeadlineState::of(referral),
            value: referral.value(),
            needs_no_answer: referral.needs_no_answer(),
        }
    }

    pub fn of_item(item: &Item) -> Figures {
        let Item { deadline, value, needs_no_answer, .. } = item;
        Figures { deadline: *deadline, value: value.clone(), needs_no_answer: *needs_no_answer }
    }
}

#[derive(Debug, Default)]
pub struct Tally {
    /// All that were added.
    pub count: usize,
    /// The unanswered ones, as far as they need an answer.
    pub unanswered: Unanswered,
    /// The unanswered ones that need no answer.
    pub no_answer_needed: usize,
    /// The values of all.
    pub value: Totals,
}

/// Unanswered referrals; each is counted in one of the classes.
#[derive(Debug, Default)]
pub struct Unanswered {
    pub overdue: usize,
    pub within_a_day: usize,
    /// Without those within a day.
    pub within_three_days: usize,
    pub later: usize,
    /// Those without a deadline.
    pub never: usize,
    /// Those whose deadline is not known.
    pub unknown: usize,
    /// Their values.
    pub value: Totals,
}

impl Unanswered {
    pub fn count(&self) -> usize {
        self.overdue + self.ahead() + self.never + self.unknown
    }

    /// Those whose deadline lies ahead.
    pub fn ahead(&self) -> usize {
        self.within_a_day + self.within_three_days + self.later
    }
}

impl Tally {
    pub fn add(&mut self, figures: &Figures, now: Timestamp) {
        let Figures { deadline, value, needs_no_answer } = figures;
        self.count += 1;
        self.value.add(value.as_ref());
        if *deadline == DeadlineState::Answered {
            return;
        }
        if *needs_no_answer {
            self.no_answer_needed += 1;
            return;
        }
        let unanswered = &mut self.unanswered;
        unanswered.value.add(value.as_ref());
        let class = match deadline {
            DeadlineState::At(deadline) => match deadline.urgency(now) {
                Some(Urgency::Overdue) => &mut unanswered.overdue,
                Some(Urgency::Today) => &mut unanswered.within_a_day,
                Some(Urgency::Soon) => &mut unanswered.within_three_days,
                None => &mut unanswered.later,
            },
            DeadlineState::Unknown => &mut unanswered.unknown,
            DeadlineState::Never | DeadlineState::NoAnswerNeeded | DeadlineState::Answered => {
                &mut unanswered.never
            }
        };
        *class += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn referrals_are_counted_by_urgency_and_summed_by_currency() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let mut tally = Tally::default();
        for (status, deadline, value) in [
            ("New", r#""2026-11-21T00:00:00Z""#, r#""dealValue":10.5,"currency":"EUR""#),
            ("New", r#""2026-11-22T11:59:59Z""#, r#""dealValue":"2000","currency":"eur""#),
            ("New", r#""2026-11-22T12:00:00Z""#, r#""dealValue":7,"currency":"USD""#),
            ("New", r#""2026-11-27T00:00:00Z""#, r#""dealValue":null"#),
            ("New", r#""9999-12-31T23:59:59Z""#, ""),
            ("New", "5", ""),
            ("Active", r#""2026-11-21T00:00:00Z""#, r#""dealValue":3,"currency":"JPY""#),
        ] {
            let json = format!(
                r#"{{"status":"{status}","expirationDateTime":{deadline},"details":{{{value}}}}}"#
            );
            tally.add(&Figures::of(&Referral::parse(&json).unwrap()), now);
        }
        let trial = r#"{"status":"New","expirationDateTime":"2026-11-21","callToAction":"FreeTrial",
            "details":{"dealValue":1,"currency":"JPY"}}"#;
        tally.add(&Figures::of(&Referral::parse(trial).unwrap()), now);
        let Unanswered { overdue, within_a_day, within_three_days, later, never, unknown, .. } =
            tally.unanswered;
        assert_eq!((tally.count, tally.no_answer_needed), (8, 1));
        assert_eq!((overdue, within_a_day, within_three_days, later), (1, 1, 1, 1));
        assert_eq!((never, unknown), (1, 1));
        let sums = |totals: &Totals| totals.sums().iter().map(Money::to_string).collect::<Vec<_>>();
        assert_eq!(sums(&tally.unanswered.value), ["2,010.50 EUR", "7 USD"]);
        assert_eq!(tally.unanswered.value.without_amount(), 3);
        assert_eq!(sums(&tally.value), ["2,010.50 EUR", "4 JPY", "7 USD"]);
    }
}
