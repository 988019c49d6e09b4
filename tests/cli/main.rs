//! Commands run in this process, against the sandbox or a scripted server.

#![expect(clippy::unwrap_used, reason = "a test whose stage cannot be set fails")]

mod agreement;
mod answer_plans;
mod answers;
mod care;
mod changes;
mod closing;
mod day;
mod demo;
mod digest;
mod document_code;
mod documents;
mod environment;
mod faults;
mod filters;
mod first_screen;
mod forged;
mod formats;
mod glossary;
mod groups;
mod hostile;
mod incomplete;
mod list;
mod mistakes;
#[cfg(unix)]
mod output;
mod pager;
mod presets;
mod reference;
mod report;
mod schema;
mod screens;
mod server;
mod session;
mod sign_in;
mod streams;
mod summary;
mod support;
mod timeouts;
mod views;
mod waiting;
mod workbook;
