//! Requests to the sign-in service: those that `oauth2` builds, and the polling of a device code.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use oauth2::basic::{BasicRevocationErrorResponse, BasicTokenIntrospectionResponse};
use oauth2::http::{self, StatusCode, header};
use oauth2::url::form_urlencoded;
use oauth2::{
    Client, ClientId, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse,
    StandardRevocableToken,
};

use super::authority::AuthSettings;
use super::oauth_error::OAuthError;
use super::request_error::OAuthRequestError;
use super::session::TokenGrant;
use super::token_response::TokenResponse;
use crate::http::Http;

const TIMEOUT: Duration = Duration::from_secs(30);

/// A longer `Retry-After` counts as this one.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// More than any response of a sign-in service.
const MAX_BODY_BYTES: u64 = 1024 * 1024;

/// `oauth2`'s client with our types for responses and errors.
pub(super) type OAuth2Client = Client<
    OAuthError,
    TokenResponse,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// Builds requests. A public client, which has no secret.
pub(super) fn oauth2_client(settings: &AuthSettings) -> OAuth2Client {
    const CHECKED: &str = "the authority was checked when the settings were read";
    Client::new(ClientId::new(settings.client_id.clone()))
        .set_auth_uri(oauth2::AuthUrl::new(settings.endpoint("authorize")).expect(CHECKED))
        .set_token_uri(oauth2::TokenUrl::new(settings.endpoint("token")).expect(CHECKED))
        .set_device_authorization_url(
            oauth2::DeviceAuthorizationUrl::new(settings.endpoint("devicecode")).expect(CHECKED),
        )
}

/// The settings' scope as `oauth2` expects it.
pub(super) fn scopes(settings: &AuthSettings) -> Vec<oauth2::Scope> {
    settings.scope.split(' ').map(|word| oauth2::Scope::new(word.to_owned())).collect()
}

#[derive(Clone, Debug)]
pub struct OAuthClient {
    http: Arc<Http>,
}

impl OAuthClient {
    pub fn new(http: Arc<Http>) -> OAuthClient {
        OAuthClient { http }
    }

    /// Sends a request built by `oauth2`. Throttling and server errors are errors here, because `oauth2` would take
    /// their bodies for malformed error responses.
    pub(super) fn send(&self, request: HttpRequest) -> Result<HttpResponse, OAuthRequestError> {
        let mut request = reqwest::blocking::Request::try_from(request).map_err(|_| {
            OAuthRequestError::unexpected("the sign-in service has an invalid address")
        })?;
        *request.timeout_mut() = Some(TIMEOUT);
        // A pooled connection may be closed while the user reads, just when it is used again.
        request.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
        let url = request.url().clone();
        let client = self.http.client(&url).map_err(OAuthRequestError::Unreachable)?;
        let received = client
            .execute(request)
            .map_err(|error| OAuthRequestError::Unreachable(self.http.diagnose(error, &url)))?;
        let status = received.status();
        if status.is_redirection() {
            let message = format!("the sign-in service answered with a redirect (HTTP {status})");
            return Err(OAuthRequestError::Unexpected(message));
        }
        if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
            let retry_after = received.headers().get(header::RETRY_AFTER);
            let seconds = retry_after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
            let retry_after = seconds.map(Duration::from_secs);
            let retry_after = retry_after.map(|time| time.min(MAX_RETRY_AFTER));
            return Err(OAuthRequestError::Busy { status, retry_after });
        }
        let mut response = http::Response::builder().status(status);
        if let Some(content_type) = received.headers().get(header::CONTENT_TYPE) {
            response = response.header(header::CONTENT_TYPE, content_type);
        }
        let mut body = Vec::new();
        received.take(MAX_BODY_BYTES).read_to_end(&mut body).map_err(|_| {
            OAuthRequestError::unexpected("incomplete response from the sign-in service")
        })?;
        Ok(response.body(body).expect("the status and the header come from a response"))
    }

    /// Requests tokens with `form` at `address`, for the device code, which `oauth2` would poll for itself.
    pub(super) fn request_token(
        &self,
        address: &str,
        form: &[(&str, &str)],
    ) -> Result<TokenGrant, OAuthRequestError> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = http::Request::post(address)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body.into_bytes())
            .expect("the address was checked when the settings were read");
        let response = self.send(request)?;
        let (status, body) = (response.status(), response.body());
        let parsed = if status == StatusCode::OK {
            serde_json::from_slice(body).map(TokenResponse::into_grant)
        } else {
            serde_json::from_slice(body).map(|error| Err(OAuthRequestError::Rejected(error)))
        };
        parsed.unwrap_or_else(|_| {
            let what = "unexpected response from the sign-in service";
            Err(OAuthRequestError::unexpected(format!("{what} (HTTP {status})")))
        })
    }
}

#[cfg(test)]
mod tests {
    use httpmock::MockServer;

    use super::*;
    use crate::auth::authority::tests::settings;
    use crate::error::ErrorKind;

    fn request(address: &str) -> (ErrorKind, String) {
        let client = OAuthClient::new(Arc::default());
        let error = client.request_token(address, &[("code", "secret-code")]).unwrap_err();
        let error = error.into_error(&settings("http://127.0.0.1:1"));
        (error.kind(), error.report())
    }

    #[test]
    fn an_unexpected_response_is_an_error_that_does_not_quote_it() {
        let cases = [
            (200, "<html>eyJ0</html>", ErrorKind::Unavailable, "HTTP 200"),
            (200, r#"{"access_token":["eyJ0"]}"#, ErrorKind::Unavailable, "unexpected response"),
            (400, "<html>eyJ0</html>", ErrorKind::Unavailable, "HTTP 400"),
            (400, r#"{"message":"eyJ0"}"#, ErrorKind::Unavailable, "HTTP 400"),
            (307, "eyJ0", ErrorKind::Unavailable, "redirect"),
            (429, "eyJ0", ErrorKind::Throttled, "try again in 7 seconds"),
            (500, "eyJ0", ErrorKind::Unavailable, "HTTP 500"),
            (502, "<html>eyJ0</html>", ErrorKind::Unavailable, "HTTP 502"),
        ];
        for (status, body, kind, words) in cases {
            let server = MockServer::start();
            server.mock(|when, then| {
                when.any_request();
                then.status(status)
                    .header("location", "/elsewhere")
                    .header("retry-after", "7")
                    .body(body);
            });
            let (found, report) = request(&server.url("/token"));
            assert_eq!(found, kind, "{status} {body}");
            assert!(report.contains(words), "{report}");
            assert!(!report.contains("eyJ0") && !report.contains("secret-code"), "{report}");
        }
    }

    #[test]
    fn a_service_that_cannot_be_reached_is_named_without_its_query() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let address = format!("http://{closed}/token?code=secret-code");
        let (kind, report) = request(&address);
        assert_eq!(kind, ErrorKind::Unavailable);
        assert!(
            report.contains(&format!("cannot connect to {closed}: connection refused")),
            "{report}"
        );
        assert!(!report.contains("secret-code"), "{report}");
    }
}
