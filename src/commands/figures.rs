//! Lists what figures are made of: what waits, what is open, and what was updated since the period began.

use std::collections::BTreeMap;

use super::closing::{ListingSummary, print_notes};
use crate::context::Context;
use crate::dates::DateParser;
use crate::error::{Error, ErrorKind, Result};
use crate::listing::Listing;
use crate::model::{Direction, Referral, Status};
use crate::query::{Criterion, ListQuery, Plan, Sort, SortKey, Window};
use crate::report::{Moment, Open, ReportDetails, ReportPeriod, Results, Summary};
use crate::services::Services;

pub(super) const DEFAULT_PERIOD: &str = "90d";

pub(super) struct FigureOptions<'a> {
    /// What is made of the listings, for errors.
    pub(super) product: &'static str,
    /// The value of `--period`.
    pub(super) period: &'a str,
    pub(super) allow_partial: bool,
    /// Whether something is printed of the first listing when a later one breaks off.
    pub(super) prints_parts: bool,
}

/// The three listings, and what was made of them so far.
pub(super) struct FigureListings<'a> {
    services: &'a Services,
    options: FigureOptions<'a>,
    pub(super) summary: Summary,
    /// Only for who needs rows beside the figures.
    pub(super) details: Option<ReportDetails>,
    notes: ListingSummary,
    rows: usize,
    /// Why a listing broke off, where a partial result is accepted.
    pub(super) broken: Option<Error>,
}

impl<'a> FigureListings<'a> {
    pub(super) fn new(
        services: &'a Services,
        options: FigureOptions<'a>,
        details: Option<ReportDetails>,
    ) -> Result<FigureListings<'a>> {
        let summary = create_summary(services.context(), options.period)?;
        Ok(FigureListings {
            services,
            options,
            summary,
            details,
            notes: ListingSummary::default(),
            rows: 0,
            broken: None,
        })
    }

    /// All three, up to one that breaks off.
    pub(super) fn list_all(&mut self) -> Result<()> {
        self.list_waiting()?;
        self.list_rest()
    }

    /// What waits, as `pending` asks for it.
    pub(super) fn list_waiting(&mut self) -> Result<()> {
        let criteria =
            vec![Criterion::Direction(Direction::Incoming), Criterion::Status(vec![Status::New])];
        let query = ListQuery { criteria, documented_only: true, ..all_fields() };
        self.list(query, |summary, details, referral| {
            summary.waiting.add(referral, &summary.moment);
            if let Some(details) = details {
                details.add_waiting(referral, &summary.moment);
            }
        })
    }

    /// What is open, and what happened in the period.
    pub(super) fn list_rest(&mut self) -> Result<()> {
        if self.broken.is_none() {
            self.list_open()?;
        }
        if self.broken.is_none() {
            self.list_results()?;
        }
        Ok(())
    }

    /// Prints the notes on the rows.
    ///
    /// # Errors
    /// Why a listing broke off.
    pub(super) fn finish(self) -> Result<Summary> {
        print_notes(self.services.context(), &self.notes);
        self.broken.map_or(Ok(self.summary), Err)
    }

    fn list_open(&mut self) -> Result<()> {
        let before = self.rows;
        self.summary.open = Some(Open::default());
        let criteria = vec![Criterion::Status(vec![Status::Active])];
        let query = ListQuery { criteria, documented_only: true, ..all_fields() };
        self.list(query, |summary, details, referral| {
            if let Some(open) = &mut summary.open {
                open.add(referral, &summary.moment);
            }
            if let Some(details) = details {
                details.add_open(referral, &summary.moment);
            }
        })?;
        if self.broken.is_some() && self.rows == before {
            self.summary.open = None;
        }
        Ok(())
    }

    /// What was updated since the period began: all that happened in it was an update.
    fn list_results(&mut self) -> Result<()> {
        let before = self.rows;
        self.summary.results = Some(Results::default());
        let period = self.summary.period;
        let window = Window { from: Some(period.from), until: None };
        let criteria = vec![Criterion::Updated(window)];
        let sort = Sort::by(SortKey::Updated);
        let query = ListQuery { criteria, sort, ..all_fields() };
        self.list(query, |summary, details, referral| {
            if let Some(results) = &mut summary.results {
                results.add(referral, period);
            }
            if let Some(details) = details {
                details.add_result(referral, period, &summary.moment);
            }
        })?;
        if self.broken.is_some() && self.rows == before {
            self.summary.results = None;
        }
        Ok(())
    }

    fn list(
        &mut self,
        query: ListQuery,
        add: impl Fn(&mut Summary, Option<&mut ReportDetails>, &Referral),
    ) -> Result<()> {
        let has_printed = self.options.prints_parts && self.summary.open.is_some();
        let Err(error) = self.read(query, add) else { return Ok(()) };
        self.summary.is_complete = false;
        // Once something was printed, whatever comes after it is missing.
        let is_final = matches!(error.kind(), ErrorKind::ClosedPipe | ErrorKind::SignIn);
        let error = match has_printed && !is_final {
            true if error.kind() == ErrorKind::Incomplete => error,
            true => error
                .with_kind(ErrorKind::Incomplete)
                .context(format!("the {} broke off", self.options.product)),
            false => error,
        };
        if error.kind() != ErrorKind::Incomplete || !self.options.allow_partial {
            return Err(error);
        }
        self.broken = Some(error);
        Ok(())
    }

    fn read(
        &mut self,
        query: ListQuery,
        add: impl Fn(&mut Summary, Option<&mut ReportDetails>, &Referral),
    ) -> Result<()> {
        let context = self.services.context();
        let plan = Plan::new(query);
        let start = || Listing::start(self.services.api()?, context.clock(), context.ui(), &plan);
        let mut listing = start()?;
        // The first page of all tells whether the clock is right. Nothing was added by then, and the query of what waits
        // does not depend on the time.
        if self.services.correct_clock() {
            let Summary { moment, period, .. } = create_summary(context, self.options.period)?;
            (self.summary.moment, self.summary.period) = (moment, period);
        }
        let mut unreadable_dates: BTreeMap<&str, usize> = BTreeMap::new();
        while let Some(rows) = listing.next_rows()? {
            self.rows += rows.len();
            for referral in &rows {
                for name in referral.unreadable_dates() {
                    *unreadable_dates.entry(name).or_default() += 1;
                }
                add(&mut self.summary, self.details.as_mut(), referral);
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

/// Whose figures these are.
pub(super) fn describe_owner(services: &Services) -> Result<String> {
    Ok(if services.context().is_demo() {
        "Sample data".to_owned()
    } else {
        format!("Profile {}", services.settings()?.profile.value)
    })
}

/// Every row is read whole.
fn all_fields() -> ListQuery {
    ListQuery { prints_columns: true, ..ListQuery::default() }
}
