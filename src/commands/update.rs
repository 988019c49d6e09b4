//! `update REF`: changes values of an accepted referral.

use clap::builder::TypedValueParser;

use super::answers::{AnswerEdits, Consent, DealFlags, DryRunFlags, YesFlags, answer_one};
use crate::answer::{Stage, Wish};
use crate::error::{Outcome, Result};
use crate::services::Services;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  referrals update 030404 --value 60k --dry-run
  referrals update 030404 --stage proposed --closing 2027-03-31 --yes
  referrals update 030404 --note 'Offer sent' --yes

It is off until `allow_writes = true` is in the profile, or with the variable
REFERRALS_ALLOW_WRITES=1, and always on with --demo. Afterwards the command is
shown that sets it back. A note is added below the notes that are there, and who
sent the referral can read it. A CRM connector may overwrite new values within
minutes.")]
pub struct Args {
    /// Its id, or the start of it where no other referral has the same; a name only on a terminal
    #[arg(value_name = "REF")]
    reference: String,
    #[command(flatten)]
    deal: DealFlags,
    /// The sales stage, also as a percentage: 20, 40, 60 or 80
    #[arg(long, value_name = "STAGE", ignore_case = true, help_heading = "New values",
        value_parser = Stage::possible_values().try_map(|word| Stage::parse(&word).ok_or("unknown")))]
    stage: Option<Stage>,
    #[command(flatten)]
    yes: YesFlags,
    #[command(flatten)]
    dry_run: DryRunFlags,
}

impl Args {
    pub(super) fn run(self, services: &Services) -> Result<Outcome> {
        let Args { reference, deal, stage, yes, dry_run } = self;
        let others = AnswerEdits { stage, ..AnswerEdits::default() };
        let wish = Wish::Update(deal.edits(services.context(), others)?);
        answer_one(services, &reference, &wish, &Consent::Yes(yes.yes), &dry_run)
    }
}
