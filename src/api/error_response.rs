//! Error responses of the API (API §6) and the errors shown for them.

use serde_json::Value;

use crate::auth::advice::{self, Advice, Audience, SessionEffect};
use crate::error::{Error, ErrorKind};
use crate::text::one_line;

/// The documented error codes, and one that only a sample uses (API §6.2).
const KNOWN_CODES: &[&str] = &[
    "accessDenied",
    "generalException",
    "invalidRequest",
    "itemNotFound",
    "preconditionFailed",
    "resourceModified",
    "serviceNotAvailable",
    "unauthenticated",
    "unAuthorized",
];

/// Those of [`KNOWN_CODES`] that mean another version than the one that was named (API §1.2).
const STALE_CODES: &[&str] = &["preconditionFailed", "resourceModified"];

/// Characters that are quoted of a body.
const MAX_QUOTE_LEN: usize = 300;

/// Characters that are shown of an id.
const MAX_ID_LEN: usize = 120;

/// What was requested, where it matters for the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A page of a listing, with the `$filter` that was sent.
    Listing(Option<String>),
    /// One referral, by its id.
    Referral(String),
    /// A change of one referral, by its id.
    Change(String),
}

/// A response other than the expected one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorResponse {
    pub status: u16,
    /// Invalid UTF-8 is replaced.
    pub body: String,
    /// The service's id for the request (API §1.4).
    pub request_id: Option<String>,
    /// Our id for the request.
    pub correlation_id: String,
    /// Scheme and host that a redirect leads to.
    pub location: Option<String>,
    /// The claims challenge in `WWW-Authenticate` (API §5.4).
    pub claims: Option<String>,
}

impl ErrorResponse {
    /// Whether the API may accept a refreshed token. It keeps the audience, the user and the authentication, so no
    /// documented reason for rejecting a token goes away.
    pub fn refresh_may_help(&self) -> bool {
        self.status == 401 && self.token_advice().is_none()
    }

