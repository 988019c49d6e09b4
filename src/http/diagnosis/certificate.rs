//! Errors for certificates that are not accepted.

use jiff::Timestamp;
use rustls::CertificateError;
use rustls::pki_types::UnixTime;

use super::context::DiagnosisContext;
use crate::error::Error;
use crate::http::variables::ROOTS_ARE_FILES;
use crate::text::escape_control;

/// A certificate may have thousands.
const MAX_NAMES: usize = 10;

const INSTALL_ROOT: &str = if ROOTS_ARE_FILES {
    "if your company inspects TLS, ask IT for its root certificate as a PEM file; add it to the system's trust store, or set SSL_CERT_FILE to a file that contains it and all others to trust"
} else {
    "if your company inspects TLS, ask IT for its root certificate as a PEM file; add it to the system's trust store, or set SSL_CERT_FILE to it"
};

const CHECK_CLOCK: &str = "check this machine's date and time; if they are right, the server or a proxy before it needs a new certificate";

pub(super) fn certificate_error(
    context: &DiagnosisContext<'_>,
    reason: &CertificateError,
) -> Error {
    match reason {
        CertificateError::Expired => date_error(context, "expired", None),
        CertificateError::ExpiredContext { time, not_after } => {
            let on = format_date(*not_after).map(|date| format!(" on {date}")).unwrap_or_default();
            date_error(context, &format!("expired{on}"), Some(*time))
        }
        CertificateError::NotValidYet => date_error(context, "is not valid yet", None),
        CertificateError::NotValidYetContext { time, not_before } => {
            let from = format_date(*not_before).map(|date| format!(" (valid from {date})"));
            let problem = format!("is not valid yet{}", from.unwrap_or_default());
            date_error(context, &problem, Some(*time))
        }
        CertificateError::NotValidForName => name_error(context, &[]),
        CertificateError::NotValidForNameContext { presented, .. } => {
            name_error(context, presented)
        }
        CertificateError::UnknownIssuer => issuer_error(context),
        CertificateError::BadSignature => other_error(
            context,
            "has an invalid signature: its issuer has another key than the trusted one",
        ),
        _ => other_error(context, "is not accepted"),
    }
}

fn other_error(context: &DiagnosisContext<'_>, problem: &str) -> Error {
    let message = format!("the certificate of {} {problem}", context.peer());
    context.add_details(Error::unavailable(message)).hint(INSTALL_ROOT)
}

fn issuer_error(context: &DiagnosisContext<'_>) -> Error {
    let host = context.peer();
    let message = match &context.certificate {
        Some(names) if names.subject == names.issuer => format!(
            "the certificate of {host} is self-signed by \"{}\", which is not trusted",
            names.issuer
        ),
        Some(names) => format!(
            "the certificate of {host} was issued by \"{}\", which is not trusted",
            names.root
        ),
        None => format!("the issuer of the certificate of {host} is not trusted"),
    };
    let trusted = context.trusted_instead.iter();
    context
        .add_details(Error::unavailable(message))
        .with_details(trusted.map(|source| format!("trusted: only the certificates in {source}")))
        .hint(INSTALL_ROOT)
}

/// `now` is the time that the certificate was checked at.
fn date_error(context: &DiagnosisContext<'_>, problem: &str, now: Option<UnixTime>) -> Error {
    let now = now.and_then(to_timestamp);
    let clock = now.map(|now| format!("this machine's clock: {}", now.strftime("%F %H:%M UTC")));
    let message = format!("the certificate of {} {problem}", context.peer());
    context.add_details(Error::unavailable(message)).with_details(clock).hint(CHECK_CLOCK)
}

/// `presented` are the names that the certificate is valid for.
fn name_error(context: &DiagnosisContext<'_>, presented: &[String]) -> Error {
    let error = Error::unavailable(format!("the certificate is not valid for {}", context.peer()));
    let valid_for = list_names(presented).map(|names| format!("it is valid for: {names}"));
    context
        .add_details(error.with_details(valid_for))
        .hint("check the address; a proxy or a captive portal may have answered instead")
}

/// The first names of a certificate, on one line. Whoever made the certificate chose them.
fn list_names(presented: &[String]) -> Option<String> {
    let shown = presented.iter().take(MAX_NAMES).map(|name| strip_debug(name));
    let names = shown.collect::<Vec<_>>().join(", ");
    let more = presented.len().saturating_sub(MAX_NAMES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!names.is_empty()).then(|| escape_control(&names).into_owned() + &more)
}

/// rustls writes a name as `DnsName("api.example")`.
fn strip_debug(name: &str) -> &str {
    let inner = name.split_once('(').map_or(name, |(_, inner)| inner);
    inner.trim_end_matches(')').trim_matches('"')
}

fn to_timestamp(time: UnixTime) -> Option<Timestamp> {
    Timestamp::from_second(i64::try_from(time.as_secs()).ok()?).ok()
}

fn format_date(time: UnixTime) -> Option<String> {
    Some(to_timestamp(time)?.strftime("%F").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_a_certificate_are_few_and_on_one_line() {
        let names = |names: &[&str]| {
            let names: Vec<String> =
                names.iter().map(|name| format!("DnsName(\"{name}\")")).collect();
            list_names(&names)
        };
        assert_eq!(names(&[]), None);
        assert_eq!(names(&["a.example", "b.example"]).as_deref(), Some("a.example, b.example"));
        assert_eq!(names(&["a\nhint: x\x1b"]).as_deref(), Some("a hint: x\u{241b}"));
        let many = names(&["a.example"; 12]).unwrap();
        assert!(many.ends_with("a.example and 2 more"), "{many}");
    }
}
