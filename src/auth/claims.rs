//! Claims in a token, for display only: they are not verified, and access tokens for other services are opaque by
//! contract (API §5.6).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};
use serde_json::Value;

use crate::text::one_line;

/// Of a claim that is shown, in characters; a mail address has up to 254 (RFC 5321 §4.5.3.1).
const MAX_TEXT_LEN: usize = 256;

/// Each may be missing. The texts are shown, so each is one harmless line of bounded length.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
pub struct Claims {
    #[serde(default, deserialize_with = "lenient_line")]
    pub aud: Option<String>,
    #[serde(default, deserialize_with = "lenient_line")]
    pub tid: Option<String>,
    /// The user's sign-in name in older tokens.
    #[serde(default, deserialize_with = "lenient_line")]
    pub upn: Option<String>,
    #[serde(default, deserialize_with = "lenient_line")]
    pub preferred_username: Option<String>,
    #[serde(default, deserialize_with = "lenient_line")]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "lenient_line")]
    pub sub: Option<String>,
    /// The nonce of the authorization request, in an ID token.
    #[serde(default, deserialize_with = "lenient")]
    pub nonce: Option<String>,
    /// Authentication methods; contains `mfa` after a second factor.
    #[serde(default, deserialize_with = "lenient")]
    pub amr: Option<Vec<Value>>,
    /// In seconds since 1970.
    #[serde(default, deserialize_with = "lenient")]
    pub exp: Option<i64>,
}

impl Claims {
    /// The payload of a JSON Web Token; `None` for anything else.
    pub fn parse(token: &str) -> Option<Claims> {
        let payload = token.split('.').nth(1)?;
        let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// The user's sign-in name, else the name, else the id.
    pub fn user(&self) -> Option<&str> {
        [&self.preferred_username, &self.upn, &self.name, &self.sub]
            .into_iter()
            .find_map(|claim| claim.as_deref().filter(|text| !text.is_empty()))
    }

    /// Whether a second factor was used; `None` without the claim (API §5.6).
    pub fn mfa(&self) -> Option<bool> {
        self.amr.as_ref().map(|methods| methods.iter().any(|method| method == "mfa"))
    }

    pub fn expires_at(&self) -> Option<Timestamp> {
        self.exp.and_then(|second| Timestamp::from_second(second).ok())
    }
}

/// A text, as [`lenient`] reads it.
fn lenient_line<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text: Option<String> = lenient(deserializer)?;
    Ok(text.map(|text| one_line(&text, MAX_TEXT_LEN)))
}

/// A claim of an unexpected type counts as missing.
fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Ok(T::deserialize(Value::deserialize(deserializer)?).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(payload: &str) -> String {
        format!("e30.{}.signature", URL_SAFE_NO_PAD.encode(payload))
    }

    #[test]
    fn claims_of_unexpected_types_do_not_hide_the_others() {
        let claims = Claims::parse(&token(
            r#"{"aud":["a"],"tid":7,"upn":"jo@contoso.com","name":"Jo","amr":["pwd","mfa"],"exp":1700000000}"#,
        ))
        .unwrap();
        assert_eq!(claims.user(), Some("jo@contoso.com"));
        assert_eq!(claims.mfa(), Some(true));
        assert_eq!(claims.expires_at().unwrap().as_second(), 1_700_000_000);
        assert_eq!((claims.aud, claims.tid), (None, None));
    }

    #[test]
    fn a_claim_that_is_shown_is_one_harmless_line_and_the_nonce_stays_as_it_is() {
        let long = "x".repeat(300);
        let claims = Claims::parse(&token(&format!(
            r#"{{"upn":"jo\nhint: run evil\u001b[2J","tid":"{long}","nonce":"a\nb"}}"#
        )))
        .unwrap();
        assert_eq!(claims.user(), Some("jo hint: run evil\u{241b}[2J"));
        assert_eq!(claims.tid.unwrap().chars().count(), MAX_TEXT_LEN + 1);
        assert_eq!(claims.nonce.as_deref(), Some("a\nb"));
    }

    #[test]
    fn anything_but_a_json_web_token_has_no_claims() {
        for text in ["", "opaque", "a.b.c", "e30.bm90IGpzb24.x", "..", "e30.IjEi.x"] {
            assert_eq!(Claims::parse(text), None, "{text:?}");
        }
        assert_eq!(Claims::parse(&token("{}")).unwrap().mfa(), None);
        assert_eq!(Claims::parse(&token(r#"{"amr":["pwd"]}"#)).unwrap().mfa(), Some(false));
    }
}