    /// Why the API will accept no token of this sign-in; `None` if a new sign-in would not help.
    pub fn reauth_reason(&self) -> Option<&'static str> {
        match self.token_advice() {
            Some((_, advice)) if advice.effect == SessionEffect::ReauthRequired => {
                Some(advice.meaning)
            }
            _ if self.is_token_rejected() && self.claims.is_some() => {
                Some("a Conditional Access policy requires a stronger sign-in")
            }
            _ => None,
        }
    }

    /// Whether it says that the eTag is not the referral's any more: with 412, or in the code of its body (API §1.2).
    pub fn is_stale(&self) -> bool {
        let names_it = || {
            let json = serde_json::from_str::<Value>(&self.body).unwrap_or_default();
            let code = json.get("error").and_then(deepest_code).unwrap_or_default();
            STALE_CODES.iter().any(|stale| stale.eq_ignore_ascii_case(&code))
        };
        self.status == 412 || ((400..500).contains(&self.status) && names_it())
    }

    pub fn to_error(&self, resource: &Resource, host: &str) -> Error {
        let message = error_message(&self.body).map(|message| format!("the API says: {message}"));
        self.add_ids(self.describe_status(resource, host).with_details(message))
    }

    /// Adds the ids that support staff ask for.
    pub fn add_ids(&self, error: Error) -> Error {
        let request_id = self.request_id.as_ref().map(|id| one_line(id, MAX_ID_LEN));
        error
            .with_details(request_id.map(|id| format!("request id: {id}")))
            .detail(format!("correlation id: {}", self.correlation_id))
    }

    fn is_token_rejected(&self) -> bool {
        matches!(self.status, 401 | 403)
    }

    fn token_advice(&self) -> Option<(u32, &'static Advice)> {
        self.is_token_rejected().then(|| advice::find_partner_center(&self.body)).flatten()
    }

    /// Whether a sign-in that satisfies a Conditional Access policy would help.
    fn requires_claims(&self) -> bool {
        // The first is Microsoft's spelling.
        let codes = ["insufficent_claims", "insufficient_claims"];
        self.claims.is_some()
            || (self.status == 403 && codes.iter().any(|code| self.body.contains(code)))
    }

    fn describe_status(&self, resource: &Resource, host: &str) -> Error {
        let status = self.status;
        if let Resource::Change(id) = resource
            && let Some(error) = self.describe_refused_change(id)
        {
            return error;
        }
        match (status, resource) {
            (400, Resource::Listing(filter)) => Error::failure("the API rejected the query (400)")
                .with_details(filter.as_ref().map(|filter| format!("sent: $filter={filter}")))
                .hint("add `--explain` to see the whole request"),
            (401 | 403, _) => self.describe_rejected_token(),
            (404, Resource::Referral(id) | Resource::Change(id)) => Error::failure(format!(
                "referral {id} not found (404)"
            ))
            .hint("check the id, and with `referrals status` whether this account may see it"),
            (404, Resource::Listing(_)) => {
                Error::failure(format!("no Referrals API at this address of {host} (404)"))
                    .hint("check `--api-url` (REFERRALS_API_URL)")
            }
            (429 | 509, _) => Error::new(ErrorKind::Throttled, format!("rate limited ({status})"))
                .hint("try again in a few minutes, or allow more time with `--max-wait`"),
            (300..=399, _) => self.describe_redirect(host),
            (500..=599, _) => Error::unavailable(format!("the API is unavailable ({status})"))
                .hint("try again later; if it happens again, report it with the request id"),
            _ => Error::failure(format!("the API rejected the request ({status})")),
        }
    }

    /// What a status means for a change of a referral; `None` where it means the same as for other requests.
    fn describe_refused_change(&self, id: &str) -> Option<Error> {
        let status = self.status;
        let again = format!("`referrals show {id}` shows how it is now");
        Some(match status {
            _ if self.is_stale() => {
                let message = format!("the referral was changed since it was read ({status})");
                Error::new(ErrorKind::Changed, message).hint(again)
            }
            400 | 409 | 422 | 428 => {
                let message = format!("the API refused the change ({status})");
                Error::failure(message).hint(again)
            }
            403 if self.token_advice().is_none() && !self.requires_claims() => {
                Error::failure("this account may not change the referral (403)").hint(
                    "it needs the role Referrals admin, or Referrals user and a place on the \
                     referral's team; `referrals status` shows the account",
                )
            }
            423 => Error::failure("the referral is locked (423)").hint("try again later"),
            429 | 509 => Error::new(ErrorKind::Throttled, format!("rate limited ({status})"))
                .hint("try again in a few minutes"),
            _ => return None,
        })
    }

    fn describe_rejected_token(&self) -> Error {
        let status = self.status;
        match self.token_advice() {
            Some((code, advice))
                if advice.effect == SessionEffect::ReauthRequired || !self.requires_claims() =>
            {
                let kind = match advice.audience {
                    Audience::User => ErrorKind::SignIn,
                    // The same user would be rejected again.
                    Audience::Administrator | Audience::AppOwner => ErrorKind::Failure,
                };
                Error::new(kind, format!("{} ({status}, code {code})", advice.meaning))
                    .hint(advice.hint())
            }
            _ if self.requires_claims() => Error::sign_in(format!(
                "a Conditional Access policy requires a stronger sign-in ({status})"
            ))
            .hint("run `referrals login`"),
            _ if status == 401 => Error::sign_in("the API rejected the access token (401)")
                .hint("run `referrals login`"),
            _ => Error::failure("this account may not read referrals (403)").hint(
                "the account needs the role Referrals admin or Referrals user in Partner Center; \
                 `referrals status` shows the account",
            ),
        }
    }

    fn describe_redirect(&self, host: &str) -> Error {
        let target = self.location.as_deref().unwrap_or("another address");
        let status = self.status;
        Error::failure(format!(
            "{host} redirects to {target} ({status}); the token is not sent there"
        ))
        .hint("check `--api-url` (REFERRALS_API_URL), and whether a proxy requires a sign-in")
    }
}

/// The message of an error body in one line, for all documented shapes (API §6.2).
pub fn error_message(body: &str) -> Option<String> {
    let body = body.trim_start_matches('\u{feff}').trim();
    if body.is_empty() {
        return None;
    }
    let Ok(json) = serde_json::from_str::<Value>(body) else {
        return quote(if body.starts_with('<') { "(a web page)" } else { body });
    };
    let (code, message) = match json.get("error") {
        Some(error @ Value::Object(_)) => (deepest_code(error), joined_messages(error)),
        Some(Value::String(code)) => {
            (Some(code.clone()), first_text(&json, &["error_description"]))
        }
        _ => (
            first_text(&json, &["code"]),
            first_text(&json, &["message", "Message", "description", "title"]),
        ),
    };
    match (code, message) {
        (Some(code), Some(message)) => quote(&format!("{message} [{code}]")),
        (Some(one), None) | (None, Some(one)) => quote(&one),
        (None, None) => quote(body),
    }
}

/// The deepest known code, else the outermost.
fn deepest_code(error: &Value) -> Option<String> {
    let codes: Vec<String> =
        nested_errors(error).filter_map(|level| first_text(level, &["code"])).collect();
    let is_known =
        |code: &&String| KNOWN_CODES.iter().any(|known| known.eq_ignore_ascii_case(code));
    codes.iter().rev().find(is_known).or(codes.first()).cloned()
}

