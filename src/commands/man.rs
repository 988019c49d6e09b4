//! `man`: prints manual pages generated from the flags, with what every page says beside them.

use std::fmt::Write;

use clap::builder::{Resettable, Str, StyledStr};
use clap_mangen::roff::{Roff, bold, roman};

use super::glossary;
use super::manual::{ENVIRONMENT, EXIT_STATUS, FILES};
use crate::context::Context;
use crate::error::{Error, Outcome, Result};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  referrals man > referrals.1 && man ./referrals.1
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
    let mut program = program.clone().subcommand_help_heading("COMMANDS");
    program.build();
    let source = format!("{} {}", program.get_name(), program.get_version().unwrap_or_default());
    let subcommands = program.get_subcommands().map(|command| {
        let name = format!("referrals-{}", command.get_name());
        command.clone().name(name.clone()).bin_name(name.replacen('-', " ", 1))
    });
    let subcommands: Vec<clap::Command> = subcommands.collect();
    let names: Vec<String> =
        subcommands.iter().map(|command| format!("{}(1)", command.get_name())).collect();
    let mut pages = vec![("referrals.1".to_owned(), render_page(program, &source, Some(&names)))];
    for command in subcommands {
        let file = format!("{}.1", command.get_name());
        pages.push((file, render_page(command, &source, None)));
    }
    pages
}

/// The page of `command`; `commands` are the pages of the commands, for that of the program.
fn render_page(mut command: clap::Command, source: &str, commands: Option<&[String]>) -> Vec<u8> {
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").trim().to_owned();
    let after_help = command.get_after_long_help().or(command.get_after_help());
    let after_help = after_help.map(ToString::to_string).unwrap_or_default();
    let command = command
        .override_usage(usage)
        .after_help(Resettable::<StyledStr>::Reset)
        .after_long_help(Resettable::<StyledStr>::Reset)
        .version(Resettable::<Str>::Reset)
        .mut_args(|argument| match argument.get_help_heading() {
            // What stands in parentheses is too long for a heading in capitals.
            Some(heading) => {
                let heading = heading.split(" (").next().unwrap_or_default().to_owned();
                argument.help_heading(heading)
            }
            None => argument,
        });
    let mut page = Vec::new();
    let man = clap_mangen::Man::new(command).source(source);
    man.render(&mut page).expect("writing to memory succeeds");
    let mut roff = Roff::new();
    let (examples, notes) = split_after_help(&after_help);
    add_table(&mut roff, "EXIT STATUS", EXIT_STATUS);
    if commands.is_some() {
        add_table(&mut roff, "ENVIRONMENT", ENVIRONMENT);
        add_table(&mut roff, "FILES", FILES);
    }
    add_text(&mut roff, "NOTES", &notes);
    add_text(&mut roff, "EXAMPLES", &examples);
    if commands.is_some() {
        let sections = glossary::sections();
        let rows: Vec<(&str, &str)> =
            sections.iter().map(|(word, text)| (*word, text.as_str())).collect();
        add_table(&mut roff, "GLOSSARY", &rows);
    }
    roff.control("SH", ["SEE ALSO"]);
    match commands {
        Some(names) => roff.text([roman(names.join(", "))]),
        None => roff.text([roman("referrals(1), which has ENVIRONMENT and FILES")]),
    };
    page.extend(without_preamble(&roff.render()).into_bytes());
    page
}

/// The blocks of a help's last part that show commands, and the others.
fn split_after_help(after_help: &str) -> (String, String) {
    let (mut examples, mut notes) = (String::new(), String::new());
    for block in after_help.split("\n\n") {
        let block = block.strip_prefix("Examples:\n").unwrap_or(block);
        let shows = |line: &str| line.starts_with("  ") && line.contains("referrals ");
        let part = if block.lines().any(shows) { &mut examples } else { &mut notes };
        let separator = if part.is_empty() { "" } else { "\n\n" };
        let _ = write!(part, "{separator}{block}");
    }
    (examples, notes)
}

/// A section of text: what is indented stands as written, so far left that 76 characters fit, and the rest is filled.
fn add_text(roff: &mut Roff, heading: &str, text: &str) {
    if text.is_empty() {
        return;
    }
    roff.control("SH", [heading]);
    let mut as_written = false;
    for line in text.lines() {
        let indented = line.strip_prefix("  ");
        match (as_written, indented) {
            (false, Some(_)) => roff.control("PP", []).control("in", ["-3n"]).control("nf", []),
            (true, None) => roff.control("fi", []).control("PP", []),
            _ => roff,
        };
        as_written = indented.is_some();
        if !line.is_empty() {
            roff.text([roman(indented.unwrap_or(line))]);
        }
    }
    if as_written {
        roff.control("fi", []);
    }
}

fn add_table(roff: &mut Roff, heading: &str, rows: &[(&str, &str)]) {
    roff.control("SH", [heading]);
    for (term, description) in rows {
        roff.control("TP", []).text([bold(*term)]).text([roman(*description)]);
    }
}

/// Without the definitions that the page begins with.
fn without_preamble(roff: &str) -> String {
    let is_definition = |line: &&str| line.starts_with(".ie ") || line.starts_with(".el ");
    roff.split_inclusive('\n').skip_while(is_definition).collect()
}
