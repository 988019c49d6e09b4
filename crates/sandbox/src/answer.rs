//! What is answered to a request: routes, bearer, pages and error bodies (API §1, §2, §6.2, §8.5).
//! Touches no socket.

use referrals_loopback::{Request, Response};
use serde_json::{Value, json};

use crate::options::Options;
use crate::query::{PageRequest, parse_page_request, parse_referral_query};
use crate::store::{RowPage, Store};

/// Where the collection is.
const COLLECTION: &str = "/v1.0/engagements/referrals";
/// Request headers that come back as they were sent (API §1.4).
const ECHOED: [&str; 2] = ["MS-CorrelationId", "client-request-id"];

/// Everything an answer depends on.
pub(crate) struct Service {
    pub(crate) options: Options,
    pub(crate) store: Store,
    /// `127.0.0.1:PORT`
    pub(crate) authority: String,
}

impl Service {
    /// The answer to a request; `request_id` is what support would ask for.
    pub(crate) fn answer(&self, request: &Request, request_id: String) -> Response {
        let mut response = self.route(request).unwrap_or_else(|refusal| refusal);
        let headers = &mut response.headers;
        headers.push(("Request-ID", request_id));
        for name in ECHOED {
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
        let id = match path.strip_prefix(COLLECTION) {
            Some("") => None,
            Some(below) if is_id(below) => Some(&below[1..]),
            // The gateway in front of the service answers this (API §6.2, 2).
            _ => {
                let body = json!({"statusCode": 404, "message": "Resource not found"});
                return Err(error(404, &body));
            }
        };
        if request.method != "GET" {
            let mut refusal = refusal(405, "invalidRequest", "This method is not supported.");
            refusal.headers.push(("Allow", "GET".to_owned()));
            return Err(refusal);
        }
        self.authorize(request)?;
        match id {
            Some(id) => self.single(id, query),
            None => self.collection(query),
        }
    }

    fn authorize(&self, request: &Request) -> Result<(), Response> {
        let given = request.header("Authorization").and_then(|it| it.split_once(' '));
        let accepted = given.is_some_and(|(scheme, token)| {
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
        let mut refusal = error(401, &body);
        refusal.headers.push(("WWW-Authenticate", "Bearer".to_owned()));
        Err(refusal)
    }

    fn single(&self, id: &str, query: &str) -> Result<Response, Response> {
        let select =
            parse_referral_query(query, self.options.query_rules()).map_err(|it| bad_query(&it))?;
        match self.store.find_referral(id, &select) {
            Some(body) => Ok(success(body)),
            None => Err(refusal(404, "itemNotFound", "The referral does not exist.")),
        }
    }

    fn collection(&self, query: &str) -> Result<Response, Response> {
        let page = match parse_page_request(query, self.options.query_rules())
            .map_err(|it| bad_query(&it))?
        {
            PageRequest::First(query) => self.store.first_page(query, self.options.now),
            PageRequest::Next(token) => match self.store.next_page(&token) {
                Some(page) => page,
                None => return Err(bad_query("the skip token is unknown or no longer valid")),
            },
        };
        Ok(success(self.page(page)))
    }

    /// Context and next link have the documentation's scheme and path, which are not ours (API §2.4).
    fn page(&self, page: RowPage) -> String {
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

/// Whether this is `/` and one further segment.
fn is_id(below: &str) -> bool {
    (below.strip_prefix('/')).is_some_and(|id| !id.is_empty() && !id.contains('/'))
}

/// The answer to what is not HTTP, or too much of it.
pub(crate) fn refuse(status: u16) -> Response {
    refusal(status, "invalidRequest", "The request cannot be understood.")
}

fn success(body: String) -> Response {
    let kind = "application/json; odata.metadata=minimal".to_owned();
    Response { status: 200, headers: vec![("Content-Type", kind)], body: body.into_bytes() }
}

/// What a query that cannot be read is answered with; a message has at most 1,024 characters.
fn bad_query(reason: &str) -> Response {
    let mut reason: String = reason.chars().take(900).collect();
    reason = reason.replace(|it: char| it.is_control(), " ");
    let body = json!({"error": {
        "code": "invalidRequest",
        "message": format!("The query specified in the URI is not valid. {reason}."),
        "target": "referral",
        "innerError": {"code": "invalidQueryOption", "message": reason},
    }});
    error(400, &body)
}

fn refusal(status: u16, code: &str, message: &str) -> Response {
    let inner = json!({"code": code, "message": message});
    let body = json!({"error": {
        "code": code,
        "message": message,
        "target": "referral",
        "innerError": inner,
    }});
    error(status, &body)
}

fn error(status: u16, body: &Value) -> Response {
    let kind = "application/json; charset=utf-8".to_owned();
    Response { status, headers: vec![("Content-Type", kind)], body: body.to_string().into_bytes() }
}
