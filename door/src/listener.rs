//! Taking an address, and saying clearly why it cannot be had.

use std::io;
use std::net::SocketAddr;

use proto::ErrorKind;
use tokio::net::TcpListener;

use crate::{Error, Result};

/// How far a listener may be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposure<'a> {
    /// From this machine only; `unless` is the setting that would allow more, as the user writes it.
    Loopback {
        /// For example `ingest.insecure_listen = true`.
        unless: &'a str,
    },
    /// From anywhere the address reaches.
    Any,
}

/// A bound socket; connections queue up from here on, and are answered once it is given to [`crate::serve`].
#[derive(Debug)]
pub struct Listener {
    pub(crate) socket: TcpListener,
    pub(crate) name: String,
    local_address: SocketAddr,
}

impl Listener {
    /// Binds `address` (`host:port`, port 0 takes any free one) for the config key `key`.
    ///
    /// # Errors
    /// `Invalid` when the address cannot be read, is not this machine's, or reaches further than `exposure`
    /// allows; `Unavailable` when it is taken. The message names `key` and the way out.
    pub async fn bind(address: &str, key: &str, exposure: Exposure<'_>) -> Result<Self> {
        let addresses = resolve(address, key).await?;
        if let Exposure::Loopback { unless } = exposure
            && let Some(open) = addresses.iter().find(|resolved| !resolved.ip().is_loopback())
        {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!(
                    "{key} = {address} can be reached from other machines and has no protection of its own; \
                     listen on 127.0.0.1:{}, or set {unless}",
                    open.port()
                ),
            ));
        }
        let socket = TcpListener::bind(addresses.as_slice())
            .await
            .map_err(|source| bind_error(address, key, source))?;
        let local_address = socket.local_addr().map_err(|source| bind_error(address, key, source))?;
        Ok(Self { socket, name: key.to_owned(), local_address })
    }

    /// The address in use, with the port that was chosen when port 0 was asked for.
    #[must_use]
    pub fn local_address(&self) -> SocketAddr {
        self.local_address
    }
}

async fn resolve(address: &str, key: &str) -> Result<Vec<SocketAddr>> {
    let unreadable = |reason: String| {
        Error::new(
            ErrorKind::Invalid,
            format!("{key} = {address:?} is not an address ({reason}); write host:port, such as 127.0.0.1:0"),
        )
    };
    let found = tokio::net::lookup_host(address)
        .await
        .map_err(|source| unreadable(source.to_string()).caused_by(source))?
        .collect::<Vec<_>>();
    if found.is_empty() {
        return Err(unreadable("the name has no address".to_owned()));
    }
    Ok(found)
}

fn bind_error(address: &str, key: &str, source: io::Error) -> Error {
    let (kind, reason, way_out) = match source.kind() {
        io::ErrorKind::AddrInUse => (
            ErrorKind::Unavailable,
            "is in use".to_owned(),
            format!("stop the other program or set {key} to another port, port 0 picks a free one"),
        ),
        io::ErrorKind::PermissionDenied => (
            ErrorKind::Invalid,
            "is not permitted".to_owned(),
            format!("set {key} to a port above 1023, or allow this program to bind lower ones"),
        ),
        io::ErrorKind::AddrNotAvailable => (
            ErrorKind::Invalid,
            "is not an address of this machine".to_owned(),
            format!("set {key} to one that is, or to 127.0.0.1"),
        ),
        _ => (
            ErrorKind::Unavailable,
            format!("cannot be bound: {source}"),
            format!("set {key} to another address"),
        ),
    };
    Error::new(kind, format!("address {address} for {key} {reason}; {way_out}")).caused_by(source)
}

#[cfg(test)]
mod tests;
