//! Lists Microsoft Partner Center referrals and their deadlines.
//!
//! The library is closed: it exists for the `referrals` program, and what its tests and fuzz targets need goes through
//! `testing`. Only the command line is a stable interface. The modules stand in reading order: each uses those above it.

mod text;
mod platform;
mod error;
mod ui;
mod terminal;
mod clock;
mod dates;
mod trust;
mod files;
mod lock;
mod signals;
mod pager;
mod output;
mod json;
mod model;
mod odata;
mod query;
mod http;
mod auth;
mod api;
mod listing;
mod columns;
mod report;
mod answer;
mod render;
mod state;
mod config;
mod context;
mod mistakes;
mod services;
mod commands;
mod cli;
#[doc(hidden)]
pub mod testing;

pub use cli::main;
