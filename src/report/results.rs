//! Figures of what came of referrals in a period: answers, lapses, wins and losses, as Microsoft defines them where it
//! does (API §4.7).

use jiff::Timestamp;

use super::{Rate, ReportPeriod, Subtotal, TextCounts, Times};
use crate::model::{Direction, Referral, ReferralKind, Substatus};

#[derive(Debug, Default)]
pub struct Results {
    /// Archived unanswered in the period.
    pub lapsed: Subtotal,
    /// Incoming, accepted in the period, whatever became of them since.
    pub accepted: usize,
    /// Incoming, declined in the period.
    pub declined: usize,
    /// The incoming ones that were created in the period.
    pub cohort: Cohort,
    /// From the creation to the answer, of those answered in the period.
    pub answer_time: Times,
    /// Won in the period, whoever sent them.
    pub won: Subtotal,
    pub lost: Subtotal,
    pub cosell: WinCounts,
    pub leads: WinCounts,
    /// From the creation to the win.
    pub win_time: Times,
    pub declined_reasons: TextCounts,
    pub lost_reasons: TextCounts,
    /// Leads created in the period that need no answer (API §4.7); they are in no other figure.
    pub informational: usize,
    /// Closed referrals without the date that decides whether they belong to the period; they are in no figure.
    pub undated: usize,
}

/// What became of incoming referrals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cohort {
    pub accepted: usize,
    pub declined: usize,
    pub lapsed: usize,
}

/// The terms of Microsoft's win rates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WinCounts {
    pub won: usize,
    /// Incoming, accepted in the period.
    pub accepted: usize,
    /// Outgoing, created in the period.
    pub outbound: usize,
}

/// How an incoming referral was answered.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Answer {
    Accepted,
    Declined,
    Lapsed,
}

impl Cohort {
    /// Of those that were answered or lapsed.
    pub fn acceptance_rate(self) -> Rate {
        Rate { count: self.accepted, of: self.accepted + self.declined + self.lapsed }
    }

    /// Of those that were answered or lapsed.
    pub fn lapse_rate(self) -> Rate {
        Rate { count: self.lapsed, ..self.acceptance_rate() }
    }

    fn add(&mut self, answer: Answer) {
        *match answer {
            Answer::Accepted => &mut self.accepted,
            Answer::Declined => &mut self.declined,
            Answer::Lapsed => &mut self.lapsed,
        } += 1;
    }
}

impl WinCounts {
    /// Won / (Accepted + Outbound). For leads, which nobody sends, that is Won / Accepted.
    pub fn rate(self) -> Rate {
        Rate { count: self.won, of: self.accepted + self.outbound }
    }
}

impl Results {
    pub fn answered(&self) -> usize {
        self.accepted + self.declined
    }

    /// Adds a referral. One that was closed as an error is left out, as Microsoft does.
    pub fn add(&mut self, referral: &Referral, period: ReportPeriod) {
        if referral.substatus == Some(Substatus::Error) {
            return;
        }
        let is_in_period = |time: Option<Timestamp>| time.is_some_and(|time| period.contains(time));
        let is_new = is_in_period(referral.created.time());
        if referral.needs_no_answer() {
            self.informational += usize::from(is_new);
            return;
        }
        if let Some(answer) = answer_of(referral) {
            if is_new {
                self.cohort.add(answer);
            }
            match answered_at(referral, answer) {
                Some(at) if period.contains(at) => self.add_answer(referral, answer, at),
                Some(_) => {}
                None => self.undated += 1,
            }
        }
        if is_new
            && referral.direction == Some(Direction::Outgoing)
            && let Some(counts) = self.win_counts(referral)
        {
            counts.outbound += 1;
        }
        let is_won = referral.substatus == Some(Substatus::Won);
        if is_won || referral.substatus == Some(Substatus::Lost) {
            match referral.closed.time() {
                Some(at) if period.contains(at) => self.add_close(referral, is_won, at),
                Some(_) => {}
                None => self.undated += 1,
            }
        }
    }

    fn add_answer(&mut self, referral: &Referral, answer: Answer, at: Timestamp) {
        match answer {
            Answer::Lapsed => return self.lapsed.add(referral.value().as_ref()),
            Answer::Declined => {
                self.declined += 1;
                self.declined_reasons.add(referral.status_reason.as_deref());
            }
            Answer::Accepted => {
                self.accepted += 1;
                if let Some(counts) = self.win_counts(referral) {
                    counts.accepted += 1;
                }
            }
        }
        if let Some(created) = referral.created.time() {
            self.answer_time.add(at.duration_since(created).as_secs());
        }
    }

    fn add_close(&mut self, referral: &Referral, is_won: bool, at: Timestamp) {
        if !is_won {
            self.lost.add(referral.value().as_ref());
            return self.lost_reasons.add(referral.status_reason.as_deref());
        }
        self.won.add(referral.value().as_ref());
        if let Some(counts) = self.win_counts(referral) {
            counts.won += 1;
        }
        if let Some(created) = referral.created.time() {
            self.win_time.add(at.duration_since(created).as_secs());
        }
    }

    fn win_counts(&mut self, referral: &Referral) -> Option<&mut WinCounts> {
        match referral.kind()? {
            ReferralKind::CoSell => Some(&mut self.cosell),
            ReferralKind::Lead | ReferralKind::QualifiedLead => Some(&mut self.leads),
            ReferralKind::Other => None,
        }
    }
}

/// The answer that [`Results`] count in the period, and its time.
pub(super) fn answer_in(referral: &Referral, period: ReportPeriod) -> Option<(Answer, Timestamp)> {
    if referral.substatus == Some(Substatus::Error) || referral.needs_no_answer() {
        return None;
    }
    let answer = answer_of(referral)?;
    answered_at(referral, answer).filter(|at| period.contains(*at)).map(|at| (answer, at))
}

