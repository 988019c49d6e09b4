//! `log`: what was changed from here, and what came of it.

use std::fmt::Write;

use jiff::tz::TimeZone;
use serde_json::json;

use super::report_format::{ReportFormat, print_json};
use crate::error::{Outcome, Result};
use crate::services::Services;
use crate::state::AuditEntry;
use crate::text;

/// Characters of an id on a terminal, where lines are short.
const SHORT_ID_LEN: usize = 8;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  referrals log --demo
  referrals log --limit 0 --format json

Every attempt to change a referral is written down before it is sent, and what
came of it afterwards: in the state directory, one file a profile, for its owner
alone. It holds ids, states, values, dates and request ids; no notes, no names,
no token. `logout` keeps it, `logout --all` removes it.")]
pub struct Args {
    /// Show the last N attempts; 0 shows all
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Print in this format
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = ReportFormat::Text)]
    format: ReportFormat,
}

impl Args {
    pub(super) fn run(self, services: &Services) -> Result<Outcome> {
        let context = services.context();
        let Args { limit, format } = self;
        let mut entries = services.audit_log()?.read()?;
        let all = entries.len();
        if limit > 0 {
            entries.drain(..all.saturating_sub(limit));
        }
        if format == ReportFormat::Json {
            print_json(context, &json!(entries))?;
            return Ok(Outcome::Done);
        }
        let table = format_table(&entries, context.zone(), context.out_width());
        context.print(table)?;
        match entries.len() {
            0 => context.ui().info("no referral was changed from here"),
            shown if shown < all => {
                context.ui().info(&format!("{shown} of {all} shown; `--limit 0` shows all"));
            }
            _ => {}
        }
        Ok(Outcome::Done)
    }
}

/// Newest last. Lines are cut at the width of a terminal.
fn format_table(entries: &[AuditEntry], zone: &TimeZone, width: Option<usize>) -> String {
    if entries.is_empty() {
        return String::new();
    }
    let heading = ["TIME", "ID", "COMMAND", "OUTCOME", "CHANGED"].map(str::to_owned);
    let rows = entries.iter().map(|entry| {
        let time = entry.time.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
        let id = match width {
            Some(_) => entry.intent.id.chars().take(SHORT_ID_LEN).collect(),
            None => entry.intent.id.clone(),
        };
        let outcome = entry.result.as_ref().map_or("not known", |result| &result.outcome);
        [time, id, entry.intent.verb.clone(), outcome.to_owned(), changed(entry)]
    });
    let rows: Vec<[String; 5]> = std::iter::once(heading)
        .chain(rows)
        .map(|row| row.map(|cell| text::escape_control(&cell).into_owned()))
        .collect();
    let widest = |column: usize| rows.iter().map(|row| text::width(&row[column])).max();
    let widths: Vec<usize> = (0..4).map(|column| widest(column).unwrap_or_default()).collect();
    let mut table = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let gap = width - text::width(cell) + 2;
            let _ = write!(line, "{cell}{:gap$}", "");
        }
        line.push_str(&row[4]);
        let line = line.trim_end();
        let line = width.map_or(line.into(), |width| text::truncate(line, width));
        let _ = writeln!(table, "{line}");
    }
    table
}

/// The last parts of the paths, and the values that are kept.
fn changed(entry: &AuditEntry) -> String {
    let parts = entry.intent.changes.iter().map(|(path, value)| {
        let name = path.trim_end_matches("/-").rsplit('/').next().unwrap_or(path);
        match value {
            Some(value) => format!("{name} {value}"),
            None => name.to_owned(),
        }
    });
    parts.collect::<Vec<_>>().join(", ")
}
