//! The checks of what lies between here and the services, and of their answers.

use jiff::SignedDuration;

use super::finding::Finding;
use crate::commands::access;
use crate::context::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::http::ProbeResult;

/// Sign-in services take tokens for valid that are so much too old or too young.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// Whether the host of an address answers, and what was found on the way there.
pub(super) fn host(
    context: &Context,
    check: &'static str,
    address: &str,
) -> (Finding, Option<ProbeResult>) {
    let reach = || -> Result<ProbeResult> {
        let url = address.parse().map_err(|_| {
            Error::new(ErrorKind::Usage, format!("the address {address:?} is not a URL"))
        })?;
        context.http().probe(&url)
    };
    let reached = match reach() {
        Ok(reached) => reached,
        Err(error) => return (Finding::problem(check, &error), None),
    };
    let way = match &reached.proxy {
        Some(proxy) => format!("through the proxy {proxy}"),
        None => "without a proxy".to_owned(),
    };
    let finding = Finding::ok(check, format!("{} answers, {way}", reached.host));
    let finding = match &reached.issuer {
        Some(issuer) => finding.note(format!("certificate issued by {issuer}")),
        None => finding,
    };
    (finding, Some(reached))
}

/// Whether this machine's clock agrees with the first service that told the time.
pub(super) fn clock(context: &Context, hosts: &[Option<ProbeResult>]) -> Finding {
    const CHECK: &str = "clock";
    let told = hosts.iter().flatten().find_map(|host| Some((&host.host, host.date?)));
    let Some((host, date)) = told else {
        return Finding::skipped(CHECK, "no service told the time");
    };
    let ahead = context.now().duration_since(date);
    let seconds = ahead.abs().as_secs();
    let side = if ahead.is_negative() { "behind" } else { "ahead of" };
    if ahead.abs() <= TOLERANCE {
        return Finding::ok(CHECK, format!("{seconds} s {side} {host}"));
    }
    let error = Error::new(
        ErrorKind::Failure,
        format!("this machine's clock is {} min {side} {host}", seconds / 60),
    )
    .hint("set the clock; tokens are refused by a clock that is wrong");
    Finding::problem(CHECK, &error)
}

/// Whether the API lets this account read referrals.
pub(super) fn api(context: &Context) -> Finding {
    const CHECK: &str = "API";
    match access::sees_any_referral(context) {
        Ok(true) => Finding::ok(CHECK, "lets this account read referrals"),
        Ok(false) => Finding::ok(CHECK, "answers").note(access::NO_REFERRALS_VISIBLE),
        Err(error) => Finding::problem(CHECK, &error),
    }
}
