//! `changes`: tells what is new, moved, answered, closed or lapsed since the last run.

use std::io::Write;

use super::filters::{Filters, StatusFilters, hide_listing_flags};
use super::news::{self, Findings, Reading};
use super::output::{OutputFlags, offer_formats};
use crate::columns::{Cell, ColumnHead, Row, Shape, View};
use crate::context::Context;
use crate::dates::{DateParser, SpanDirection};
use crate::error::{Error, Outcome, Result};
use crate::model::{DeadlineState, ReferralKind};
use crate::output::write_failed;
use crate::query::Criterion;
use crate::render::{self, Format, RenderSummary};
use crate::report::{Change, Move, News};
use crate::services::Services;
use crate::text;

/// The mark of this command.
const MARK: &str = "changes";

const FORMATS: &[Format] = &[Format::Table, Format::Json, Format::Jsonl, Format::Csv, Format::Md];

#[derive(Debug, clap::Args)]
#[command(
    mut_args(hide_listing_flags),
    mut_args(offer_formats(FORMATS)),
    after_help = "Examples:
  referrals changes
  referrals changes --since 7d --kind co-sell
  referrals changes --format jsonl | jq -r 'select(.change == \"lapsed\").id'

In a scheduled job; exit code 3 means that there is something new:
  referrals changes --exit-code --output news.csv
  case $? in 0) ;; 3) mail-the-team news.csv ;; *) mail-the-admin ;; esac

The first run remembers what is open and tells nothing. What was told is not
told again; after a run that failed, the next one tells the same. The filters
choose what is told, and what they leave out is not told later either."
)]
pub struct Args {
    /// Look back to this date instead: yesterday, 3d, 2026-11-20
    ///
    /// What the last run has told plays no part then, and stays as it is. What a value was before is not known.
    #[arg(long, value_name = "DATE")]
    since: Option<String>,
    /// Exit with code 3 if anything is told
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    status: StatusFilters,
    #[command(flatten)]
    filters: Filters,
    #[command(flatten)]
    output: OutputFlags,
}

impl Args {
    pub(super) fn run(self, services: &Services) -> Result<Outcome> {
        let context = services.context();
        let Args { since, exit_code, status, filters, output } = &self;
        let wanted = || -> Result<Vec<Criterion>> {
            let mut criteria = status.criteria();
            criteria.extend(filters.criteria_alone(services)?);
            Ok(criteria)
        };
        let since = since.as_deref().map(|text| {
            move || {
                let dates = DateParser::new(context.now(), context.zone().clone());
                dates.parse_date("--since", text, SpanDirection::Past)
            }
        });
        if output.has_columns() {
            return Err(Error::usage("`changes` has columns of its own; leave out `--columns`"));
        }
        let format = output.resolve_format(context, FORMATS)?;
        let moment = since.as_ref().map(|since| since()).transpose()?;
        if output.explain {
            wanted()?;
            context.print(news::explain(services, MARK, moment)?)?;
            return Ok(Outcome::Done);
        }
        let mut out = output.open(context)?;
        let reading = Reading {
            wanted: &wanted,
            allow_partial: output.allow_partial,
            with_waiting: false,
            with_contacts: false,
        };
        let (found, mark) = if let Some(since) = &since {
            (news::read_since(services, since, reading)?, None)
        } else {
            let (found, mark) = news::read_news(services, MARK, reading)?;
            (found, Some(mark))
        };
        let (text, rendered) = self.render(context, format, &found.changes)?;
        if !(output.may_page(context, format) && context.page(&text)) {
            out.write_all(&text).map_err(write_failed)?;
        }
        let lost = out.commit()?;
        if format.is_for_people() {
            services.remember_shown(found.changes.iter().map(|change| &*change.item.id));
        }
        mark.map_or(Ok(()), news::PendingMark::commit)?;
        for warning in rendered.warnings.iter().chain(&lost) {
            context.ui().warn(warning);
        }
        self.close(context, format, &found);
        match found.incomplete {
            Some(error) => Err(error),
            None if *exit_code && !found.changes.is_empty() => Ok(Outcome::Attention),
            None => Ok(Outcome::Done),
        }
    }

    fn render(
        &self,
        context: &Context,
        format: Format,
        changes: &[Change],
    ) -> Result<(Vec<u8>, RenderSummary)> {
        let columns = if format.is_for_people() { PEOPLE } else { PROGRAMS };
        let heads = columns.iter().map(|(head, _)| head).collect();
        let mut renderer = self.output.create_renderer(context, format, heads)?;
        let mut text = Vec::new();
        for change in changes {
            let cells = columns.iter().map(|(_, cell)| cell(change, context)).collect();
            renderer.write_row(&Row { cells, raw: "" }, &mut text)?;
        }
        let summary = renderer.finish(&mut text)?;
        Ok((text, summary))
    }

