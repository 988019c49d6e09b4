//! Secret strings, and where access tokens come from.

use std::fmt;

use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// More than any access token has (API §5.8).
pub(super) const MAX_TOKEN_BYTES: usize = 64 * 1024;

const WHITE_SPACE: [char; 5] = ['\u{feff}', ' ', '\t', '\r', '\n'];

/// The scheme of the header that carries a token.
const BEARER: &str = "Bearer";

/// What stands where a token should, after a look-up that found none.
const NO_TOKENS: [&str; 4] = [BEARER, "null", "none", "undefined"];

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

    /// Parses an access token (RFC 6750 §2.1), without the white space around it and the scheme of a header value before it.
    ///
    /// # Errors
    /// `ErrorKind::Usage`, with `source` as the start of the message, for anything else.
    pub fn parse_bearer(text: &str, source: &str) -> Result<Secret> {
        let token = text.trim_matches(WHITE_SPACE);
        let token = match token.split_at_checked(BEARER.len()) {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case(BEARER) => {
                rest.strip_prefix(WHITE_SPACE).map_or(token, str::trim_start)
            }
            _ => token,
        };
        if token.is_empty() || NO_TOKENS.iter().any(|word| token.eq_ignore_ascii_case(word)) {
            return Err(Error::usage(format!("{source} contains no access token")));
        }
        if token.len() > MAX_TOKEN_BYTES {
            return Err(too_long(source));
        }
        if !is_b64token(token) {
            let (what, hint) = describe_non_token(token);
            return Err(Error::usage(format!("{source} is not an access token: {what}")).hint(hint));
        }
        Ok(Secret::new(token))
    }
}

pub(super) fn too_long(source: &str) -> Error {
    let limit = MAX_TOKEN_BYTES / 1024;
    Error::usage(format!("{source} is not an access token: it is longer than {limit} KiB"))
}

/// Whether `text` is `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="` (RFC 6750 §2.1).
fn is_b64token(text: &str) -> bool {
    let characters = text.trim_end_matches('=');
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c);
    !characters.is_empty() && characters.chars().all(is_allowed)
}

/// What `text` looks like instead, and what to do. Nothing of the text itself: it may hold a token.
fn describe_non_token(text: &str) -> (&'static str, &'static str) {
    let starts_with = |starts: &[char]| text.starts_with(starts);
    if starts_with(&['"', '\'', '`', '“', '‘', '„', '«']) {
        ("it is in quotes", "supply it without the quotes")
    } else if starts_with(&['<', '$', '%']) || text.starts_with("{{") {
        ("it is a placeholder", "put the token itself in its place")
    } else if starts_with(&['{', '[']) {
        ("it is JSON", "supply the value of its access token alone, without quotes")
    } else if text.starts_with("-----BEGIN") {
        ("it is a key or a certificate", "supply an access token for the API")
    } else if text.contains(WHITE_SPACE) {
        ("it has white space in it", "supply the token alone, on one line")
    } else {
        ("it has characters that no token has", "supply an access token for the API, unchanged")
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
        let good = [
            "abc",
            " abc\n",
            "\u{feff}abc\r\n",
            "\tabc ",
            "Bearer abc",
            "bearer  abc\r\n",
            "BEARER\tabc",
        ];
        for text in good {
            let token = Secret::parse_bearer(text, "REFERRALS_TOKEN").unwrap();
            assert_eq!(token.expose(), "abc", "{text:?}");
        }
        for text in ["eyJ0.eyJh.x-y_z", "a~b+c/d==", "Bearerabc", "EwB+A8/=", "nullnull"] {
            assert_eq!(Secret::parse_bearer(text, "x").unwrap().expose(), text);
        }
        let bad = [
            ("", "contains no access token"),
            (" \n", "contains no access token"),
            ("Bearer", "contains no access token"),
            ("bearer \n", "contains no access token"),
            ("null", "contains no access token"),
            ("Bearer undefined", "contains no access token"),
            ("\"abc\"", "is not an access token: it is in quotes"),
            ("'abc'", "is not an access token: it is in quotes"),
            ("“abc”", "is not an access token: it is in quotes"),
            ("Bearer 'abc'", "is not an access token: it is in quotes"),
            ("{\"access_token\": \"abc\"}", "is not an access token: it is JSON"),
            ("[\"abc\"]", "is not an access token: it is JSON"),
            ("<token>", "is not an access token: it is a placeholder"),
            ("$TOKEN", "is not an access token: it is a placeholder"),
            ("%TOKEN%", "is not an access token: it is a placeholder"),
            ("{{ token }}", "is not an access token: it is a placeholder"),
            ("-----BEGIN KEY-----\nabc", "is not an access token: it is a key or a certificate"),
            ("a\nb", "is not an access token: it has white space in it"),
            ("Authorization: Bearer abc", "is not an access token: it has white space in it"),
            ("a\u{7f}b", "is not an access token: it has characters that no token has"),
            ("é", "is not an access token: it has characters that no token has"),
            ("a=b", "is not an access token: it has characters that no token has"),
            ("==", "is not an access token: it has characters that no token has"),
            ("token=abc;", "is not an access token: it has characters that no token has"),
            (&"a".repeat(65_537), "is not an access token: it is longer than 64 KiB"),
        ];
        for (text, message) in bad {
            let error = Secret::parse_bearer(text, "REFERRALS_TOKEN").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage, "{text:?}");
            assert_eq!(error.message(), format!("REFERRALS_TOKEN {message}"), "{text:?}");
            assert!(!error.report().contains("abc"), "{}", error.report());
        }
    }
}
