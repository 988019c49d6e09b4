//! Runs the queries of `list`, `pending` and `expiring`, and prints the rows and notes on them.

use std::io::Write;

use jiff::{SignedDuration, Timestamp};

use super::closing::{Closing, ListingSummary};
use super::grouping::Grouping;
use super::output::{Layout, OutputFlags, RowWriter};
use super::preset_flags;
use crate::columns::{self, Column, Preset, UsualColumns};
use crate::config::SettingKey;
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::listing::Listing;
use crate::model::{ReadAhead, Referral};
use crate::output::{self, Output};
use crate::query::{ListQuery, Plan, SortKey, Sorter};
use crate::render::{self, Format, RenderSummary};
use crate::report::{Figures, Groups, Tally};
use crate::services::Services;
use crate::text;

pub(super) struct ListingJob<'a> {
    /// Makes the query; once more if the clock turns out to be wrong.
    pub(super) query: &'a dyn Fn() -> Result<ListQuery>,
    pub(super) output: &'a OutputFlags,
    /// The formats that the command supports.
    pub(super) formats: &'static [Format],
    /// For the importer of a CRM.
    pub(super) preset: Option<Preset>,
    /// For groups instead of rows.
    pub(super) grouping: Option<Grouping>,
    /// Of a table for which none are chosen.
    pub(super) columns: &'static UsualColumns,
    /// Whether a table on a terminal shows every row.
    pub(super) all_rows: bool,
    /// How long before a deadline a calendar reminds of it.
    pub(super) alarm: Option<SignedDuration>,
    /// Whether the command needs a tally whatever the format.
    pub(super) needs_tally: bool,
    pub(super) closing: Closing<'a>,
}

/// Returns the tally of what matched, if there is one. `--explain` and `--columns help` list nothing.
pub(super) fn run(services: &Services, job: &ListingJob<'_>) -> Result<Option<Tally>> {
    let context = services.context();
    let query = (job.query)()?;
    if job.grouping.is_some() && job.output.has_columns() {
        return Err(Error::usage("the argument '--by <GROUP>' cannot be used with '--columns'"));
    }
    if job.output.wants_column_help() {
        return context.print(columns::format_help()).map(|()| None);
    }
    let format = resolve_format(context, job)?;
    let columns = choose_columns(services, job, format)?;
    let prints_columns = columns.is_some()
        || job.grouping.is_some()
        || !matches!(format, Format::Json | Format::Jsonl);
    let mut plan = Plan::new(ListQuery { prints_columns, ..query });
    if job.output.explain {
        let mut text = plan.explain(services.base_url()?.collection());
        text.extend(job.grouping.as_ref().map(Grouping::explain));
        return context.print(text).map(|()| None);
    }
    for criterion in &plan.query().criteria {
        let description = || format!("filter: {}", criterion.describe());
        context.ui().verbose(|| text::escape_control(&description()).into_owned());
    }
    let portal_url = services.settings()?.value(SettingKey::PortalUrl);
    let mut out = job.output.open(context)?;
    // What people read is printed after the last row; rows of other formats would run into the progress line.
    let shows_progress = format.is_for_people() || !job.output.is_to_terminal(context);
    let is_file = out.is_file();
    let add_detail = |error| if is_file { job.output.mention_unchanged_file(error) } else { error };
    let create_writer =
        || create_writer(context, job, format, columns.clone(), portal_url).map_err(add_detail);
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
    let noted = Noted::new(context, job, &plan, format);
    let listed = write_rows(&plan, job, listing, &mut writer, &mut out, noted);
    let pages = job.output.may_page(context, format);
    let finish = |out: &mut dyn Write| finish_document(context, pages, &mut writer, out);
    let rendered = finish_output(&listed, job.output, finish, out).map_err(add_detail)?;
    if is_accepted(&listed, job.output) {
        services.remember_shown(writer.shown_ids(&rendered));
    }
    let mut listed = listed.map_err(add_detail)?;
    if context.ui().is_terminal() && job.output.is_to_terminal(context) {
        let shown: Vec<&str> = writer.shown_ids(&rendered).collect();
        let first = shown.first().map(|id| render::shorten_among(id, &shown));
        listed.first_id = first.map(str::to_owned);
    }
    job.closing.print(context, job.output, (&plan, format), &listed, &rendered);
    Ok(listed.tally)
}

/// Groups and presets have fewer formats than rows.
fn resolve_format(context: &Context, job: &ListingJob<'_>) -> Result<Format> {
    if job.preset.is_some() {
        let resolved = job.output.resolve_format(context, preset_flags::FORMATS);
        return resolved.map_err(|error| error.hint("for other formats, leave out `--preset`"));
    }
    if job.grouping.is_none() {
        return job.output.resolve_format(context, job.formats);
    }
    let resolved = job.output.resolve_format(context, &Grouping::formats(job.formats));
    resolved.map_err(|error| error.hint("for other formats, leave out `--by`"))
}

