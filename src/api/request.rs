//! Sends one request with retries, token refresh and a size-limited body.

use std::io::Read;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, IF_MATCH, LOCATION, RETRY_AFTER,
};
use reqwest::{Method, StatusCode, Url, blocking};
use uuid::Uuid;

use super::challenge;
use super::client::Api;
use super::error_response::{ErrorResponse, Resource};
use super::pacing::Pacing;
use super::page::Malformed;
use super::request_error::{RequestError, format_seconds};
use super::retry::{self, FailureClass, RetryDecision, RetryState};
use crate::auth::Secret;
use crate::error::{Error, ErrorKind, Result};
use crate::http;

/// Pages have some hundred kilobytes.
pub(super) const MAX_BODY_BYTES: u64 = 64 << 20;

const MAX_ERROR_BODY_BYTES: u64 = 64 << 10;

/// Memory for a body is reserved up to this size before it arrives; `Content-Length` may be wrong.
const MAX_RESERVED_BYTES: u64 = 1 << 20;

/// Longer waits are announced even without `-v`.
const MAX_SILENT_WAIT: Duration = Duration::from_secs(2);

/// Response headers with the service's id of the request (API §1.4), in order of preference.
const REQUEST_ID_HEADERS: &[&str] =
    &["request-id", "ms-requestid", "x-ms-request-id", "client-request-id"];

pub(super) struct Request {
    method: Method,
    url: Url,
    resource: Resource,
    body: Option<Vec<u8>>,
    /// The eTag of the version to change (RFC 9110 §13.1.1).
    if_match: Option<HeaderValue>,
    /// The statuses of success.
    success: &'static [StatusCode],
}

impl Request {
    /// A page of a listing, for which no content is no rows (API §1.1).
    pub(super) fn list(url: &str, resource: Resource) -> Result<Request> {
        let success = &[StatusCode::OK, StatusCode::NO_CONTENT];
        Ok(Request { success, ..Request::get(url, resource)? })
    }

    /// `url` must be on the configured host, because it gets the token.
    pub(super) fn get(url: &str, resource: Resource) -> Result<Request> {
        let url = url.parse().map_err(|_| Error::failure("the request has no valid URL"))?;
        Ok(Request {
            method: Method::GET,
            url,
            resource,
            body: None,
            if_match: None,
            success: &[StatusCode::OK],
        })
    }

    /// A JSON Patch of one referral in the version of `if_match`, to be answered with the changed referral (API §1.2). It
    /// is not for [`Api::send`], which repeats requests.
    pub(super) fn patch(url: &str, id: &str, if_match: &str, body: Vec<u8>) -> Result<Request> {
        let resource = Resource::Change(id.to_owned());
        let if_match = HeaderValue::try_from(if_match).map_err(|_| {
            Error::failure("the eTag has characters that are not allowed in a header")
        })?;
        Ok(Request {
            method: Method::PATCH,
            body: Some(body),
            if_match: Some(if_match),
            success: &[StatusCode::OK, StatusCode::ACCEPTED, StatusCode::NO_CONTENT],
            ..Request::get(url, resource)?
        })
    }

    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    pub(super) fn is_success(&self, status: StatusCode) -> bool {
        self.success.contains(&status)
    }
}

/// The ids of a request and its retries, for support staff (API §1.3).
pub(super) struct CorrelationIds {
    request: String,
    pub(super) correlation: String,
}

impl CorrelationIds {
    pub(super) fn new() -> CorrelationIds {
        let new = || Uuid::new_v4().to_string();
        CorrelationIds { request: new(), correlation: new() }
    }
}

