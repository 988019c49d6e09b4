//! `help`: prints the whole help of the program or of a command.

use clap::builder::PossibleValuesParser;

use crate::context::Context;
use crate::error::{Outcome, Result};

/// The commands that have help.
const COMMANDS: [&str; 12] = [
    "pending",
    "expiring",
    "list",
    "show",
    "login",
    "logout",
    "status",
    "doctor",
    "sandbox",
    "completions",
    "man",
    "help",
];

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  referrals help
  referrals help pending

`referrals pending --help` prints the same, `referrals pending -h` the flags of
every day.")]
pub struct Args {
    /// Print the help of this command instead of that of the program
    #[arg(value_name = "COMMAND", hide_possible_values = true, ignore_case = true,
        value_parser = PossibleValuesParser::new(COMMANDS))]
    command: Option<String>,
}

impl Args {
    pub(super) fn run(self, context: &Context, mut program: clap::Command) -> Result<Outcome> {
        program.build();
        let name = self.command.map(|name| name.to_ascii_lowercase());
        let command = match name.as_deref().and_then(|name| program.find_subcommand_mut(name)) {
            Some(command) => command,
            None => &mut program,
        };
        context.print(command.render_long_help().to_string())?;
        Ok(Outcome::Done)
    }
}
