//! The sandbox from outside: filters over hand-written rows, requests over a socket, invented data.
//! Uses no other part of the crate.

mod client;
mod data;
mod filter;
mod http;