fn create_writer(
    context: &Context,
    job: &ListingJob<'_>,
    format: Format,
    chosen: Option<Vec<&'static Column>>,
    portal_url: Option<&str>,
) -> Result<RowWriter> {
    let ListingJob { output, columns: usual, all_rows, alarm, .. } = *job;
    if let Some(preset) = &job.preset {
        return output.create_preset_writer(context, format, preset, portal_url);
    }
    match &job.grouping {
        None => {
            let layout = Layout { usual, all_rows, alarm, portal_url };
            output.create_writer(context, format, chosen, &layout)
        }
        Some(grouping) => output.create_group_writer(context, grouping.sheet(format), all_rows),
    }
}

/// The columns that the user chose with `--columns`, or for people in the profile. Formats that programs read must not
/// depend on the profile.
fn choose_columns(
    services: &Services,
    job: &ListingJob<'_>,
    format: Format,
) -> Result<Option<Vec<&'static Column>>> {
    let chosen = job.output.parse_columns()?;
    match services.settings()?.value(SettingKey::Columns) {
        Some(names) if chosen.is_none() && format.is_for_people() => {
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

/// What is noted of the rows besides their number.
struct Noted {
    tally: Option<Tally>,
    groups: Option<Groups>,
    format: Format,
    now: Timestamp,
}

impl Noted {
    fn new(context: &Context, job: &ListingJob<'_>, plan: &Plan, format: Format) -> Noted {
        let is_by_value = plan.query().sort.key == SortKey::Value;
        let tallies = job.needs_tally || is_by_value || format.is_for_people();
        Noted {
            tally: tallies.then(Tally::default),
            groups: job.grouping.as_ref().map(|grouping| Groups::new(grouping.key)),
            format,
            now: context.now(),
        }
    }

    fn add(&mut self, referral: &Referral) {
        let Noted { tally, groups, now, .. } = self;
        if tally.is_none() && groups.is_none() {
            return;
        }
        let figures = Figures::of(referral);
        if let Some(tally) = tally {
            tally.add(&figures, *now);
        }
        if let Some(groups) = groups {
            groups.add(referral, &figures, *now);
        }
    }
}

/// Flushes after every page, so that rows appear while the next page is loading.
fn write_rows(
    plan: &Plan,
    job: &ListingJob<'_>,
    mut listing: Listing<'_>,
    writer: &mut RowWriter,
    out: &mut dyn Write,
    mut noted: Noted,
) -> Result<ListingSummary> {
    let mut summary = ListingSummary::default();
    let mut sorter = plan.sorter();
    // The rows of a page are dropped before the next page is waited for, so that memory holds one less.
    let ended = loop {
        let rows = match listing.next_rows() {
            Ok(Some(rows)) => rows,
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        };
        summary.matched += rows.len();
        for referral in &rows {
            if plan.read_ahead() == ReadAhead::AllFields {
                for name in referral.unreadable_dates() {
                    *summary.unreadable_dates.entry(name).or_default() += 1;
                }
            }
            noted.add(referral);
            if noted.groups.is_some() {
                continue;
            }
            if let Some(sorter) = &mut sorter {
                sorter.push(referral, || writer.keep(referral));
            } else {
                summary.count(writer.write(referral, out)?);
            }
        }
        flush(out)?;
    };
    if is_accepted(&ended, job.output) {
        for kept in sorter.into_iter().flat_map(Sorter::finish) {
            summary.count(writer.write_kept(kept, out)?);
        }
        if let Some((grouping, groups)) = job.grouping.as_ref().zip(noted.groups) {
            let written = grouping.write(&groups, noted.format, writer.renderer(), out)?;
            summary.rows = written.rows;
            summary.groups = Some(written);
        }
    }
    flush(out)?;
    ended?;
    summary.tally = noted.tally;
    summary.null_rows = listing.null_rows();
    summary.left_out = listing.left_out().clone();
    summary.is_seller_sent = listing.is_seller_sent();
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
    finish: impl FnOnce(&mut dyn Write) -> Result<RenderSummary>,
    mut out: Output,
) -> Result<RenderSummary> {
    if !is_accepted(listed, flags) {
        flush(&mut out)?;
        return Ok(RenderSummary::default());
    }
    let mut rendered = finish(&mut out)?;
    rendered.warnings.extend(out.commit()?);
    Ok(rendered)
}

/// Writes the end of the document; with `pages` to the pager, where it is longer than the terminal.
fn finish_document(
    context: &Context,
    pages: bool,
    writer: &mut RowWriter,
    out: &mut dyn Write,
) -> Result<RenderSummary> {
    if !pages {
        return writer.finish(out);
    }
    let mut text = Vec::new();
    let rendered = writer.finish(&mut text)?;
    if !context.page(&text) {
        out.write_all(&text).map_err(output::write_failed)?;
    }
    Ok(rendered)
}

fn flush(out: &mut dyn Write) -> Result<()> {
    out.flush().map_err(output::write_failed)
}
