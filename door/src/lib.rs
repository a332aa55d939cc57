//! The listeners: sockets, TLS, timeouts, limits, and who is let in. Nothing in this room knows what a span is.
//!
//! - [`Config`] -> [`Door`]: `[door]` in the configuration file, and what all listeners share
//! - [`Door::listen`] -> [`Listener`]: an address taken or a socket inherited ([`Activation`]), or an error that says
//!   who wanted it and the way out; with [`Tls`] when it has files for it
//! - [`serve`] -> [`Server`]: HTTP/1.1 and HTTP/2 on one listener, within the limits of the door
//! - [`Peer`], [`Doorkeeper`]: who is at the other end and who checks it, as extensions of every request
//! - [`admit`] -> [`Principal`]: who sends a request and what they may do, by [`Tokens`] or certificate
//! - [`Doorbell`]: is told of every [`Knock`] that led nowhere
//! - [`Client`]: the other direction, one HTTP/2 connection that comes back after a failure
//! - [`Upstream`]: what a proxy of ours passes requests on to

mod activation;
mod client;
mod config;
mod door;
mod doorkeeper;
mod error;
mod knock;
mod listener;
mod peer;
mod principal;
mod reload;
mod secret;
mod serve;
mod tls;
mod tokens;
mod upstream;

pub use activation::Activation;
pub use client::{Client, ClientTls};
pub use config::Config;
pub use door::{Door, Entrance};
pub use doorkeeper::{Doorkeeper, admit};
pub use error::{Error, Result};
pub use hyper::body::Incoming;
pub use knock::{Doorbell, Knock, KnockOutcome};
pub use listener::{Address, Exposure, Listener};
pub use peer::Peer;
pub use principal::{Principal, Scope};
pub use secret::Secret;
pub use serve::{ConnectionCounts, Server, serve};
pub use tls::{Tls, TlsFiles, Validity};
pub use tokens::{NewToken, TokenId, Tokens};
pub use upstream::Upstream;

#[cfg(test)]
mod testing;
