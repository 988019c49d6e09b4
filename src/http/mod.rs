//! HTTP clients, and errors that say why a request failed.

mod client;
mod diagnosis;
mod peer_certificate;
mod pem;
mod probe;
mod proxy;
mod proxy_address;
mod resolver;
mod service_url;
mod transport_error;
mod trusted_roots;
mod variables;

pub use client::Http;
pub use probe::{ProbeResult, parse_http_date};
pub use service_url::{parse_service_url, redact_url};
pub use transport_error::is_retryable;
pub use variables::variable_names;
