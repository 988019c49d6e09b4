//! Figures of open deals: those that are Active, whoever sent them.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Moment, Subtotal};
use crate::model::{Care, Referral};

/// So many stages are kept that are no percentages.
const MAX_STAGES: usize = 50;

/// The ends of the classes of age, in days; the last class has none.
pub const AGES: [i64; 3] = [30, 90, 180];

#[derive(Debug, Default)]
pub struct Open {
    pub total: Subtotal,
    /// By the days since they were accepted: up to 30, 90 and 180, and more.
    pub ages: [usize; AGES.len() + 1],
    /// Those without the time of acceptance.
    pub unknown_age: usize,
    pub stages: BTreeMap<SalesStage, usize>,
    care: [usize; Care::ALL.len()],
    /// Those that need care for any reason.
    pub needs_care: usize,
}

/// A sales stage (API §4.5). Words are as received.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SalesStage {
    Percent(u8),
    Word(String),
    /// Further words, of which there are too many.
    Other,
    Missing,
}

impl Open {
    /// Adds a referral that is Active. Those that need no answer (API §4.7) are left out.
    pub fn add(&mut self, referral: &Referral, moment: &Moment) {
        if referral.needs_no_answer() {
            return;
        }
        self.total.add(referral.value().as_ref());
        match age_class(referral, moment.now) {
            Some(class) => self.ages[class] += 1,
            None => self.unknown_age += 1,
        }
        *stage_entry(&mut self.stages, referral) += 1;
        let reasons = Care::of(referral, moment.care_time());
        self.needs_care += usize::from(!reasons.is_empty());
        for care in reasons {
            self.care[care as usize] += 1;
        }
    }

    /// How many need care for this reason.
    pub fn care(&self, care: Care) -> usize {
        self.care[care as usize]
    }
}

/// What `counted` has for the stage of a referral. Of many words, the further ones are one stage.
pub(super) fn stage_entry<'a, T: Default>(
    counted: &'a mut BTreeMap<SalesStage, T>,
    referral: &Referral,
) -> &'a mut T {
    let stage = SalesStage::parse(referral.sales_stage.as_deref());
    let is_new_word = matches!(stage, SalesStage::Word(_)) && !counted.contains_key(&stage);
    let is_too_much = is_new_word && counted.len() >= MAX_STAGES;
    counted.entry(if is_too_much { SalesStage::Other } else { stage }).or_default()
}

/// The place in [`Open::ages`]; `None` without the time of acceptance.
pub(super) fn age_class(referral: &Referral, now: Timestamp) -> Option<usize> {
    let days = now.duration_since(referral.accepted.time()?).as_hours().div_euclid(24);
    Some(AGES.iter().position(|last| days <= *last).unwrap_or(AGES.len()))
}

impl SalesStage {
    /// Reads `20`, `20%` and `20 %` as a percentage.
    pub(super) fn parse(text: Option<&str>) -> SalesStage {
        let Some(text) = text.map(str::trim) else { return SalesStage::Missing };
        let digits = text.strip_suffix('%').unwrap_or(text).trim_end();
        let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
        match digits.parse::<u8>() {
            Ok(percent) if is_number && percent <= 100 => SalesStage::Percent(percent),
            _ => SalesStage::Word(text.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    fn open(rows: &[String]) -> Open {
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        let moment = Moment { now, zone: TimeZone::UTC };
        let mut open = Open::default();
        for json in rows {
            open.add(&Referral::parse(json).unwrap(), &moment);
        }
        open
    }

    #[test]
    fn open_deals_are_counted_by_the_whole_days_since_they_were_accepted() {
        for (accepted, ages) in [
            ("2026-11-21T13:00:00Z", [1, 0, 0, 0]),
            ("2026-10-22T12:00:00Z", [1, 0, 0, 0]),
            ("2026-10-21T12:00:01Z", [1, 0, 0, 0]),
            ("2026-10-21T12:00:00Z", [0, 1, 0, 0]),
            ("2026-08-22T12:00:01Z", [0, 1, 0, 0]),
            ("2026-08-22T12:00:00Z", [0, 0, 1, 0]),
            ("2026-05-24T12:00:00Z", [0, 0, 0, 1]),
            ("soon", [0, 0, 0, 0]),
        ] {
            let open = open(&[format!(r#"{{"status":"Active","acceptedDateTime":"{accepted}"}}"#)]);
            assert_eq!(open.ages, ages, "{accepted}");
            assert_eq!(open.unknown_age, usize::from(ages == [0; 4]), "{accepted}");
        }
    }

    #[test]
    fn a_stage_is_a_percentage_a_word_or_missing() {
        let rows: Vec<String> =
            ["\"20\"", "20", "\"20 %\"", "\"8\"", "\"Develop\"", "\"120\"", "null"]
                .iter()
                .map(|stage| format!(r#"{{"status":"Active","salesStage":{stage}}}"#))
                .collect();
        let word = |text: &str| SalesStage::Word(text.to_owned());
        let expected = [
            (SalesStage::Percent(8), 1),
            (SalesStage::Percent(20), 3),
            (word("120"), 1),
            (word("Develop"), 1),
            (SalesStage::Missing, 1),
        ];
        assert_eq!(open(&rows).stages.into_iter().collect::<Vec<_>>(), expected);
        let words = (0..90).map(|n| format!("s{n}")).chain(["s0".to_owned(), "20".to_owned()]);
        let many: Vec<String> =
            words.map(|stage| format!(r#"{{"status":"Active","salesStage":"{stage}"}}"#)).collect();
        let stages = open(&many).stages;
        assert_eq!(stages[&SalesStage::Other], 40);
        assert_eq!((stages[&word("s0")], stages[&SalesStage::Percent(20)]), (2, 1));
    }

    #[test]
    fn what_needs_care_is_counted_by_reason_and_once_in_all() {
        let open = open(&[
            r#"{"status":"Active","team":[{"email":"a"}],"details":{"dealValue":1,"currency":"EUR"}}"#.to_owned(),
            r#"{"status":"Active","externalReferenceId":"x"}"#.to_owned(),
            r#"{"status":"Active","callToAction":"Test Drive"}"#.to_owned(),
        ]);
        let counts = Care::ALL.map(|care| open.care(care));
        assert_eq!((counts, open.needs_care, open.total.count), ([0, 1, 1, 1, 0], 2, 2));
    }
}
