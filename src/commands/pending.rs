//! `pending`: prints unanswered incoming referrals, earliest deadline first.

use super::filters::Filters;
use super::listing::{self, ListingJob};
use super::output::OutputFlags;
use crate::columns;
use crate::error::{Outcome, Result};
use crate::model::{Direction, Status, Substatus};
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
    waiting: WaitingFlags,
    #[command(flatten)]
    filters: Filters,
    #[command(flatten)]
    output: OutputFlags,
}

/// Selects the referrals that wait for an answer.
#[derive(Debug, clap::Args)]
pub(super) struct WaitingFlags {
    /// Also show referrals with substatus Received
    #[arg(
        long,
        help_heading = "Filters (values of one flag are alternatives; all flags must hold)"
    )]
    include_received: bool,
}

impl WaitingFlags {
    /// Microsoft's own query for unanswered referrals (API §2.2), or all incoming referrals with status New (API §4.1).
    pub(super) fn criteria(&self) -> Vec<Criterion> {
        let incoming = Criterion::Direction(Direction::Incoming);
        if self.include_received {
            return vec![incoming, Criterion::Status(vec![Status::New])];
        }
        vec![incoming, Criterion::Substatus(vec![Substatus::Pending]), Criterion::Unanswered]
    }
}

impl Args {
    pub(super) fn run(self, services: &Services) -> Result<Outcome> {
        let Args { waiting, filters, output } = self;
        let query = filters.query(services.context(), waiting.criteria(), SortKey::Deadline)?;
        let job = ListingJob {
            query,
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
