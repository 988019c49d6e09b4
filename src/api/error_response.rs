//! The API's refusals in plain words (API §6). Pure: an answer in, an error out.

use serde_json::Value;

use crate::error::{Error, ErrorKind};

/// Codes the API documents, and one its samples use (API §6.2).
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

/// The number that says the token was obtained without multi-factor authentication (API §5.6).
const MFA_MISSING: &str = "900421";

/// Text of a body that is no JSON is quoted up to here.
const MAX_QUOTE_LEN: usize = 300;

/// What a request was for, as far as its failure is told differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A page of a listing, with the `$filter` that was sent.
    Listing(Option<String>),
    /// One referral, by its id.
    Referral(String),
}

/// An answer other than the one hoped for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorResponse {
    /// The HTTP status.
    pub status: u16,
    /// The body as text; what was not UTF-8 is replaced.
    pub body: String,
    /// The service's name for the request (API §1.4).
    pub request_id: Option<String>,
    /// Our name for the request.
    pub correlation_id: String,
    /// Where a redirect leads, host only.
    pub location: Option<String>,
    /// What a sign-in must bring for this to be allowed, as `WWW-Authenticate` says (API §5.4).
    pub claims: Option<String>,
}

impl ErrorResponse {
    /// Whether the token is refused for want of multi-factor authentication, wherever the body says so.
    pub fn lacks_mfa(&self) -> bool {
        self.status == 401
            && (self.body.contains(MFA_MISSING) || self.body.contains("MFA required"))
    }

    /// Why no token of this sign-in will do, renewed or not; `None` where one may.
    pub fn reauth_reason(&self) -> Option<&'static str> {
        if self.lacks_mfa() {
            return Some("Partner Center wants a sign-in with multi-factor authentication");
        }
        let challenged = matches!(self.status, 401 | 403) && self.claims.is_some();
        challenged.then_some("a Conditional Access policy wants a stronger sign-in")
    }

    /// The error to show for it.
    pub fn to_error(&self, purpose: &Resource, host: &str) -> Error {
        let message = error_message(&self.body);
        let error = self.describe_status(purpose, host);
        let error = match message {
            Some(message) => error.detail(format!("the API says: {message}")),
            None => error,
        };
        self.add_ids(error)
    }

    /// Adds what support staff ask for.
    pub fn add_ids(&self, error: Error) -> Error {
        let error = match &self.request_id {
            Some(id) => error.detail(format!("request id: {id}")),
            None => error,
        };
        error.detail(format!("correlation id: {}", self.correlation_id))
    }

    fn describe_status(&self, purpose: &Resource, host: &str) -> Error {
        match (self.status, purpose) {
            (400, Resource::Listing(filter)) => {
                let error = Error::new(ErrorKind::Failure, "the API does not accept this query (400)");
                let error = match filter {
                    Some(filter) => error.detail(format!("sent: $filter={filter}")),
                    None => error,
                };
                error.hint("add `--explain` to see the whole request")
            }
            (401, _) if self.lacks_mfa() => Error::new(
                ErrorKind::SignIn,
                "Partner Center wants a sign-in with multi-factor authentication (401, code 900421)",
            )
            .hint("run `referrals login` and complete MFA; renewing the old session cannot help"),
            (401, _) => Error::new(ErrorKind::SignIn, "the API does not accept the access token (401)")
                .hint("run `referrals login`"),
            (403, _) => self.forbidden_error(),
            (404, Resource::Referral(id)) => {
                Error::new(ErrorKind::Failure, format!("there is no referral {id} that this account may see (404)"))
                    .hint("check the id, and the account with `referrals status`")
            }
            (404, Resource::Listing(_)) => Error::new(
                ErrorKind::Failure,
                format!("{host} answers, but there is no Referrals API at that address (404)"),
            )
            .hint("check `--api-url` (REFERRALS_API_URL)"),
            (429 | 509, _) => Error::new(
                ErrorKind::Throttled,
                format!("the API is throttling this organisation's requests ({})", self.status),
            )
            .hint("try again in some minutes, or allow more time with `--max-wait`"),
            (300..=399, _) => self.redirect_error(host),
            (500..=599, _) => {
                Error::new(ErrorKind::Unavailable, format!("the API is in trouble ({})", self.status))
                    .hint("try again later; quote the request id if it stays so")
            }
            (status, _) => Error::new(ErrorKind::Failure, format!("the API refuses the request ({status})")),
        }
    }

    fn forbidden_error(&self) -> Error {
        // Microsoft spells the code so.
        if self.claims.is_some()
            || self.body.contains("insufficent_claims")
            || self.body.contains("insufficient_claims")
        {
            return Error::new(
                ErrorKind::SignIn,
                "a Conditional Access policy wants a stronger sign-in for this (403)",
            )
            .hint("run `referrals login` again");
        }
        Error::new(ErrorKind::Failure, "this account may not read referrals (403)")
            .hint("the account needs the role Referrals admin or Referrals user in Partner Center; `referrals status` shows which account it is")
    }

    fn redirect_error(&self, host: &str) -> Error {
        let to = self.location.as_deref().unwrap_or("another address");
        Error::new(
            ErrorKind::Failure,
            format!("{host} redirects to {to} ({}), where the token is not sent", self.status),
        )
        .hint("check `--api-url` (REFERRALS_API_URL), or whether a proxy wants a sign-in")
    }
}

