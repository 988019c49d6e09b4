//! Runs the queries of `list`, `pending` and `expiring`, and prints the rows and notes on them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use super::output::{OutputFlags, RowWriter};
use crate::columns::{self, Column, PackedRow};
use crate::config::SettingKey;
use crate::context::Context;
use crate::error::{ErrorKind, Result};
use crate::listing::Listing;
use crate::model::{ReadAhead, Referral};
use crate::output::{self, Output};
use crate::query::{ListQuery, Plan, SortKey, Sorter};
use crate::render::{Format, RenderSummary};
use crate::report::Figures;
use crate::services::Services;
use crate::text;

pub(super) struct ListingJob<'a> {
    /// Makes the query; once more if the clock turns out to be wrong.
    pub(super) query: &'a dyn Fn() -> Result<ListQuery>,
    pub(super) output: &'a OutputFlags,
    /// The formats that the command supports.
    pub(super) formats: &'static [Format],
    /// The default columns of a table.
    pub(super) columns: &'static [&'static str],
    /// Whether a table on a terminal shows every row.
    pub(super) all_rows: bool,
    /// Printed when no referral matches.
    pub(super) empty_message: &'a str,
}

/// What is done with the figures of each row of the result.
type OnFigures<'a> = &'a mut dyn FnMut(&Figures);

/// Returns whether a request was sent, which `--explain` and `--columns help` do not.
pub(super) fn run(
    services: &Services,
    job: &ListingJob<'_>,
    on_figures: Option<OnFigures<'_>>,
) -> Result<bool> {
    let context = services.context();
    let query = (job.query)()?;
    if job.output.wants_column_help() {
        return context.print(columns::format_help()).map(|()| false);
    }
    let format = job.output.resolve_format(context, job.formats)?;
    let columns = choose_columns(services, job, format)?;
    let prints_columns = columns.is_some() || !matches!(format, Format::Json | Format::Jsonl);
    let mut plan = Plan::new(ListQuery { prints_columns, ..query });
    if job.output.explain {
        let text = plan.explain(services.base_url()?.collection());
        return context.print(text).map(|()| false);
    }
    for criterion in &plan.query().criteria {
        let description = || format!("filter: {}", criterion.describe());
        context.ui().verbose(|| text::escape_control(&description()).into_owned());
    }
    let mut out = job.output.open(context)?;
    // A table is printed after the last row; rows of other formats would run into the progress line.
    let shows_progress = format == Format::Table || !job.output.is_to_terminal(context);
    let is_file = out.is_file();
    let add_detail = |error| if is_file { job.output.mention_unchanged_file(error) } else { error };
    let create_writer = || {
        let columns = columns.clone();
        let created = job.output.create_writer(context, format, columns, job.columns, job.all_rows);
        created.map_err(add_detail)
    };
    // What is known to fail fails before a request is sent.
    let mut writer = create_writer()?;
    let mut listing = start_listing(services, &plan, shows_progress).map_err(add_detail)?;
    // The first page tells whether the clock is right.
    if services.correct_clock() {
        drop(listing);
        plan = Plan::new(ListQuery { prints_columns, ..(job.query)()? });
        writer = create_writer()?;
        listing = start_listing(services, &plan, shows_progress).map_err(add_detail)?;
    }
    let listed = write_rows(&plan, job.output, listing, &mut writer, &mut out, on_figures);
    let rendered = finish_output(&listed, job.output, writer, out).map_err(add_detail)?;
    print_notes(context, job, &rendered, &listed.map_err(add_detail)?);
    Ok(true)
}

/// The columns that the user chose with `--columns`, or for tables in the profile. Formats that programs read must not
/// depend on the profile.
fn choose_columns(
    services: &Services,
    job: &ListingJob<'_>,
    format: Format,
) -> Result<Option<Vec<&'static Column>>> {
    let chosen = job.output.parse_columns()?;
    match services.settings()?.value(SettingKey::Columns) {
        Some(names) if chosen.is_none() && format == Format::Table => {
            columns::parse_list(names).map(Some)
        }
        _ => Ok(chosen),
    }
}

fn start_listing<'p>(
    services: &Services,
    plan: &'p Plan,
    shows_progress: bool,
) -> Result<Listing<'p>> {
    let context = services.context();
    let listing = Listing::start(services.api()?, context.clock(), context.ui(), plan)?;
    Ok(if shows_progress { listing } else { listing.without_progress() })
}

/// What is kept of a referral until its place in the order is known.
struct KeptRow {
    row: PackedRow,
    figures: Option<Box<Figures>>,
}

#[derive(Default)]
struct ListingSummary {
    rows: usize,
    null_rows: usize,
    /// The numbers of dates that cannot be read, by property.
    unreadable_dates: BTreeMap<&'static str, usize>,
    /// The numbers of rows that lack a value, by its name.
    left_out: BTreeMap<&'static str, usize>,
    is_disordered: bool,
    /// Those of a listing that is sorted by value.
    currencies: BTreeSet<Option<String>>,
}

