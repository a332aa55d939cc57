//! The settings of this room: `[web]` in the configuration file.

use proto::ErrorKind;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Where the API and the UI are served, and how much one request may ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `host:port`, loopback only: the API does not ask who is there. Port 0 takes any free one.
    pub listen: String,
    /// A latency request names at most so many quantiles.
    pub quantiles_max: usize,
    /// A latency request groups by at most so many attributes.
    pub by_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { listen: "127.0.0.1:4319".to_owned(), quantiles_max: 10, by_max: 8 }
    }
}

impl Config {
    /// Checks what the types cannot.
    ///
    /// # Errors
    /// When a limit is zero; the message names the key.
    pub fn validate(&self) -> Result<()> {
        let limits = [("web.quantiles_max", self.quantiles_max), ("web.by_max", self.by_max)];
        match limits.iter().find(|(_, limit)| *limit == 0) {
            Some((key, _)) => Err(Error::new(ErrorKind::Invalid, format!("{key} is 0: give at least 1"))),
            None => Ok(()),
        }
    }

    /// The host of [`Self::listen`], without brackets.
    pub(crate) fn listen_host(&self) -> &str {
        let host = self.listen.rsplit_once(':').map_or(self.listen.as_str(), |(host, _)| host);
        host.trim_start_matches('[').trim_end_matches(']')
    }
}

#[cfg(test)]
mod tests;
