//! Sockets that a supervisor opened and handed over (systemd's socket activation), so that no connection is refused
//! while the process starts again.

use std::fmt;
use std::sync::Arc;

use listenfd::ListenFd;
use parking_lot::Mutex;
use proto::ErrorKind;

use crate::{Error, Result};

/// What the sockets are called, also in this order when the supervisor gives them no names.
const NAMES: [&str; 3] = ["grpc", "http", "web"];

/// A socket as it was handed over.
#[derive(Debug)]
pub(crate) enum Inherited {
    Tcp(std::net::TcpListener),
    Unix(std::os::unix::net::UnixListener),
}

/// Sockets, and the names they were given.
type Named = (ListenFd, Vec<String>);

/// The sockets that were handed over and not taken yet. Cheap to clone; clones share them.
#[derive(Clone, Default)]
pub struct Activation {
    sockets: Arc<Mutex<Option<Named>>>,
}

impl Activation {
    /// The sockets that `LISTEN_PID` and `LISTEN_FDS` announce, named by `names`, the value of `LISTEN_FDNAMES`:
    /// `grpc`, `http` and `web` joined by colons. Without such names they are taken in this order.
    #[must_use]
    pub fn from_environment(names: Option<&str>) -> Self {
        let sockets = ListenFd::from_env();
        if sockets.len() == 0 {
            return Self::default();
        }
        let named: Vec<String> = names.unwrap_or_default().split(':').map(str::to_owned).collect();
        let is_named = named.iter().any(|name| NAMES.contains(&name.as_str()));
        let names = if is_named { named } else { NAMES.map(str::to_owned).into() };
        Self { sockets: Arc::new(Mutex::new(Some((sockets, names)))) }
    }

    /// The socket called `name`, once.
    ///
    /// # Errors
    /// `Invalid` when it does not listen for streams.
    pub(crate) fn take(&self, name: &str) -> Result<Option<Inherited>> {
        let mut sockets = self.sockets.lock();
        let Some((sockets, names)) = sockets.as_mut() else { return Ok(None) };
        let Some(index) = names.iter().position(|known| known == name) else { return Ok(None) };
        let refuse = |source: std::io::Error| {
            let message = format!("the socket {name:?} that was handed over cannot be used: {source}");
            Error::new(ErrorKind::Invalid, message).caused_by(source)
        };
        // One of the two fits; the other leaves the socket in its place.
        let found = match sockets.take_tcp_listener(index) {
            Ok(found) => found.map(Inherited::Tcp),
            Err(_) => sockets.take_unix_listener(index).map_err(refuse)?.map(Inherited::Unix),
        };
        if let Some(socket) = &found {
            socket.set_nonblocking().map_err(refuse)?;
        }
        Ok(found)
    }
}

impl Inherited {
    fn set_nonblocking(&self) -> std::io::Result<()> {
        match self {
            Self::Tcp(socket) => socket.set_nonblocking(true),
            Self::Unix(socket) => socket.set_nonblocking(true),
        }
    }
}

impl fmt::Debug for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Activation").finish_non_exhaustive()
    }
}