    /// Says how much was told.
    fn close(&self, context: &Context, format: Format, found: &Findings) {
        let ui = context.ui();
        if !format.is_for_people() && !ui.is_terminal() && found.since.is_some() {
            return;
        }
        let is_complete = found.incomplete.is_none();
        let Some(since) = found.since else {
            if is_complete {
                close_first(context, found.waiting.len());
            }
            return;
        };
        let since = render::format_moment(since, context.zone(), context.now());
        let counts = render::format_news_counts(&found.changes);
        if !counts.is_empty() {
            ui.info(&format!("{counts} since {since}"));
        } else if is_complete {
            ui.info(&format!("nothing has changed since {since}"));
        }
        if self.since.is_none() && is_complete {
            say_waiting(context, found.waiting.len());
        }
    }
}

fn close_first(context: &Context, waiting: usize) {
    let ui = context.ui();
    ui.info("this is the first run: from now on `referrals changes` tells what has changed since the last");
    say_waiting(context, waiting);
    ui.info("hint: `referrals changes --since yesterday` looks back");
}

fn say_waiting(context: &Context, count: usize) {
    let verb = if count == 1 { "waits" } else { "wait" };
    let referrals = text::count(count, "referral");
    context.ui().info(&format!("{referrals} {verb} for an answer: `referrals pending`"));
}

type NewsColumn = (ColumnHead, fn(&Change, &Context) -> Cell<'static>);

const fn column(
    name: &'static str,
    shape: Shape,
    description: &'static str,
    cell: fn(&Change, &Context) -> Cell<'static>,
) -> NewsColumn {
    let (view, min_width) = (View::Whole, None);
    (ColumnHead { name, heading: name, shape, description, view, min_width }, cell)
}

const ID: NewsColumn =
    column("id", Shape::Text, "the referral's id", |it, _| text_cell(&it.item.id));
const CHANGE: NewsColumn =
    column("change", Shape::Text, "what has happened", |it, _| text_cell(it.news.word()));
const CUSTOMER: NewsColumn = column("customer", Shape::Text, "the customer's name", |it, _| {
    option_cell(it.item.customer.as_deref())
});

/// For tables.
const PEOPLE: &[NewsColumn] = &[
    (ColumnHead { view: View::Id, ..ID.0 }, ID.1),
    (ColumnHead { heading: "News", ..CHANGE.0 }, CHANGE.1),
    (ColumnHead { min_width: Some(8), ..CUSTOMER.0 }, CUSTOMER.1),
    (
        ColumnHead {
            name: "what",
            heading: "What",
            shape: Shape::Text,
            description: "what has happened, in words",
            view: View::Whole,
            min_width: Some(32),
        },
        |it, context| text_cell(&render::describe_change(it, context.zone(), context.now())),
    ),
];

/// For files and flat JSON records. Their order is fixed; a new one comes last.
const PROGRAMS: &[NewsColumn] = &[
    ID,
    CHANGE,
    column("field", Shape::Text, "the value that was changed", |it, _| {
        option_cell(moved(it).map(|moved| moved.field.word()))
    }),
    column("old", Shape::Text, "what it was", |it, _| {
        option_cell(moved(it).and_then(|moved| moved.old.to_plain_text()).as_deref())
    }),
    column("new", Shape::Text, "what it is", |it, _| {
        option_cell(moved(it).and_then(|moved| moved.new.to_plain_text()).as_deref())
    }),
    CUSTOMER,
    column("name", Shape::Text, "the deal's name", |it, _| option_cell(it.item.deal.as_deref())),
    column("kind", Shape::Text, "lead, qualified-lead, co-sell or other", |it, _| {
        option_cell(it.item.kind.map(ReferralKind::as_str))
    }),
    column("state", Shape::Text, "the substatus as one word", |it, _| text_cell(&it.item.state)),
    column("value", Shape::Money, "the deal value", |it, _| {
        it.item.value.clone().map_or(Cell::Empty, Cell::Money)
    }),
    column("currency", Shape::Text, "the currency of the deal value", |it, _| {
        option_cell(it.item.value.as_ref().and_then(|value| value.currency.as_deref()))
    }),
    column("deadline", Shape::Deadline, "until when it has to be answered", |it, _| {
        match it.item.deadline {
            DeadlineState::At(deadline) => Cell::Deadline(deadline),
            _ => Cell::Empty,
        }
    }),
    column(
        "deadline_estimated",
        Shape::Flag,
        "whether the deadline is estimated",
        |it, _| match it.item.deadline {
            DeadlineState::At(deadline) => Cell::Flag(deadline.estimated),
            _ => Cell::Empty,
        },
    ),
    column("sellers", Shape::Text, "e-mail addresses of our team", |it, _| {
        option_cell(Some(it.item.sellers.join("; ")).as_deref())
    }),
    column("from", Shape::Text, "the organisation that sent it", |it, _| {
        option_cell(it.item.sender.as_deref())
    }),
];

fn moved(change: &Change) -> Option<&Move> {
    match &change.news {
        News::Moved(moved) => Some(moved),
        _ => None,
    }
}

fn text_cell(text: &str) -> Cell<'static> {
    option_cell(Some(text))
}

fn option_cell(text: Option<&str>) -> Cell<'static> {
    match text {
        Some(text) if !text.is_empty() => Cell::Text(text.to_owned().into()),
        _ => Cell::Empty,
    }
}
