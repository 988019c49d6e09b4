//! The question before a change, and what answers it.

use super::preview::done_word;
use crate::answer::{PlannedChange, Severity, Verb};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::text;

/// What was given on the command line instead of an answer.
#[derive(Clone, Debug)]
pub(in crate::commands) enum Consent {
    /// Whether `--yes` was.
    Yes(bool),
    /// The customer's name or the whole id.
    Name(Option<String>),
}

impl Consent {
    /// # Errors
    /// `ErrorKind::Usage` where a question would have to be asked and nobody can answer it.
    pub(super) fn check_askable(&self, context: &Context) -> Result<()> {
        let flag = match self {
            Consent::Yes(true) | Consent::Name(Some(_)) => return Ok(()),
            Consent::Yes(false) => "`--yes` does it without a question",
            Consent::Name(None) => "`--confirm NAME` names the customer instead of typing it",
        };
        if context.can_prompt() {
            return Ok(());
        }
        let error = Error::usage("there is no terminal to ask on").detail("nothing was sent");
        Err(error.hint(flag).hint("`--dry-run` shows what would be sent"))
    }

    /// Whether nothing has to be asked.
    pub(super) fn is_given(&self) -> bool {
        matches!(self, Consent::Yes(true) | Consent::Name(Some(_)))
    }

    /// Asks where it was not given.
    ///
    /// # Errors
    /// For "no", and for a name that is not the customer's.
    pub(super) fn ask(&self, context: &Context, change: &PlannedChange) -> Result<()> {
        let no = || Error::failure("not confirmed").detail("nothing was sent");
        match self {
            Consent::Yes(true) => Ok(()),
            Consent::Yes(false) => {
                let question = format!("{} (yes or no)?", question(change.verb));
                if ask_yes(context, &question)? { Ok(()) } else { Err(no()) }
            }
            Consent::Name(Some(name)) if is_named(change, name) => Ok(()),
            Consent::Name(Some(name)) => {
                let what = format!("--confirm: {name:?} is not the customer's name or the id");
                Err(Error::usage(what).detail("nothing was sent").hint(naming(change)))
            }
            Consent::Name(None) => {
                let what = if is_nameless(change) { "the whole id" } else { "the customer's name" };
                let question = format!("{}? Type {what}:", question(change.verb));
                match context.prompt(&question)? {
                    Some(name) if is_named(change, &name) => Ok(()),
                    Some(name) if is_no(&name) => Err(no()),
                    Some(name) => {
                        let what = format!("not confirmed: {name:?} is not {what}");
                        Err(Error::failure(what).detail("nothing was sent").hint(naming(change)))
                    }
                    None => Err(no()),
                }
            }
        }
    }
}

/// Asks until the answer is yes or no; the end of the input is no.
pub(in crate::commands) fn ask_yes(context: &Context, question: &str) -> Result<bool> {
    while let Some(answer) = context.prompt(question)? {
        if ["y", "yes"].contains(&&*answer.to_ascii_lowercase()) {
            return Ok(true);
        }
        if is_no(&answer) {
            return Ok(false);
        }
    }
    Ok(false)
}

fn is_no(answer: &str) -> bool {
    ["n", "no", "q", "quit"].contains(&&*answer.to_ascii_lowercase())
}

fn question(verb: Verb) -> &'static str {
    match verb {
        Verb::Accept => "Accept it",
        Verb::Decline => "Decline it",
        Verb::CloseWon => "Close it as won",
        Verb::CloseLost => "Close it as lost",
        Verb::Update => "Update it",
        Verb::AddMember => "Add the team member",
    }
}

fn is_nameless(change: &PlannedChange) -> bool {
    change.customer.as_ref().is_none_or(|name| text::fold(name).is_empty())
}

/// Whether `name` is the customer's, compared as people mean it, or the whole id.
fn is_named(change: &PlannedChange, name: &str) -> bool {
    let name = name.trim();
    let is_customer = |customer: &String| {
        let customer = text::fold(customer);
        !customer.is_empty() && customer == text::fold(name)
    };
    change.id.eq_ignore_ascii_case(name) || change.customer.as_ref().is_some_and(is_customer)
}

fn naming(change: &PlannedChange) -> String {
    debug_assert!(change.severity == Severity::Severe);
    let id = &change.id;
    let done = done_word(change.verb);
    match &change.customer {
        Some(name) if !is_nameless(change) => {
            format!("the referral that would be {done} is of {name:?}, id {id}")
        }
        _ => format!("the referral that would be {done} names no customer: use its id, {id}"),
    }
}
