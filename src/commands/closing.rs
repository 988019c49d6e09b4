//! What is said after a listing: totals, what was not shown, warnings, and the next command.

use std::collections::BTreeMap;

use super::empty;
use super::grouping::WrittenGroups;
use super::output::OutputFlags;
use crate::context::Context;
use crate::query::{Plan, SortKey, TEAM};
use crate::render::{self, Format, RenderSummary};
use crate::report::Tally;
use crate::text;

/// What a command says after its listing.
pub(super) struct Closing<'a> {
    /// The totals of a listing for people.
    pub(super) totals: &'a dyn Fn(&Tally) -> Vec<String>,
    /// Printed when no referral matches.
    pub(super) empty_message: &'a str,
    /// What to try then.
    pub(super) empty_hint: Option<&'a str>,
}

/// What is known of a complete listing.
#[derive(Default)]
pub(super) struct ListingSummary {
    /// The number of rows that matched and were read.
    pub(super) matched: usize,
    /// The number of rows up to the limit.
    pub(super) rows: usize,
    /// The number of rows that were left out of the document.
    pub(super) incomplete: usize,
    /// Where groups were written instead of rows.
    pub(super) groups: Option<WrittenGroups>,
    /// Of what matched, if it was asked for.
    pub(super) tally: Option<Tally>,
    /// The id of the first row, if it was asked for.
    pub(super) first_id: Option<String>,
    pub(super) null_rows: usize,
    /// The numbers of dates that cannot be read, by property.
    pub(super) unreadable_dates: BTreeMap<&'static str, usize>,
    /// The numbers of rows that lack a value, by its name.
    pub(super) left_out: BTreeMap<&'static str, usize>,
    /// Whether the API left out the rows without a team.
    pub(super) is_seller_sent: bool,
    pub(super) is_disordered: bool,
}

impl ListingSummary {
    /// Counts a row, which was written or left out.
    pub(super) fn count(&mut self, is_written: bool) {
        *(if is_written { &mut self.rows } else { &mut self.incomplete }) += 1;
    }

    /// What was written.
    fn describe(&self) -> String {
        match &self.groups {
            Some(groups) => groups.describe(self.matched),
            None => render::format_count(self.rows),
        }
    }
}

impl Closing<'_> {
    /// Prints the notes on the listing of `plan`.
    pub(super) fn print(
        &self,
        context: &Context,
        output: &OutputFlags,
        (plan, format): (&Plan, Format),
        listed: &ListingSummary,
        rendered: &RenderSummary,
    ) {
        let ui = context.ui();
        print_unreadable(context, listed);
        if listed.rows + listed.incomplete == 0 {
            self.print_empty(context, plan);
        } else if let Some(file) = output.file_name() {
            if format.is_for_people() || ui.is_terminal() {
                ui.info(&format!("wrote {} to {file}", listed.describe()));
            }
        } else if ui.is_terminal() && !format.is_for_people() {
            ui.info(&listed.describe());
        }
        if listed.rows > 0 && format.is_for_people() {
            self.print_totals(context, plan, listed, rendered);
        }
        if rendered.has_estimates {
            ui.info("~ estimated from the creation date, because the API gave no deadline");
        }
        for note in &rendered.notes {
            ui.info(note);
        }
        for warning in &rendered.warnings {
            ui.warn(warning);
        }
        let currencies = listed.tally.as_ref().map_or(0, |tally| tally.value.sums().len());
        if plan.query().sort.key == SortKey::Value && currencies > 1 {
            ui.info(
                "values are sorted without regard to their currency; use `--currency` to filter",
            );
        }
        print_doubts(context, listed);
        if format.is_for_people() {
            print_teamless(context, listed);
        }
        let next = listed.first_id.as_ref().and_then(|id| next_command(context, id));
        if let Some(command) = next {
            ui.info(&format!("Next: {command}"));
        }
    }

    fn print_empty(&self, context: &Context, plan: &Plan) {
        let ui = context.ui();
        ui.info(self.empty_message);
        for line in empty::explain(plan.query(), context.now(), !context.is_demo()) {
            ui.info(&line);
        }
        if let Some(hint) = self.empty_hint {
            ui.info(&format!("hint: {hint}"));
        }
    }

    /// Totals are of all that matched, whatever is shown of it; where reading stopped at the limit, there are none.
    fn print_totals(
        &self,
        context: &Context,
        plan: &Plan,
        listed: &ListingSummary,
        rendered: &RenderSummary,
    ) {
        let ui = context.ui();
        let shown = listed.rows - rendered.hidden_rows;
        let order = plan.query().sort.describe();
        if plan.read_limit().is_some_and(|limit| listed.matched >= limit) {
            return ui.info(&format!("{shown} shown, {order}; there may be more"));
        }
        match &listed.tally {
            // Of properties that were not selected nothing is known.
            Some(tally) if plan.query().select.is_all() => {
                for line in (self.totals)(tally) {
                    ui.info(&line);
                }
            }
            _ => ui.info(&render::format_count(listed.matched)),
        }
        if let Some(groups) = &listed.groups {
            groups.print_notes(context, rendered);
        } else if shown < listed.matched {
            ui.info(&format!(
                "{shown} of {} shown, {order}; `--limit 0` shows all, `--output all.xlsx` keeps them",
                listed.matched
            ));
        }
    }
}