impl Api {
    /// Sends the request, with retries. `parse` gets the body of the response, or `None` without content (204).
    pub(super) fn send<T>(
        &self,
        request: &Request,
        parse: impl Fn(Option<String>) -> Result<T, Malformed>,
    ) -> Result<T, RequestError> {
        let ids = CorrelationIds::new();
        let start = self.clock.elapsed();
        let mut token = self.tokens.access_token()?;
        let (mut attempts, mut refreshed) = (0, false);
        loop {
            attempts += 1;
            self.keep_pace();
            let error = match self.send_once(request, &token, &ids, &parse) {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            if let Some(response) = error.rejected_token().filter(|_| !refreshed) {
                self.ui.verbose(|| "the token was rejected (401); refreshing it".to_owned());
                token = self.tokens.refresh(&token).map_err(|error| response.add_ids(error))?;
                refreshed = true;
                continue;
            }
            self.record_rejection(&error);
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
                    return Err(error.explain_long_wait(retry_after));
                }
                RetryDecision::GiveUp => return Err(error),
            }
        }
    }

    /// Waits as long as the requests before this one and their refusals demand.
    pub(super) fn keep_pace(&self) {
        let delay = self.pacing().delay(self.clock.elapsed());
        if !delay.is_zero() {
            self.ui.verbose(|| format!("pacing requests: waiting {}", format_seconds(delay)));
            self.clock.sleep(delay);
        }
        self.pacing().record_request(self.clock.elapsed());
    }

    fn pacing(&self) -> MutexGuard<'_, Pacing> {
        self.pacing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that the next request needs a new sign-in, or more time, if the API says so.
    pub(super) fn record_rejection(&self, error: &RequestError) {
        if error.status() == Some(429) {
            self.pacing().record_refusal();
        }
        if let Some(response) = &error.response
            && let Some(reason) = response.reauth_reason()
        {
            self.tokens.require_reauth(reason, response.claims.as_deref());
        }
    }

    fn wait(&self, wait: Duration, error: &RequestError, attempts: u32) {
        let text = || {
            format!(
                "{}; retrying in {} (attempt {})",
                error.error,
                format_seconds(wait),
                attempts + 1
            )
        };
        if wait > MAX_SILENT_WAIT {
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
        parse: impl Fn(Option<String>) -> Result<T, Malformed>,
    ) -> Result<T, RequestError> {
        let start = self.clock.elapsed();
        let sent = self.clock.now();
        let client = self.http.client(&request.url)?;
        let (mut response, details) = self.execute(client, request, token, ids)?;
        let received = self.clock.now();
        if !request.is_success(response.status()) {
            return Err(self.read_error(request, response, details, start));
        }
        // An error may come from a proxy.
        self.server_clock.observe(response.headers(), sent, received);
        let malformed = |malformed: Malformed| {
            let message =
                format!("unusable response from {}: {}", self.base_url.host(), malformed.reason);
            let error = Error::unavailable(message)
                .hint("check `--api-url` and the proxy; `referrals doctor` checks both");
            let class = if malformed.is_retryable {
                FailureClass::Interrupted
            } else {
                FailureClass::Permanent
            };
            RequestError::new(class, details.add_ids(error))
        };
        if response.status() == StatusCode::NO_CONTENT {
            return parse(None).map_err(malformed);
        }
        let body = self.read_body(&mut response, MAX_BODY_BYTES, start).map_err(|error| {
            RequestError::new(FailureClass::Interrupted, details.add_ids(error))
        })?;
        let text = decode_body(body).map_err(malformed)?;
        parse(Some(text)).map_err(malformed)
    }

    pub(super) fn read_error(
        &self,
        request: &Request,
        mut response: blocking::Response,
        details: ErrorResponse,
        start: Duration,
    ) -> RequestError {
        let retry_after = response.headers().get(RETRY_AFTER);
        let retry_after = retry_after.and_then(|value| value.to_str().ok());
        let retry_after =
            retry_after.and_then(|value| retry::parse_retry_after(value, self.clock.now()));
        // The status makes it an error even if the body cannot be read.
        let body = self.read_body(&mut response, MAX_ERROR_BODY_BYTES, start).unwrap_or_default();
        let error_response =
            ErrorResponse { body: String::from_utf8_lossy(&body).into_owned(), ..details };
        RequestError {
            class: FailureClass::Status(error_response.status),
            retry_after,
            error: error_response.to_error(&request.resource, self.base_url.host()),
            response: Some(Box::new(error_response)),
            was_sent: true,
        }
    }

    /// Sends it once, and returns the response with what its headers say.
    pub(super) fn execute(
        &self,
        client: &blocking::Client,
        request: &Request,
        token: &Secret,
        ids: &CorrelationIds,
    ) -> Result<(blocking::Response, ErrorResponse), RequestError> {
        let Request { method, url, resource: _, body, if_match, success: _ } = request;
        let mut bearer =
            HeaderValue::try_from(format!("Bearer {}", token.expose())).map_err(|_| {
                Error::new(
                    ErrorKind::SignIn,
                    "the access token has characters that are not allowed in a header",
                )
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
            builder = builder
                .header(CONTENT_TYPE, "application/json")
                .header("Prefer", "return=representation")
                .body(body.clone());
        }
        let response = builder.send().map_err(|error| {
            let class = match (http::is_retryable(&error), error.is_connect()) {
                (false, _) => FailureClass::Permanent,
                (true, true) => FailureClass::Connect,
                (true, false) => FailureClass::Interrupted,
            };
            // Without a connection nothing is sent.
            let was_sent = !error.is_connect() && !error.is_builder();
            RequestError { was_sent, ..RequestError::new(class, self.http.diagnose(error, url)) }
        })?;
        let details = ErrorResponse {
            status: response.status().as_u16(),
            request_id: find_request_id(response.headers()),
            correlation_id: ids.correlation.clone(),
            location: find_redirect_host(response.headers()),
            claims: challenge::find_claims(response.headers()),
            ..ErrorResponse::default()
        };
        self.ui.trace(|| format!("< {}", details.status));
        Ok((response, details))
    }

    /// Fails if the body is incomplete, larger than `max_bytes`, or still loading at the timeout, which counts from `start`.
    pub(super) fn read_body(
        &self,
        response: &mut blocking::Response,
        max_bytes: u64,
        start: Duration,
    ) -> Result<Vec<u8>> {
        let announced = response.content_length().unwrap_or_default().min(MAX_RESERVED_BYTES);
        let mut body = Vec::with_capacity(usize::try_from(announced).unwrap_or_default());
        let mut limited = response.take(max_bytes + 1);
        let mut chunk = vec![0; 64 << 10];
        let incomplete = |why: &str| {
            let message = format!("incomplete response from {}: {why}", self.base_url.host());
            Error::unavailable(message)
        };
        loop {
            if self.clock.elapsed().saturating_sub(start) > self.timeouts.response {
                return Err(incomplete("timed out"));
            }
            match limited.read(&mut chunk) {
                Ok(0) => break,
                Ok(count) => body.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(incomplete("the connection was lost").cause(&error)),
            }
        }
        if body.len() as u64 > max_bytes {
            return Err(incomplete("the body is too large"));
        }
        Ok(body)
    }
}

/// The text of a body. A parser may ignore a byte order mark (RFC 8259 §8.1).
pub(super) fn decode_body(body: Vec<u8>) -> Result<String, Malformed> {
    let mut text = String::from_utf8(body).map_err(|_| Malformed::transient("not UTF-8"))?;
    let marks = text.len() - text.trim_start_matches('\u{feff}').len();
    text.drain(..marks);
    Ok(text)
}

fn find_request_id(headers: &HeaderMap) -> Option<String> {
    REQUEST_ID_HEADERS.iter().find_map(|name| Some(headers.get(*name)?.to_str().ok()?.to_owned()))
}

/// Scheme and host. The rest of the URL may contain secrets.
fn find_redirect_host(headers: &HeaderMap) -> Option<String> {
    let url: Url = headers.get(LOCATION)?.to_str().ok()?.parse().ok()?;
    Some(format!("{}://{}", url.scheme(), url.host_str()?))
}

/// In 0..1; 0.5 if the system has no source of randomness.
fn random_fraction() -> f64 {
    getrandom::u32().map_or(0.5, |number| f64::from(number) / (f64::from(u32::MAX) + 1.0))
}
