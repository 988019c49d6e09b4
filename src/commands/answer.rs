//! `answer plan FILE.csv` and `answer apply PLAN`: several answers, by a plan that is looked at before it is carried out.

use std::path::PathBuf;

use super::answers::{Application, make_plan};
use crate::error::{Error, Outcome, Result};
use crate::services::Services;

#[derive(Debug, clap::Args)]
#[command(after_help = "Words in the column `answer`; a blank one or a hyphen answers nothing:
  accept           accepts it
  decline:REASON   declines it, such as decline:timeline
  won              closes it as won
  lost:REASON      closes it as lost

Examples:
  referrals pending --columns id,customer,name --output waiting.csv
  referrals answer plan waiting.csv --output plan.json --demo
  referrals answer apply plan.json --confirm-declines 0 --demo

`plan` reads a CSV file with the columns id (whole ids) and answer, reads each
referral, shows what would be done, and changes nothing. `apply` reads each
again and stops at the first that has been changed since or cannot be answered.
What is done already is skipped, so that the same plan can be applied again. The
reasons are in the help of `decline`.")]
pub struct Args {
    /// What to do
    #[arg(value_name = "ACTION", value_enum)]
    action: AnswerAction,
    /// For plan, the CSV file; for apply, the plan
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::AnyPath)]
    file: PathBuf,
    /// For plan: save the plan in this file
    #[arg(short, long, value_name = "PLAN", value_hint = clap::ValueHint::AnyPath)]
    output: Option<PathBuf>,
    /// For apply: how many of the plan's answers end a deal (decline, won or lost); nothing is asked then
    #[arg(long, value_name = "N")]
    confirm_declines: Option<usize>,
    /// For apply: do it without a question, where none ends a deal
    #[arg(short, long)]
    yes: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum AnswerAction {
    /// Show what a file of answers would do
    Plan,
    /// Do it
    Apply,
}

impl Args {
    pub(super) fn run(self, services: &Services) -> Result<Outcome> {
        let Args { action, file, output, confirm_declines, yes } = self;
        match action {
            AnswerAction::Plan if yes || confirm_declines.is_some() => {
                Err(Error::usage("`answer plan` changes nothing, so that nothing is confirmed")
                    .hint("remove `--yes` and `--confirm-declines`"))
            }
            AnswerAction::Plan => make_plan(services, &file, output.as_deref()),
            AnswerAction::Apply if output.is_some() => {
                Err(Error::usage("`answer apply` writes no file").hint("remove `--output`"))
            }
            AnswerAction::Apply => Application { yes, confirm_declines }.run(services, &file),
        }
    }
}
