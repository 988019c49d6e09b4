//! `summary`: counts, money and deadlines on one screen.

use std::collections::BTreeMap;

use super::closing::{ListingSummary, print_notes};
use super::report_format::{ReportFormat, print_json};
use crate::context::Context;
use crate::dates::DateParser;
use crate::error::{Error, ErrorKind, Outcome, Result};
use crate::listing::Listing;
use crate::model::{Direction, Referral, Status};
use crate::query::{Criterion, ListQuery, Plan, Sort, SortKey, Window};
use crate::render::{self, SummaryOptions};
use crate::report::{Moment, Open, ReportPeriod, Results, Summary};
use crate::services::Services;

const DEFAULT_PERIOD: &str = "90d";

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
        let mut run = Run::new(services, &self)?;
        run.list_waiting()?;
        let options = self.screen_options(services)?;
        let is_text = self.format == ReportFormat::Text;
        let context = services.context();
        if is_text {
            context.print(render::format_waiting(&run.summary, &options)?)?;
            let items = &run.summary.waiting.urgent.items;
            services.remember_shown(items.iter().map(|item| item.id.as_str()));
        }
        if run.broken.is_none() {
            run.list_open()?;
        }
        if run.broken.is_none() {
            run.list_results()?;
        }
        if is_text {
            context.print(render::format_figures(&run.summary, &options))?;
        } else {
            print_json(context, &render::to_json(&run.summary))?;
        }
        print_notes(context, &run.notes);
        if let Some(error) = run.broken {
            return Err(error);
        }
        let needs_attention = self.exit_code && run.summary.needs_attention();
        Ok(if needs_attention { Outcome::Attention } else { Outcome::Done })
    }

    fn screen_options(&self, services: &Services) -> Result<SummaryOptions> {
        let context = services.context();
        let title = if context.is_demo() {
            "Sample data".to_owned()
        } else {
            format!("Profile {}", services.settings()?.profile.value)
        };
        // The prompt below, and the line above that says what the demo is.
        let other_lines = 1 + usize::from(context.is_demo());
        Ok(SummaryOptions {
            title,
            period: self.period.trim().to_owned(),
            width: context.out_width(),
            lines: context.out_height().map(|height| height.saturating_sub(other_lines)),
            color: context.color(),
            is_ascii: context.is_ascii(),
        })
    }
}

/// The listings that the figures are made of.
struct Run<'a> {
    services: &'a Services,
    args: &'a Args,
    summary: Summary,
    notes: ListingSummary,
    /// Why a listing broke off, where a partial summary is accepted.
    broken: Option<Error>,
}

impl<'a> Run<'a> {
    fn new(services: &'a Services, args: &'a Args) -> Result<Run<'a>> {
        let summary = create_summary(services.context(), &args.period)?;
        Ok(Run { services, args, summary, notes: ListingSummary::default(), broken: None })
    }

    /// What waits, as `pending` asks for it.
    fn list_waiting(&mut self) -> Result<()> {
        let criteria =
            vec![Criterion::Direction(Direction::Incoming), Criterion::Status(vec![Status::New])];
        let query = ListQuery { criteria, documented_only: true, ..all_fields() };
        self.list(query, |summary, referral| summary.waiting.add(referral, &summary.moment))
    }

    fn list_open(&mut self) -> Result<()> {
        self.summary.open = Some(Open::default());
        let criteria = vec![Criterion::Status(vec![Status::Active])];
        let query = ListQuery { criteria, documented_only: true, ..all_fields() };
        self.list(query, |summary, referral| {
            if let Some(open) = &mut summary.open {
                open.add(referral, &summary.moment);
            }
        })
    }

    /// What was updated since the period began: all that happened in it was an update.
    fn list_results(&mut self) -> Result<()> {
        self.summary.results = Some(Results::default());
        let period = self.summary.period;
        let window = Window { from: Some(period.from), until: None };
        let criteria = vec![Criterion::Updated(window)];
        let sort = Sort::by(SortKey::Updated);
        let query = ListQuery { criteria, sort, ..all_fields() };
        self.list(query, |summary, referral| {
            if let Some(results) = &mut summary.results {
                results.add(referral, period);
            }
        })
    }

    fn list(&mut self, query: ListQuery, add: impl Fn(&mut Summary, &Referral)) -> Result<()> {
        let prints_parts = self.args.format == ReportFormat::Text || self.args.allow_partial;
        let has_printed = prints_parts && self.summary.open.is_some();
        let Err(error) = self.read(query, add) else { return Ok(()) };
        self.summary.is_complete = false;
        // Once something was printed, whatever comes after it is missing.
        let is_final = matches!(error.kind(), ErrorKind::ClosedPipe | ErrorKind::SignIn);
        let error = match has_printed && !is_final {
            true if error.kind() == ErrorKind::Incomplete => error,
            true => error.with_kind(ErrorKind::Incomplete).context("the summary broke off"),
            false => error,
        };
        if error.kind() != ErrorKind::Incomplete || !self.args.allow_partial {
            return Err(error);
        }
        self.broken = Some(error);
        Ok(())
    }

    fn read(&mut self, query: ListQuery, add: impl Fn(&mut Summary, &Referral)) -> Result<()> {
        let context = self.services.context();
        let plan = Plan::new(query);
        let start = || Listing::start(self.services.api()?, context.clock(), context.ui(), &plan);
        let mut listing = start()?;
        // The first page of all tells whether the clock is right. Nothing was added by then, and the query of what waits
        // does not depend on the time.
        if self.services.correct_clock() {
            let Summary { moment, period, .. } = create_summary(context, &self.args.period)?;
            (self.summary.moment, self.summary.period) = (moment, period);
        }
        let mut unreadable_dates: BTreeMap<&str, usize> = BTreeMap::new();
        while let Some(rows) = listing.next_rows()? {
            for referral in &rows {
                for name in referral.unreadable_dates() {
                    *unreadable_dates.entry(name).or_default() += 1;
                }
                add(&mut self.summary, referral);
            }
        }
        // A referral may be in two of the listings.
        for (name, count) in unreadable_dates {
            let noted = self.notes.unreadable_dates.entry(name).or_default();
            *noted = count.max(*noted);
        }
        self.notes.null_rows += listing.null_rows();
        self.notes.is_disordered |= listing.is_disordered();
        for (name, count) in listing.left_out() {
            *self.notes.left_out.entry(name).or_default() += count;
        }
        Ok(())
    }
}

fn create_summary(context: &Context, period: &str) -> Result<Summary> {
    let moment = Moment { now: context.now(), zone: context.zone().clone() };
    let dates = DateParser::new(moment.now, moment.zone.clone());
    let (from, until) = dates.parse_period_back("--period", period)?;
    Ok(Summary::new(moment, ReportPeriod { from, until }))
}

/// Every row is read whole.
fn all_fields() -> ListQuery {
    ListQuery { prints_columns: true, ..ListQuery::default() }
}
