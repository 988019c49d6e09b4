//! One GET, tried until it works or is known not to: token, headers, retries, and a body that is whole.

use std::io::Read;
use std::time::Duration;

use reqwest::blocking::Response;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{StatusCode, Url};
use uuid::Uuid;

use super::error_response::{ErrorResponse, Resource};
use super::page::Malformed;
use super::retry::{self, FailureClass, RetryDecision, RetryState};
use super::{Api, challenge};
use crate::auth::Secret;
use crate::error::{Error, ErrorKind, Result};
use crate::http;

/// No page is larger; more than this is not a page.
const LARGEST_BODY: u64 = 64 << 20;

/// No error body is read further.
const LARGEST_REFUSAL: u64 = 64 << 10;

/// Waits longer than this are announced.
const ANNOUNCED: Duration = Duration::from_secs(2);

/// How response headers may name the request (API §1.4), best first.
const REQUEST_IDS: &[&str] =
    &["request-id", "ms-requestid", "x-ms-request-id", "client-request-id"];

/// A request that failed for good.
#[derive(Debug)]
pub(super) struct Refused {
    /// The status, where there was an answer.
    pub(super) status: Option<u16>,
    /// What to tell the user.
    pub(super) error: Error,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Refused {
        Refused { status: None, error }
    }
}

/// The names one logical request goes by (API §1.3): the same over retries.
struct Ids {
    request: String,
    correlation: String,
}

/// A try that failed.
struct Trouble {
    fault: FailureClass,
    asked: Option<Duration>,
    answer: Option<Box<ErrorResponse>>,
    error: Error,
}

impl Trouble {
    /// The answer, when it says that another token would do.
    fn refuses_token(&self) -> Option<&ErrorResponse> {
        self.answer.as_deref().filter(|answer| answer.status == 401 && !answer.lacks_mfa())
    }
}

impl From<Trouble> for Refused {
    fn from(trouble: Trouble) -> Refused {
        Refused { status: trouble.answer.map(|answer| answer.status), error: trouble.error }
    }
}

impl Api {
    /// Fetches `address`, which must lie on the configured host, and reads the body with `read`.
    pub(super) fn get<T>(
        &self,
        address: &str,
        purpose: &Resource,
        read: impl Fn(&str) -> Result<T, Malformed>,
    ) -> Result<T, Refused> {
        let url: Url = address
            .parse()
            .map_err(|_| Error::new(ErrorKind::Failure, "the request's address is not a URL"))?;
        let ids =
            Ids { request: Uuid::new_v4().to_string(), correlation: Uuid::new_v4().to_string() };
        let start = self.clock.elapsed();
        let mut token = self.tokens.access_token()?;
        let (mut tries, mut renewed) = (0, false);
        loop {
            tries += 1;
            let trouble = match self.attempt(&url, &token, &ids, purpose, &read) {
                Ok(value) => return Ok(value),
                Err(trouble) => trouble,
            };
            if let Some(answer) = trouble.refuses_token().filter(|_| !renewed) {
                self.ui
                    .verbose(|| "the token was refused (401); asking for a fresh one".to_owned());
                token = self.tokens.refresh(&token).map_err(|error| answer.add_ids(error))?;
                renewed = true;
                continue;
            }
            self.pass_on_demand(&trouble);
            let spent = self.clock.elapsed().saturating_sub(start);
            let Some(wait) = self.wait_for(&trouble, tries, spent)? else {
                return Err(trouble.into());
            };
            self.pause(wait, &trouble, tries);
        }
    }

    /// Notes for the next sign-in what this one lacks.
    fn pass_on_demand(&self, trouble: &Trouble) {
        if let Some(answer) = &trouble.answer
            && let Some(reason) = answer.reauth_reason()
        {
            self.tokens.require_reauth(reason, answer.claims.as_deref());
        }
    }

    /// How long to wait before the next try; `None` when there is to be none.
    fn wait_for(
        &self,
        trouble: &Trouble,
        tries: u32,
        spent: Duration,
    ) -> Result<Option<Duration>, Refused> {
        let verdict = retry::decide(RetryState {
            fault: trouble.fault,
            attempts: tries,
            spent,
            budget: self.patience.budget,
            retry_after: trouble.asked,
            jitter: random_fraction(),
        });
        match verdict {
            RetryDecision::Wait(wait) => Ok(Some(wait)),
            RetryDecision::GiveUp => Ok(None),
            RetryDecision::TooLong(asked) => {
                let answer = trouble.answer.as_deref().cloned().unwrap_or_default();
                let error = Error::new(
                    if answer.status == 429 {
                        ErrorKind::Throttled
                    } else {
                        ErrorKind::Unavailable
                    },
                    format!(
                        "the API wants to be left alone for {} ({}), longer than this may wait",
                        seconds(asked),
                        answer.status
                    ),
                )
                .hint("try again later, or allow more time with `--max-wait`");
                Err(Refused { status: Some(answer.status), error: answer.add_ids(error) })
            }
        }
    }

    fn pause(&self, wait: Duration, trouble: &Trouble, tries: u32) {
        let text =
            || format!("{}; trying again in {} (try {})", trouble.error, seconds(wait), tries + 1);
        if wait > ANNOUNCED {
            self.ui.info(&text());
        } else {
            self.ui.verbose(text);
        }
        self.clock.sleep(wait);
    }

