//! What a sandbox serves and which query options it supports.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::fault::Fault;

/// What the sandbox serves and how it behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// The TCP port; 0 picks a free one.
    pub port: u16,
    /// How many referrals to generate.
    pub referrals: usize,
    /// The most referrals on a page (API §2.3); 0 counts as 1.
    pub page_size: usize,
    /// The delay before each response.
    pub latency: Duration,
    /// The same seed and the same `now` give the same data.
    pub seed: u64,
    /// The only access token that is accepted.
    pub token: String,
    /// What the data is relative to, and what `now()` in a filter is.
    pub now: Timestamp,
    /// These referrals instead of generated ones.
    pub rows: Option<Vec<Value>>,
    /// Which query options are supported.
    pub supported: SupportedOptions,
    /// Whether the whole OData grammar is accepted, or only what the API's pages show (API §2.2); likewise for the paths
    /// of a PATCH, of which more are likely than are documented (API §1.2).
    pub allow_undocumented: bool,
    /// The time of every write; without it, `now` and what has passed since the start.
    pub write_time: Option<Timestamp>,
    /// The address of the Referrals user who writes, and may write only where it is on the team (API §4.4); none for a
    /// Referrals admin.
    pub user: Option<String>,
    /// Whether an answered referral keeps the date it would have lapsed at: no document says (API §4.3).
    pub keep_expiration: bool,
    /// What earlier writes have changed: the text of [`crate::Sandbox::changes`], or several of them one after the other.
    pub changes: String,
    /// What goes wrong with writes.
    pub faults: Vec<Fault>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            port: 0,
            referrals: 250,
            page_size: 100,
            latency: Duration::ZERO,
            seed: 0,
            token: "sandbox".to_owned(),
            now: Timestamp::UNIX_EPOCH,
            rows: None,
            supported: SupportedOptions::default(),
            allow_undocumented: true,
            write_time: None,
            user: None,
            keep_expiration: false,
            changes: String::new(),
            faults: Vec::new(),
        }
    }
}

impl Options {
    pub(crate) fn query_rules(&self) -> QueryRules {
        QueryRules { supported: self.supported, allow_undocumented: self.allow_undocumented }
    }
}

/// Which query options are supported; others are ignored, as if they had not been sent.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "one switch for each query option")]
pub struct SupportedOptions {
    /// `$filter`
    pub filter: bool,
    /// `$orderby`
    pub orderby: bool,
    /// `$top`
    pub top: bool,
    /// `$select`
    pub select: bool,
}

impl Default for SupportedOptions {
    fn default() -> SupportedOptions {
        SupportedOptions { filter: true, orderby: true, top: true, select: true }
    }
}

/// Which query options are supported, and how much of the grammar.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueryRules {
    pub(crate) supported: SupportedOptions,
    pub(crate) allow_undocumented: bool,
}
