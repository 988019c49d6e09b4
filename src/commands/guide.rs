//! The first screen, without a command: the summary where somebody is signed in, else a guide.

use super::summary;
use crate::error::{Outcome, Result};
use crate::services::Services;

/// Fits a terminal of 80 x 24.
pub(super) const GUIDE: &str = "\
Which Partner Center referrals wait for an answer, and when they lapse.

Look around, no account needed:
  referrals pending --demo          what waits, soonest deadline first
  referrals show 8f2e6c --demo      one of them in full

Every morning:
  referrals summary                 what waits, lapsed and was won
  referrals pending                 what waits for an answer
  referrals expiring                what will be lost within 7 days
  referrals changes                 what is new since the last time
  referrals list --customer fabrikam
  referrals list --status active --output pipeline.xlsx

Answer:   accept, decline, close, update, team, answer, log (off until set)
Begin:    login, logout, status, doctor (why does it not work?)
Scripts:  digest, sandbox, completions, man, schema
Words:    glossary (what is a lapse, a co-sell, a REF?)

Help:     referrals --help          all flags: referrals help COMMAND
";

/// Only a terminal gets more than the guide: a script that forgot the command must not list anything.
pub(super) fn run(services: &Services) -> Result<Outcome> {
    let context = services.context();
    if context.out_width().is_some() && (context.is_demo() || may_list(services)?) {
        return summary::Args::default().run(services);
    }
    context.print(GUIDE).map(|()| Outcome::Done)
}

/// Whether somebody is signed in, or should be: a profile whose sign-in cannot be read is an error to be told.
fn may_list(services: &Services) -> Result<bool> {
    let settings = services.settings()?;
    if settings.token.is_some() {
        return Ok(true);
    }
    Ok(match services.session_handle(settings)?.load() {
        Ok(session) => session.is_some(),
        Err(_) => settings.known,
    })
}
