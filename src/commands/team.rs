//! `team add REF`: adds a colleague to the team of an open referral.

use super::answers::{Consent, DryRunFlags, YesFlags, answer_one, parse_email};
use super::filters::parse_text;
use crate::answer::{NewMember, Wish};
use crate::error::{Outcome, Result};
use crate::services::Services;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  referrals team add 030404 --email ada@contoso.com --dry-run
  referrals team add 030404 --email ada@contoso.com --first Ada --yes

It is off until `allow_writes = true` is in the profile, or with the variable
REFERRALS_ALLOW_WRITES=1, and always on with --demo. A member can be removed
only in Partner Center. A Referrals user who is not on the team of a referral
may not see it.")]
pub struct Args {
    /// What to do
    #[arg(value_name = "ACTION", value_enum)]
    action: TeamAction,
    /// Its id, or the start of it where no other referral has the same; a name only on a terminal
    #[arg(value_name = "REF")]
    reference: String,
    /// The e-mail address of the colleague
    #[arg(long, value_name = "EMAIL", value_parser = parse_email)]
    email: String,
    /// The first name
    #[arg(long, value_name = "NAME", value_parser = parse_text)]
    first: Option<String>,
    /// The last name
    #[arg(long, value_name = "NAME", value_parser = parse_text)]
    last: Option<String>,
    /// The telephone number
    #[arg(long, value_name = "NUMBER", value_parser = parse_text)]
    phone: Option<String>,
    #[command(flatten)]
    yes: YesFlags,
    #[command(flatten)]
    dry_run: DryRunFlags,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum TeamAction {
    /// Add a colleague
    Add,
}

impl Args {
    pub(super) fn run(self, services: &Services) -> Result<Outcome> {
        let Args { action: TeamAction::Add, reference, email, first, last, phone, yes, dry_run } =
            self;
        let wish = Wish::AddMember(NewMember { email, first, last, phone });
        answer_one(services, &reference, &wish, &Consent::Yes(yes.yes), &dry_run)
    }
}
