//! Carries sign-in requests over our HTTP client and reads the answers.
//! Never follows a redirect, never shows what it sent or received.

use std::fmt;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use oauth2::http::{self, StatusCode, header};
use oauth2::url::form_urlencoded;
use oauth2::{HttpRequest, HttpResponse};

use super::authority::AuthSettings;
use super::oauth_error::OAuthError;
use super::token_response::TokenResponse;
use crate::error::{Error, ErrorKind, Result};
use crate::http::Http;

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// More than any answer of a sign-in service holds, in bytes.
const MAX_BODY_BYTES: u64 = 1024 * 1024;

/// The sign-in service's requests, sent over a client that other requests share.
#[derive(Clone, Debug)]
pub struct OAuthClient {
    client: reqwest::blocking::Client,
    http: Arc<Http>,
}

/// Why a request to the sign-in service brought nothing.
#[derive(Debug)]
pub(super) enum OAuthRequestError {
    /// The service said no.
    Refused(Box<OAuthError>),
    /// No answer came; worth trying again.
    Unreachable(Error),
    /// The service, or something before it, has too much to do.
    Busy {
        status: StatusCode,
        /// How long it asks to be left alone.
        after: Option<Duration>,
    },
    /// An answer came that is none of a sign-in service: a captive portal's, a proxy's.
    Unexpected(String),
}

impl std::error::Error for OAuthRequestError {}

impl fmt::Display for OAuthRequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OAuthRequestError::Refused(refusal) => write!(f, "{refusal}"),
            OAuthRequestError::Unreachable(_) => {
                f.write_str("the sign-in service cannot be reached")
            }
            OAuthRequestError::Busy { status, .. } => {
                write!(f, "the sign-in service answered HTTP {status}")
            }
            OAuthRequestError::Unexpected(what) => f.write_str(what),
        }
    }
}

impl OAuthRequestError {
    /// The failure for people, unless it is a refusal, which `advice` knows better.
    pub(super) fn into_error(self, settings: &AuthSettings) -> Error {
        let host = settings.authority();
        match self {
            OAuthRequestError::Refused(refusal) => super::advice::explain(&refusal, settings),
            OAuthRequestError::Unreachable(error) => {
                error.context(format!("cannot reach the sign-in service at {host}"))
            }
            OAuthRequestError::Busy { status, after } => {
                let kind = match status {
                    StatusCode::TOO_MANY_REQUESTS => ErrorKind::Throttled,
                    _ => ErrorKind::Unavailable,
                };
                let error = Error::new(
                    kind,
                    format!("the sign-in service at {host} answered HTTP {status}"),
                );
                match after {
                    Some(time) => error.hint(format!("try again in {} seconds", time.as_secs())),
                    None => error.hint("try again in a few minutes"),
                }
            }
            OAuthRequestError::Unexpected(what) => Error::new(ErrorKind::Unavailable, what)
                .detail(format!("address: {host}"))
                .hint("a proxy or a network's sign-in page may stand between; `referrals doctor` looks into it"),
        }
    }
}

impl OAuthClient {
    /// Sends over `client`, which must not follow redirects.
    pub fn new(client: &reqwest::blocking::Client) -> OAuthClient {
        OAuthClient { client: client.clone(), http: Arc::default() }
    }

    /// The same; its failures tell what `http` knows of proxies and certificates.
    #[must_use]
    pub fn explained_by(mut self, http: Arc<Http>) -> OAuthClient {
        self.http = http;
        self
    }

