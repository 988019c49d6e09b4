//! `help`: prints the whole help of the program or of a command. Beside it, the help of `-h`, which fits a screen.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, Command};

use super::guide::GUIDE;
use crate::context::Context;
use crate::error::{Outcome, Result};
use crate::text::HELP_WIDTH;

/// The commands that have help.
pub(super) const COMMANDS: [&str; 27] = [
    "pending",
    "expiring",
    "list",
    "view",
    "preset",
    "summary",
    "report",
    "show",
    "changes",
    "digest",
    "accept",
    "decline",
    "close",
    "update",
    "team",
    "answer",
    "log",
    "login",
    "logout",
    "status",
    "doctor",
    "sandbox",
    "glossary",
    "completions",
    "man",
    "schema",
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
    pub(super) fn run(self, context: &Context, program: Command) -> Result<Outcome> {
        let mut program = fit_help(program, context.out_width());
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

/// Wraps help at the width of the terminal that it is printed to, and in any case at [`HELP_WIDTH`].
pub fn fit_help(program: Command, out_width: Option<usize>) -> Command {
    program.term_width(out_width.unwrap_or(HELP_WIDTH).min(HELP_WIDTH))
}

/// The number of characters that the description of a flag, or what it may be, has on its line.
const SHORT_LINE: usize = 49;

/// Makes of the help what `-h` prints: the guide for the program, and one line a flag for a command, without headings. What
/// is parsed stays the same.
pub fn shorten(program: Command) -> Command {
    let program = program.override_help(GUIDE).mut_args(|flag| {
        // After those of the command.
        shorten_flag(flag).display_order(usize::MAX)
    });
    program.mut_subcommands(|command| {
        let name = command.get_name();
        let pointer = format!("All flags, and examples: referrals help {name}");
        let help = Arg::new("help").short('h').long("help").action(ArgAction::Help);
        command
            .mut_args(shorten_flag)
            .disable_help_flag(true)
            .arg(help.hide_short_help(true))
            .after_help(pointer)
    })
}

fn shorten_flag(flag: Arg) -> Arg {
    let help = flag.get_help().map(ToString::to_string).unwrap_or_default();
    // Details are for the whole help.
    let end = ["; ", " (", " ["].iter().filter_map(|detail| help.find(detail)).min();
    let help = &help[..end.unwrap_or(help.len())];
    let takes_values = flag.get_action().takes_values();
    let values: Vec<String> = flag
        .get_possible_values()
        .iter()
        .filter(|value| takes_values && !value.is_hide_set())
        .map(|value| value.get_name().to_owned())
        .collect();
    let values = values.join(", ");
    let candidates = [format!("{help}: {values}"), values];
    let fits = |text: &String| text.chars().count() <= SHORT_LINE;
    let has_values = !candidates[1].is_empty();
    let help = candidates.into_iter().filter(|_| has_values).find(fits).unwrap_or(help.to_owned());
    let flag = flag.help(help).help_heading(None::<&str>);
    if takes_values {
        return flag.hide_possible_values(true).hide_default_value(true);
    }
    flag
}
