//! The Referrals API: its requests, its pages, and what its error responses mean.

mod answer;
mod base_url;
mod challenge;
mod client;
pub mod error_response;
pub mod next_link;
pub mod page;
mod pacing;
mod pages;
mod referral;
mod request;
mod request_error;
pub mod retry;
mod server_clock;

pub use answer::ChangeReply;
pub use base_url::BaseUrl;
pub use client::{Api, Timeouts};
pub use pages::Pages;
pub use request_error::RequestError;
