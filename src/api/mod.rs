//! The Referrals API: its requests, its pages, and what its error responses mean.

use std::sync::Arc;
use std::time::Duration;

use crate::auth::TokenProvider;
use crate::clock::Clock;
use crate::error::Result;
use crate::http::Http;
use crate::model::Referral;
use crate::ui::Ui;

mod base_url;
mod challenge;
pub mod error_response;
pub mod next_link;
pub mod page;
mod pages;
mod request;
pub mod retry;

pub use base_url::BaseUrl;
pub use pages::Pages;
pub use request::RequestError;

use error_response::Resource;
use page::{Malformed, not_json_error};
use request::Request;

/// How long requests may take.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// All attempts of one request and the waits between them (`--max-wait`).
    pub retry_budget: Duration,
    /// One response, from the request to the last byte.
    pub response: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts { retry_budget: Duration::from_secs(120), response: Duration::from_secs(120) }
    }
}

/// A client of the API at one address, for one account.
pub struct Api {
    base_url: BaseUrl,
    http: Arc<Http>,
    tokens: Arc<dyn TokenProvider>,
    clock: Arc<dyn Clock>,
    ui: Ui,
    timeouts: Timeouts,
}

impl Api {
    /// A client for the API at `base_url`. Nothing is sent yet.
    pub fn new(
        base_url: BaseUrl,
        http: Arc<Http>,
        tokens: Arc<dyn TokenProvider>,
        clock: Arc<dyn Clock>,
        ui: Ui,
        timeouts: Timeouts,
    ) -> Api {
        Api { base_url, http, tokens, clock, ui, timeouts }
    }

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
