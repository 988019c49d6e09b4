//! Commands run in this process, against the sandbox or a scripted server.

#![expect(clippy::unwrap_used, reason = "a test whose stage cannot be set fails")]

mod agreement;
mod faults;
mod list;
mod server;
mod support;
mod waiting;
