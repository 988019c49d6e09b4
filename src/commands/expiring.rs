//! `expiring`: prints unanswered referrals that lapse soon, with their count and value; for scheduled jobs.

use super::calendar::CalendarFlags;
use super::closing::Closing;
use super::filters::Filters;
use super::listing::{self, ListingJob};
use super::output::OutputFlags;
use super::pending::waiting_query;
use super::preset_flags::PresetFlags;
use crate::columns;
use crate::dates::DateParser;
use crate::error::{Outcome, Result};
use crate::query::Criterion;
use crate::render::{self, Format, GroupView};
use crate::services::Services;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  referrals expiring
  referrals expiring --within 24h

In a scheduled job; exit code 3 means that referrals are about to lapse:
  referrals expiring --within 3d --exit-code --output lapsing.csv
  case $? in 0) ;; 3) mail-the-team lapsing.csv ;; *) mail-the-admin ;; esac")]
pub struct Args {
    /// Show referrals that lapse within this time: 36h, 3d, 2w, friday
    #[arg(long, value_name = "TIME", default_value = "7d")]
    within: String,
    /// Exit with code 3 if any referral is shown
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    filters: Filters,
    #[command(flatten)]
    output: OutputFlags,
    #[command(flatten)]
    preset: PresetFlags,
    #[command(flatten)]
    calendar: CalendarFlags,
}

impl Args {
    pub(super) fn run(self, services: &Services) -> Result<Outcome> {
        let context = services.context();
        let Args { within, exit_code, filters, output, preset, calendar } = self;
        let alarm = calendar.alarm()?;
        let query = || {
            let dates = DateParser::new(context.now(), context.zone().clone());
            let end = dates.parse_span_ahead("--within", &within)?;
            waiting_query(services, &filters, vec![Criterion::DeadlineBefore(end)])
        };
        let empty_message = format!("no referrals lapse within {within}");
        let job = ListingJob {
            query: &query,
            output: &output,
            preset: preset.preset(services)?,
            formats: Format::ALL,
            grouping: filters.grouping(GroupView::Waiting),
            columns: columns::WAITING,
            all_rows: filters.has_explicit_limit(),
            alarm,
            needs_tally: true,
            closing: Closing {
                totals: &|tally| render::format_expiring_totals(tally, &within),
                empty_message: &empty_message,
                empty_hint: Some("`referrals pending` lists all that wait for an answer"),
            },
        };
        let tally = listing::run(services, &job)?.unwrap_or_default();
        let needs_attention = exit_code && tally.unanswered.count() > 0;
        Ok(if needs_attention { Outcome::Attention } else { Outcome::Done })
    }
}