fn joined_messages(error: &Value) -> Option<String> {
    let mut all: Vec<String> =
        nested_errors(error).filter_map(|level| first_text(level, &["message"])).collect();
    all.dedup();
    (!all.is_empty()).then(|| all.join(": "))
}

/// The error and the errors nested in it, to a depth of 16.
fn nested_errors<'a>(error: &'a Value) -> impl Iterator<Item = &'a Value> {
    let inner = |error: &&'a Value| error.get("innerError").or_else(|| error.get("innererror"));
    std::iter::successors(Some(error), inner).take(16)
}

fn first_text(object: &Value, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| match object.get(name)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// `None` for an empty text.
fn quote(text: &str) -> Option<String> {
    Some(one_line(text, MAX_QUOTE_LEN)).filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};

    use httpmock::MockServer;
    use jiff::Timestamp;

    use super::*;
    use crate::api::{Api, BaseUrl, Timeouts};
    use crate::auth::{Secret, TokenProvider};
    use crate::error::Result;
    use crate::testing::ManualClock;
    use crate::ui::Ui;

    #[test]
    fn every_shape_of_body_has_a_message_in_one_line() {
        let cases = [
            (
                r#"{"error":{"code":"unAuthorized","message":"Caller is not authorized to access the resource.","target":"referral","innerError":{"code":"innerErrorCode","message":"Unauthorized referral access"}}}"#,
                Some(
                    "Caller is not authorized to access the resource.: Unauthorized referral access [unAuthorized]",
                ),
            ),
            (
                r#"{"statusCode":429,"message":"Rate limit is exceeded. Try again in 57 seconds."}"#,
                Some("Rate limit is exceeded. Try again in 57 seconds."),
            ),
            (r#"{"code":2000,"description":"Bad","data":[],"source":"x"}"#, Some("Bad [2000]")),
            (
                r#"{"error":{"code":"","message":"The query specified in the URI is not valid.","innererror":{"message":"No property 'x'"}}}"#,
                Some("The query specified in the URI is not valid.: No property 'x'"),
            ),
            (
                r#"{"error":{"code":"outer","message":"m","innerError":{"code":"ITEMNOTFOUND","innerError":{"code":"odd"}}}}"#,
                Some("m [ITEMNOTFOUND]"),
            ),
            (r#"{"Message":"An error has occurred."}"#, Some("An error has occurred.")),
            ("\u{feff}{\"Message\":\"with a BOM\"}", Some("with a BOM")),
            ("<html><body>Blocked</body></html>", Some("(a web page)")),
            ("Bad Gateway", Some("Bad Gateway")),
            ("[1,2]", Some("[1,2]")),
            ("bad gateway\r\nhint: run this\x1b[2J", Some("bad gateway hint: run this\u{241b}[2J")),
            ("\u{202e}live nur :tnih", Some("\u{fffd}live nur :tnih")),
            ("  ", None),
            ("\u{1}\u{1f}", Some("\u{2401}\u{241f}")),
        ];
        for (body, line) in cases {
            assert_eq!(error_message(body).as_deref(), line, "{body}");
        }
        assert_eq!(error_message(&"é".repeat(1_000)).unwrap().chars().count(), MAX_QUOTE_LEN + 1);
    }

    fn response(status: u16, body: &str) -> ErrorResponse {
        ErrorResponse {
            status,
            body: body.to_owned(),
            request_id: Some("r-1".to_owned()),
            correlation_id: "c-1".to_owned(),
            ..ErrorResponse::default()
        }
    }

    fn error(status: u16, body: &str, resource: &Resource) -> Error {
        response(status, body).to_error(resource, "api.example")
    }

    #[test]
    fn every_status_has_its_kind_and_the_request_id() {
        let listing = Resource::Listing(Some("status eq 'New'".to_owned()));
        let cases = [
            (400, ErrorKind::Failure),
            (401, ErrorKind::SignIn),
            (403, ErrorKind::Failure),
            (404, ErrorKind::Failure),
            (429, ErrorKind::Throttled),
            (509, ErrorKind::Throttled),
            (302, ErrorKind::Failure),
            (500, ErrorKind::Unavailable),
            (503, ErrorKind::Unavailable),
            (418, ErrorKind::Failure),
        ];
        for (status, kind) in cases {
            let error = error(status, "", &listing);
            assert_eq!(error.kind(), kind, "{status}");
            assert!(error.details().contains(&"request id: r-1".to_owned()), "{status}");
        }
    }

    #[test]
    fn a_rejected_query_shows_the_filter_and_names_explain() {
        let report =
            error(400, "", &Resource::Listing(Some("status eq 'New'".to_owned()))).report();
        assert!(report.contains("sent: $filter=status eq 'New'"), "{report}");
        assert!(report.contains("--explain"), "{report}");
    }

    #[test]
    fn a_partner_center_code_is_explained_and_says_what_helps() {
        // What helps: a new sign-in alone, a new sign-in after a change, or neither.
        let cases = [
            (401, r#"{"error":{"code":"900421"}}"#, "multi-factor", ErrorKind::SignIn, true),
            (401, "Unauthorized - MFA required", "multi-factor", ErrorKind::SignIn, true),
            (403, "x 900421 y", "multi-factor", ErrorKind::SignIn, true),
            (401, r#"{"error":{"code":"900420"}}"#, "another service", ErrorKind::SignIn, false),
            (403, r#"{"code":900329}"#, "an app without a user", ErrorKind::SignIn, false),
            (403, r#"{"code":"900308"}"#, "no permission", ErrorKind::Failure, false),
            (401, r#"{"code":"900308"}"#, "no permission", ErrorKind::Failure, false),
            (403, "900309", "Conditional Access blocked", ErrorKind::Failure, false),
        ];
        for (status, body, words, kind, needs_reauth) in cases {
            let error = error(status, body, &Resource::Listing(None));
            assert!(error.message().contains(words), "{}", error.report());
            assert!(
                error.message().contains(&format!("({status}, code 900")),
                "{}",
                error.report()
            );
            assert_eq!(error.kind(), kind, "{body}");
            assert_eq!(error.hints().len(), 1, "{body}");
            let response = response(status, body);
            assert_eq!(response.reauth_reason().is_some(), needs_reauth, "{body}");
            assert!(!response.refresh_may_help(), "{body}");
        }
        // Elsewhere the number may be part of anything.
        assert!(!error(400, "900308", &Resource::Listing(None)).message().contains("code 900308"));
        assert!(response(401, "{}").refresh_may_help() && !response(403, "{}").refresh_may_help());
    }

    #[test]
    fn a_claims_challenge_calls_for_a_sign_in_before_an_administrator() {
        let challenged = |status, body| ErrorResponse {
            claims: Some("{}".to_owned()),
            ..response(status, body)
        };
        for (status, body) in [(401, ""), (403, ""), (403, "900309")] {
            let response = challenged(status, body);
            let error = response.to_error(&Resource::Listing(None), "api.example");
            assert!(error.message().contains("stronger sign-in"), "{}", error.report());
            assert_eq!(error.kind(), ErrorKind::SignIn);
            assert!(response.reauth_reason().is_some());
        }
        for body in ["insufficent_claims", "insufficient_claims"] {
            assert_eq!(error(403, body, &Resource::Listing(None)).kind(), ErrorKind::SignIn);
        }
        let reason = challenged(401, "900421").reauth_reason();
        assert!(reason.is_some_and(|reason| reason.contains("multi-factor")), "{reason:?}");
    }

    /// Records what the API client requests.
    #[derive(Default)]
    struct RecordingTokens {
        refreshes: AtomicUsize,
        reauth_reasons: Mutex<Vec<String>>,
    }

    impl TokenProvider for RecordingTokens {
        fn access_token(&self) -> Result<Secret> {
            Ok(Secret::new("token-1"))
        }

        fn refresh(&self, _: &Secret) -> Result<Secret> {
            self.refreshes.fetch_add(1, Ordering::SeqCst);
            Ok(Secret::new("token-2"))
        }

        fn require_reauth(&self, reason: &str, _: Option<&str>) {
            self.reauth_reasons.lock().unwrap().push(reason.to_owned());
        }
    }

    #[test]
    fn the_api_client_refreshes_and_requires_a_sign_in_only_where_it_helps() {
        let cases = [
            (401, "", 1, 0, "rejected the access token"),
            (401, "900421", 0, 1, "multi-factor"),
            (401, "900420", 0, 0, "another service"),
            (403, "900329", 0, 0, "an app without a user"),
            (403, "900308", 0, 0, "no permission"),
            (403, "900309", 0, 0, "Conditional Access blocked"),
            (403, "", 0, 0, "may not read"),
        ];
        for (status, body, refreshes, reauths, words) in cases {
            let server = MockServer::start();
            server.mock(|when, then| {
                when.any_request();
                then.status(status).body(body);
            });
            let tokens = Arc::new(RecordingTokens::default());
            let api = Api::new(
                BaseUrl::parse(&server.base_url()).unwrap(),
                Arc::default(),
                tokens.clone(),
                Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH)),
                Ui::silent(),
                Timeouts::default(),
            );
            let error = Error::from(api.fetch_referral("1").unwrap_err());
            assert!(error.message().contains(words), "{}", error.report());
            assert_eq!(tokens.refreshes.load(Ordering::SeqCst), refreshes, "{status} {body}");
            let recorded = tokens.reauth_reasons.lock().unwrap();
            assert_eq!(recorded.len(), reauths, "{status} {body}: {recorded:?}");
        }
    }
}
