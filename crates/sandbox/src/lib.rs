//! A sample Referrals API on loopback, with invented referrals, that reads OData strictly.
//! Shares no code with the rest of the crate, so that it can judge what the rest sends.

mod answer;
mod cast;
mod data;
mod evaluate;
mod expression;
mod filter;
mod literal;
mod mixer;
mod options;
mod parse;
mod query;
mod scan;
mod schema;
mod server;
mod stage;
mod store;
mod wire;

pub use data::invent;
pub use filter::check_filter;
pub use options::{Options, SupportedOptions};
pub use server::{RecordedRequest, Sandbox};

#[cfg(test)]
mod tests;
