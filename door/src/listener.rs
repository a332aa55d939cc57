//! Taking an address, and saying clearly why it cannot be had.

mod unix;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use proto::ErrorKind;
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use self::unix::SocketFile;
use crate::activation::Inherited;
use crate::{Error, Peer, Result, Tls};

/// What an address of a Unix socket begins with.
pub(crate) const UNIX_PREFIX: &str = "unix:";

/// How far a listener may be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposure<'a> {
    /// From this machine only; `unless` is what the user has to do for more.
    Loopback {
        /// For example `set ingest.insecure_listen = true`.
        unless: &'a str,
    },
    /// From anywhere the address reaches.
    Any,
}

/// Where a listener listens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Address {
    /// An address and port.
    Tcp(SocketAddr),
    /// A Unix socket.
    Unix(PathBuf),
}

impl Address {
    /// Address and port, which a Unix socket does not have.
    #[must_use]
    pub const fn tcp(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(address) => Some(*address),
            Self::Unix(_) => None,
        }
    }

    /// Whether only this machine reaches it.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.tcp().is_none_or(|address| address.ip().is_loopback())
    }
}

/// `host:port`, or `unix:/path`: what [`Listener::bind`] and [`crate::Client`] take.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "{UNIX_PREFIX}{}", path.display()),
        }
    }
}

#[derive(Debug)]
enum Socket {
    Tcp(TcpListener),
    /// The file goes when the listener ends, if it is ours.
    Unix(UnixListener, #[expect(dead_code, reason = "it acts when it is dropped")] Option<SocketFile>),
}

/// What a connection is carried by.
#[derive(Debug)]
pub(crate) enum Carrier {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// A bound socket; connections queue up from here on, and are answered once it is given to [`crate::serve`].
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
    pub(crate) name: Arc<str>,
    pub(crate) tls: Option<Tls>,
    address: Address,
}

impl Listener {
    /// Binds `address` (`host:port`, port 0 takes any free one, or `unix:/path`) for the config key `key`.
    ///
    /// # Errors
    /// `Invalid` when the address cannot be read, is not this machine's, or reaches further than `exposure`
    /// allows; `Unavailable` when it is taken. The message names `key` and the way out.
    pub async fn bind(address: &str, key: &str, exposure: Exposure<'_>) -> Result<Self> {
        if let Some(path) = address.strip_prefix(UNIX_PREFIX) {
            let path = Path::new(path);
            let (socket, file) = unix::bind(path, key)?;
            return Ok(Self::new(Socket::Unix(socket, Some(file)), key, Address::Unix(path.to_owned())));
        }
        let addresses = resolve(address, key).await?;
        for resolved in &addresses {
            check_exposure(*resolved, address, key, exposure)?;
        }
        let socket = TcpListener::bind(addresses.as_slice())
            .await
            .map_err(|source| bind_error(address, key, source))?;
        let local_address = socket.local_addr().map_err(|source| bind_error(address, key, source))?;
        Ok(Self::new(Socket::Tcp(socket), key, Address::Tcp(local_address)))
    }

    /// A socket that was handed over for the config key `key`.
    ///
    /// # Errors
    /// `Invalid` when it cannot be used or reaches further than `exposure` allows.
    pub(crate) fn inherit(socket: Inherited, key: &str, exposure: Exposure<'_>) -> Result<Self> {
        let refuse = |source: io::Error| {
            let message = format!("the socket that was handed over for {key} cannot be used: {source}");
            Error::new(ErrorKind::Invalid, message).caused_by(source)
        };
        match socket {
            Inherited::Tcp(socket) => {
                let address = socket.local_addr().map_err(refuse)?;
                check_exposure(address, &address.to_string(), key, exposure)?;
                let socket = TcpListener::from_std(socket).map_err(refuse)?;
                Ok(Self::new(Socket::Tcp(socket), key, Address::Tcp(address)))
            }
            Inherited::Unix(socket) => {
                let address = socket.local_addr().map_err(refuse)?;
                let path = address.as_pathname().unwrap_or_else(|| Path::new("")).to_owned();
                let socket = UnixListener::from_std(socket).map_err(refuse)?;
                // Whoever made the file removes it.
                Ok(Self::new(Socket::Unix(socket, None), key, Address::Unix(path)))
            }
        }
    }

    fn new(socket: Socket, key: &str, address: Address) -> Self {
        Self { socket, name: key.into(), tls: None, address }
    }

    /// The same with TLS; a Unix socket stays as it is.
    #[must_use]
    pub fn with_tls(mut self, tls: Option<Tls>) -> Self {
        self.tls = tls.filter(|_| self.address.tcp().is_some());
        self
    }

    /// Whether TLS is spoken.
    #[must_use]
    pub const fn is_encrypted(&self) -> bool {
        self.tls.is_some()
    }

    /// The address in use, with the port that was chosen when port 0 was asked for.
    #[must_use]
    pub const fn address(&self) -> &Address {
        &self.address
    }

    /// The next connection.
    pub(crate) async fn accept(&self) -> io::Result<(Carrier, Peer)> {
        match &self.socket {
            Socket::Tcp(socket) => {
                let (stream, address) = socket.accept().await?;
                if let Err(error) = stream.set_nodelay(true) {
                    // Only a connection that is already gone refuses this.
                    tracing::debug!(listener = &*self.name, %address, %error, "cannot set TCP_NODELAY");
                }
                Ok((Carrier::Tcp(stream), address.into()))
            }
            Socket::Unix(socket, _) => {
                let (stream, _) = socket.accept().await?;
                let process = stream.peer_cred().ok();
                let uid = process.map(|process| process.uid());
                let pid = process.and_then(|process| process.pid());
                Ok((Carrier::Unix(stream), Peer::Unix { uid, pid }))
            }
        }
    }
}

fn check_exposure(resolved: SocketAddr, address: &str, key: &str, exposure: Exposure<'_>) -> Result<()> {
    match exposure {
        Exposure::Loopback { unless } if !resolved.ip().is_loopback() => Err(Error::new(
            ErrorKind::Invalid,
            format!(
                "{key} = {address} can be reached from other machines and has no protection of its own; \
                 listen on 127.0.0.1:{}, or {unless}",
                resolved.port()
            ),
        )),
        Exposure::Loopback { .. } | Exposure::Any => Ok(()),
    }
}

async fn resolve(address: &str, key: &str) -> Result<Vec<SocketAddr>> {
    let unreadable = |reason: String| {
        Error::new(
            ErrorKind::Invalid,
            format!(
                "{key} = {address:?} is not an address ({reason}); write host:port, such as 127.0.0.1:0, or \
                 unix:/path"
            ),
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