/// Prints what is noted of the rows of listings whose rows are not shown.
pub(super) fn print_notes(context: &Context, listed: &ListingSummary) {
    print_unreadable(context, listed);
    print_doubts(context, listed);
}

fn print_unreadable(context: &Context, listed: &ListingSummary) {
    let ui = context.ui();
    if !listed.unreadable_dates.is_empty() {
        let dates: Vec<String> = listed
            .unreadable_dates
            .iter()
            .map(|(name, count)| format!("{name} ({count})"))
            .collect();
        ui.warn(&format!("dates that cannot be read: {}", dates.join(", ")));
    }
    for (value, count) in listed.left_out.iter().filter(|(value, _)| **value != TEAM) {
        let text = match count {
            1 => format!("1 referral has no {value} and is left out"),
            _ => format!("{count} referrals have no {value} and are left out"),
        };
        ui.info(&text);
    }
}

/// Most leads have no team until they are answered, so that a search for a seller hides them.
fn print_teamless(context: &Context, listed: &ListingSummary) {
    let ui = context.ui();
    let note = match listed.left_out.get(TEAM) {
        Some(1) => "1 referral has no team, as new leads; `--seller none` shows it".to_owned(),
        Some(count) => {
            format!("{count} referrals have no team, as new leads; `--seller none` shows them")
        }
        // They are not counted, because they were not received.
        None if listed.is_seller_sent && ui.is_terminal() => {
            "leads that have no team yet are not among these; `--seller none` shows them".to_owned()
        }
        None => return,
    };
    ui.info(&note);
}

fn print_doubts(context: &Context, listed: &ListingSummary) {
    let ui = context.ui();
    if listed.null_rows > 0 {
        ui.warn(&format!("skipped {} from the API", text::count(listed.null_rows, "empty row")));
    }
    if listed.is_disordered {
        ui.warn("the API did not return the rows in the requested order");
    }
}

/// The command that shows the referral in full, with the global options that it needs. `None` where it could not be typed
/// as it is printed.
fn next_command(context: &Context, id: &str) -> Option<String> {
    let flags = context.flags();
    if flags.token_file.is_some() || !flags.values.is_empty() {
        return None;
    }
    let mut words = vec!["referrals", "show", id];
    if let Some(profile) = &flags.profile {
        words.extend(["--profile", profile]);
    }
    if context.is_demo() {
        words.push("--demo");
    }
    let is_plain =
        |word: &&str| word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    (words.iter().all(is_plain) && !id.starts_with('-')).then(|| words.join(" "))
}
