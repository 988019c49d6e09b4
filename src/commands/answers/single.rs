//! One answer to one referral, from the command line to what is said of it.

use super::consent::Consent;
use super::flags::DryRunFlags;
use super::preview::{describe, global_flags, notes, summary_line, to_json, to_text};
use crate::answer::{self, PlannedChange, Refusal, SetBack, Wish};
use crate::commands::answering::{carry_out, find_unsettled};
use crate::commands::find;
use crate::commands::report_format::{ReportFormat, print_json};
use crate::context::Context;
use crate::error::{Error, Outcome, Result};
use crate::model::Referral;
use crate::query::Reference;
use crate::services::Services;

/// Finds the referral, plans the change, shows it, asks, makes it, and says what came of it.
///
/// # Errors
/// Where nothing can or may be changed, for "no", and whatever keeps the change from being seen.
pub(in crate::commands) fn answer_one(
    services: &Services,
    reference: &str,
    wish: &Wish,
    consent: &Consent,
    dry_run: &DryRunFlags,
) -> Result<Outcome> {
    let context = services.context();
    let reference = Reference::parse(reference).ok_or_else(|| {
        Error::usage("the id or name is empty")
            .hint("`referrals list --columns id,customer` shows ids and names")
    })?;
    if !dry_run.dry_run {
        services.require_writes()?;
        consent.check_askable(context)?;
    }
    let before = find::find_to_change(services, &reference)?;
    services.correct_clock();
    services.remember_shown(before.id.as_deref());
    let change = plan(context, &before, wish)?;
    if dry_run.dry_run {
        return print_dry_run(services, &change, dry_run.format);
    }
    let attempts = services.audit_log()?.check_and_read()?;
    show(context, &change, consent.is_given());
    if let Some(earlier) = find_unsettled(&attempts, &change, context.zone()) {
        context.ui().warn(&earlier);
    }
    consent.ask(context, &change)?;
    carry_out(services, &change)?.into_result(&before, &change)?;
    let done = format!("{}: {}", change.verb.done(), summary_line(&change));
    context.print_message(&done)?;
    if let Some(set_back) = &change.set_back {
        tell_way_back(context, set_back);
    }
    Ok(Outcome::Done)
}

/// # Errors
/// Every reason why it cannot be made.
fn plan(context: &Context, before: &Referral, wish: &Wish) -> Result<PlannedChange> {
    let now = context.now().to_zoned(context.zone().clone());
    answer::plan(before, wish, &now).map_err(|refusals| Refusal::to_error(&refusals))
}

/// What nobody is asked about may be silenced.
fn show(context: &Context, change: &PlannedChange, is_given: bool) {
    let ui = context.ui();
    let lines = describe(change).join("\n");
    if is_given {
        ui.info(&lines);
        for note in notes(change) {
            ui.info(&format!("note: {note}"));
        }
        return;
    }
    ui.print(&lines);
    for note in notes(change) {
        ui.warn(&note);
    }
}

fn print_dry_run(
    services: &Services,
    change: &PlannedChange,
    format: ReportFormat,
) -> Result<Outcome> {
    let context = services.context();
    let url = services.base_url()?.referral(&change.id);
    match format {
        ReportFormat::Json => print_json(context, &to_json(change, &url))?,
        ReportFormat::Text => context.print(to_text(change, &url))?,
    }
    context.ui().info("dry run: nothing was sent");
    Ok(Outcome::Done)
}

fn tell_way_back(context: &Context, set_back: &SetBack) {
    let ui = context.ui();
    if let Some(command) = &set_back.command {
        ui.info(&format!("to set it back: {command}{}", global_flags(context)));
    }
    if !set_back.not.is_empty() {
        ui.info(&format!("cannot be set back from here: {}", set_back.not.join(", ")));
    }
}
