//! Token answers, and the `oauth2` client that asks for them. Sends nothing itself.

use std::fmt;
use std::time::Duration;

use jiff::SignedDuration;
use oauth2::basic::{
    BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AccessToken, Client, ClientId, EndpointNotSet, EndpointSet, RefreshToken, RequestTokenError,
    Scope,
};
use serde::{Deserialize, Deserializer, Serialize};

use super::authority::AuthSettings;
use super::claims::Claims;
use super::oauth_client::OAuthRequestError;
use super::oauth_error::OAuthError;
use super::session::TokenGrant;
use super::token::Secret;

/// What a token lasts where the answer does not say, in seconds; as long as the documented sample (API §5.4).
const DEFAULT_EXPIRES_IN: u64 = 3600;

/// What `oauth2` builds requests with: our error and token answers in place of its own.
pub(super) type OAuth2Client = Client<
    OAuthError,
    TokenResponse,
    BasicTokenIntrospectionResponse,
    oauth2::StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// The client of `oauth2` for these settings; a public client, so there is no secret.
pub(super) fn oauth2_client(settings: &AuthSettings) -> OAuth2Client {
    const CHECKED: &str = "the authority was checked when the settings were read";
    Client::new(ClientId::new(settings.client_id().to_owned()))
        .set_auth_uri(oauth2::AuthUrl::new(settings.authorize_address()).expect(CHECKED))
        .set_token_uri(oauth2::TokenUrl::new(settings.token_address()).expect(CHECKED))
        .set_device_authorization_url(
            oauth2::DeviceAuthorizationUrl::new(settings.device_address()).expect(CHECKED),
        )
}

/// The settings' scope as `oauth2` wants it.
pub(super) fn scopes(settings: &AuthSettings) -> Vec<Scope> {
    let words = settings.scope().split(' ');
    words.map(|word| Scope::new(word.to_owned())).collect()
}

/// What `oauth2` calls a failed request, as ours. What it could not read it quotes; that is left out.
pub(super) fn request_error(
    error: RequestTokenError<OAuthRequestError, OAuthError>,
) -> OAuthRequestError {
    match error {
        RequestTokenError::ServerResponse(refusal) => OAuthRequestError::Refused(Box::new(refusal)),
        RequestTokenError::Request(failure) => failure,
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            OAuthRequestError::Unexpected(
                "the sign-in service's answer cannot be read as one".to_owned(),
            )
        }
    }
}

/// A token answer (RFC 6749 §5.1). Nothing of it can be printed or written.
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
    /// What is kept of the answer; a token that is not for an `Authorization: Bearer` header is refused.
    pub(super) fn into_grant(self) -> Result<TokenGrant, OAuthRequestError> {
        let refuse = |why: &str| {
            let message = format!("the sign-in service gave {why}");
            Err(OAuthRequestError::Unexpected(message))
        };
        if self.token_type != BasicTokenType::Bearer {
            return refuse("a token of a kind this program cannot send");
        }
        let access = self.access_token.into_secret();
        let Ok(access) = Secret::parse_bearer(&access, "the answer") else {
            return refuse("something that is no access token");
        };
        let lasts = self.expires_in.unwrap_or(DEFAULT_EXPIRES_IN);
        Ok(TokenGrant {
            access,
            refresh: self
                .refresh_token
                .map(RefreshToken::into_secret)
                .filter(|token| !token.is_empty())
                .map(Secret::new),
            expires_in: SignedDuration::from_secs(i64::try_from(lasts).unwrap_or(i64::MAX)),
            id_token: self.id_token.as_deref().and_then(Claims::parse),
        })
    }
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answer(<secret>)")
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

/// A number, or as the older endpoints write it, a number in quotes (API §5.2).
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u64),
        Text(String),
        Other(serde::de::IgnoredAny),
    }
    Ok(match Either::deserialize(deserializer)? {
        Either::Number(number) => Some(number),
        Either::Text(text) => text.trim().parse().ok(),
        Either::Other(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(body: &str) -> Result<TokenGrant, OAuthRequestError> {
        serde_json::from_str::<TokenResponse>(body).unwrap().into_grant()
    }

    #[test]
    fn lifetimes_come_as_numbers_as_text_or_not_at_all() {
        for (field, lasts) in [
            (r#""expires_in":600"#, 600),
            (r#""expires_in":"600""#, 600),
            (r#""expires_in":"soon""#, 3600),
            (r#""expires_in":null"#, 3600),
            (r#""scope":"x""#, 3600),
        ] {
            let body = format!(r#"{{"access_token":"abc","token_type":"BEARER",{field}}}"#);
            assert_eq!(granted(&body).unwrap().expires_in.as_secs(), lasts, "{field}");
        }
    }

    #[test]
    fn only_what_can_be_sent_as_a_bearer_token_is_taken() {
        for body in [
            r#"{"access_token":"abc","token_type":"mac"}"#,
            r#"{"access_token":"a\nb","token_type":"Bearer"}"#,
            r#"{"access_token":"","token_type":"Bearer"}"#,
        ] {
            assert!(granted(body).is_err(), "{body}");
        }
        let body = r#"{"access_token":"abc","token_type":"Bearer","refresh_token":""}"#;
        assert_eq!(granted(body).unwrap().refresh, None);
    }

    #[test]
    fn an_answer_shows_and_writes_no_token() {
        let body = r#"{"access_token":"abc-1","token_type":"Bearer","refresh_token":"abc-2","id_token":"abc-3"}"#;
        let answer: TokenResponse = serde_json::from_str(body).unwrap();
        let shown = format!("{answer:?} {}", serde_json::to_string(&answer).unwrap());
        assert!(!shown.contains("abc-"), "{shown}");
    }
}