/// Flushes after every page, so that rows appear while the next page is loading.
fn write_rows(
    plan: &Plan,
    flags: &OutputFlags,
    mut listing: Listing<'_>,
    writer: &mut RowWriter,
    out: &mut dyn Write,
    mut on_figures: Option<OnFigures<'_>>,
) -> Result<ListingSummary> {
    let mut summary = ListingSummary::default();
    let is_by_value = plan.query().sort.key == SortKey::Value;
    let needs_figures = is_by_value || on_figures.is_some();
    let figures = |row: &Referral| needs_figures.then(|| Box::new(Figures::of(row)));
    let mut count = |figures: Option<Box<Figures>>| {
        summary.rows += 1;
        let Some(figures) = figures else { return };
        if let Some(on_figures) = &mut on_figures {
            on_figures(&figures);
        }
        if is_by_value {
            summary.currencies.extend(figures.value.map(|value| value.currency));
        }
    };
    let mut sorter = plan.sorter();
    let mut next = listing.next_rows();
    while let Ok(Some(rows)) = &next {
        for referral in rows {
            if plan.read_ahead() == ReadAhead::AllFields {
                for name in referral.unreadable_dates() {
                    *summary.unreadable_dates.entry(name).or_default() += 1;
                }
            }
            if let Some(sorter) = &mut sorter {
                let keep = || KeptRow { row: writer.pack(referral), figures: figures(referral) };
                sorter.push(referral, keep);
            } else {
                count(figures(referral));
                writer.write(referral, out)?;
            }
        }
        flush(out)?;
        next = listing.next_rows();
    }
    let ended = next.map(drop);
    for KeptRow { row, figures } in
        sorter.filter(|_| is_accepted(&ended, flags)).into_iter().flat_map(Sorter::finish)
    {
        count(figures);
        writer.write_packed(&row, out)?;
    }
    flush(out)?;
    ended?;
    summary.null_rows = listing.null_rows();
    summary.left_out = listing.left_out().clone();
    summary.is_disordered = listing.is_disordered();
    Ok(summary)
}

/// Whether the listing is complete, or the user accepts a partial one.
fn is_accepted<T>(listed: &Result<T>, flags: &OutputFlags) -> bool {
    match listed {
        Ok(_) => true,
        Err(error) => flags.allow_partial && error.kind() == ErrorKind::Incomplete,
    }
}

/// Completes the document if the listing is complete, or if the user accepts a partial one. Otherwise only flushes, so
/// that standard output shows the rows that were received.
fn finish_output(
    listed: &Result<ListingSummary>,
    flags: &OutputFlags,
    mut writer: RowWriter,
    mut out: Output,
) -> Result<RenderSummary> {
    if !is_accepted(listed, flags) {
        flush(&mut out)?;
        return Ok(RenderSummary::default());
    }
    let mut rendered = writer.finish(&mut out)?;
    rendered.warnings.extend(out.commit()?);
    Ok(rendered)
}

fn print_notes(
    context: &Context,
    job: &ListingJob<'_>,
    rendered: &RenderSummary,
    listed: &ListingSummary,
) {
    let ui = context.ui();
    let rows = listed.rows;
    if rows == 0 {
        ui.info(job.empty_message);
        ui.info("(a Referrals user sees only referrals whose team includes them; a Referrals admin sees all)");
    }
    if !listed.unreadable_dates.is_empty() {
        let dates: Vec<String> = listed
            .unreadable_dates
            .iter()
            .map(|(name, count)| format!("{name} ({count})"))
            .collect();
        ui.warn(&format!("dates that cannot be read: {}", dates.join(", ")));
    }
    for (value, count) in &listed.left_out {
        let text = match count {
            1 => format!("1 referral has no {value} and is left out"),
            _ => format!("{count} referrals have no {value} and are left out"),
        };
        ui.info(&text);
    }
    if rendered.hidden_rows > 0 {
        let shown = rows - rendered.hidden_rows;
        ui.info(&format!("showing {shown} of {rows} referrals; use `--limit 0` to show all"));
    }
    if rendered.has_estimates {
        ui.info("~ estimated from the creation date, because the API gave no deadline");
    }
    for warning in &rendered.warnings {
        ui.warn(warning);
    }
    if listed.currencies.len() > 1 {
        ui.info("values are sorted without regard to their currency; use `--currency` to filter");
    }
    if listed.null_rows > 0 {
        let noun = if listed.null_rows == 1 { "row" } else { "rows" };
        ui.warn(&format!("skipped {} empty {noun} from the API", listed.null_rows));
    }
    if listed.is_disordered {
        ui.warn("the API did not return the rows in the requested order");
    }
    if let Some(file) = job.output.file_name() {
        let noun = if rows == 1 { "referral" } else { "referrals" };
        ui.info(&format!("wrote {rows} {noun} to {file}"));
    }
}

fn flush(out: &mut dyn Write) -> Result<()> {
    out.flush().map_err(output::write_failed)
}