    /// Sends one of `oauth2`'s requests. A throttled or failing service is an error here, for
    /// `oauth2` would take its answer for a malformed refusal.
    pub(super) fn send(&self, request: HttpRequest) -> Result<HttpResponse, OAuthRequestError> {
        let mut request = reqwest::blocking::Request::try_from(request).map_err(|_| {
            OAuthRequestError::Unexpected("the sign-in service's address cannot be used".to_owned())
        })?;
        *request.timeout_mut() = Some(TIMEOUT);
        // A connection kept while a person reads may be closed by the other side just when it is used.
        request.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
        let address = request.url().clone();
        let answer = self
            .client
            .execute(request)
            .map_err(|error| OAuthRequestError::Unreachable(self.http.diagnose(error, &address)))?;
        let status = answer.status();
        if status.is_redirection() || *answer.url() != address {
            return Err(OAuthRequestError::Unexpected(
                "the sign-in service sent us elsewhere, which it never does".to_owned(),
            ));
        }
        if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
            let after = answer.headers().get(header::RETRY_AFTER);
            let after = after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
            return Err(OAuthRequestError::Busy { status, after: after.map(Duration::from_secs) });
        }
        let mut response = http::Response::builder().status(status);
        if let Some(kind) = answer.headers().get(header::CONTENT_TYPE) {
            response = response.header(header::CONTENT_TYPE, kind);
        }
        let mut body = Vec::new();
        answer.take(MAX_BODY_BYTES).read_to_end(&mut body).map_err(|_| {
            OAuthRequestError::Unexpected("the sign-in service's answer broke off".to_owned())
        })?;
        Ok(response.body(body).expect("a status and a header received once can be written again"))
    }

    /// Sends a form to `address` and reads a token answer; for grants `oauth2` wants to poll for by itself.
    pub(super) fn request_token(
        &self,
        address: &str,
        form: &[(&str, &str)],
    ) -> Result<TokenResponse, OAuthRequestError> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = http::Request::post(address)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body.into_bytes())
            .expect("the address was checked when the settings were read");
        let answer = self.send(request)?;
        let strange = |_| unexpected(answer.status());
        if answer.status() == StatusCode::OK {
            serde_json::from_slice(answer.body()).map_err(strange)
        } else {
            let refusal = serde_json::from_slice(answer.body()).map_err(strange)?;
            Err(OAuthRequestError::Refused(Box::new(refusal)))
        }
    }
}

fn unexpected(status: StatusCode) -> OAuthRequestError {
    OAuthRequestError::Unexpected(format!(
        "the sign-in service's answer (HTTP {status}) cannot be read as one"
    ))
}

/// A client for tests: no certificates to load, no proxy of the machine's.
#[cfg(test)]
pub(super) fn test_client() -> reqwest::blocking::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::blocking::Client::builder()
        .tls_certs_only([])
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

#[cfg(test)]
mod tests {
    use httpmock::MockServer;

    use super::*;
    use crate::auth::authority::tests::settings;

    fn ask(server: &MockServer) -> Result<TokenResponse, OAuthRequestError> {
        OAuthClient::new(&test_client())
            .request_token(&server.url("/token"), &[("code", "secret-code")])
    }

    fn report(failure: OAuthRequestError) -> (ErrorKind, String) {
        let error = failure.into_error(&settings("http://127.0.0.1:1"));
        (error.kind(), error.report())
    }

    #[test]
    fn what_is_no_answer_of_a_sign_in_service_is_told_apart_and_never_quoted() {
        let cases = [
            (200, "<html>eyJ0</html>", ErrorKind::Unavailable, "HTTP 200"),
            (200, r#"{"access_token":["eyJ0"]}"#, ErrorKind::Unavailable, "cannot be read"),
            (400, "<html>eyJ0</html>", ErrorKind::Unavailable, "HTTP 400"),
            (400, r#"{"message":"eyJ0"}"#, ErrorKind::Unavailable, "HTTP 400"),
            (307, "eyJ0", ErrorKind::Unavailable, "elsewhere"),
            (429, "eyJ0", ErrorKind::Throttled, "try again in 7 seconds"),
            (500, "eyJ0", ErrorKind::Unavailable, "HTTP 500"),
            (502, "<html>eyJ0</html>", ErrorKind::Unavailable, "HTTP 502"),
        ];
        for (status, body, kind, words) in cases {
            let server = MockServer::start();
            server.mock(|when, then| {
                when.any_request();
                then.status(status)
                    .header("location", "/elsewhere")
                    .header("retry-after", "7")
                    .body(body);
            });
            let (found, report) = report(ask(&server).unwrap_err());
            assert_eq!(found, kind, "{status} {body}");
            assert!(report.contains(words), "{report}");
            assert!(!report.contains("eyJ0") && !report.contains("secret-code"), "{report}");
        }
    }

    #[test]
    fn a_service_that_is_not_there_is_unavailable_and_the_address_has_no_query() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let address = format!("http://{closed}/token?code=secret-code");
        let failure = OAuthClient::new(&test_client()).request_token(&address, &[]).unwrap_err();
        let (kind, report) = report(failure);
        assert_eq!(kind, ErrorKind::Unavailable);
        assert!(
            report.contains(&format!("cannot connect to {closed}: connection refused")),
            "{report}"
        );
        assert!(!report.contains("secret-code"), "{report}");
    }
}
