//! The settings of this room: `[web]` in the configuration file.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use proto::ErrorKind;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Where the API and the UI are served, and how much one request may ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `host:port` or `unix:/path`; port 0 takes any free one. Reachable from other machines only with
    /// `door.tokens_file`.
    pub listen: String,
    /// Further names by which browsers may call the server, such as that of a load balancer: requests for other hosts
    /// are refused, so that no foreign page can ask in a browser's name.
    pub hosts: Vec<String>,
    /// The server's certificates, PEM, its own first: the port speaks TLS then. Read again when it changes.
    pub tls_cert_file: Option<PathBuf>,
    /// The key of the server's certificate, PEM.
    pub tls_key_file: Option<PathBuf>,
    /// The CAs of clients, PEM: every client has to show a certificate that one of them signed (mTLS).
    pub tls_client_ca_file: Option<PathBuf>,
    /// Browsers logged in at a time; one more ends the session that would end first.
    pub sessions_max: usize,
    /// How long a browser stays logged in.
    #[serde(with = "humantime_serde")]
    pub session_age_max: Duration,
    /// A latency request names at most so many quantiles.
    pub quantiles_max: usize,
    /// A latency request groups by at most so many attributes.
    pub by_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:4319".to_owned(),
            hosts: Vec::new(),
            tls_cert_file: None,
            tls_key_file: None,
            tls_client_ca_file: None,
            sessions_max: 1_000,
            session_age_max: Duration::from_secs(12 * 3600),
            quantiles_max: 10,
            by_max: 8,
        }
    }
}

impl Config {
    /// Checks what the types cannot.
    ///
    /// # Errors
    /// When a limit is zero; the message names the key.
    pub fn validate(&self) -> Result<()> {
        let limits = [
            ("web.quantiles_max", self.quantiles_max),
            ("web.by_max", self.by_max),
            ("web.sessions_max", self.sessions_max),
        ];
        match limits.iter().find(|(_, limit)| *limit == 0) {
            Some((key, _)) => Err(Error::new(ErrorKind::Invalid, format!("{key} is 0: give at least 1"))),
            None => Ok(()),
        }
    }

    /// Whether `host`, without brackets, is how this server may be called.
    pub(crate) fn is_host(&self, host: &str) -> bool {
        let names = ["localhost", self.listen_host()];
        let mut names = names.into_iter().chain(self.hosts.iter().map(String::as_str));
        names.any(|name| host.eq_ignore_ascii_case(name))
            || host.parse::<IpAddr>().is_ok_and(|address| {
                // An address is no name that could be made to lead elsewhere; it is ours where we listen to it.
                address.to_canonical().is_loopback() || !self.is_loopback()
            })
    }

    fn is_loopback(&self) -> bool {
        let host = self.listen_host();
        host.eq_ignore_ascii_case("localhost")
            || self.listen.starts_with("unix:")
            || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
    }

    /// The host of [`Self::listen`], without brackets.
    fn listen_host(&self) -> &str {
        let host = self.listen.rsplit_once(':').map_or(self.listen.as_str(), |(host, _)| host);
        host.trim_start_matches('[').trim_end_matches(']')
    }
}

#[cfg(test)]
mod tests;
