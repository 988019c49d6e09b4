//! The program on a company network simulated on loopback: its own certificates, proxies, firewalls.

#![expect(clippy::unwrap_used, reason = "a test whose peers cannot be set up fails")]

mod authority;
mod peers;
mod proxies;
mod program;
mod tls;