/// What a body says went wrong, in one line, whatever shape it has (API §6.2).
pub fn error_message(body: &str) -> Option<String> {
    let body = body.trim_start_matches('\u{feff}').trim();
    if body.is_empty() {
        return None;
    }
    let Ok(json) = serde_json::from_str::<Value>(body) else {
        return one_line(if body.starts_with('<') { "(a web page)" } else { body });
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
        (Some(code), Some(message)) => one_line(&format!("{message} [{code}]")),
        (Some(one), None) | (None, Some(one)) => one_line(&one),
        (None, None) => one_line(body),
    }
}

/// The deepest code that is known, else the outermost there is.
fn deepest_code(error: &Value) -> Option<String> {
    let codes: Vec<String> =
        nested_errors(error).into_iter().filter_map(|level| first_text(level, &["code"])).collect();
    let is_known =
        |code: &&String| KNOWN_CODES.iter().any(|known| known.eq_ignore_ascii_case(code));
    codes.iter().rev().find(is_known).or(codes.first()).cloned()
}

fn joined_messages(error: &Value) -> Option<String> {
    let mut all: Vec<String> = nested_errors(error)
        .into_iter()
        .filter_map(|level| first_text(level, &["message"]))
        .collect();
    all.dedup();
    (!all.is_empty()).then(|| all.join(": "))
}

/// The error and the errors within it; no further than anyone would nest them.
fn nested_errors(error: &Value) -> Vec<&Value> {
    let mut levels = vec![error];
    while let Some(last) = levels.last().filter(|_| levels.len() < 16) {
        match last.get("innerError").or_else(|| last.get("innererror")) {
            Some(inner) => levels.push(inner),
            None => break,
        }
    }
    levels
}

fn first_text(object: &Value, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| match object.get(name)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// On one line, so that nothing in it passes for a line of ours, and no longer than anyone reads; `None` for nothing.
fn one_line(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c.is_control()).collect();
    let line = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let cut = line.char_indices().nth(MAX_QUOTE_LEN).map(|(end, _)| format!("{}…", &line[..end]));
    cut.or((!line.is_empty()).then_some(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_of_body_is_told_in_one_line() {
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
            ("bad gateway\r\nhint: run this\x1b[2J", Some("bad gateway hint: run this [2J")),
            ("  ", None),
            ("\u{1}\u{1f}", None),
        ];
        for (body, line) in cases {
            assert_eq!(error_message(body).as_deref(), line, "{body}");
        }
        assert_eq!(error_message(&"é".repeat(1_000)).unwrap().chars().count(), MAX_QUOTE_LEN + 1);
    }

    fn error(status: u16, body: &str, purpose: &Resource) -> Error {
        let answer = ErrorResponse {
            status,
            body: body.to_owned(),
            request_id: Some("r-1".to_owned()),
            correlation_id: "c-1".to_owned(),
            ..ErrorResponse::default()
        };
        answer.to_error(purpose, "api.example")
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
    fn a_refused_query_shows_the_filter_and_names_explain() {
        let report =
            error(400, "", &Resource::Listing(Some("status eq 'New'".to_owned()))).report();
        assert!(report.contains("sent: $filter=status eq 'New'"), "{report}");
        assert!(report.contains("--explain"), "{report}");
    }

    #[test]
    fn missing_mfa_is_told_wherever_the_number_stands() {
        let listing = Resource::Listing(None);
        for body in [r#"{"error":{"code":"900421"}}"#, "Unauthorized - MFA required", "x 900421 y"]
        {
            assert!(error(401, body, &listing).message().contains("multi-factor"), "{body}");
        }
        assert!(!error(401, "{}", &listing).message().contains("multi-factor"));
    }
}
