//! A small HTTP/1.1 listener on loopback: a thread per connection, bounded requests, whole responses.
//! A handler that needs other bytes on the wire uses the connection's stream.

mod connection;
mod message;
mod server;

pub use connection::{Connection, Incoming};
pub use message::{Limits, Request, Response};
pub use server::{Listener, Server};
