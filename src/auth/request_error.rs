//! Failed requests to the sign-in service.

use std::fmt;
use std::time::Duration;

use oauth2::RequestTokenError;
use oauth2::http::StatusCode;

use super::advice;
use super::authority::AuthSettings;
use super::oauth_error::OAuthError;
use crate::error::{Error, ErrorKind};

#[derive(Debug)]
pub(super) enum OAuthRequestError {
    /// An error response as OAuth defines it.
    Rejected(Box<OAuthError>),
    Unreachable(Error),
    /// Throttled, or a server error.
    Busy {
        status: StatusCode,
        retry_after: Option<Duration>,
    },
    /// A response that is not OAuth: often from a captive portal or a proxy. Never quoted, it may contain tokens.
    Unexpected(String),
}

// `oauth2` wants an error type; what users read is made by `into_error`.
impl std::error::Error for OAuthRequestError {}

impl fmt::Display for OAuthRequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request to the sign-in service failed")
    }
}

impl OAuthRequestError {
    pub(super) fn unexpected(message: impl Into<String>) -> OAuthRequestError {
        OAuthRequestError::Unexpected(message.into())
    }

    pub(super) fn into_error(self, settings: &AuthSettings) -> Error {
        let host = settings.authority();
        match self {
            OAuthRequestError::Rejected(error) => advice::explain(&error, settings),
            OAuthRequestError::Unreachable(error) => {
                error.context(format!("cannot reach the sign-in service at {host}"))
            }
            OAuthRequestError::Busy { status, retry_after } => {
                let kind = match status {
                    StatusCode::TOO_MANY_REQUESTS => ErrorKind::Throttled,
                    _ => ErrorKind::Unavailable,
                };
                let message = format!("the sign-in service at {host} answered HTTP {status}");
                Error::new(kind, message).hint(match retry_after {
                    Some(time) => format!("try again in {} seconds", time.as_secs()),
                    None => "try again in a few minutes".to_owned(),
                })
            }
            OAuthRequestError::Unexpected(message) => {
                Error::unavailable(message).detail(format!("address: {host}")).hint(
                    "a proxy or a captive portal may have answered instead; run `referrals doctor`",
                )
            }
        }
    }
}

impl From<RequestTokenError<OAuthRequestError, OAuthError>> for OAuthRequestError {
    fn from(error: RequestTokenError<OAuthRequestError, OAuthError>) -> OAuthRequestError {
        match error {
            RequestTokenError::ServerResponse(error) => {
                OAuthRequestError::Rejected(Box::new(error))
            }
            RequestTokenError::Request(error) => error,
            // The error quotes what could not be parsed.
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
                OAuthRequestError::unexpected("unexpected response from the sign-in service")
            }
        }
    }
}
