//! `completions SHELL`: prints a completion script. The scripts of bash, zsh and fish ask the program itself for what can
//! stand at the cursor, with the words of the command line after `--`; the others are generated from the flags.

use clap::ValueEnum;
use clap_complete::Shell;

use super::candidates::{Candidates, SettingNames, find_candidates};
use super::preset_flags::preset_names;
use crate::config::ConfigFile;
use crate::error::{Outcome, Result};
use crate::services::Services;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  referrals completions bash

To install, in bash (with the package bash-completion, in new shells):
  mkdir -p ~/.local/share/bash-completion/completions
  cd ~/.local/share/bash-completion/completions
  referrals completions bash > referrals

In zsh; the line for ~/.zshrc stands before the one with compinit:
  mkdir -p ~/.zfunc
  referrals completions zsh > ~/.zfunc/_referrals
  fpath+=(~/.zfunc); autoload -Uz compinit; compinit

In fish:
  mkdir -p ~/.config/fish/completions
  referrals completions fish > ~/.config/fish/completions/referrals.fish

In PowerShell:
  $line = 'if (Get-Command referrals -ErrorAction Ignore) { ' +
    'referrals completions powershell | Out-String | Invoke-Expression }'
  if (!(Test-Path -LiteralPath $PROFILE)) { New-Item -Force $PROFILE }
  if (!(Select-String -LiteralPath $PROFILE -SimpleMatch $line -Quiet)) {
    Add-Content -LiteralPath $PROFILE -Value '', $line
  }")]
pub struct Args {
    /// Complete commands in this shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
    /// Print what can complete the last of these words of a command line
    #[arg(last = true, hide = true)]
    words: Option<Vec<String>>,
}

impl Args {
    pub(super) fn run(self, services: &Services, program: &clap::Command) -> Result<Outcome> {
        let Args { shell, words } = self;
        let text = match words {
            None => generate_script(program, shell),
            Some(words) => {
                // Whoever presses a key wants no report of a mistake in the settings.
                let settings = || services.config_file().unwrap_or_default();
                let names = || names(&settings());
                format_candidates(shell, &words, find_candidates(program, &words, &names))
            }
        };
        services.context().print(text)?;
        Ok(Outcome::Done)
    }
}

fn names(file: &ConfigFile) -> SettingNames {
    SettingNames {
        profiles: file.profile_names().map(str::to_owned).collect(),
        views: file.views().iter().map(|view| view.name.clone()).collect(),
        presets: preset_names(file),
    }
}

/// First how the candidates are meant, then one a line, as the shell's script wants them.
fn format_candidates(shell: Shell, words: &[String], candidates: Candidates) -> Vec<u8> {
    let mut text = format!("{}\n", candidates.kind.name());
    // For bash, which has split the word there, the value alone.
    let current = words.last().map_or("", String::as_str);
    let flag = current.find('=').filter(|_| current.starts_with("--")).map_or(0, |end| end + 1);
    for (value, help) in candidates.values {
        let line = match shell {
            Shell::Bash => value[flag..].to_owned(),
            Shell::Zsh => format!("{}:{help}", value.replace('\\', r"\\").replace(':', r"\:")),
            _ => format!("{value}\t{help}"),
        };
        text.push_str(&line);
        text.push('\n');
    }
    text.into_bytes()
}

fn generate_script(program: &clap::Command, shell: Shell) -> Vec<u8> {
    match shell {
        Shell::Bash => include_bytes!("../../completions/referrals.bash").to_vec(),
        Shell::Zsh => include_bytes!("../../completions/_referrals").to_vec(),
        Shell::Fish => include_bytes!("../../completions/referrals.fish").to_vec(),
        _ => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut program.clone(), "referrals", &mut script);
            script
        }
    }
}

/// A script for each shell, with its file name. That for PowerShell is ASCII: Windows PowerShell takes what a program prints
/// for text in the console's code page.
pub fn scripts(program: &clap::Command) -> Vec<(String, Vec<u8>)> {
    let file = |shell: &Shell| clap_complete::Generator::file_name(shell, "referrals");
    Shell::value_variants()
        .iter()
        .map(|shell| (file(shell), generate_script(program, *shell)))
        .collect()
}
