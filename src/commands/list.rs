//! `list`: prints the referrals that match the filter flags.

use super::closing::Closing;
use super::filters::{Filters, StatusFilters};
use super::listing::{self, ListingJob};
use super::output::OutputFlags;
use crate::columns;
use crate::error::{Outcome, Result};
use crate::query::SortKey;
use crate::render::{self, Format, GroupView};
use crate::services::Services;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  referrals list --incoming --pending
  referrals list --status active --sort value --currency EUR --limit 20
  referrals list --kind co-sell --country DE,AT,CH --created-after 3mo
  referrals list --by seller --created-after 3mo
  referrals list --format json | jq '.[].customerProfile.name'
  referrals list --status closed --substatus won --output won.xlsx
  referrals list --incoming --pending --limit 10 --explain")]
pub struct Args {
    #[command(flatten)]
    status: StatusFilters,
    #[command(flatten)]
    filters: Filters,
    #[command(flatten)]
    output: OutputFlags,
}

impl Args {
    pub(super) fn run(self, services: &Services) -> Result<Outcome> {
        let Args { status, filters, output } = self;
        let query = || filters.query(services, status.criteria(), SortKey::Created);
        let job = ListingJob {
            query: &query,
            output: &output,
            formats: Format::LISTING,
            grouping: filters.grouping(GroupView::All),
            columns: columns::LIST,
            all_rows: filters.has_explicit_limit(),
            alarm: None,
            needs_tally: false,
            closing: Closing {
                totals: &render::format_list_totals,
                empty_message: "no referrals match",
                empty_hint: None,
            },
        };
        listing::run(services, &job)?;
        Ok(Outcome::Done)
    }
}
