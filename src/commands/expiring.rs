//! `expiring`: what will be lost soon, with a line that sums it up; made for scheduled jobs.

use jiff::{SignedDuration, Timestamp};

use super::filters::Filters;
use super::listing::{self, ListingJob};
use super::output::OutputFlags;
use super::pending::WaitingFlags;
use crate::context::Context;
use crate::dates::DateParser;
use crate::error::{Outcome, Result};
use crate::model::{Deadline, Referral, TimeLeft, Totals};
use crate::query::{Criterion, SortKey};
use crate::render::columns;

/// What counts as urgent in the summary.
const URGENT: SignedDuration = SignedDuration::from_hours(24);

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  referrals expiring
  referrals expiring --within 24h
  referrals expiring --within 3d --exit-code || mail-the-team

Exit code 3 with --exit-code means that something is about to lapse.")]
pub struct Args {
    /// Show what is due within this time from now: 36h, 3d, 2w
    #[arg(long, value_name = "TIME", default_value = "7d")]
    within: String,
    /// Exit with 3 when there is anything to show
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    waiting: WaitingFlags,
    #[command(flatten)]
    filters: Filters,
    #[command(flatten)]
    output: OutputFlags,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Outcome> {
        let Args { within, exit_code, waiting, filters, output } = self;
        let now = context.now();
        let end =
            DateParser::new(now, context.zone().clone()).parse_span_ahead("--within", &within)?;
        let mut criteria = waiting.criteria();
        criteria.push(Criterion::DeadlineBefore(end));
        let query = filters.query(context, criteria, SortKey::Deadline)?;
        let nothing = format!("nothing lapses within {within}");
        let job = ListingJob {
            query,
            output: &output,
            columns: columns::WAITING,
            all_rows: filters.has_explicit_limit(),
            empty_message: &nothing,
        };
        let mut tally = Tally::default();
        let listed = listing::run(context, &job, &mut |referral| tally.add(referral, now))?;
        if tally.count > 0 {
            context.ui().info(&tally.summary(&within));
        }
        Ok(if listed && exit_code && tally.count > 0 { Outcome::Attention } else { Outcome::Done })
    }
}

/// What is at stake.
#[derive(Debug, Default)]
struct Tally {
    count: usize,
    urgent: usize,
    overdue: usize,
    value: Totals,
}

impl Tally {
    fn add(&mut self, referral: &Referral, now: Timestamp) {
        self.count += 1;
        match Deadline::of(referral).map(|deadline| deadline.left(now)) {
            Some(TimeLeft::Overdue(_)) => self.overdue += 1,
            Some(TimeLeft::Ahead(left)) if left <= URGENT => self.urgent += 1,
            _ => {}
        }
        if let Some(value) = referral.value() {
            self.value.add(&value);
        }
    }

    fn summary(&self, within: &str) -> String {
        let Tally { count, urgent, overdue, value } = self;
        let noun = if *count == 1 { "referral lapses" } else { "referrals lapse" };
        let mut text =
            format!("{count} {noun} within {within}: {urgent} within 24 h, {overdue} overdue");
        if !value.is_empty() {
            let sums: Vec<String> = value.iter().map(|sum| sum.to_string()).collect();
            text = format!("{text}; at stake {}", sums.join(", "));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_counts_what_is_urgent_and_sums_each_currency() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let mut tally = Tally::default();
        for (due, value) in [
            ("2026-11-21T00:00:00Z", r#""dealValue":10.5,"currency":"EUR""#),
            ("2026-11-22T12:00:00Z", r#""dealValue":"2000","currency":"eur""#),
            ("2026-11-22T12:00:01Z", r#""dealValue":7,"currency":"USD""#),
            ("2026-11-27T00:00:00Z", r#""dealValue":null"#),
        ] {
            let json =
                format!(r#"{{"status":"New","expirationDateTime":"{due}","details":{{{value}}}}}"#);
            tally.add(&Referral::parse(&json).unwrap(), now);
        }
        assert_eq!(
            tally.summary("7d"),
            "4 referrals lapse within 7d: 1 within 24 h, 1 overdue; at stake 2,010.50 EUR, 7 USD"
        );
    }
}
