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

mod base;
mod challenge;
mod exchange;
pub mod failure;
mod listing;
pub mod next_link;
pub mod page;
mod pages;
pub mod retry;

pub use base::Base;
pub use listing::Listing;

use failure::Purpose;
use page::{Malformed, not_json};

/// How long a request may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How long one request may be tried again and waited for (`--max-wait`).
    pub budget: Duration,
    /// How long one answer may take to arrive, from request to last byte.
    pub page: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience { budget: Duration::from_secs(120), page: Duration::from_secs(120) }
    }
}

/// The API at one address, for one account.
pub struct Api {
    base: Base,
    http: Arc<Http>,
    tokens: Arc<dyn TokenProvider>,
    clock: Arc<dyn Clock>,
    ui: Ui,
    patience: Patience,
}

impl Api {
    /// The API at `base`, asked with the bearer that `tokens` gives. Nothing is sent yet.
    pub fn new(
        base: Base,
        http: Arc<Http>,
        tokens: Arc<dyn TokenProvider>,
        clock: Arc<dyn Clock>,
        ui: Ui,
        patience: Patience,
    ) -> Api {
        Api { base, http, tokens, clock, ui, patience }
    }

    /// Where it is.
    pub fn base(&self) -> &Base {
        &self.base
    }

    /// One referral in full.
    ///
    /// # Errors
    /// What [`failure`] makes of the API's refusal, among them that there is no such id or that it is not to be seen.
    pub fn referral(&self, id: &str) -> Result<Referral> {
        let read = |body: &str| {
            let referral = Referral::parse(body.trim()).map_err(|error| not_json(body, &error))?;
            if referral.id.is_none() {
                return Err(Malformed::lasting("it is no referral"));
            }
            Ok(referral)
        };
        self.get(&self.base.referral(id), &Purpose::Referral(id.to_owned()), read)
            .map_err(|refused| refused.error)
    }
}
