//! Several answers: what a file of them would do, and doing it one by one.

use std::path::Path;

use super::batch_file::{AnswerPlan, PlannedAnswer, parse_answer, read_answers, read_text};
use super::consent::ask_yes;
use super::preview::{global_flags, summary_line};
use crate::answer::{self, PlannedChange, Refusal, Severity, Wish};
use crate::commands::answering::{carry_out, find_unsettled};
use crate::commands::find::fetch_to_change;
use crate::context::Context;
use crate::error::{Error, ErrorKind, Outcome, Result};
use crate::model::{Referral, Substatus};
use crate::services::Services;
use crate::state::AuditEntry;
use crate::text::{self, show_path};

/// `answer plan`: reads each referral of the file and says what would be done; saves that where `output` names a file.
///
/// # Errors
/// `ErrorKind::Usage` for a file that cannot be used, and those of reading.
pub(in crate::commands) fn make_plan(
    services: &Services,
    file: &Path,
    output: Option<&Path>,
) -> Result<Outcome> {
    let context = services.context();
    let rows = read_answers(&read_text(file)?)?;
    let api = api_name(services)?;
    let (mut answers, mut ending, mut done, mut left_out) = (Vec::new(), 0, 0, 0);
    for row in rows {
        let Some(wish) = parse_answer(&row.answer)? else { continue };
        let referral = fetch_to_change(services, &row.id)?;
        services.correct_clock();
        if is_done(&referral, &wish) {
            done += 1;
            print_line(context, &row.id, &format!("is {} already", wish.verb().done()))?;
            continue;
        }
        let change = match plan(context, &referral, &wish) {
            Ok(change) => change,
            Err(refusals) => {
                left_out += 1;
                let reasons: Vec<String> = refusals.into_iter().map(|one| one.what).collect();
                print_line(context, &row.id, &format!("left out: {}", reasons.join("; ")))?;
                continue;
            }
        };
        ending += usize::from(change.severity == Severity::Severe);
        print_change(context, &change)?;
        answers.push(PlannedAnswer { id: row.id, e_tag: change.e_tag, answer: row.answer });
    }
    let count = text::count(answers.len(), "answer");
    context.ui().info(&format!(
        "{count}, of which {ending} would end a deal; {done} done already, {left_out} left out; nothing was changed"
    ));
    match output {
        Some(path) => {
            context.prepare_for_files();
            AnswerPlan::new(api, answers).save(path)?;
            let flags = global_flags(context);
            let (ui, path) = (context.ui(), show_path(path));
            ui.info(&format!("saved in {path}. To do it:"));
            let file = if path.contains(' ') { format!("\"{path}\"") } else { path };
            ui.info(&format!("  referrals answer apply {file} --confirm-declines {ending}{flags}"));
        }
        None => context.ui().info("`--output PLAN.json` saves it for `referrals answer apply`"),
    }
    Ok(Outcome::Done)
}

/// `answer apply`
pub(in crate::commands) struct Application {
    pub(in crate::commands) yes: bool,
    pub(in crate::commands) confirm_declines: Option<usize>,
}

impl Application {
    /// Does what the plan has, one by one; stops at the first that cannot be done.
    ///
    /// # Errors
    /// `ErrorKind::Usage` for a plan that cannot be used or was not confirmed, and those of the answer that failed.
    pub(in crate::commands) fn run(&self, services: &Services, file: &Path) -> Result<Outcome> {
        let context = services.context();
        services.require_writes()?;
        let plan = AnswerPlan::read(file)?;
        let api = api_name(services)?;
        if plan.api != api {
            let message = format!("the plan was made for {:?}, and this is {api:?}", plan.api);
            return Err(Error::usage(message).detail("nothing was sent"));
        }
        let mut wishes = Vec::new();
        for planned in &plan.answers {
            let wish = parse_answer(&planned.answer)?;
            let wish = wish.ok_or_else(|| Error::usage("the plan has an empty answer"))?;
            wishes.push((planned, wish));
        }
        let ending = wishes.iter().filter(|(_, wish)| !matches!(wish, Wish::Accept { .. })).count();
        self.confirm(context, wishes.len(), ending)?;
        let attempts = services.audit_log()?.check_and_read()?;
        for (number, (planned, wish)) in wishes.iter().enumerate() {
            if let Err(error) = apply_one(services, planned, wish, &attempts) {
                let left = wishes.len() - number - 1;
                let error = error.detail(format!("referral: {}", planned.id));
                return Err(error.detail(format!("not tried: {}", text::count(left, "answer"))));
            }
        }
        Ok(Outcome::Done)
    }

