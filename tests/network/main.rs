//! The network of a company, played on loopback for the real program: certificates of its own, proxies, firewalls.

#![expect(clippy::unwrap_used, reason = "a test whose peers cannot be set up fails")]

mod authority;
mod peers;
mod proxies;
mod program;
mod tls;
