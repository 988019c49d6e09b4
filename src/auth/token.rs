//! Secret strings, and where access tokens come from.

use std::fmt;

use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// A token or a code: redacted in `Debug`, zeroed on drop.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(Zeroizing::new(text.into()))
    }

    /// For a header, a request body or the store, and nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Parses an access token for an `Authorization: Bearer` header (RFC 6750 §2.1), without the white space around it.
    ///
    /// # Errors
    /// `ErrorKind::Usage`, with `source` as the start of the message, for anything but visible ASCII and for a whole
    /// header value.
    pub fn parse_bearer(text: &str, source: &str) -> Result<Secret> {
        let token = text.trim_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
        let reject = |why: &str| Err(Error::usage(format!("{source} {why}")));
        if token.is_empty() {
            return reject("contains no access token");
        }
        if token.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer ")) {
            return reject("must not start with \"Bearer\"");
        }
        if !token.chars().all(|c| c.is_ascii_graphic()) {
            return reject("contains characters that are invalid in an access token");
        }
        Ok(Secret::new(token))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

/// A source of access tokens for the API.
pub trait TokenProvider: Send + Sync {
    /// A token to send now.
    ///
    /// # Errors
    /// `ErrorKind::SignIn` when a new sign-in is required.
    fn access_token(&self) -> Result<Secret>;

    /// Another token than `rejected`, which the API answered with 401.
    fn refresh(&self, rejected: &Secret) -> Result<Secret>;

    /// Records that the API accepts no token of this sign-in, refreshed or not (code 900421, or a claims challenge:
    /// API §5.4, §5.6), for `status` and the next sign-in.
    fn require_reauth(&self, reason: &str, claims: Option<&str>) {
        let _ = (reason, claims);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_secret_is_redacted_in_debug() {
        let secret = Secret::new("eyJ0.hidden");
        assert_eq!(format!("{secret:?}"), "<secret>");
        assert_eq!(format!("{:#?}", Some(&secret)), "Some(\n    <secret>,\n)");
    }

    #[test]
    fn a_token_is_trimmed_and_validated() {
        let good = ["abc", " abc\n", "\u{feff}abc\r\n", "\tabc "];
        for text in good {
            let token = Secret::parse_bearer(text, "REFERRALS_TOKEN").unwrap();
            assert_eq!(token.expose(), "abc", "{text:?}");
        }
        let bad = [
            ("", "REFERRALS_TOKEN contains no access token"),
            (" \n", "REFERRALS_TOKEN contains no access token"),
            ("Bearer abc", "REFERRALS_TOKEN must not start with \"Bearer\""),
            ("bearer abc", "REFERRALS_TOKEN must not start with \"Bearer\""),
            ("a\nb", "REFERRALS_TOKEN contains characters that are invalid in an access token"),
            ("a\u{7f}b", "REFERRALS_TOKEN contains characters that are invalid in an access token"),
            ("é", "REFERRALS_TOKEN contains characters that are invalid in an access token"),
        ];
        for (text, message) in bad {
            let error = Secret::parse_bearer(text, "REFERRALS_TOKEN").unwrap_err();
            assert_eq!((error.kind(), error.message()), (ErrorKind::Usage, message), "{text:?}");
        }
    }
}