    fn confirm(&self, context: &Context, all: usize, ending: usize) -> Result<()> {
        let nothing = "nothing was sent";
        match self.confirm_declines {
            Some(number) if number == ending => return Ok(()),
            Some(number) => {
                let message = format!(
                    "--confirm-declines {number}: {ending} of the answers would end a deal"
                );
                return Err(Error::usage(message).detail(nothing));
            }
            None if ending > 0 => {
                let message =
                    format!("{ending} of {} would end a deal", text::count(all, "answer"));
                let error = Error::usage(message).detail(nothing);
                return Err(error.hint(format!("`--confirm-declines {ending}` confirms them")));
            }
            None if self.yes => return Ok(()),
            None if !context.can_prompt() => {
                let error = Error::usage("there is no terminal to ask on").detail(nothing);
                return Err(error.hint("`--yes` does it without a question"));
            }
            None => {}
        }
        if ask_yes(context, &format!("Accept {} (yes or no)?", text::count(all, "referral")))? {
            return Ok(());
        }
        Err(Error::failure("not confirmed").detail(nothing))
    }
}

/// `attempts` are those of earlier runs.
fn apply_one(
    services: &Services,
    planned: &PlannedAnswer,
    wish: &Wish,
    attempts: &[AuditEntry],
) -> Result<()> {
    let context = services.context();
    let before = fetch_to_change(services, &planned.id)?;
    services.correct_clock();
    if is_done(&before, wish) {
        return print_line(context, &planned.id, &format!("is {} already", wish.verb().done()));
    }
    if before.e_tag.as_deref() != Some(&*planned.e_tag) {
        let message = "the referral was changed since the plan was made";
        let state = format!("it is {} now", answer::state(&before));
        let hint = "make the plan again, and look at what it says of it";
        let error = Error::new(ErrorKind::Changed, message).detail(state);
        return Err(error.detail("it was not answered").hint(hint));
    }
    let change = plan(context, &before, wish).map_err(|refusals| Refusal::to_error(&refusals))?;
    if let Some(earlier) = find_unsettled(attempts, &change, context.zone()) {
        let hint = format!("`referrals show {}`: look, and answer this one alone", change.id);
        let error = Error::new(ErrorKind::Incomplete, earlier);
        return Err(error.detail("it was not sent again").hint(hint));
    }
    carry_out(services, &change)?.into_result(&before, &change)?;
    print_line(context, &planned.id, change.verb.done())
}

/// Nothing but the API itself can be meant by a plan.
fn api_name(services: &Services) -> Result<String> {
    if services.context().is_demo() {
        return Ok("demo".to_owned());
    }
    Ok(services.base_url()?.collection().to_string())
}

fn plan(
    context: &Context,
    referral: &Referral,
    wish: &Wish,
) -> std::result::Result<PlannedChange, Vec<Refusal>> {
    answer::plan(referral, wish, &context.now().to_zoned(context.zone().clone()))
}

/// Whether the referral is where the answer would bring it.
fn is_done(referral: &Referral, wish: &Wish) -> bool {
    let target = match wish {
        Wish::Accept { .. } => Substatus::Accepted,
        Wish::Decline(_) => Substatus::Declined,
        Wish::Won => Substatus::Won,
        Wish::Lost(_) => Substatus::Lost,
        Wish::Update(_) | Wish::AddMember(_) => return false,
    };
    referral.substatus.as_ref() == Some(&target)
}

fn print_line(context: &Context, id: &str, what: &str) -> Result<()> {
    context.print_message(&format!("{id}  {what}"))
}

fn print_change(context: &Context, change: &PlannedChange) -> Result<()> {
    let mut lines = vec![summary_line(change)];
    lines.extend(change.changes.iter().map(|field| {
        let part = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        format!("    {}: {} → {}", field.field, part(&field.old), part(&field.new))
    }));
    lines.extend(change.warnings.iter().map(|warning| format!("    note: {warning}")));
    context.print_message(&lines.join("\n"))
}
