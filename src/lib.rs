//! Lists Microsoft Partner Center referrals and their deadlines.
//!
//! This library exists for the `referrals` program, its tests and its fuzz targets; only the command line is a stable
//! interface. The modules are in reading order: each uses only those above it.

pub mod error;
pub mod text;
pub mod ui;
pub mod clock;
pub mod dates;
pub mod files;
pub mod output;
pub mod model;
pub mod odata;
pub mod query;
pub mod http;
pub mod auth;
pub mod api;
pub mod listing;
pub mod columns;
pub mod report;
pub mod render;
pub mod config;
pub mod context;
pub mod commands;
pub mod cli;
#[doc(hidden)]
pub mod testing;
