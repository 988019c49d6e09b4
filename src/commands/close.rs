//! `close REF`: reports the end of an accepted referral.

use clap::ArgGroup;

use super::answers::{
    ConfirmFlags, Consent, DryRunFlags, answer_one, explain_reasons, parse_reason,
};
use crate::answer::Wish;
use crate::error::{Outcome, Result};
use crate::services::Services;

#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("outcome").required(true))]
#[command(after_help = explain_reasons() + "Examples:
  referrals close 030404 --won --dry-run
  referrals close 030404 --lost --reason other-vendor --dry-run

It is off until `allow_writes = true` is in the profile, or with the variable
REFERRALS_ALLOW_WRITES=1, and always on with --demo. Closing cannot be undone,
and nothing of the deal can be changed afterwards: set its value and notes
before. A deal that is to be registered should be 72 hours old before it is won.

Not tried on the live service: check the first one in Partner Center.")]
pub struct Args {
    /// Its id, or the start of it where no other referral has the same; a name only on a terminal
    #[arg(value_name = "REF")]
    reference: String,
    /// The deal was won
    #[arg(long, group = "outcome")]
    won: bool,
    /// The deal was lost
    #[arg(long, group = "outcome")]
    lost: bool,
    /// Why lost: budget, other-vendor and others (all of them below)
    #[arg(long, value_name = "WORD", conflicts_with = "won")]
    reason: Option<String>,
    #[command(flatten)]
    confirm: ConfirmFlags,
    #[command(flatten)]
    dry_run: DryRunFlags,
}

impl Args {
    pub(super) fn run(self, services: &Services) -> Result<Outcome> {
        let Args { reference, won, lost: _, reason, confirm, dry_run } = self;
        let wish = if won { Wish::Won } else { Wish::Lost(parse_reason(reason.as_deref())?) };
        answer_one(services, &reference, &wish, &Consent::Name(confirm.confirm), &dry_run)
    }
}
