//! The error response of OAuth (RFC 6749 §5.2), with Entra's additions.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::text::one_line;

/// Longer words are cut: the provider may echo a token it was sent.
const MAX_WORD_LEN: usize = 120;

/// Of every text, in characters.
const MAX_TEXT_LEN: usize = 2_000;

/// An error of the authorize, device code or token endpoint (API §5.7). Its texts are shown, so each is one harmless
/// line of bounded length; the claims are sent on as they came.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct OAuthError {
    /// `invalid_grant`, `authorization_pending`, …
    #[serde(deserialize_with = "line")]
    pub(super) error: String,
    /// Entra's starts with `AADSTSnnnnn:`.
    #[serde(default, deserialize_with = "optional_line")]
    pub(super) error_description: Option<String>,
    /// The numbers after `AADSTS`.
    #[serde(default, deserialize_with = "numbers")]
    pub(super) error_codes: Vec<u32>,
    /// A claims challenge for the next sign-in.
    pub(super) claims: Option<String>,
    #[serde(default, deserialize_with = "optional_line")]
    pub(super) correlation_id: Option<String>,
    #[serde(default, deserialize_with = "optional_line")]
    pub(super) timestamp: Option<String>,
}

impl OAuthError {
    /// The error response in a redirect (RFC 6749 §4.1.2.1).
    pub(super) fn in_redirect(
        error: &str,
        description: Option<&str>,
        claims: Option<String>,
    ) -> OAuthError {
        OAuthError {
            error: one_line(error, MAX_TEXT_LEN),
            error_description: description.map(|text| one_line(text, MAX_TEXT_LEN)),
            claims,
            ..OAuthError::default()
        }
    }

    /// The first AADSTS number, from `error_codes` or else from the description.
    pub(super) fn code(&self) -> Option<u32> {
        self.error_codes.first().copied().or_else(|| {
            let text = self.error_description.as_deref()?;
            let digits = text.split("AADSTS").nth(1)?;
            let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            digits[..end].parse().ok()
        })
    }

    /// From its own field or else from the description.
    pub(super) fn correlation_id(&self) -> Option<&str> {
        let in_description = || {
            let text = self.error_description.as_deref()?;
            text.split("Correlation ID:").nth(1)?.split_whitespace().next()
        };
        self.correlation_id.as_deref().or_else(in_description)
    }
}

/// The description on one line without the ids at its end, else `error`.
impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let description = self.error_description.as_deref().unwrap_or_default();
        let text = description.split("Trace ID:").next().unwrap_or_default();
        let words =
            text.split_whitespace().map(|word| match word.char_indices().nth(MAX_WORD_LEN) {
                Some((end, _)) => format!("{}…", &word[..end]),
                None => word.to_owned(),
            });
        let message = words.collect::<Vec<_>>().join(" ");
        f.write_str(if message.is_empty() { &self.error } else { &message })
    }
}

impl oauth2::ErrorResponse for OAuthError {}

fn line<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    String::deserialize(deserializer).map(|text| one_line(&text, MAX_TEXT_LEN))
}

fn optional_line<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.map(|text| one_line(&text, MAX_TEXT_LEN)))
}

/// Other providers may send anything here; what is not a number is ignored.
fn numbers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u32>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    let codes = value.as_array().into_iter().flatten();
    Ok(codes.filter_map(|code| u32::try_from(code.as_u64()?).ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As documented by Entra.
    const ENTRA: &str = r#"{"error":"invalid_grant","error_description":"AADSTS50173: The provided grant has expired due to it being revoked.\r\nTrace ID: 255d1aef\r\nCorrelation ID: fb3d2015-b17a-4bb9\r\nTimestamp: 2016-01-09 02:02:12Z","error_codes":[50173],"timestamp":"2016-01-09 02:02:12Z","trace_id":"255d1aef","correlation_id":"fb3d2015-b17a-4bb9","error_uri":"https://login.microsoftonline.com/error?code=50173","suberror":"bad_token"}"#;

    #[test]
    fn code_message_and_correlation_id_are_found() {
        let error: OAuthError = serde_json::from_str(ENTRA).unwrap();
        assert_eq!(error.code(), Some(50173));
        assert_eq!(error.correlation_id(), Some("fb3d2015-b17a-4bb9"));
        assert_eq!(
            error.to_string(),
            "AADSTS50173: The provided grant has expired due to it being revoked."
        );
    }

    #[test]
    fn they_are_found_in_the_description_of_a_redirect() {
        let error = OAuthError {
            error: "access_denied".to_owned(),
            error_description: Some(
                "AADSTS65004: User declined. Trace ID: 1 Correlation ID: abc-1 Timestamp: x"
                    .to_owned(),
            ),
            ..OAuthError::default()
        };
        assert_eq!(error.code(), Some(65004));
        assert_eq!(error.correlation_id(), Some("abc-1"));
        assert_eq!(error.to_string(), "AADSTS65004: User declined.");
    }

    #[test]
    fn an_error_without_description_is_its_own_message_and_an_echoed_token_is_cut() {
        let bare: OAuthError = serde_json::from_str(r#"{"error":"invalid_grant"}"#).unwrap();
        assert_eq!((bare.code(), bare.correlation_id()), (None, None));
        assert_eq!(bare.to_string(), "invalid_grant");
        let echo = OAuthError {
            error_description: Some(format!("token {} is bad", "x".repeat(900))),
            ..bare
        };
        assert_eq!(echo.to_string(), format!("token {}… is bad", "x".repeat(120)));
    }
}
