//! Fetches one referral.

use super::client::Api;
use super::error_response::Resource;
use super::page::{Malformed, not_json_error};
use super::request::Request;
use crate::error::Result;
use crate::model::Referral;

impl Api {
    /// One referral in full.
    ///
    /// # Errors
    /// Those of the API's error responses, among them that there is no such id or that it is not to be seen.
    pub fn referral(&self, id: &str) -> Result<Referral> {
        let request = Request::get(&self.base_url.referral(id), Resource::Referral(id.to_owned()))?;
        let referral = self.send(&request, |body| {
            let body = body.unwrap_or_default();
            let referral =
                Referral::parse(body.trim()).map_err(|error| not_json_error(body, &error))?;
            match referral.id {
                Some(_) => Ok(referral),
                None => Err(Malformed::permanent("it is not a referral")),
            }
        })?;
        Ok(referral)
    }
}
