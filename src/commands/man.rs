//! `man`: prints manual pages generated from the flags.

use crate::context::Context;
use crate::error::{Error, Outcome, Result};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  referrals man | man -l -
  referrals man list > referrals-list.1")]
pub struct Args {
    /// Print the page of this command instead of the page of the program
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

impl Args {
    pub(super) fn run(self, context: &Context, program: &clap::Command) -> Result<Outcome> {
        let name = match &self.command {
            Some(command) => format!("referrals-{command}.1"),
            None => "referrals.1".to_owned(),
        };
        let (_, page) =
            pages(program).into_iter().find(|(file, _)| *file == name).ok_or_else(|| {
                let command = self.command.unwrap_or_default();
                Error::usage(format!("unknown command {command:?}"))
                    .hint("run `referrals --help` for the list of commands")
            })?;
        context.print(page)?;
        Ok(Outcome::Done)
    }
}

/// The pages of the program and of each command, with their file names.
pub fn pages(program: &clap::Command) -> Vec<(String, Vec<u8>)> {
    let mut program = program.clone();
    program.build();
    let subcommands = program.get_subcommands().map(|command| {
        let name = format!("referrals-{}", command.get_name());
        command.clone().name(name.clone()).bin_name(name.replacen('-', " ", 1))
    });
    let subcommands: Vec<clap::Command> = subcommands.collect();
    let own = std::iter::once(program);
    own.chain(subcommands)
        .map(|command| (format!("{}.1", command.get_name()), render_page(command)))
        .collect()
}

fn render_page(command: clap::Command) -> Vec<u8> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page).expect("writing to memory succeeds");
    page
}
