//! A request that failed: whether it may be sent again, and what to tell.

use std::time::Duration;

use super::error_response::ErrorResponse;
use super::retry::FailureClass;
use crate::error::{Error, ErrorKind};

#[derive(Debug)]
pub struct RequestError {
    pub(super) class: FailureClass,
    pub(super) retry_after: Option<Duration>,
    pub(super) response: Option<Box<ErrorResponse>>,
    /// Whether the server may have received it.
    pub(super) was_sent: bool,
    pub(super) error: Error,
}

impl RequestError {
    pub(super) fn new(class: FailureClass, error: Error) -> RequestError {
        RequestError { class, retry_after: None, response: None, was_sent: true, error }
    }

    /// The status of the error response, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.response.as_ref().map(|response| response.status)
    }

    /// The response, if it rejects the token and a refreshed one may be accepted.
    pub(super) fn rejected_token(&self) -> Option<&ErrorResponse> {
        self.response.as_deref().filter(|response| response.refresh_may_help())
    }

    /// Explains that `Retry-After` exceeds `--max-wait`.
    pub(super) fn explain_long_wait(self, retry_after: Duration) -> RequestError {
        let response = self.response.as_deref().cloned().unwrap_or_default();
        let (kind, problem) = match response.status {
            429 => (ErrorKind::Throttled, "rate limited"),
            _ => (ErrorKind::Unavailable, "service unavailable"),
        };
        let message = format!(
            "{problem} ({}): retry after {} exceeds --max-wait",
            response.status,
            format_seconds(retry_after)
        );
        let error =
            Error::new(kind, message).hint("try again later, or allow more time with `--max-wait`");
        RequestError { error: response.add_ids(error), ..self }
    }
}

impl From<Error> for RequestError {
    fn from(error: Error) -> RequestError {
        RequestError { was_sent: false, ..RequestError::new(FailureClass::Permanent, error) }
    }
}

impl From<RequestError> for Error {
    fn from(error: RequestError) -> Error {
        error.error
    }
}

pub(super) fn format_seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 10.0 { format!("{seconds:.1} s") } else { format!("{seconds:.0} s") }
}
