//! The response of the token endpoint (RFC 6749 §5.1).

use std::fmt;
use std::time::Duration;

use jiff::SignedDuration;
use oauth2::basic::BasicTokenType;
use oauth2::{AccessToken, RefreshToken, Scope};
use serde::{Deserialize, Deserializer, Serialize};

use super::claims::Claims;
use super::request_error::OAuthRequestError;
use super::session::TokenGrant;
use super::token::Secret;

/// Seconds, where the response does not say; as in the documented sample (API §5.4).
const DEFAULT_EXPIRES_IN: u64 = 3600;

/// Serializes without its tokens, because `oauth2` wants every response to be serializable.
#[derive(Deserialize, Serialize)]
pub(super) struct TokenResponse {
    #[serde(skip_serializing)]
    access_token: AccessToken,
    #[serde(deserialize_with = "oauth2::helpers::deserialize_untagged_enum_case_insensitive")]
    token_type: BasicTokenType,
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<u64>,
    #[serde(default, skip_serializing)]
    refresh_token: Option<RefreshToken>,
    #[serde(default, skip_serializing)]
    id_token: Option<String>,
}

impl TokenResponse {
    /// Fails unless the access token is fit for an `Authorization: Bearer` header.
    pub(super) fn into_grant(self) -> Result<TokenGrant, OAuthRequestError> {
        let reject = |what: &str| {
            OAuthRequestError::unexpected(format!("the sign-in service issued {what}"))
        };
        if self.token_type != BasicTokenType::Bearer {
            return Err(reject("a token that is not a bearer token"));
        }
        let access = Secret::parse_bearer(self.access_token.secret(), "the response")
            .map_err(|_| reject("an invalid access token"))?;
        let refresh = self.refresh_token.filter(|token| !token.secret().is_empty());
        let expires_in = self.expires_in.unwrap_or(DEFAULT_EXPIRES_IN);
        Ok(TokenGrant {
            access,
            refresh: refresh.map(|token| Secret::new(token.into_secret())),
            expires_in: SignedDuration::from_secs(i64::try_from(expires_in).unwrap_or(i64::MAX)),
            id_token: self.id_token.as_deref().and_then(Claims::parse),
        })
    }
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenResponse(<secret>)")
    }
}

impl oauth2::TokenResponse for TokenResponse {
    type TokenType = BasicTokenType;

    fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &BasicTokenType {
        &self.token_type
    }

    fn expires_in(&self) -> Option<Duration> {
        self.expires_in.map(Duration::from_secs)
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        None
    }
}

/// A number, or a number in quotes as the older endpoints write it (API §5.2).
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(value.as_u64().or_else(|| value.as_str()?.trim().parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(body: &str) -> Result<TokenGrant, OAuthRequestError> {
        serde_json::from_str::<TokenResponse>(body).unwrap().into_grant()
    }

    #[test]
    fn expires_in_is_a_number_or_text_or_absent() {
        for (field, seconds) in [
            (r#""expires_in":600"#, 600),
            (r#""expires_in":"600""#, 600),
            (r#""expires_in":"soon""#, 3600),
            (r#""expires_in":null"#, 3600),
            (r#""scope":"x""#, 3600),
        ] {
            let body = format!(r#"{{"access_token":"abc","token_type":"BEARER",{field}}}"#);
            assert_eq!(grant(&body).unwrap().expires_in.as_secs(), seconds, "{field}");
        }
    }

    #[test]
    fn only_a_bearer_token_is_accepted() {
        for body in [
            r#"{"access_token":"abc","token_type":"mac"}"#,
            r#"{"access_token":"a\nb","token_type":"Bearer"}"#,
            r#"{"access_token":"","token_type":"Bearer"}"#,
        ] {
            assert!(grant(body).is_err(), "{body}");
        }
        let body = r#"{"access_token":"abc","token_type":"Bearer","refresh_token":""}"#;
        assert_eq!(grant(body).unwrap().refresh, None);
    }

    #[test]
    fn a_response_does_not_print_or_serialize_its_tokens() {
        let body = r#"{"access_token":"abc-1","token_type":"Bearer","refresh_token":"abc-2","id_token":"abc-3"}"#;
        let response: TokenResponse = serde_json::from_str(body).unwrap();
        let shown = format!("{response:?} {}", serde_json::to_string(&response).unwrap());
        assert!(!shown.contains("abc-"), "{shown}");
    }
}
