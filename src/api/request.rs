//! Sends one request with retries, token refresh and a size-limited body.

use std::io::Read;
use std::time::Duration;

use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, IF_MATCH, LOCATION, RETRY_AFTER,
};
use reqwest::{Method, StatusCode, Url, blocking};
use uuid::Uuid;

use super::challenge;
use super::client::Api;
use super::error_response::{ErrorResponse, Resource};
use super::page::Malformed;
use super::retry::{self, FailureClass, RetryDecision, RetryState};
use crate::auth::Secret;
use crate::error::{Error, ErrorKind, Result};
use crate::http;

/// Bodies larger than this are refused; pages have some hundred kilobytes.
const MAX_BODY_BYTES: u64 = 64 << 20;

/// Bodies of error responses are read up to here.
const MAX_ERROR_BODY_BYTES: u64 = 64 << 10;

/// Longer waits are told without `-v` too.
const ANNOUNCED_WAIT: Duration = Duration::from_secs(2);

/// Response headers that may hold the service's id of the request (API §1.4), best first.
const REQUEST_ID_HEADERS: &[&str] =
    &["request-id", "ms-requestid", "x-ms-request-id", "client-request-id"];

/// A request to the API. Only GET is sent yet.
pub(super) struct Request {
    method: Method,
    url: Url,
    resource: Resource,
    body: Option<Vec<u8>>,
    /// The eTag that the resource must still have (RFC 9110 §13.1.1).
    if_match: Option<HeaderValue>,
    /// The statuses that are a success.
    success: &'static [StatusCode],
    /// Whether it may be sent again when it is not known what became of it.
    is_repeatable: bool,
}

impl Request {
    /// A GET of `address`, which must lie on the configured host.
    pub(super) fn get(address: &str, resource: Resource) -> Result<Request> {
        let url =
            address.parse().map_err(|_| Error::failure("the request's address is not a URL"))?;
        Ok(Request {
            method: Method::GET,
            url,
            resource,
            body: None,
            if_match: None,
            success: &[StatusCode::OK],
            is_repeatable: true,
        })
    }
}

/// Why a request failed.
#[derive(Debug)]
pub struct RequestError {
    class: FailureClass,
    retry_after: Option<Duration>,
    response: Option<Box<ErrorResponse>>,
    error: Error,
}

impl RequestError {
    fn new(class: FailureClass, error: Error) -> RequestError {
        RequestError { class, retry_after: None, response: None, error }
    }

    /// The status of the error response, where there was one.
    pub fn status(&self) -> Option<u16> {
        self.response.as_ref().map(|response| response.status)
    }

    /// The response, if it rejects the token and a refreshed one may be accepted.
    fn refused_token(&self) -> Option<&ErrorResponse> {
        self.response.as_deref().filter(|response| response.refresh_may_help())
    }

    /// The error of a service that asks for a longer wait than `--max-wait` allows.
    fn wait_too_long(self, retry_after: Duration) -> RequestError {
        let response = self.response.as_deref().cloned().unwrap_or_default();
        let (kind, what) = match response.status {
            429 => (ErrorKind::Throttled, "rate limited"),
            _ => (ErrorKind::Unavailable, "service unavailable"),
        };
        let message = format!(
            "{what} ({}): retry after {} exceeds --max-wait",
            response.status,
            seconds(retry_after)
        );
        let error =
            Error::new(kind, message).hint("try again later, or allow more time with `--max-wait`");
        RequestError { error: response.add_ids(error), ..self }
    }
}

impl From<Error> for RequestError {
    fn from(error: Error) -> RequestError {
        RequestError::new(FailureClass::Permanent, error)
    }
}

impl From<RequestError> for Error {
    fn from(error: RequestError) -> Error {
        error.error
    }
}

/// The ids that name a request to support staff (API §1.3); retries have the same.
struct CorrelationIds {
    request: String,
    correlation: String,
}

