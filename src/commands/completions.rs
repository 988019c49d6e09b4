//! `completions SHELL`: prints a completion script generated from the flags.

use clap::ValueEnum;
use clap_complete::Shell;

use crate::context::Context;
use crate::error::{Outcome, Result};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  referrals completions bash > ~/.local/share/bash-completion/completions/referrals
  referrals completions zsh > ~/.zfunc/_referrals
  referrals completions fish > ~/.config/fish/completions/referrals.fish
  referrals completions powershell >> $PROFILE")]
pub struct Args {
    /// Complete commands in this shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

impl Args {
    pub(super) fn run(self, context: &Context, program: &clap::Command) -> Result<Outcome> {
        context.print(generate_script(program, self.shell))?;
        Ok(Outcome::Done)
    }
}

fn generate_script(program: &clap::Command, shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut program.clone(), "referrals", &mut script);
    script
}

/// A script for each shell, with its file name.
pub fn scripts(program: &clap::Command) -> Vec<(String, Vec<u8>)> {
    let file = |shell: &Shell| clap_complete::Generator::file_name(shell, "referrals");
    Shell::value_variants()
        .iter()
        .map(|shell| (file(shell), generate_script(program, *shell)))
        .collect()
}
