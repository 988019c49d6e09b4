//! Routes requests and makes responses: pages, referrals and error bodies (API §1, §2, §6.2, §8.5).

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use referrals_loopback::{Request, Response};
use serde_json::{Value, json};

use crate::options::Options;
use crate::query::{PageRequest, parse_page_request, parse_referral_query};
use crate::store::{RowPage, Store};

const COLLECTION_PATH: &str = "/v1.0/engagements/referrals";
/// Request headers that the response repeats (API §1.4).
const ECHOED_HEADERS: [&str; 2] = ["MS-CorrelationId", "client-request-id"];

pub(crate) struct Service {
    pub(crate) options: Options,
    pub(crate) store: Store,
    /// `127.0.0.1:PORT`
    pub(crate) authority: String,
    /// Whether somebody else has made the change of [`crate::Fault::ChangedMeanwhile`].
    pub(crate) is_changed: AtomicBool,
    pub(crate) start: Instant,
}

impl Service {
    /// `request_id` is what Microsoft's support would ask for.
    pub(crate) fn respond(&self, request: &Request, request_id: String) -> Response {
        let mut response = self.route(request).unwrap_or_else(|error| error);
        let headers = &mut response.headers;
        headers.push(("Request-ID", request_id));
        for name in ECHOED_HEADERS {
            if let Some(value) = request.header(name) {
                let visible = value.chars().filter(char::is_ascii_graphic);
                headers.push((name, visible.collect()));
            }
        }
        if request.header("ValidateMfa").is_some() {
            headers.push(("isMfaCompliant", "true".to_owned()));
        }
        response
    }

    fn route(&self, request: &Request) -> Result<Response, Response> {
        let (path, query) = match request.target.split_once('?') {
            Some((path, query)) => (path, query),
            None => (request.target.as_str(), ""),
        };
        let id = match path.strip_prefix(COLLECTION_PATH) {
            Some("") => None,
            Some(rest) if is_id_segment(rest) => Some(&rest[1..]),
            // The response of the gateway in front of the service (API §6.2, 2).
            _ => {
                let body = json!({"statusCode": 404, "message": "Resource not found"});
                return Err(json_response(404, &body));
            }
        };
        let allowed = if id.is_some() { "GET, PATCH" } else { "GET" };
        if !allowed.split(", ").any(|method| request.method == method) {
            let mut error = error_response(405, "invalidRequest", "This method is not supported.");
            error.headers.push(("Allow", allowed.to_owned()));
            return Err(error);
        }
        self.authorize(request)?;
        match id {
            Some(id) if request.method == "PATCH" => self.patch_referral(id, query, request),
            Some(id) => self.get_referral(id, query),
            None => self.list_referrals(query),
        }
    }

    fn authorize(&self, request: &Request) -> Result<(), Response> {
        let authorization = request.header("Authorization").and_then(|it| it.split_once(' '));
        let accepted = authorization.is_some_and(|(scheme, token)| {
            scheme.eq_ignore_ascii_case("Bearer") && token == self.options.token
        });
        if accepted {
            return Ok(());
        }
        let body = json!({"error": {
            "code": "unAuthorized",
            "message": "Caller is not authorized to access the resource.",
            "target": "referral",
            "innerError": {"code": "innerErrorCode", "message": "Unauthorized referral access"},
        }});
        let mut error = json_response(401, &body);
        error.headers.push(("WWW-Authenticate", "Bearer".to_owned()));
        Err(error)
    }

    fn get_referral(&self, id: &str, query: &str) -> Result<Response, Response> {
        let select = parse_referral_query(query, self.options.query_rules())
            .map_err(|it| invalid_query(&it))?;
        match self.store.find_referral(id, &select) {
            Some(body) => {
                self.change_after_reading(id);
                Ok(ok_response(body))
            }
            None => Err(missing_referral()),
        }
    }

    fn list_referrals(&self, query: &str) -> Result<Response, Response> {
        let page = match parse_page_request(query, self.options.query_rules())
            .map_err(|it| invalid_query(&it))?
        {
            PageRequest::First(query) => self.store.first_page(query, self.options.now),
            PageRequest::Next(token) => match self.store.next_page(&token) {
                Some(page) => page,
                None => return Err(invalid_query("the skip token is unknown or no longer valid")),
            },
        };
        Ok(ok_response(self.page_body(page)))
    }

    /// Context and next link have the path of the documentation, which is not that of the API (API §2.4).
    fn page_body(&self, page: RowPage) -> String {
        let RowPage { rows, count, token } = page;
        let authority = &self.authority;
        let mut body = format!(
            r#"{{"@odata.context":"http://{authority}/v1.0/$metadata#Referrals","@odata.count":{count},"value":["#
        );
        body.reserve(rows.len() + 256);
        body.push_str(&rows);
        body.push(']');
        if let Some(token) = token {
            let link = format!(
                r#","@odata.nextLink":"http://{authority}/v1.0/referrals?$skiptoken={token}""#
            );
            body.push_str(&link);
        }
        body.push('}');
        body
    }
}

/// Whether this is `/` and one path segment.
fn is_id_segment(rest: &str) -> bool {
    (rest.strip_prefix('/')).is_some_and(|id| !id.is_empty() && !id.contains('/'))
}

/// The response to a request that is not HTTP or too large.
pub(crate) fn malformed_request(status: u16) -> Response {
    error_response(status, "invalidRequest", "The request is malformed.")
}

pub(crate) fn ok_response(body: String) -> Response {
    let content_type = "application/json; odata.metadata=minimal".to_owned();
    Response { status: 200, headers: vec![("Content-Type", content_type)], body: body.into_bytes() }
}

pub(crate) fn missing_referral() -> Response {
    error_response(404, "itemNotFound", "The referral does not exist.")
}

/// The API's messages have at most 1,024 characters.
pub(crate) fn invalid_query(reason: &str) -> Response {
    let mut reason: String = reason.chars().take(900).collect();
    reason = reason.replace(|it: char| it.is_control(), " ");
    let body = json!({"error": {
        "code": "invalidRequest",
        "message": format!("The query specified in the URI is not valid. {reason}."),
        "target": "referral",
        "innerError": {"code": "invalidQueryOption", "message": reason},
    }});
    json_response(400, &body)
}

pub(crate) fn error_response(status: u16, code: &str, message: &str) -> Response {
    let inner = json!({"code": code, "message": message});
    let body = json!({"error": {
        "code": code,
        "message": message,
        "target": "referral",
        "innerError": inner,
    }});
    json_response(status, &body)
}

pub(crate) fn json_response(status: u16, body: &Value) -> Response {
    let content_type = "application/json; charset=utf-8".to_owned();
    Response {
        status,
        headers: vec![("Content-Type", content_type)],
        body: body.to_string().into_bytes(),
    }
}
