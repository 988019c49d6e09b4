//! `accept REF`: accepts a referral that waits for an answer.

use super::answers::{
    AnswerEdits, Consent, DealFlags, DryRunFlags, YesFlags, answer_one, parse_email,
};
use super::filters::parse_text;
use crate::answer::{NewMember, Wish};
use crate::error::{Outcome, Result};
use crate::services::Services;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  referrals accept 8f2e6c --dry-run
  referrals accept a706dd --value 45k --closing 2027-02-28 --yes
  referrals accept a706dd --team ada@contoso.com --note 'Called them' --yes

It is off until `allow_writes = true` is in the profile, or with the variable
REFERRALS_ALLOW_WRITES=1, and always on with --demo. Accepting cannot be undone,
and who sent the referral is told.

Not tried on the live service: Microsoft publishes no request that accepts, so
that this one follows the documented states, New to Active and Accepted. After
the first one, check in Partner Center that it is accepted, that value, closing
date and team are as you gave them, and that a CRM connector leaves them alone.")]
pub struct Args {
    /// Its id, or the start of it where no other referral has the same; a name only on a terminal
    #[arg(value_name = "REF")]
    reference: String,
    /// A name for the deal
    #[arg(long, value_name = "TEXT", value_parser = parse_text, help_heading = "New values")]
    name: Option<String>,
    #[command(flatten)]
    deal: DealFlags,
    /// The id of your marketing campaign
    #[arg(long, value_name = "ID", value_parser = parse_text, help_heading = "New values")]
    campaign: Option<String>,
    /// The e-mail address of a colleague who joins the team (can be repeated)
    #[arg(long, value_name = "EMAIL", value_parser = parse_email, help_heading = "New values")]
    team: Vec<String>,
    #[command(flatten)]
    yes: YesFlags,
    #[command(flatten)]
    dry_run: DryRunFlags,
}

impl Args {
    pub(super) fn run(self, services: &Services) -> Result<Outcome> {
        let Args { reference, name, deal, campaign, team, yes, dry_run } = self;
        let others = AnswerEdits { name, campaign, stage: None };
        let edits = deal.edits(services.context(), others)?;
        let member = |email| NewMember { email, ..NewMember::default() };
        let wish = Wish::Accept { edits, team: team.into_iter().map(member).collect() };
        answer_one(services, &reference, &wish, &Consent::Yes(yes.yes), &dry_run)
    }
}
