//! `schema`: prints the command line as JSON, from the definition that parses it and the tables that other commands use.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, Command};
use serde_json::{Value, json};

use super::grouping::Grouping;
use super::help;
use super::manual::{ENVIRONMENT, EXIT_STATUS};
use super::report_format::print_json;
use crate::columns::{Column, Shape, list_choices};
use crate::context::Context;
use crate::error::{Outcome, Result};
use crate::render::Format;

/// Of the document. A member that is new does not need a new version.
const VERSION: u32 = 1;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  referrals schema
  referrals schema pending
  referrals schema | jq -r '.commands[] | select(.changesReferrals).name'

Commands with their flags, values and formats, columns, exit codes and
variables, for scripts and agents. Members are added from version to version;
when one is removed or changes its meaning, schemaVersion grows.")]
pub struct Args {
    /// Print the entry of this command alone
    #[arg(value_name = "COMMAND", hide_possible_values = true, ignore_case = true,
        value_parser = PossibleValuesParser::new(help::COMMANDS))]
    command: Option<String>,
}

impl Args {
    pub(super) fn run(self, context: &Context, mut program: Command) -> Result<Outcome> {
        program.build();
        let name = self.command.map(|name| name.to_ascii_lowercase());
        let value = match name.and_then(|name| program.find_subcommand(&name)) {
            Some(command) => describe_command(command),
            None => describe_program(&program),
        };
        print_json(context, &value)?;
        Ok(Outcome::Done)
    }
}

fn describe_program(program: &Command) -> Value {
    let (global, own): (Vec<&Arg>, Vec<&Arg>) =
        visible_flags(program).partition(|flag| is_global(flag));
    let (codes, signals): (Vec<_>, Vec<_>) =
        EXIT_STATUS.iter().partition(|(code, _)| code.parse::<u8>().is_ok());
    let codes = codes
        .iter()
        .map(|(code, meaning)| json!({ "code": code.parse::<u8>().ok(), "meaning": meaning }));
    let signals = signals.iter().map(|(code, meaning)| json!({ "code": code, "meaning": meaning }));
    let variables = ENVIRONMENT.iter().flat_map(|(names, meaning)| {
        names.split(", ").map(move |name| json!({ "name": name, "meaning": meaning }))
    });
    let formats = Format::ALL
        .iter()
        .map(|format| json!({ "name": format.to_string(), "extension": format.extension() }));
    json!({
        "schemaVersion": VERSION,
        "program": program.get_name(),
        "version": program.get_version(),
        "globalFlags": global.into_iter().map(describe_flag).collect::<Value>(),
        "flags": own.into_iter().map(describe_flag).collect::<Value>(),
        "commands": program.get_subcommands().map(describe_command).collect::<Value>(),
        "formats": formats.collect::<Value>(),
        "columns": list_choices().map(describe_column).collect::<Value>(),
        "exitCodes": codes.collect::<Value>(),
        "signalExitCodes": signals.collect::<Value>(),
        "environment": variables.collect::<Value>(),
    })
}

fn describe_command(command: &Command) -> Value {
    let after_help = command.get_after_long_help().or(command.get_after_help());
    let after_help = after_help.map(ToString::to_string).unwrap_or_default();
    let examples = after_help.lines().map(str::trim).filter(|line| line.starts_with("referrals "));
    let formats = list_formats(command);
    let listing = || formats.iter().filter_map(|name| name.parse().ok()).collect::<Vec<Format>>();
    let groups = find_argument(command, "by").map(|_| Grouping::formats(&listing()));
    let changes_referrals =
        ["dry_run", "confirm_declines"].iter().any(|id| find_argument(command, id).is_some());
    json!({
        "name": command.get_name(),
        "help": command.get_about().map(ToString::to_string),
        "usage": command.clone().render_usage().to_string().trim_start_matches("Usage: "),
        "arguments": visible_positionals(command).map(describe_positional).collect::<Value>(),
        "flags": visible_flags(command).filter(|flag| !is_global(flag)).map(describe_flag).collect::<Value>(),
        "formats": formats,
        "formatsWithBy": groups.map(|formats| formats.iter().map(Format::to_string).collect::<Vec<_>>()),
        "changesReferrals": changes_referrals,
        "examples": examples.collect::<Vec<_>>(),
    })
}

/// What a command can print, also where it has no flag to choose.
fn list_formats(command: &Command) -> Vec<String> {
    match (find_argument(command, "format"), command.get_name()) {
        (Some(flag), _) => list_values(flag),
        (None, "report") => vec![Format::Html.to_string()],
        (None, "schema") => vec![Format::Json.to_string()],
        (None, _) => Vec::new(),
    }
}

fn find_argument<'a>(command: &'a Command, id: &str) -> Option<&'a Arg> {
    command.get_arguments().find(|argument| argument.get_id() == id && !argument.is_hide_set())
}

fn visible_flags(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|flag| !flag.is_positional() && !flag.is_hide_set())
}

fn visible_positionals(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_positionals().filter(|argument| !argument.is_hide_set())
}

/// Every command has a flag for help, although none is defined as global.
fn is_global(flag: &Arg) -> bool {
    flag.is_global_set() || flag.get_id() == "help"
}

fn describe_positional(argument: &Arg) -> Value {
    json!({
        "name": argument.get_value_names().and_then(|names| names.first()).map(clap::builder::Str::as_str),
        "required": argument.is_required_set(),
        "repeatable": is_repeatable(argument),
        "values": list_values(argument),
        "help": argument.get_help().map(ToString::to_string),
    })
}

fn describe_flag(flag: &Arg) -> Value {
    let takes_value = flag.get_action().takes_values();
    let value_name = flag.get_value_names().and_then(|names| names.first());
    let defaults = flag.get_default_values().iter().filter_map(|value| value.to_str());
    json!({
        "name": flag.get_long().map(|name| format!("--{name}")),
        "short": flag.get_short().map(|name| format!("-{name}")),
        "value": value_name.filter(|_| takes_value).map(clap::builder::Str::as_str),
        "values": list_values(flag),
        "default": defaults.filter(|_| takes_value).collect::<Vec<_>>().first(),
        "required": flag.is_required_set(),
        "repeatable": is_repeatable(flag),
        "help": flag.get_help().map(ToString::to_string),
    })
}

fn is_repeatable(argument: &Arg) -> bool {
    matches!(argument.get_action(), ArgAction::Append | ArgAction::Count)
}

/// The words that the argument takes; empty where others are taken too.
fn list_values(argument: &Arg) -> Vec<String> {
    if !argument.get_action().takes_values() {
        return Vec::new();
    }
    let values = argument.get_possible_values();
    values
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| value.get_name().to_owned())
        .collect()
}

fn describe_column(column: &Column) -> Value {
    let kind = match column.head.shape {
        Shape::Text => "text",
        Shape::List => "list",
        Shape::Money => "number",
        Shape::Time | Shape::Deadline => "date-time",
        Shape::Date => "date",
        Shape::Flag => "boolean",
        Shape::Count => "integer",
    };
    json!({ "name": column.head.name, "type": kind, "description": column.head.description })
}
