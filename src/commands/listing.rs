//! What `list`, `pending` and `expiring` share: a query to the API, its rows to a renderer, and the notes that go with
//! the answer.

use std::io::Write;

use super::output::{OutputFlags, default_columns};
use crate::columns::{self, Column};
use crate::config::SettingKey;
use crate::context::Context;
use crate::error::{ErrorKind, Result};
use crate::listing::Listing;
use crate::model::Referral;
use crate::output;
use crate::query::{ListQuery, Plan, SortKey};
use crate::render::{self, Format, Renderer};
use crate::services::Services;

/// A listing to be carried out.
pub(super) struct ListingJob<'a> {
    /// What is wanted.
    pub(super) query: ListQuery,
    /// In what form and where.
    pub(super) output: &'a OutputFlags,
    /// The formats that the command can give.
    pub(super) formats: &'static [Format],
    /// The table's usual columns.
    pub(super) columns: &'static [&'static str],
    /// Whether a table on a terminal shows every row.
    pub(super) all_rows: bool,
    /// What to say when there is nothing.
    pub(super) empty_message: &'a str,
}

/// Carries it out; `each` sees every row that is part of the answer. Returns whether the API was asked, which `--explain` and
/// `--columns help` do not.
pub(super) fn run(
    services: &Services,
    job: &ListingJob<'_>,
    each: &mut dyn FnMut(&Referral),
) -> Result<bool> {
    let context = services.context();
    if job.output.wants_column_help() {
        return context.print(columns::format_help()).map(|()| false);
    }
    let format = job.output.format(context, job.formats)?;
    let chosen = chosen_columns(services, job, format)?;
    let plan = Plan::new(job.query.clone());
    if job.output.explain {
        let text = plan.explain(services.base_url()?.collection());
        return context.print(text).map(|()| false);
    }
    for criterion in &plan.query().criteria {
        context.ui().verbose(|| format!("wanted: {}", criterion.describe()));
    }
    let mut out = job.output.open(context)?;
    let options = job.output.format_options(context, format, chosen.is_some(), job.all_rows);
    let columns = chosen.unwrap_or_else(|| default_columns(format, job.columns));
    let mut renderer = render::renderer(options, columns::collect_heads(&columns));
    // A table is printed after the last row; other rows would run into the progress line.
    let shows_progress = format == Format::Table || !job.output.is_to_terminal(context);
    let listed = start(services, &plan, shows_progress)
        .and_then(|listing| print_rows(listing, &columns, renderer.as_mut(), &mut out, each));
    let finished = finish(&listed, job.output, renderer.as_mut(), &mut out);
    let committed = finished.and_then(|whole| if whole { out.commit() } else { Ok(()) });
    let listed = committed.and(listed).map_err(|error| job.output.mention_unchanged_file(error))?;
    print_remarks(context, job, renderer.as_ref(), &listed);
    Ok(true)
}

fn start<'p>(services: &Services, plan: &'p Plan, shows_progress: bool) -> Result<Listing<'p>> {
    let context = services.context();
    let listing = Listing::start(services.api()?, context.clock(), context.ui(), plan)?;
    Ok(if shows_progress { listing } else { listing.without_progress() })
}

/// Closes the document when it is whole, or when a partial one was asked for; whether it did. What was received of one that
/// broke off is still written, so that standard output shows how far it got.
fn finish(
    listed: &Result<ListingSummary>,
    output: &OutputFlags,
    renderer: &mut dyn Renderer,
    out: &mut dyn Write,
) -> Result<bool> {
    let whole = match listed {
        Ok(_) => true,
        Err(error) => output.allow_partial && error.kind() == ErrorKind::Incomplete,
    };
    if whole {
        renderer.finish(out)?;
    }
    flush(out)?;
    Ok(whole)
}

/// What was found.
#[derive(Default)]
struct ListingSummary {
    count: usize,
    nulls: usize,
    disordered: bool,
    currencies: Vec<Option<String>>,
}

/// Sends the rows of the answer to the renderer, those of a page before the next page is there.
fn print_rows(
    mut listing: Listing<'_>,
    columns: &[&'static Column],
    renderer: &mut dyn Renderer,
    out: &mut dyn Write,
    each: &mut dyn FnMut(&Referral),
) -> Result<ListingSummary> {
    let mut listed = ListingSummary::default();
    while let Some(rows) = listing.next_rows()? {
        for referral in rows {
            listed.count += 1;
            each(&referral);
            let currency = referral.value().map(|value| value.currency);
            listed
                .currencies
                .extend(currency.filter(|currency| !listed.currencies.contains(currency)));
            renderer.row(&columns::Row::new(columns, &referral), out)?;
        }
        flush(out)?;
    }
    listed.nulls = listing.nulls();
    listed.disordered = listing.is_disordered();
    Ok(listed)
}

/// The columns that the user named: with `--columns`, else for tables in the profile. What programs read does not depend on
/// whose profile it is.
fn chosen_columns(
    services: &Services,
    job: &ListingJob<'_>,
    format: Format,
) -> Result<Option<Vec<&'static Column>>> {
    let chosen = job.output.columns()?;
    match services.settings()?.value(SettingKey::Columns) {
        Some(names) if chosen.is_none() && format == Format::Table => {
            columns::parse_list(names).map(Some)
        }
        _ => Ok(chosen),
    }
}

/// Tells what the answer itself does not show.
fn print_remarks(
    context: &Context,
    job: &ListingJob<'_>,
    renderer: &dyn Renderer,
    listed: &ListingSummary,
) {
    let ui = context.ui();
    if listed.count == 0 {
        ui.info(job.empty_message);
        ui.info("(a Referrals user sees only referrals whose team includes them; a Referrals admin sees all)");
    }
    if let Some((shown, all)) = renderer.shown().filter(|(shown, all)| shown < all) {
        ui.info(&format!("{shown} of {all} shown; --limit 0 shows all"));
    }
    if renderer.has_estimates() {
        ui.info("~ estimated from the day of creation: the API gave no deadline");
    }
    for remark in renderer.remarks() {
        ui.warn(&remark);
    }
    if job.query.sort.key == SortKey::Value && listed.currencies.len() > 1 {
        ui.info("values in different currencies were sorted by number alone; --currency keeps one");
    }
    if listed.nulls > 0 {
        ui.warn(&format!(
            "the API sent {} empty entries among the referrals; they are left out",
            listed.nulls
        ));
    }
    if listed.disordered {
        ui.warn("the API did not keep the order it was asked for");
    }
    if let Some(file) = job.output.file_name() {
        let noun = if listed.count == 1 { "referral" } else { "referrals" };
        ui.info(&format!("{} {noun} written to {file}", listed.count));
    }
}

fn flush(out: &mut dyn Write) -> Result<()> {
    out.flush().map_err(|error| output::write_failed(&error))
}
