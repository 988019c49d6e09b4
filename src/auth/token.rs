//! A text that must not be seen: it cannot be printed by accident and leaves memory with its owner.
//! Knows nothing of where it came from.

use std::fmt;

use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, Result};

/// An access token, a refresh token, an authorization code or a device code.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Keeps `text` from being printed.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(Zeroizing::new(text.into()))
    }

    /// The text itself, for a header, a request body or the store and nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// An access token somebody supplied by hand, fit for an `Authorization` header (RFC 6750 §2.1).
    /// `source` names where it stood. White space around it is dropped; an empty text, one with
    /// anything but visible ASCII in it, or a whole header value is refused with [`ErrorKind::Usage`].
    pub fn parse_bearer(text: &str, source: &str) -> Result<Secret> {
        let token = text.trim_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
        let refuse = |why: &str| Err(Error::new(ErrorKind::Usage, format!("{source} {why}")));
        if token.is_empty() {
            return refuse("holds no access token");
        }
        if token.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer ")) {
            return refuse("starts with the word \"Bearer\"; give the token alone");
        }
        if !token.chars().all(|c| c.is_ascii_graphic()) {
            return refuse("holds spaces, line breaks or other characters no access token has");
        }
        Ok(Secret::new(token))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_part_of_a_debug_text() {
        let secret = Secret::new("eyJ0.hidden");
        assert_eq!(format!("{secret:?}"), "<secret>");
        assert_eq!(format!("{:#?}", Some(&secret)), "Some(\n    <secret>,\n)");
    }

    #[test]
    fn a_given_token_is_trimmed_and_must_be_a_token() {
        let good = ["abc", " abc\n", "\u{feff}abc\r\n", "\tabc "];
        for text in good {
            let token = Secret::parse_bearer(text, "REFERRALS_TOKEN").unwrap();
            assert_eq!(token.expose(), "abc", "{text:?}");
        }
        let bad = [
            ("", "REFERRALS_TOKEN holds no access token"),
            (" \n", "REFERRALS_TOKEN holds no access token"),
            ("Bearer abc", "REFERRALS_TOKEN starts with the word \"Bearer\"; give the token alone"),
            ("bearer abc", "REFERRALS_TOKEN starts with the word \"Bearer\"; give the token alone"),
            (
                "a\nb",
                "REFERRALS_TOKEN holds spaces, line breaks or other characters no access token has",
            ),
            (
                "a\u{7f}b",
                "REFERRALS_TOKEN holds spaces, line breaks or other characters no access token has",
            ),
            (
                "é",
                "REFERRALS_TOKEN holds spaces, line breaks or other characters no access token has",
            ),
        ];
        for (text, message) in bad {
            let error = Secret::parse_bearer(text, "REFERRALS_TOKEN").unwrap_err();
            assert_eq!((error.kind(), error.message()), (ErrorKind::Usage, message), "{text:?}");
        }
    }
}