/// `None` for what we sent and for what is not answered. What was accepted and closed since has another substatus. A
/// referral without a direction counts as incoming.
fn answer_of(referral: &Referral) -> Option<Answer> {
    if referral.direction == Some(Direction::Outgoing) {
        return None;
    }
    match referral.substatus {
        Some(Substatus::Expired) => Some(Answer::Lapsed),
        Some(Substatus::Declined) => Some(Answer::Declined),
        _ => referral.accepted.time().map(|_| Answer::Accepted),
    }
}

fn answered_at(referral: &Referral, answer: Answer) -> Option<Timestamp> {
    match answer {
        Answer::Accepted => referral.accepted.time(),
        Answer::Declined => referral.closed.time(),
        Answer::Lapsed => referral.closed.time().or(referral.expiration.time()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD: [&str; 2] = ["2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z"];

    /// Rows of `direction type substatus created accepted closed`; a day of October, `.` for none.
    fn results(rows: &[&str]) -> Results {
        let [from, until] = PERIOD.map(|time| time.parse().unwrap());
        let mut results = Results::default();
        for row in rows {
            let words: Vec<&str> = row.split(' ').collect();
            let [direction, kind, substatus, created, accepted, closed] = words[..] else {
                panic!("not six words: {row}")
            };
            let date = |day: &str| match day.parse::<i8>() {
                Ok(day) if day > 0 => format!("\"2026-10-{day:02}T00:00:00Z\""),
                Ok(day) => format!("\"2026-09-{:02}T00:00:00Z\"", 30 + day),
                Err(_) => "null".to_owned(),
            };
            let json = format!(
                r#"{{"direction":"{direction}","type":"{kind}","qualification":"Direct","substatus":"{substatus}",
                "statusReason":"because","createdDateTime":{},"acceptedDateTime":{},"closedDateTime":{},
                "details":{{"dealValue":10,"currency":"EUR"}}}}"#,
                date(created),
                date(accepted),
                date(closed)
            );
            let period = ReportPeriod { from, until: Some(until) };
            results.add(&Referral::parse(&json).unwrap(), period);
        }
        results
    }

    #[test]
    fn answers_are_counted_by_their_own_date_and_rates_by_the_date_of_creation() {
        let results = results(&[
            "Incoming Shared Accepted 1 3 .",
            // Accepted, then won: its substatus does not say so any more.
            "Incoming Shared Won 2 6 20",
            "Incoming Shared Accepted -5 1 .",
            "Incoming Shared Declined 1 . 2",
            "Incoming Shared Expired 1 . 15",
            "Incoming Shared Expired -20 . -6",
            "Incoming Shared Declined 1 . .",
            "Incoming Shared Pending 1 . .",
            "Outgoing Shared Accepted 1 1 .",
            "Incoming Shared Error 1 2 3",
        ]);
        assert_eq!((results.accepted, results.declined, results.answered()), (3, 1, 4));
        assert_eq!((results.lapsed.count, results.undated), (1, 1));
        assert_eq!(results.cohort, Cohort { accepted: 2, declined: 2, lapsed: 1 });
        assert_eq!(results.cohort.lapse_rate(), Rate { count: 1, of: 5 });
        assert_eq!(results.cohort.acceptance_rate(), Rate { count: 2, of: 5 });
        let days = |percent| results.answer_time.percentile(percent).map(|s| s / 86_400);
        assert_eq!((days(50), days(90), results.answer_time.count()), (Some(2), Some(6), 4));
        assert_eq!(results.answer_time.within_hours(24), Rate { count: 1, of: 4 });
        assert_eq!(results.declined_reasons.by_frequency(), [(Some("because"), 1)]);
    }

    #[test]
    fn win_rates_have_the_terms_that_microsoft_names() {
        let results = results(&[
            "Incoming Shared Won 1 2 20",
            "Outgoing Shared Won 1 1 21",
            "Outgoing Shared Won -20 -20 22",
            "Outgoing Shared Accepted 3 3 .",
            "Incoming Independent Won 1 2 20",
            "Incoming Independent Accepted 1 2 .",
            "Incoming Independent Lost 1 -2 20",
            "Outgoing Shared Won 1 1 .",
            "Outgoing Shared Won -20 -20 -10",
        ]);
        assert_eq!(results.cosell, WinCounts { won: 3, accepted: 1, outbound: 3 });
        assert_eq!(results.leads, WinCounts { won: 1, accepted: 2, outbound: 0 });
        assert_eq!((results.won.count, results.lost.count, results.undated), (4, 1, 1));
        let [sum] = &results.won.value.sums()[..] else { panic!("one currency") };
        assert_eq!(sum.to_string(), "40 EUR");
        assert_eq!(results.win_time.percentile(50), Some(19 * 86_400));
        assert_eq!(results.lost_reasons.by_frequency(), [(Some("because"), 1)]);
    }

    #[test]
    fn leads_for_information_are_counted_apart() {
        let json = r#"{"direction":"Incoming","substatus":"Accepted","callToAction":"Get it now",
            "createdDateTime":"2026-10-02T00:00:00Z","acceptedDateTime":"2026-10-03T00:00:00Z"}"#;
        let mut results = Results::default();
        let period = ReportPeriod { from: "2026-10-01T00:00:00Z".parse().unwrap(), until: None };
        results.add(&Referral::parse(json).unwrap(), period);
        assert_eq!((results.informational, results.accepted), (1, 0));
        assert_eq!(results.cohort, Cohort::default());
    }
}
