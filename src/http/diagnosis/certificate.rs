//! A certificate that is not accepted, in words: whose it is, why it is not, and who can change that.
//! Decides nothing about trust.

use jiff::Timestamp;
use rustls::CertificateError;
use rustls::pki_types::UnixTime;

use super::VERIFIER_READS_THEM;
use super::diagnosis::{DiagnosisContext, unavailable};
use crate::error::Error;

/// What to do about an issuer that is not trusted.
const ASK_FOR_ROOT: &str = if VERIFIER_READS_THEM {
    "if your company inspects TLS, ask IT for its root certificate as a PEM file; add it to the system's trust store, or set SSL_CERT_FILE to a file that holds it and all others to trust"
} else {
    "if your company inspects TLS, ask IT for its root certificate as a PEM file; add it to the system's trust store, or set SSL_CERT_FILE to it"
};

/// What to do about a certificate out of its dates.
const CHECK_CLOCK: &str = "check this machine's date and time; if they are right, whoever runs the server, or the proxy before it, has to renew the certificate";

impl DiagnosisContext<'_> {
    /// A certificate that is not accepted.
    pub(super) fn certificate(&self, why: &CertificateError) -> Error {
        let host = self.peer();
        match why {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                let date = match why {
                    CertificateError::ExpiredContext { not_after, .. } => day(*not_after),
                    _ => None,
                };
                let date = date.map(|day| format!(" on {day}")).unwrap_or_default();
                self.dated(format!("the certificate of {host} expired{date}"), why)
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                let date = match why {
                    CertificateError::NotValidYetContext { not_before, .. } => day(*not_before),
                    _ => None,
                };
                let date = date.map(|day| format!(", but from {day} on")).unwrap_or_default();
                self.dated(format!("the certificate of {host} is not valid yet{date}"), why)
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                let error = unavailable(format!(
                    "the certificate presented as {host}'s is for another name"
                ));
                let error = match why {
                    CertificateError::NotValidForNameContext { presented, .. } => {
                        let names: Vec<&str> = presented.iter().map(|name| bare(name)).collect();
                        error.detail(format!("it is for: {}", names.join(", ")))
                    }
                    _ => error,
                };
                self.detailed(error)
                    .hint("check the address; a proxy or a network's sign-in page may have answered in its place")
            }
            CertificateError::UnknownIssuer => self.unknown_issuer(),
            CertificateError::BadSignature => self
                .detailed(unavailable(format!(
                    "the certificate of {host} was not issued by whom it names, or by another key of theirs than is trusted here"
                )))
                .hint(ASK_FOR_ROOT),
            _ => self
                .detailed(unavailable(format!("the certificate of {host} is not accepted")))
                .hint(ASK_FOR_ROOT),
        }
    }

    fn unknown_issuer(&self) -> Error {
        let host = self.peer();
        let message = match &self.presented {
            Some(names) if names.subject == names.issuer => {
                format!(
                    "the certificate of {host} is signed by itself (\"{}\"), which is not trusted here",
                    names.issuer
                )
            }
            Some(names) => {
                format!(
                    "the certificate of {host} was issued by \"{}\", which is not trusted here",
                    names.root
                )
            }
            None => {
                format!("the certificate of {host} was issued by somebody who is not trusted here")
            }
        };
        let error = self.detailed(unavailable(message));
        let error = self.only.iter().fold(error, |error, only| {
            error.detail(format!("trusted: only the certificates in {only}"))
        });
        error.hint(ASK_FOR_ROOT)
    }

    fn dated(&self, message: String, why: &CertificateError) -> Error {
        let error = self.detailed(unavailable(message));
        let (CertificateError::ExpiredContext { time, .. }
        | CertificateError::NotValidYetContext { time, .. }) = why
        else {
            return error.hint(CHECK_CLOCK);
        };
        match instant(*time) {
            Some(now) => {
                error.detail(format!("this machine's clock says {}", now.strftime("%F %H:%M UTC")))
            }
            None => error,
        }
        .hint(CHECK_CLOCK)
    }
}

/// A name out of the way rustls writes it: `DnsName("api.example")`.
fn bare(name: &str) -> &str {
    let inner = name.split_once('(').map_or(name, |(_, inner)| inner);
    inner.trim_end_matches(')').trim_matches('"')
}

fn instant(time: UnixTime) -> Option<Timestamp> {
    Timestamp::from_second(i64::try_from(time.as_secs()).ok()?).ok()
}

fn day(time: UnixTime) -> Option<String> {
    Some(instant(time)?.strftime("%F").to_string())
}
