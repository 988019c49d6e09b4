//! Fetches one referral.

use super::client::Api;
use super::error_response::Resource;
use super::page::{Malformed, check_objects, explain_json_error};
use super::request::Request;
use super::request_error::RequestError;
use crate::error::Result;
use crate::model::Referral;

impl Api {
    /// Fails with 404 if the referral does not exist or the account may not see it.
    pub fn fetch_referral(&self, id: &str) -> Result<Referral, RequestError> {
        let request = Request::get(&self.base_url.referral(id), Resource::Referral(id.to_owned()))?;
        self.send(&request, |body| parse_referral(&body.unwrap_or_default()))
    }
}

/// Reads a body that is one referral.
pub(super) fn parse_referral(body: &str) -> Result<Referral, Malformed> {
    check_objects(body)?;
    let referral =
        Referral::parse(body.trim()).map_err(|error| explain_json_error(body, &error))?;
    match referral.id {
        Some(_) => Ok(referral),
        None => Err(Malformed::permanent("not a referral")),
    }
}
