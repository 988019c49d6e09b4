//! `summary`: counts, money and deadlines on one screen.

use super::figures::{DEFAULT_PERIOD, FigureListings, FigureOptions, describe_owner};
use super::report_format::{ReportFormat, print_json};
use crate::error::{Outcome, Result};
use crate::render::{self, SummaryOptions};
use crate::services::Services;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  referrals summary
  referrals summary --period quarter
  referrals summary --format json

In a scheduled job; exit code 3 means that something must be answered:
  referrals summary --exit-code > morning.txt
  case $? in 0) ;; 3) mail-the-team morning.txt ;; *) mail-the-admin ;; esac")]
pub struct Args {
    /// Look back on this period: 30d, quarter, last month, 2026-10
    #[arg(long, value_name = "PERIOD", default_value = DEFAULT_PERIOD)]
    period: String,
    /// Print in this format
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = ReportFormat::Text)]
    format: ReportFormat,
    /// Exit with code 3 if something must be answered by tomorrow
    #[arg(long)]
    exit_code: bool,
    /// Print what was listed when a listing breaks off (still exit code 7)
    #[arg(hide_short_help = true, long)]
    allow_partial: bool,
}

impl Default for Args {
    fn default() -> Args {
        Args {
            period: DEFAULT_PERIOD.to_owned(),
            format: ReportFormat::Text,
            exit_code: false,
            allow_partial: false,
        }
    }
}

impl Args {
    pub(super) fn run(self, services: &Services) -> Result<Outcome> {
        let is_text = self.format == ReportFormat::Text;
        let options = FigureOptions {
            product: "summary",
            period: &self.period,
            allow_partial: self.allow_partial,
            prints_parts: is_text || self.allow_partial,
        };
        let mut listings = FigureListings::new(services, options, None)?;
        listings.list_waiting()?;
        let options = self.screen_options(services)?;
        let context = services.context();
        if is_text {
            context.print(render::format_waiting(&listings.summary, &options)?)?;
            let items = &listings.summary.waiting.urgent.items;
            services.remember_shown(items.iter().map(|item| item.id.as_str()));
        }
        listings.list_rest()?;
        if is_text {
            context.print(render::format_figures(&listings.summary, &options))?;
        } else {
            print_json(context, &render::to_json(&listings.summary))?;
        }
        let summary = listings.finish()?;
        let needs_attention = self.exit_code && summary.needs_attention();
        Ok(if needs_attention { Outcome::Attention } else { Outcome::Done })
    }

    fn screen_options(&self, services: &Services) -> Result<SummaryOptions> {
        let context = services.context();
        // The prompt below, and the line above that says what the demo is.
        let other_lines = 1 + usize::from(context.is_demo());
        Ok(SummaryOptions {
            title: describe_owner(services)?,
            period: self.period.trim().to_owned(),
            width: context.out_width(),
            lines: context.out_height().map(|height| height.saturating_sub(other_lines)),
            color: context.color(),
            is_ascii: context.is_ascii(),
        })
    }
}
