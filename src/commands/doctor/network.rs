//! Checks of the network, the clock and the API.

use jiff::SignedDuration;

use super::finding::Finding;
use crate::commands::access;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::http::ProbeResult;
use crate::services::Services;

/// The clock skew that sign-in services accept.
const MAX_CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Checks that the host of `address` responds; the result of the probe is for other checks.
pub(super) fn probe_host(
    services: &Services,
    check: &'static str,
    address: &str,
) -> (Finding, Option<ProbeResult>) {
    let probe = || -> Result<ProbeResult> {
        let url = address
            .parse()
            .map_err(|_| Error::usage(format!("the address {address:?} is not a URL")))?;
        services.http().probe(&url)
    };
    let result = match probe() {
        Ok(result) => result,
        Err(error) => return (Finding::problem(check, &error), None),
    };
    let proxy = match &result.proxy {
        Some(proxy) => format!("through the proxy {proxy}"),
        None => "without a proxy".to_owned(),
    };
    let finding = Finding::ok(check, format!("{} responds, {proxy}", result.host));
    let finding = match &result.issuer {
        Some(issuer) => finding.note(format!("certificate issued by {issuer}")),
        None => finding,
    };
    (finding, Some(result))
}

/// Compares this machine's clock with the first response that has a date.
pub(super) fn check_clock(context: &Context, probes: &[Option<ProbeResult>]) -> Finding {
    const CHECK: &str = "clock";
    let dated = probes.iter().flatten().find_map(|probe| Some((&probe.host, probe.date?)));
    let Some((host, date)) = dated else {
        return Finding::skipped(CHECK, "no response had a date");
    };
    let ahead = context.now().duration_since(date);
    let seconds = ahead.abs().as_secs();
    let side = if ahead.is_negative() { "behind" } else { "ahead of" };
    if ahead.abs() <= MAX_CLOCK_SKEW {
        return Finding::ok(CHECK, format!("{seconds} s {side} {host}"));
    }
    let error =
        Error::failure(format!("this machine's clock is {} min {side} {host}", seconds / 60))
            .hint("set the clock: tokens are rejected when it is wrong");
    Finding::problem(CHECK, &error)
}

pub(super) fn check_api(services: &Services) -> Finding {
    const CHECK: &str = "API";
    match access::sees_any_referral(services) {
        Ok(true) => Finding::ok(CHECK, "this account can read referrals"),
        Ok(false) => Finding::ok(CHECK, "responds").note(access::NO_REFERRALS_VISIBLE),
        Err(error) => Finding::problem(CHECK, &error),
    }
}
