//! `pending`: prints unanswered incoming referrals, earliest deadline first.

use super::calendar::CalendarFlags;
use super::closing::Closing;
use super::filters::Filters;
use super::listing::{self, ListingJob};
use super::output::OutputFlags;
use super::preset_flags::PresetFlags;
use crate::columns;
use crate::error::{Outcome, Result};
use crate::model::{Direction, Status};
use crate::query::{Criterion, ListQuery, SortKey};
use crate::render::{self, Format, GroupView};
use crate::services::Services;

#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:
  referrals pending
  referrals pending --kind lead --country GB,FR
  referrals pending --customer northwind
  referrals pending --by seller
  referrals pending --format csv --output pending.csv
  referrals pending --output deadlines.ics --alarm 2d")]
pub struct Args {
    #[command(flatten)]
    filters: Filters,
    #[command(flatten)]
    output: OutputFlags,
    #[command(flatten)]
    preset: PresetFlags,
    #[command(flatten)]
    calendar: CalendarFlags,
}

/// The query for what waits for an answer and meets `criteria`: incoming and New, whatever the substatus (API §4.1). The
/// API is asked in documented words alone, so that nothing that waits can be misunderstood.
pub(super) fn waiting_query(
    services: &Services,
    filters: &Filters,
    criteria: Vec<Criterion>,
) -> Result<ListQuery> {
    let mut all =
        vec![Criterion::Direction(Direction::Incoming), Criterion::Status(vec![Status::New])];
    all.extend(criteria);
    let query = filters.query(services, all, SortKey::Deadline)?;
    Ok(ListQuery { documented_only: true, ..query })
}

impl Args {
    pub(super) fn run(self, services: &Services) -> Result<Outcome> {
        let Args { filters, output, preset, calendar } = self;
        let alarm = calendar.alarm()?;
        let query = || waiting_query(services, &filters, Vec::new());
        let job = ListingJob {
            query: &query,
            output: &output,
            preset: preset.preset(services)?,
            formats: Format::ALL,
            grouping: filters.grouping(GroupView::Waiting),
            columns: columns::WAITING,
            all_rows: filters.has_explicit_limit(),
            alarm,
            needs_tally: false,
            closing: Closing {
                totals: &render::format_pending_totals,
                empty_message: "no referrals wait for an answer",
                empty_hint: Some("`referrals list` lists the answered ones too"),
            },
        };
        listing::run(services, &job)?;
        Ok(Outcome::Done)
    }
}
