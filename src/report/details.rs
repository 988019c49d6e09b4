//! What a report has beside the figures of a summary: rows, what happened week by week, and the pipeline.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::open::{age_class, stage_entry};
use super::results::{Answer, answer_in};
use super::{AGES, FirstRows, Item, Moment, ReportPeriod, SalesStage, TextCounts, Timeline};
use crate::model::{Care, DeadlineState, Referral, Totals};

/// So many rows of a kind are kept; a page with more would not be read.
const MAX_ROWS: usize = 300;

#[derive(Debug)]
pub struct ReportDetails {
    /// What waits and needs an answer: the soonest deadlines first.
    pub waiting: FirstRows<Timestamp, Item>,
    /// Who is to answer by tomorrow: addresses of sellers as received, `None` for nobody. A referral counts for each of
    /// its sellers.
    pub urgent_sellers: TextCounts,
    /// The values of what must be answered by tomorrow.
    pub urgent_value: Totals,
    pub timeline: Timeline,
    /// What lapsed in the period: the latest first.
    pub lapsed: FirstRows<Reverse<Timestamp>, Lapse>,
    pub pipeline: BTreeMap<SalesStage, StageFigures>,
    /// What needs care: the most reasons first, then the earliest closing date.
    pub care: FirstRows<(Reverse<usize>, Date), CareRow>,
}

#[derive(Debug)]
pub struct Lapse {
    pub item: Item,
    pub at: Timestamp,
}

#[derive(Debug)]
pub struct CareRow {
    pub item: Item,
    pub reasons: Vec<Care>,
}

/// The open deals of a stage.
#[derive(Debug, Default)]
pub struct StageFigures {
    pub count: usize,
    /// In the classes of [`super::Open::ages`]; the last class is of those whose age is not known.
    pub ages: [usize; AGES.len() + 2],
    pub value: Totals,
}

impl Default for ReportDetails {
    fn default() -> ReportDetails {
        ReportDetails {
            waiting: FirstRows::new(MAX_ROWS),
            urgent_sellers: TextCounts::default(),
            urgent_value: Totals::default(),
            timeline: Timeline::default(),
            lapsed: FirstRows::new(MAX_ROWS),
            pipeline: BTreeMap::new(),
            care: FirstRows::new(MAX_ROWS),
        }
    }
}

impl ReportDetails {
    /// The ids of the rows that are kept.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        let lapsed = self.lapsed.iter().map(|lapse| &lapse.item);
        let care = self.care.iter().map(|row| &row.item);
        self.waiting.iter().chain(lapsed).chain(care).map(|item| item.id.as_str())
    }

    /// Adds a referral that is incoming and New.
    pub fn add_waiting(&mut self, referral: &Referral, moment: &Moment) {
        let deadline = DeadlineState::of(referral);
        if referral.needs_no_answer() || deadline == DeadlineState::Answered {
            return;
        }
        let at = match deadline {
            DeadlineState::At(deadline) => deadline.at,
            _ => Timestamp::MAX,
        };
        self.waiting.add(at, id_of(referral), || Item::of(referral));
        if moment.is_urgent(deadline) {
            self.urgent_value.add(referral.value().as_ref());
            let mut sellers = referral.sellers().peekable();
            if sellers.peek().is_none() {
                self.urgent_sellers.add(None);
            }
            sellers.for_each(|seller| self.urgent_sellers.add(Some(seller)));
        }
    }

    /// Adds a referral that is Active.
    pub fn add_open(&mut self, referral: &Referral, moment: &Moment) {
        if referral.needs_no_answer() {
            return;
        }
        let figures = stage_entry(&mut self.pipeline, referral);
        figures.count += 1;
        let class = age_class(referral, moment.now).unwrap_or(AGES.len() + 1);
        figures.ages[class] += 1;
        figures.value.add(referral.value().as_ref());
        let reasons = Care::of(referral, moment.care_time());
        if !reasons.is_empty() {
            let closing = referral.details.closing.closing_day().unwrap_or(Date::MAX);
            self.care.add((Reverse(reasons.len()), closing), id_of(referral), || CareRow {
                item: Item::of(referral),
                reasons,
            });
        }
    }

    /// Adds a referral that was updated since the period began.
    pub fn add_result(&mut self, referral: &Referral, period: ReportPeriod, moment: &Moment) {
        let Some((answer, at)) = answer_in(referral, period) else { return };
        self.timeline.add(answer, at, period, moment);
        if answer == Answer::Lapsed {
            let lapse = || Lapse { item: Item::of(referral), at };
            self.lapsed.add(Reverse(at), id_of(referral), lapse);
        }
    }
}

