//! Counts referrals that lapse, and sums their values.

use jiff::Timestamp;

use crate::model::{DeadlineState, Money, Referral, Totals, Urgency};

/// What totals need of a referral.
#[derive(Debug)]
pub struct Figures {
    pub deadline: DeadlineState,
    pub value: Option<Money>,
    pub needs_no_answer: bool,
}

impl Figures {
    pub fn of(referral: &Referral) -> Figures {
        Figures {
            deadline: DeadlineState::of(referral),
            value: referral.value(),
            needs_no_answer: referral.needs_no_answer(),
        }
    }
}

#[derive(Debug, Default)]
pub struct Tally {
    pub count: usize,
    /// Without those that are overdue.
    pub within_a_day: usize,
    pub overdue: usize,
    /// Those whose deadline is not known.
    pub unknown: usize,
    pub value: Totals,
}

impl Tally {
    /// A referral that needs no answer does not count.
    pub fn add(&mut self, figures: &Figures, now: Timestamp) {
        if figures.needs_no_answer {
            return;
        }
        self.count += 1;
        match figures.deadline {
            DeadlineState::At(deadline) => match deadline.urgency(now) {
                Some(Urgency::Overdue) => self.overdue += 1,
                Some(Urgency::Today) => self.within_a_day += 1,
                Some(Urgency::Soon) | None => {}
            },
            DeadlineState::Unknown => self.unknown += 1,
            DeadlineState::Answered | DeadlineState::Never | DeadlineState::NoAnswerNeeded => {}
        }
        if let Some(value) = &figures.value {
            self.value.add(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn referrals_are_counted_by_urgency_and_summed_by_currency() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let mut tally = Tally::default();
        for (deadline, value) in [
            ("2026-11-21T00:00:00Z", r#""dealValue":10.5,"currency":"EUR""#),
            ("2026-11-22T11:59:59Z", r#""dealValue":"2000","currency":"eur""#),
            ("2026-11-22T12:00:00Z", r#""dealValue":7,"currency":"USD""#),
            ("2026-11-27T00:00:00Z", r#""dealValue":null"#),
        ] {
            let json = format!(
                r#"{{"status":"New","expirationDateTime":"{deadline}","details":{{{value}}}}}"#
            );
            tally.add(&Figures::of(&Referral::parse(&json).unwrap()), now);
        }
        for json in [
            r#"{"status":"New","expirationDateTime":5}"#,
            r#"{"status":"New","expirationDateTime":"2026-11-21","callToAction":"FreeTrial"}"#,
        ] {
            tally.add(&Figures::of(&Referral::parse(json).unwrap()), now);
        }
        assert_eq!((tally.count, tally.within_a_day, tally.overdue, tally.unknown), (5, 1, 1, 1));
        let sums: Vec<String> = tally.value.iter().map(|sum| sum.to_string()).collect();
        assert_eq!(sums, ["2,010.50 EUR", "7 USD"]);
    }
}
