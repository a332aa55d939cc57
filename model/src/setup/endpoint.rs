//! Where spans are sent to.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use super::SetupError;

const SCHEME: &str = "it has a scheme, with which kube-apiserver does not start: write host:port, such as 10.0.0.5:4317; --tls is for TLS";
const PORT: &str = "it has no port: write host:port, such as 10.0.0.5:4317";
const HOST: &str =
    "its host is neither a name nor an IP address (IPv6 stands in brackets, as in [fd00::5]:4317)";
const ANY: &str = "it is where a server listens, not where it is reached: write an address of that machine";
const CLUSTER_NAME: &str = "it is a name of the cluster's DNS, which kube-apiserver, etcd and kubelets do not ask: \
                            write localhost, an IP address or a name that the machines themselves resolve";

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    host: String,
    port: u16,
}

impl Endpoint {
    /// The host; IPv6 without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The same host at another port.
    #[must_use]
    pub fn with_port(&self, port: u16) -> Self {
        Self { host: self.host.clone(), port }
    }

    /// Whether it is the machine itself.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl FromStr for Endpoint {
    type Err = SetupError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = |reason| SetupError::Endpoint { text: text.to_owned(), reason };
        if text.contains("://") {
            return Err(refuse(SCHEME));
        }
        let (host, port) = text.rsplit_once(':').ok_or_else(|| refuse(PORT))?;
        let port = port.parse().ok().filter(|port| *port > 0).ok_or_else(|| refuse(PORT))?;
        let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(address) => address.parse::<Ipv6Addr>().map_err(|_| refuse(HOST))?.to_string(),
            None if host.contains(':') => return Err(refuse(HOST)),
            None => host.to_ascii_lowercase(),
        };
        if host.parse::<IpAddr>().is_ok_and(|address| address.is_unspecified()) {
            return Err(refuse(ANY));
        }
        if host.parse::<IpAddr>().is_err() {
            check_name(&host).map_err(refuse)?;
        }
        Ok(Self { host, port })
    }
}

fn check_name(host: &str) -> Result<(), &'static str> {
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    if !host.split('.').all(is_label) {
        return Err(HOST);
    }
    if host.ends_with(".svc") || host.ends_with(".cluster.local") {
        return Err(CLUSTER_NAME);
    }
    Ok(())
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests;