impl Api {
    /// Sends `request` until it succeeds or another try cannot help. `read` gets the body, or `None` where the response
    /// has no content (204).
    pub(super) fn send<T>(
        &self,
        request: &Request,
        read: impl Fn(Option<&str>) -> Result<T, Malformed>,
    ) -> Result<T, RequestError> {
        let ids = CorrelationIds {
            request: Uuid::new_v4().to_string(),
            correlation: Uuid::new_v4().to_string(),
        };
        let start = self.clock.elapsed();
        let mut token = self.tokens.access_token()?;
        let (mut attempts, mut refreshed) = (0, false);
        loop {
            attempts += 1;
            let error = match self.send_once(request, &token, &ids, &read) {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let may_refresh = request.is_repeatable && !refreshed;
            if let Some(response) = error.refused_token().filter(|_| may_refresh) {
                self.ui.verbose(|| "the token was refused (401); refreshing it".to_owned());
                token = self.tokens.refresh(&token).map_err(|error| response.add_ids(error))?;
                refreshed = true;
                continue;
            }
            self.record_reauth(&error);
            if !request.is_repeatable {
                return Err(error);
            }
            let decision = retry::decide(RetryState {
                class: error.class,
                attempts,
                spent: self.clock.elapsed().saturating_sub(start),
                budget: self.timeouts.retry_budget,
                retry_after: error.retry_after,
                jitter: random_fraction(),
            });
            match decision {
                RetryDecision::Wait(wait) => self.wait(wait, &error, attempts),
                RetryDecision::TooLong(retry_after) => {
                    return Err(error.wait_too_long(retry_after));
                }
                RetryDecision::GiveUp => return Err(error),
            }
        }
    }

    /// Remembers for the next sign-in what this one lacks.
    fn record_reauth(&self, error: &RequestError) {
        if let Some(response) = &error.response
            && let Some(reason) = response.reauth_reason()
        {
            self.tokens.require_reauth(reason, response.claims.as_deref());
        }
    }

    fn wait(&self, wait: Duration, error: &RequestError, attempts: u32) {
        let text =
            || format!("{}; retrying in {} (attempt {})", error.error, seconds(wait), attempts + 1);
        if wait > ANNOUNCED_WAIT {
            self.ui.info(&text());
        } else {
            self.ui.verbose(text);
        }
        self.clock.sleep(wait);
    }

    fn send_once<T>(
        &self,
        request: &Request,
        token: &Secret,
        ids: &CorrelationIds,
        read: impl Fn(Option<&str>) -> Result<T, Malformed>,
    ) -> Result<T, RequestError> {
        let sent = self.clock.elapsed();
        let mut response = self.execute(request, token, ids)?;
        let received = ErrorResponse {
            status: response.status().as_u16(),
            request_id: request_id(response.headers()),
            correlation_id: ids.correlation.clone(),
            location: redirect_host(response.headers()),
            claims: challenge::find_claims(response.headers()),
            ..ErrorResponse::default()
        };
        self.ui.trace(|| format!("< {}", received.status));
        if !request.success.contains(&response.status()) {
            return Err(self.refused(request, response, received, sent));
        }
        let malformed = |malformed: Malformed| {
            let message =
                format!("unusable response from {}: {}", self.base_url.host(), malformed.why);
            let error = Error::unavailable(message).hint(
                "check `--api-url`, and whether a proxy stands between; `referrals doctor` looks for both",
            );
            let class = if malformed.is_retryable {
                FailureClass::Interrupted
            } else {
                FailureClass::Permanent
            };
            RequestError::new(class, received.add_ids(error))
        };
        if response.status() == StatusCode::NO_CONTENT {
            return read(None).map_err(malformed);
        }
        let body = self.read_body(&mut response, MAX_BODY_BYTES, sent).map_err(|error| {
            RequestError::new(FailureClass::Interrupted, received.add_ids(error))
        })?;
        let text = std::str::from_utf8(&body)
            .map_err(|_| malformed(Malformed::transient("it is not UTF-8 text")))?;
        read(Some(text.trim_start_matches('\u{feff}'))).map_err(malformed)
    }

    fn refused(
        &self,
        request: &Request,
        mut response: blocking::Response,
        received: ErrorResponse,
        sent: Duration,
    ) -> RequestError {
        let retry_after = response.headers().get(RETRY_AFTER);
        let retry_after = retry_after.and_then(|value| value.to_str().ok());
        let retry_after =
            retry_after.and_then(|value| retry::parse_retry_after(value, self.clock.now()));
        let body = self.read_body(&mut response, MAX_ERROR_BODY_BYTES, sent).unwrap_or_default();
        let received =
            ErrorResponse { body: String::from_utf8_lossy(&body).into_owned(), ..received };
        RequestError {
            class: FailureClass::Status(received.status),
            retry_after,
            error: received.to_error(&request.resource, self.base_url.host()),
            response: Some(Box::new(received)),
        }
    }

    fn execute(
        &self,
        request: &Request,
        token: &Secret,
        ids: &CorrelationIds,
    ) -> Result<blocking::Response, RequestError> {
        let Request { method, url, resource: _, body, if_match, success: _, is_repeatable: _ } =
            request;
        let client = self.http.client(url)?;
        let mut bearer =
            HeaderValue::try_from(format!("Bearer {}", token.expose())).map_err(|_| {
                Error::sign_in("the access token holds characters that a header cannot")
            })?;
        bearer.set_sensitive(true);
        self.ui.trace(|| {
            format!(
                "> {method} {url} (authorization: Bearer ***, ms-correlationid: {})",
                ids.correlation
            )
        });
        let mut builder = client
            .request(method.clone(), url.clone())
            .header(AUTHORIZATION, bearer)
            .header(ACCEPT, "application/json")
            .header("client-request-id", Uuid::new_v4().to_string())
            .header("MS-RequestId", &ids.request)
            .header("MS-CorrelationId", &ids.correlation);
        if let Some(etag) = if_match {
            builder = builder.header(IF_MATCH, etag);
        }
        if let Some(body) = body {
            builder = builder.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        builder.send().map_err(|error| {
            let class = match (http::is_retryable(&error), error.is_connect()) {
                (false, _) => FailureClass::Permanent,
                (true, true) => FailureClass::Connect,
                (true, false) => FailureClass::Interrupted,
            };
            RequestError::new(class, self.http.diagnose(error, url))
        })
    }

    /// Reads the whole body; fails when it is cut short, takes too long since `sent`, or is larger than `max_bytes`.
    fn read_body(
        &self,
        response: &mut blocking::Response,
        max_bytes: u64,
        sent: Duration,
    ) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        let mut limited = response.take(max_bytes + 1);
        let mut chunk = vec![0; 64 << 10];
        let incomplete = |why: &str| {
            let message = format!("incomplete response from {}: {why}", self.base_url.host());
            Error::unavailable(message)
        };
        loop {
            if self.clock.elapsed().saturating_sub(sent) > self.timeouts.response {
                return Err(incomplete("timed out"));
            }
            match limited.read(&mut chunk) {
                Ok(0) => break,
                Ok(count) => body.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(incomplete("the body was cut short").cause(&error)),
            }
        }
        if body.len() as u64 > max_bytes {
            return Err(incomplete("the body is larger than any page"));
        }
        Ok(body)
    }
}

fn request_id(headers: &HeaderMap) -> Option<String> {
    REQUEST_ID_HEADERS.iter().find_map(|name| Some(headers.get(*name)?.to_str().ok()?.to_owned()))
}

/// The host a redirect leads to. The rest of the address may hold secrets.
fn redirect_host(headers: &HeaderMap) -> Option<String> {
    let url: Url = headers.get(LOCATION)?.to_str().ok()?.parse().ok()?;
    Some(format!("{}://{}", url.scheme(), url.host_str()?))
}

fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 10.0 { format!("{seconds:.1} s") } else { format!("{seconds:.0} s") }
}

/// A number in 0..1; 0.5 where the system has no randomness.
fn random_fraction() -> f64 {
    getrandom::u32().map_or(0.5, |number| f64::from(number) / (f64::from(u32::MAX) + 1.0))
}
