//! The output formats of the commands that print a report and no rows: text for people, JSON for programs.

use serde_json::Value;

use crate::context::Context;
use crate::error::Result;
use crate::render;

/// A value of `--format` of `status`, `doctor` and `summary`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum ReportFormat {
    Text,
    Json,
}

/// Prints `report`, on a terminal with what would control it as `\u` escapes.
pub(super) fn print_json(context: &Context, report: &Value) -> Result<()> {
    let text = format!("{report:#}\n");
    match context.out_width() {
        Some(_) => context.print(render::escape_json(&text)),
        None => context.print(text),
    }
}
