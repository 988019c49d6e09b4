//! The sandbox as a whole: filters over hand-written rows, requests over a socket, generated data.

mod client;
mod day;
mod generate;
mod filter;
mod requests;
mod writes;
