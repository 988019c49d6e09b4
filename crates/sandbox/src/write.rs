//! PATCH of one referral (API §1.2).

use std::sync::atomic::Ordering;

use jiff::{SignedDuration, Timestamp};
use referrals_loopback::{Request, Response};
use serde_json::{Value, json};

use crate::fault::Fault;
use crate::patch::{Refusal, apply, parse_patch};
use crate::service::{
    Service, error_response, invalid_query, json_response, missing_referral, ok_response,
};
use crate::transition::{check_open, settle, touch};

impl Service {
    /// Checks in the order of RFC 9110 §13.2.1: who asks and for what, then the eTag, then what is to be changed.
    pub(crate) fn patch_referral(
        &self,
        id: &str,
        query: &str,
        request: &Request,
    ) -> Result<Response, Response> {
        if let Some(status) = self.options.faults.iter().find_map(status_fault) {
            return Err(fault_response(status));
        }
        if !query.is_empty() {
            return Err(invalid_query("a PATCH has no query options"));
        }
        let changed = self.store.update(id, |row| {
            self.check_member(row)?;
            check_content_type(request)?;
            check_etag(row, request)?;
            self.patched(row, &request.body).map_err(|refusal| refused(&refusal))
        });
        let body = changed.ok_or_else(missing_referral)??;
        if asks_for_object(request) {
            return Ok(ok_response(body));
        }
        Ok(Response { status: 204, headers: Vec::new(), body: Vec::new() })
    }

    fn patched(&self, row: &Value, body: &[u8]) -> Result<Value, Refusal> {
        let operations = parse_patch(body, self.options.allow_undocumented)?;
        check_open(row)?;
        let (mut changed, at) = (row.clone(), self.write_time());
        apply(&mut changed, &operations)?;
        settle(row, &mut changed, at, self.options.keep_expiration)?;
        touch(&mut changed, at);
        Ok(changed)
    }

    /// A Referrals user who is not on the team gets 403 (API §4.4; that it is not 404 is inferred).
    fn check_member(&self, row: &Value) -> Result<(), Response> {
        let Some(user) = &self.options.user else { return Ok(()) };
        let is_member = |member: &Value| {
            member["email"].as_str().is_some_and(|email| email.eq_ignore_ascii_case(user))
        };
        let team = &row["team"];
        if is_member(team) || team.as_array().is_some_and(|team| team.iter().any(is_member)) {
            return Ok(());
        }
        Err(fault_response(403))
    }

    /// The change that somebody else makes once a referral was read.
    pub(crate) fn change_after_reading(&self, id: &str) {
        for fault in &self.options.faults {
            let Fault::ChangedMeanwhile { path, value } = fault else { continue };
            if self.is_changed.swap(true, Ordering::SeqCst) {
                return;
            }
            self.store.update(id, |row| {
                let mut row = row.clone();
                set_member(&mut row, path, value);
                touch(&mut row, self.write_time());
                Ok::<_, ()>(row)
            });
        }
    }

    fn write_time(&self) -> Timestamp {
        let running = SignedDuration::try_from(self.start.elapsed()).unwrap_or_default();
        let now = self.options.now;
        self.options.write_time.unwrap_or_else(|| now.checked_add(running).unwrap_or(now))
    }
}

/// Sets what a JSON Pointer names, where what holds it exists.
fn set_member(row: &mut Value, path: &str, value: &Value) {
    if let Some((parent, name)) = path.rsplit_once('/')
        && let Some(Value::Object(parent)) = row.pointer_mut(parent)
    {
        parent.insert(name.to_owned(), value.clone());
    }
}

fn check_content_type(request: &Request) -> Result<(), Response> {
    let content_type = request.header("Content-Type").unwrap_or_default();
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(error_response(415, "invalidRequest", "The body has to be application/json."))
}

/// One page of the API says that `If-Match` may be left out, another that it is required (API §1.2): it is (RFC 6585 §3).
/// Compared byte for byte, with the quotes that belong to an eTag.
fn check_etag(row: &Value, request: &Request) -> Result<(), Response> {
    let Some(etag) = request.header("If-Match") else {
        let message = "The header If-Match is required: read the referral and send its eTag.";
        return Err(error_response(428, "invalidRequest", message));
    };
    if row["eTag"] == etag {
        return Ok(());
    }
    let message = "The referral has been changed since it was read.";
    Err(error_response(412, "preconditionFailed", message))
}

/// Whether the header `Prefer` has `return=representation` (RFC 7240).
fn asks_for_object(request: &Request) -> bool {
    let preferences = request.header("Prefer").unwrap_or_default().split([',', ';']);
    preferences.map(str::trim).any(|it| it.eq_ignore_ascii_case("return=representation"))
}

fn refused(refusal: &Refusal) -> Response {
    let (status, reason) = match refusal {
        Refusal::Malformed(reason) => (400, reason),
        Refusal::Conflict(reason) => (409, reason),
        Refusal::Invalid(reason) => (422, reason),
    };
    let reason: String = reason.chars().filter(|it| !it.is_control()).take(900).collect();
    error_response(status, "invalidRequest", &format!("The referral was not changed: {reason}."))
}

fn status_fault(fault: &Fault) -> Option<u16> {
    match fault {
        Fault::Status(status) => Some(*status),
        _ => None,
    }
}

/// In the shape that the API or the gateway in front of it has for the status (API §6.2).
fn fault_response(status: u16) -> Response {
    match status {
        403 => error_response(403, "accessDenied", "Caller is not on the team of the referral."),
        423 => error_response(423, "invalidRequest", "The referral is locked; try again later."),
        429 | 503 => {
            let message = "Rate limit is exceeded. Try again in 1 seconds.";
            let message = if status == 429 { message } else { "The service is unavailable." };
            let body = json!({"statusCode": status, "message": message});
            let mut response = json_response(status, &body);
            response.headers.push(("Retry-After", "1".to_owned()));
            response
        }
        _ => error_response(status, "generalException", "The request was not carried out."),
    }
}