fn id_of(referral: &Referral) -> &str {
    referral.id.as_deref().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Open, Results};
    use jiff::tz::TimeZone;

    fn moment() -> Moment {
        Moment { now: "2026-11-21T12:00:00Z".parse().unwrap(), zone: TimeZone::UTC }
    }

    fn referral(json: &str) -> Referral {
        Referral::parse(json).unwrap()
    }

    #[test]
    fn what_waits_is_in_the_order_of_its_deadlines_and_who_must_answer_soon_is_counted() {
        let mut details = ReportDetails::default();
        for (id, expiration, team) in [
            ("later", "\"2026-11-30T00:00:00Z\"", r#"{"email":"ann@x.example"}"#),
            ("never", "\"9999-12-31T00:00:00Z\"", ""),
            ("overdue", "\"2026-11-20T00:00:00Z\"", ""),
            (
                "soon",
                "\"2026-11-22T00:00:00Z\"",
                r#"{"email":"ann@x.example"},{"email":"bo@x.example"}"#,
            ),
        ] {
            let json = format!(
                r#"{{"id":"{id}","status":"New","expirationDateTime":{expiration},"team":[{team}]}}"#
            );
            details.add_waiting(&referral(&json), &moment());
        }
        let trial =
            r#"{"status":"New","expirationDateTime":"2026-11-21","callToAction":"FreeTrial"}"#;
        details.add_waiting(&referral(trial), &moment());
        let ids: Vec<&str> = details.waiting.iter().map(|item| item.id.as_str()).collect();
        assert_eq!(ids, ["overdue", "soon", "later", "never"]);
        assert_eq!(details.ids().collect::<Vec<_>>(), ids);
        let sellers = details.urgent_sellers.by_frequency();
        assert_eq!(sellers, [(None, 1), (Some("ann@x.example"), 1), (Some("bo@x.example"), 1)]);
    }

    #[test]
    fn the_pipeline_has_the_same_deals_as_the_figures_of_open_ones() {
        let (mut details, mut open) = (ReportDetails::default(), Open::default());
        for (stage, accepted, value) in [
            ("\"20\"", "\"2026-11-20T12:00:00Z\"", "5"),
            ("20", "\"2026-09-20T12:00:00Z\"", "7"),
            ("\"Develop\"", "null", "null"),
            ("null", "\"2026-01-20T12:00:00Z\"", "1"),
        ] {
            let json = format!(
                r#"{{"status":"Active","salesStage":{stage},"acceptedDateTime":{accepted},
                "details":{{"dealValue":{value},"currency":"EUR"}}}}"#
            );
            details.add_open(&referral(&json), &moment());
            open.add(&referral(&json), &moment());
        }
        let counts: Vec<(&SalesStage, usize)> =
            details.pipeline.iter().map(|(stage, figures)| (stage, figures.count)).collect();
        let expected: Vec<(&SalesStage, usize)> =
            open.stages.iter().map(|(stage, count)| (stage, *count)).collect();
        assert_eq!(counts, expected);
        for class in 0..=AGES.len() {
            let sum: usize = details.pipeline.values().map(|figures| figures.ages[class]).sum();
            assert_eq!(sum, open.ages[class], "{class}");
        }
        let twenty = &details.pipeline[&SalesStage::Percent(20)];
        assert_eq!(
            (twenty.ages, twenty.value.sums()[0].to_string()),
            ([1, 1, 0, 0, 0], "12 EUR".to_owned())
        );
        assert_eq!(details.care.count(), open.needs_care);
    }

    #[test]
    fn what_lapsed_is_listed_and_the_weeks_have_what_the_results_count() {
        let period = ReportPeriod { from: "2026-10-01T00:00:00Z".parse().unwrap(), until: None };
        let (mut details, mut results) = (ReportDetails::default(), Results::default());
        for (id, substatus, accepted, closed) in [
            ("a", "Expired", "null", "\"2026-10-05T00:00:00Z\""),
            ("b", "Expired", "null", "\"2026-11-05T00:00:00Z\""),
            ("c", "Expired", "null", "\"2026-09-05T00:00:00Z\""),
            ("d", "Declined", "null", "\"2026-11-06T00:00:00Z\""),
            ("e", "Won", "\"2026-10-06T00:00:00Z\"", "\"2026-11-06T00:00:00Z\""),
            ("f", "Error", "\"2026-10-06T00:00:00Z\"", "\"2026-11-06T00:00:00Z\""),
            ("g", "Pending", "null", "null"),
        ] {
            let json = format!(
                r#"{{"id":"{id}","direction":"Incoming","substatus":"{substatus}",
                "acceptedDateTime":{accepted},"closedDateTime":{closed}}}"#
            );
            details.add_result(&referral(&json), period, &moment());
            results.add(&referral(&json), period);
        }
        let ids: Vec<&str> = details.lapsed.iter().map(|lapse| lapse.item.id.as_str()).collect();
        assert_eq!(ids, ["b", "a"]);
        assert_eq!(details.ids().collect::<Vec<_>>(), ids);
        let sums = details.timeline.sums();
        assert_eq!((sums.accepted, sums.declined, sums.lapsed), (1, 1, 2));
        assert_eq!((results.accepted, results.declined, results.lapsed.count), (1, 1, 2));
    }
}
