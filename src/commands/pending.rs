//! `pending`: prints unanswered incoming referrals, earliest deadline first.

use super::filters::Filters;
use super::listing::{self, ListingJob};
use super::output::OutputFlags;
use crate::columns;
use crate::error::{Outcome, Result};
use crate::model::{Direction, Status};
use crate::query::{Criterion, SortKey};
use crate::render::Format;
use crate::services::Services;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  referrals pending
  referrals pending --kind lead --country DE
  referrals pending --seller ada.lindqvist@contoso.example
  referrals pending --format csv --output pending.csv")]
pub struct Args {
    #[command(flatten)]
    filters: Filters,
    #[command(flatten)]
    output: OutputFlags,
}

/// What waits for an answer: incoming and New, whatever the substatus (API §4.1).
pub(super) fn waiting_criteria() -> Vec<Criterion> {
    vec![Criterion::Direction(Direction::Incoming), Criterion::Status(vec![Status::New])]
}

impl Args {
    pub(super) fn run(self, services: &Services) -> Result<Outcome> {
        let Args { filters, output } = self;
        let query = || filters.query(services.context(), waiting_criteria(), SortKey::Deadline);
        let job = ListingJob {
            query: &query,
            output: &output,
            formats: Format::ALL,
            columns: columns::WAITING,
            all_rows: filters.has_explicit_limit(),
            empty_message: "no referrals wait for an answer",
        };
        listing::run(services, &job, None)?;
        Ok(Outcome::Done)
    }
}
