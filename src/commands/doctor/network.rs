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
    address: &str,
) -> (Result<Finding>, Option<ProbeResult>) {
    let url = address.parse();
    let url = url.map_err(|_| Error::usage(format!("the address {address:?} is not a URL")));
    let result = match url.and_then(|url| services.http().probe(&url)) {
        Ok(result) => result,
        Err(error) => return (Err(error), None),
    };
    let proxy = match &result.proxy {
        Some(proxy) => format!("through the proxy {proxy}"),
        None => "without a proxy".to_owned(),
    };
    let mut finding = Finding::ok(format!("{} responds, {proxy}", result.host));
    if let Some(issuer) = &result.issuer {
        finding = finding.note(format!("certificate issued by {issuer}"));
    }
    (Ok(finding), Some(result))
}

/// Compares this machine's clock with the first response that has a date.
pub(super) fn check_clock(context: &Context, probes: &[Option<ProbeResult>]) -> Result<Finding> {
    let dated = probes.iter().flatten().find_map(|probe| Some((&probe.host, probe.date?)));
    let Some((host, date)) = dated else {
        return Ok(Finding::skipped("no response had a date"));
    };
    let ahead = context.now().duration_since(date);
    let seconds = ahead.abs().as_secs();
    let side = if ahead.is_negative() { "behind" } else { "ahead of" };
    if ahead.abs() <= MAX_CLOCK_SKEW {
        return Ok(Finding::ok(format!("{seconds} s {side} {host}")));
    }
    Err(Error::failure(format!("this machine's clock is {} min {side} {host}", seconds / 60))
        .hint("set the clock: tokens are rejected when it is wrong"))
}

pub(super) fn check_api(services: &Services) -> Result<Finding> {
    if access::sees_any_referral(services)? {
        return Ok(Finding::ok("this account can read referrals"));
    }
    Ok(Finding::ok("responds").note(access::NO_REFERRALS_VISIBLE))
}
