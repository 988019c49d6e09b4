//! The API client.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::SignedDuration;

use super::base_url::BaseUrl;
use super::pacing::Pacing;
use super::server_clock::ServerClock;
use crate::auth::TokenProvider;
use crate::clock::Clock;
use crate::http::Http;
use crate::ui::Ui;

#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For all attempts of a request and the waits between them (`--max-wait`).
    pub retry_budget: Duration,
    /// For one response, from sending the request to the last byte.
    pub response: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts { retry_budget: Duration::from_secs(120), response: Duration::from_secs(120) }
    }
}

pub struct Api {
    pub(super) base_url: BaseUrl,
    pub(super) http: Arc<Http>,
    pub(super) tokens: Arc<dyn TokenProvider>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ui: Ui,
    pub(super) timeouts: Timeouts,
    pub(super) pacing: Mutex<Pacing>,
    pub(super) server_clock: ServerClock,
}

impl Api {
    pub fn new(
        base_url: BaseUrl,
        http: Arc<Http>,
        tokens: Arc<dyn TokenProvider>,
        clock: Arc<dyn Clock>,
        ui: Ui,
        timeouts: Timeouts,
    ) -> Api {
        let (pacing, server_clock) = (Mutex::default(), ServerClock::default());
        Api { base_url, http, tokens, clock, ui, timeouts, pacing, server_clock }
    }

    /// How far the server's clock is ahead of this machine's. `None` if it is not known, or two minutes or less.
    pub fn clock_offset(&self) -> Option<SignedDuration> {
        self.server_clock.offset()
    }
}
