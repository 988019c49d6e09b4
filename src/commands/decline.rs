//! `decline REF`: declines a referral that waits for an answer.

use super::answers::{
    ConfirmFlags, Consent, DryRunFlags, answer_one, explain_reasons, parse_reason,
};
use crate::answer::Wish;
use crate::error::{Outcome, Result};
use crate::services::Services;

#[derive(Debug, clap::Args)]
#[command(after_help = explain_reasons() + "Examples:
  referrals decline 8f2e6c --reason timeline --dry-run

It is off until `allow_writes = true` is in the profile, or with the variable
REFERRALS_ALLOW_WRITES=1, and always on with --demo. Declining cannot be undone.
The customer of a lead is told to choose another partner; of a co-sell
opportunity, who sent it is told.

Not tried on the live service: check the first one in Partner Center, above all
the reason that it shows.")]
pub struct Args {
    /// Its id, or the start of it where no other referral has the same; a name only on a terminal
    #[arg(value_name = "REF")]
    reference: String,
    /// Why: timeline, budget, other-vendor and others (all of them below)
    #[arg(long, value_name = "WORD")]
    reason: Option<String>,
    #[command(flatten)]
    confirm: ConfirmFlags,
    #[command(flatten)]
    dry_run: DryRunFlags,
}

impl Args {
    pub(super) fn run(self, services: &Services) -> Result<Outcome> {
        let Args { reference, reason, confirm, dry_run } = self;
        let wish = Wish::Decline(parse_reason(reason.as_deref())?);
        answer_one(services, &reference, &wish, &Consent::Name(confirm.confirm), &dry_run)
    }
}
