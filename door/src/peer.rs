//! Who is at the other end of a connection.

use std::fmt;
use std::net::SocketAddr;

/// The other end of a connection: an extension of every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Peer {
    /// An address; IPv4 is never written as IPv6.
    Tcp(SocketAddr),
    /// A process of this machine, by a Unix socket; what the kernel says of it.
    Unix {
        /// The user that the process runs as.
        uid: Option<u32>,
        /// The process, when it is in our namespace.
        pid: Option<i32>,
    },
}

impl Peer {
    /// Its address, which a process behind a Unix socket does not have.
    #[must_use]
    pub const fn address(self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(address) => Some(address),
            Self::Unix { .. } => None,
        }
    }
}

impl From<SocketAddr> for Peer {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp(SocketAddr::new(address.ip().to_canonical(), address.port()))
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix { uid, pid } => {
                f.write_str("unix")?;
                uid.map_or(Ok(()), |uid| write!(f, " uid {uid}"))?;
                pid.map_or(Ok(()), |pid| write!(f, " pid {pid}"))
            }
        }
    }
}
