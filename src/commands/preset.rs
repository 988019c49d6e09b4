//! `preset`: lists the presets, and shows what one writes.

use std::fmt::Write;

use serde_json::{Value, json};

use super::preset_flags::{find_preset, preset_names};
use super::report_format::{ReportFormat, print_json};
use crate::columns::{Preset, Stages};
use crate::error::{Error, Outcome, Result};
use crate::services::Services;
use crate::text;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  referrals preset list
  referrals preset show salesforce-leads
  referrals list --kind lead --preset salesforce-leads --output leads.csv

A preset of your own in the settings file builds on one of these:
  [preset.mine]
  base = \"salesforce-leads\"
  constants = { \"Lead Source\" = \"Partner\" }
  headings = { \"Referral Identifier\" = \"Referral Id\" }
  leave_out = [\"Referral Link\"]")]
pub struct Args {
    /// What to do
    #[arg(value_name = "ACTION", value_enum)]
    action: Action,
    /// The preset to show
    #[arg(id = "preset_name", value_name = "NAME", required_if_eq("action", "show"))]
    name: Option<String>,
    /// Print in this format
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = ReportFormat::Text)]
    format: ReportFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Action {
    /// List the presets
    List,
    /// Show the headings of a preset and what stands below them
    Show,
}

impl Args {
    pub(super) fn run(self, services: &Services) -> Result<Outcome> {
        let context = services.context();
        let Args { action, name, format } = self;
        let presets = match (action, name) {
            (Action::List, Some(_)) => {
                return Err(Error::usage("`preset list` takes no name")
                    .hint("`referrals preset show NAME` shows one"));
            }
            (Action::List, None) => {
                let names = preset_names(&services.config_file()?);
                names.iter().map(|name| find_preset(services, name)).collect::<Result<Vec<_>>>()?
            }
            (Action::Show, name) => {
                vec![find_preset(services, &name.unwrap_or_default())?]
            }
        };
        match (format, action) {
            (ReportFormat::Json, Action::List) => {
                print_json(context, &presets.iter().map(to_json).collect())?;
            }
            (ReportFormat::Json, Action::Show) => print_json(context, &to_json(&presets[0]))?,
            (ReportFormat::Text, Action::List) => context.print(format_list(&presets))?,
            (ReportFormat::Text, Action::Show) => context.print(format_preset(&presets[0]))?,
        }
        Ok(Outcome::Done)
    }
}

fn format_list(presets: &[Preset]) -> String {
    let lines = presets.iter().map(|preset| (&*preset.name, preset.importer.to_owned()));
    format_pairs(&lines.collect::<Vec<_>>())
}

fn format_preset(preset: &Preset) -> String {
    let mut text = format!("{}: {}\n\n", text::escape_control(&preset.name), preset.importer);
    let columns = preset.columns.iter().map(|column| {
        let mark = if column.is_required { " (required)" } else { "" };
        (&*column.heading, format!("{}{mark}", column.value.describe()))
    });
    text.push_str(&format_pairs(&columns.collect::<Vec<_>>()));
    if let Some(stages) = &preset.stages {
        text.push_str("\nStages\n");
        let pairs = stages.pairs().map(|(stage, word)| (stage, word.to_owned()));
        text.push_str(&format_pairs(&pairs));
    }
    if preset.byte_order_mark {
        text.push_str("\nCSV begins with a byte order mark.\n");
    }
    text
}

/// A line for each, the second words below one another.
fn format_pairs(pairs: &[(&str, String)]) -> String {
    let width = pairs.iter().map(|(name, _)| text::width(name)).max().unwrap_or_default();
    let mut lines = String::new();
    for (name, value) in pairs {
        let gap = " ".repeat(width - text::width(name));
        let _ = writeln!(lines, "  {}", text::escape_control(&format!("{name}{gap}  {value}")));
    }
    lines
}

fn to_json(preset: &Preset) -> Value {
    let columns = preset.columns.iter().map(|column| {
        json!({
            "heading": column.heading,
            "required": column.is_required,
            "value": column.value.describe(),
        })
    });
    let stages = |stages: &Stages| -> Value {
        stages.pairs().iter().map(|(stage, word)| ((*stage).to_owned(), json!(word))).collect()
    };
    json!({
        "name": preset.name,
        "importer": preset.importer,
        "byteOrderMark": preset.byte_order_mark,
        "columns": columns.collect::<Vec<_>>(),
        "stages": preset.stages.as_ref().map(stages),
    })
}