    fn attempt<T>(
        &self,
        url: &Url,
        token: &Secret,
        ids: &Ids,
        purpose: &Resource,
        read: impl Fn(&str) -> Result<T, Malformed>,
    ) -> Result<T, Trouble> {
        let sent = self.clock.elapsed();
        let mut response = self.send(url, token, ids)?;
        let answer = ErrorResponse {
            status: response.status().as_u16(),
            request_id: request_id(response.headers()),
            correlation_id: ids.correlation.clone(),
            location: location(response.headers()),
            claims: challenge::claims(response.headers()),
            ..ErrorResponse::default()
        };
        self.ui.trace(|| format!("< {}", answer.status));
        if response.status() != StatusCode::OK {
            let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            let asked = asked.and_then(|value| retry::parse_retry_after(value, self.clock.now()));
            let body = self.body(&mut response, LARGEST_REFUSAL, sent).unwrap_or_default();
            let answer =
                ErrorResponse { body: String::from_utf8_lossy(&body).into_owned(), ..answer };
            let error = answer.to_error(purpose, self.base.host());
            return Err(Trouble {
                fault: FailureClass::Status(answer.status),
                asked,
                answer: Some(Box::new(answer)),
                error,
            });
        }
        let garbled = |malformed: Malformed| {
            let error = Error::new(
                ErrorKind::Unavailable,
                format!("the answer of {} cannot be used: {}", self.base.host(), malformed.why),
            )
            .hint("check `--api-url`, and whether a proxy stands between; `referrals doctor` looks for both");
            let fault = if malformed.is_retryable {
                FailureClass::Broken
            } else {
                FailureClass::Status(200)
            };
            Trouble { fault, asked: None, answer: None, error: answer.add_ids(error) }
        };
        let body = self.body(&mut response, LARGEST_BODY, sent).map_err(|error| Trouble {
            fault: FailureClass::Broken,
            asked: None,
            answer: None,
            error: answer.add_ids(error),
        })?;
        let text = std::str::from_utf8(&body)
            .map_err(|_| garbled(Malformed::transient("it is not UTF-8 text")))?;
        read(text.trim_start_matches('\u{feff}')).map_err(garbled)
    }

    fn send(&self, url: &Url, token: &Secret, ids: &Ids) -> Result<Response, Trouble> {
        let unsent = |error: Error| Trouble {
            fault: FailureClass::Status(0),
            asked: None,
            answer: None,
            error,
        };
        let client = self.http.client(url).map_err(unsent)?;
        let mut bearer =
            HeaderValue::try_from(format!("Bearer {}", token.expose())).map_err(|_| {
                unsent(Error::new(
                    ErrorKind::SignIn,
                    "the access token holds characters no token has",
                ))
            })?;
        bearer.set_sensitive(true);
        self.ui.trace(|| {
            format!(
                "> GET {url} (authorization: Bearer ***, ms-correlationid: {})",
                ids.correlation
            )
        });
        let request = client
            .get(url.clone())
            .header(AUTHORIZATION, bearer)
            .header(ACCEPT, "application/json")
            .header("client-request-id", Uuid::new_v4().to_string())
            .header("MS-RequestId", &ids.request)
            .header("MS-CorrelationId", &ids.correlation);
        request.send().map_err(|error| {
            let fault = match (http::is_retryable(&error), error.is_connect()) {
                (false, _) => FailureClass::Status(0),
                (true, true) => FailureClass::Connect,
                (true, false) => FailureClass::Broken,
            };
            Trouble { fault, asked: None, answer: None, error: self.http.failure(error, url) }
        })
    }

    /// The whole body, or an error when it breaks off, takes too long since `sent`, or never ends.
    fn body(&self, response: &mut Response, largest: u64, sent: Duration) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        let mut limited = response.take(largest + 1);
        let mut chunk = vec![0; 64 << 10];
        let broken = |why: &str| {
            Error::new(
                ErrorKind::Unavailable,
                format!("the answer of {} broke off: {why}", self.base.host()),
            )
        };
        loop {
            if self.clock.elapsed().saturating_sub(sent) > self.patience.page {
                return Err(broken("it took too long"));
            }
            match limited.read(&mut chunk) {
                Ok(0) => break,
                Ok(count) => body.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(broken("not all of it came").cause(&error)),
            }
        }
        if body.len() as u64 > largest {
            return Err(broken("it is larger than any page"));
        }
        Ok(body)
    }
}

fn request_id(headers: &HeaderMap) -> Option<String> {
    REQUEST_IDS.iter().find_map(|name| Some(headers.get(*name)?.to_str().ok()?.to_owned()))
}

/// The host a redirect leads to; the rest may hold what is not ours to show.
fn location(headers: &HeaderMap) -> Option<String> {
    let url: Url = headers.get(LOCATION)?.to_str().ok()?.parse().ok()?;
    Some(format!("{}://{}", url.scheme(), url.host_str()?))
}

fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 10.0 { format!("{seconds:.1} s") } else { format!("{seconds:.0} s") }
}

/// A number from 0 up to 1; without randomness, the middle.
fn random_fraction() -> f64 {
    getrandom::u32().map_or(0.5, |number| f64::from(number) / (f64::from(u32::MAX) + 1.0))
}
