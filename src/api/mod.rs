//! The Referrals API: where it is, how it is asked, what its answers and refusals mean.
//! Never sees the keyring; sends the token to the configured host and nowhere else.

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
mod request;
pub mod error_response;
mod listing;
pub mod next_link;
pub mod page;
mod pages;
pub mod retry;

pub use base_url::BaseUrl;
pub use listing::Listing;

use error_response::Resource;
use page::{Malformed, not_json_error};

/// How long a request may take.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// How long one request may be tried again and waited for (`--max-wait`).
    pub budget: Duration,
    /// How long one answer may take to arrive, from request to last byte.
    pub page: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts { budget: Duration::from_secs(120), page: Duration::from_secs(120) }
    }
}

/// The API at one address, for one account.
pub struct Api {
    base: BaseUrl,
    http: Arc<Http>,
    tokens: Arc<dyn TokenProvider>,
    clock: Arc<dyn Clock>,
    ui: Ui,
    patience: Timeouts,
}

impl Api {
    /// The API at `base`, asked with the bearer that `tokens` gives. Nothing is sent yet.
    pub fn new(
        base: BaseUrl,
        http: Arc<Http>,
        tokens: Arc<dyn TokenProvider>,
        clock: Arc<dyn Clock>,
        ui: Ui,
        patience: Timeouts,
    ) -> Api {
        Api { base, http, tokens, clock, ui, patience }
    }

    /// Where it is.
    pub fn base(&self) -> &BaseUrl {
        &self.base
    }

    /// One referral in full.
    ///
    /// # Errors
    /// What [`error_response`] makes of the API's refusal, among them that there is no such id or that it is not to be seen.
    pub fn referral(&self, id: &str) -> Result<Referral> {
        let read = |body: &str| {
            let referral =
                Referral::parse(body.trim()).map_err(|error| not_json_error(body, &error))?;
            if referral.id.is_none() {
                return Err(Malformed::permanent("it is no referral"));
            }
            Ok(referral)
        };
        self.get(&self.base.referral(id), &Resource::Referral(id.to_owned()), read)
            .map_err(|refused| refused.error)
    }
}
