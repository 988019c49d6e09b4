//! `list`: prints the referrals that match the filter flags.

use super::closing::Closing;
use super::filters::{Filters, StatusFilters};
use super::listing::{self, ListingJob};
use super::output::{OutputFlags, offer_formats};
use super::preset_flags::PresetFlags;
use crate::columns;
use crate::context::Context;
use crate::error::{Outcome, Result};
use crate::model::{CareTime, Status};
use crate::query::{Criterion, SortKey};
use crate::render::{self, Format, GroupView};
use crate::services::Services;

#[derive(Debug, clap::Args)]
#[command(
    mut_args(offer_formats(Format::LISTING)),
    after_help = "Examples:
  referrals list --incoming --pending
  referrals list --status active --sort value --currency EUR --limit 20
  referrals list --kind co-sell --country DE,AT,CH --created-after 3mo
  referrals list --by seller --created-after 3mo
  referrals list --format json | jq '.[].customerProfile.name'
  referrals list --status closed --substatus won --output won.xlsx
  referrals list --check --seller ada.lindqvist@contoso.example
  referrals list --check --format json --columns id,care
  referrals list --incoming --pending --limit 10 --explain"
)]
pub struct Args {
    #[command(flatten)]
    status: StatusFilters,
    /// Keep open deals that need care, and say why
    ///
    /// An open deal (status Active) needs care when its closing date is over, when it has no id of your CRM, nobody on
    /// the team or no value, or when it was not updated for 30 days. JSON says why with `--columns id,care`.
    #[arg(hide_short_help = true, long, conflicts_with_all = ["pending", "statuses", "substatuses"])]
    check: bool,
    /// Exit with code 3 if --check shows any
    #[arg(hide_short_help = true, long, requires = "check")]
    exit_code: bool,
    #[command(flatten)]
    filters: Filters,
    #[command(flatten)]
    output: OutputFlags,
    #[command(flatten)]
    preset: PresetFlags,
}

impl Args {
    pub(super) fn run(self, services: &Services) -> Result<Outcome> {
        let Args { status, check, exit_code, filters, output, preset } = self;
        let query = || {
            let context = services.context();
            let mut criteria = status.criteria();
            if check {
                criteria.extend(care_criteria(context));
            }
            filters.query(services, criteria, SortKey::Created)
        };
        let job = ListingJob {
            query: &query,
            output: &output,
            preset: preset.preset(services)?,
            formats: Format::LISTING,
            grouping: filters.grouping(GroupView::All),
            columns: if check { columns::CHECK } else { columns::LIST },
            all_rows: filters.has_explicit_limit(),
            alarm: None,
            needs_tally: exit_code,
            closing: Closing {
                totals: &render::format_list_totals,
                empty_message: if check { "no open deals need care" } else { "no referrals match" },
                empty_hint: None,
            },
        };
        let tally = listing::run(services, &job)?;
        let needs_attention = exit_code && tally.is_some_and(|tally| tally.count > 0);
        Ok(if needs_attention { Outcome::Attention } else { Outcome::Done })
    }
}

fn care_criteria(context: &Context) -> [Criterion; 2] {
    let now = context.now();
    let today = now.to_zoned(context.zone().clone()).date();
    [Criterion::Status(vec![Status::Active]), Criterion::NeedsCare(CareTime { now, today })]
}
