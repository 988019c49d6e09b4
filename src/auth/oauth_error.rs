//! An identity provider's "no": the body of its error answers, as RFC 6749 §5.2 and Entra shape it.
//! Reads it and nothing more; `advice` says what it means.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// Longer words are cut: no sentence needs them, and a provider may echo what it was sent.
const MAX_WORD_LEN: usize = 120;

/// An error answer of the authorize, device code or token endpoint (API §5.7).
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct OAuthError {
    /// What to decide by: `invalid_grant`, `authorization_pending`, …
    pub error: String,
    /// The provider's own text; Entra's starts with `AADSTSnnnnn:`.
    #[serde(default)]
    pub error_description: Option<String>,
    /// Entra's numbers.
    #[serde(default, deserialize_with = "numbers")]
    pub error_codes: Vec<u32>,
    /// Entra's refinement of `error`.
    #[serde(default)]
    pub suberror: Option<String>,
    /// What the next sign-in must pass on.
    #[serde(default)]
    pub claims: Option<String>,
    /// What an administrator can look the event up by.
    #[serde(default)]
    pub correlation_id: Option<String>,
    /// When it happened, as the provider writes it.
    #[serde(default)]
    pub timestamp: Option<String>,
}

impl OAuthError {
    /// The AADSTS number, from the list of codes or else from the text.
    pub fn code(&self) -> Option<u32> {
        self.error_codes.first().copied().or_else(|| {
            let text = self.error_description.as_deref()?;
            let digits = text.split("AADSTS").nth(1)?;
            let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            digits[..end].parse().ok()
        })
    }

    /// The correlation id, from its own field or else from the text.
    pub fn correlation(&self) -> Option<&str> {
        let written = || {
            let text = self.error_description.as_deref()?;
            text.split("Correlation ID:").nth(1)?.split_whitespace().next()
        };
        self.correlation_id.as_deref().or_else(written)
    }

    /// The provider's own words on one line, without the ids that follow them.
    pub fn text(&self) -> String {
        let description = self.error_description.as_deref().unwrap_or_default();
        let own = description
            .split("Trace ID:")
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .map(|word| match word.char_indices().nth(MAX_WORD_LEN) {
                Some((end, _)) => format!("{}…", &word[..end]),
                None => word.to_owned(),
            })
            .collect::<Vec<_>>()
            .join(" ");
        if own.is_empty() { self.error.clone() } else { own }
    }
}

impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl oauth2::ErrorResponse for OAuthError {}

/// Other people's codes may be of any type; those that are no numbers are left out.
fn numbers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u32>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    let codes = value.as_array().into_iter().flatten();
    Ok(codes.filter_map(|code| u32::try_from(code.as_u64()?).ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Entra's answer to a polling client, as documented.
    const ENTRA: &str = r#"{"error":"invalid_grant","error_description":"AADSTS50173: The provided grant has expired due to it being revoked.\r\nTrace ID: 255d1aef\r\nCorrelation ID: fb3d2015-b17a-4bb9\r\nTimestamp: 2016-01-09 02:02:12Z","error_codes":[50173],"timestamp":"2016-01-09 02:02:12Z","trace_id":"255d1aef","correlation_id":"fb3d2015-b17a-4bb9","error_uri":"https://login.microsoftonline.com/error?code=50173","suberror":"bad_token"}"#;

    #[test]
    fn the_number_the_words_and_the_id_are_found() {
        let refusal: OAuthError = serde_json::from_str(ENTRA).unwrap();
        assert_eq!(refusal.code(), Some(50173));
        assert_eq!(refusal.correlation(), Some("fb3d2015-b17a-4bb9"));
        assert_eq!(
            refusal.text(),
            "AADSTS50173: The provided grant has expired due to it being revoked."
        );
    }

    #[test]
    fn they_are_found_in_the_text_alone_as_a_redirect_brings_it() {
        let refusal = OAuthError {
            error: "access_denied".to_owned(),
            error_description: Some(
                "AADSTS65004: User declined. Trace ID: 1 Correlation ID: abc-1 Timestamp: x"
                    .to_owned(),
            ),
            ..OAuthError::default()
        };
        assert_eq!(refusal.code(), Some(65004));
        assert_eq!(refusal.correlation(), Some("abc-1"));
        assert_eq!(refusal.text(), "AADSTS65004: User declined.");
    }

    #[test]
    fn a_bare_error_speaks_for_itself_and_an_echoed_token_is_cut() {
        let bare: OAuthError = serde_json::from_str(r#"{"error":"invalid_grant"}"#).unwrap();
        assert_eq!((bare.code(), bare.correlation()), (None, None));
        assert_eq!(bare.text(), "invalid_grant");
        let echo = OAuthError {
            error_description: Some(format!("token {} is bad", "x".repeat(900))),
            ..bare
        };
        assert_eq!(echo.text(), format!("token {}… is bad", "x".repeat(120)));
    }
}
