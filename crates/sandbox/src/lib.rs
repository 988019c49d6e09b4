//! A sample of the Referrals API on loopback, with generated data. It parses OData strictly and uses no
//! code of the program, whose requests it judges.

mod day;
mod evaluate;
mod expression;
mod fault;
mod filter;
mod fixtures;
mod generate;
mod lifecycle;
mod literal;
mod options;
mod parse;
mod patch;
mod prng;
mod query;
mod scan;
mod schema;
mod select;
mod serialize;
mod server;
mod service;
mod store;
mod transition;
mod write;

pub use day::{DayEvent, rows_of_yesterday};
pub use fault::Fault;
pub use filter::check_filter;
pub use fixtures::DEMO_USER;
pub use options::{Options, SupportedOptions};
pub use server::{RecordedRequest, Sandbox};

#[cfg(test)]
mod tests;
