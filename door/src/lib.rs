//! The listeners: sockets, timeouts, connection limits. Nothing in this room knows what a span is.
//!
//! - [`Listener`]: an address taken, or an error that says who wanted it and the way out
//! - [`serve`] -> [`Server`]: HTTP/1.1 and HTTP/2 without TLS on one port, within [`Limits`]
//! - [`Peer`]: who is at the other end, as a request extension
//! - [`Client`]: the other direction, one HTTP/2 connection that comes back after a failure

mod client;
mod error;
mod limits;
mod listener;
mod serve;

pub use client::Client;
pub use error::{Error, Result};
pub use limits::Limits;
pub use listener::{Exposure, Listener};
pub use serve::{ConnectionCounts, Peer, Server, serve};
