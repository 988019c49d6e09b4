//! Commands run in this process, against the sandbox or a scripted server.

#![expect(clippy::unwrap_used, reason = "a test whose stage cannot be set fails")]

mod agreement;
mod answer_plans;
mod answers;
mod closing;
mod demo;
mod documents;
mod environment;
mod faults;
mod filters;
mod first_screen;
mod forged;
mod formats;
mod groups;
mod glossary;
mod hostile;
mod incomplete;
mod list;
mod mistakes;
#[cfg(unix)]
mod output;
mod pager;
mod timeouts;
mod reference;
mod screens;
mod server;
mod session;
mod sign_in;
mod streams;
mod support;
mod waiting;
mod workbook;
