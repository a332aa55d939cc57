//! The `[door]` section of the configuration: what one listener grants its peers.

use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use proto::ErrorKind;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The most that fits the signed 31 bits of a window, and the 32 bits of a header list.
const WINDOW_BYTES_CEILING: ByteSize = ByteSize::b((1 << 31) - 1);
/// Connections are counted in 32 bits.
const CONNECTIONS_CEILING: usize = u32::MAX as usize >> 3;

/// What every listener grants its peers: `[door]` in the configuration file. The defaults suit a control plane of
/// thousands of nodes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Open connections of each listener; one more is closed at once, so that its client retries instead of hanging.
    /// Every kubelet and container runtime of a cluster keeps one open.
    pub connections_max: usize,
    /// Time for each step of an opening: to the first byte, for the TLS handshake, and to the first 24 bytes of HTTP
    /// (against slowloris).
    #[serde(with = "humantime_serde")]
    pub handshake_timeout: Duration,
    /// HTTP/1: time for the whole head of a request (against slowloris), and the longest an idle connection is kept.
    #[serde(with = "humantime_serde")]
    pub header_read_timeout: Duration,
    /// HTTP/1: bytes read ahead; a longer head is answered with status 431.
    pub http1_buffer_bytes_max: ByteSize,
    /// HTTP/2: bytes of one request's headers, inflated (against header bombs and CONTINUATION floods).
    pub header_list_bytes_max: ByteSize,
    /// HTTP/2: a ping is sent after this long without a frame.
    #[serde(with = "humantime_serde")]
    pub keepalive_interval: Duration,
    /// HTTP/2: a connection whose ping is unanswered for this long is closed.
    #[serde(with = "humantime_serde")]
    pub keepalive_timeout: Duration,
    /// HTTP/2: requests at a time on one connection.
    pub concurrent_streams_max: u32,
    /// HTTP/2: bytes a peer may send on one stream before they are read.
    pub stream_window_bytes: ByteSize,
    /// HTTP/2: bytes a peer may send on one connection before they are read.
    pub connection_window_bytes: ByteSize,
    /// HTTP/2: bytes of an answer that are kept for a peer that does not take them (against windows held at 0).
    pub send_buffer_bytes_max: ByteSize,
    /// HTTP/2: streams reset by the peer before they were accepted (rapid reset), then the connection ends.
    pub pending_accept_resets_max: usize,
    /// HTTP/2: streams we had to reset because the peer broke the protocol, then the connection ends.
    pub local_error_resets_max: usize,
    /// HTTP/2: frames that carry nothing (PING, SETTINGS, RST_STREAM, PRIORITY, CONTINUATION, empty DATA) that a peer
    /// may send in 10 s, then the connection ends (against floods).
    pub control_frames_max: u32,
    /// A connection of this age, give or take a tenth, is asked to end (GOAWAY), so that clients spread again over the
    /// servers behind a name.
    #[serde(with = "humantime_serde")]
    pub connection_age_max: Duration,
    /// How long what runs on a connection that was asked to end may take, then it is cut.
    #[serde(with = "humantime_serde")]
    pub connection_age_grace: Duration,
    /// Who may send spans and ask questions: one `sha256:<hex of the token's hash>,name,scopes,tenants` a line, as
    /// `tailplane token new` prints it. Without it nobody is asked, and only this machine is let in. Read again when it
    /// changes.
    pub tokens_file: Option<PathBuf>,
    /// How often the tokens file and the files of certificates are looked at for changes.
    #[serde(with = "humantime_serde")]
    pub reload_interval: Duration,
}

impl Config {
    /// Bytes that tell HTTP/2 from HTTP/1, the length of HTTP/2's preface.
    pub(crate) const OPENING_BYTES: usize = 24;
    /// What [`Self::control_frames_max`] is counted over.
    pub(crate) const CONTROL_FRAMES_PERIOD: Duration = Duration::from_secs(10);

    /// Checks what the types cannot.
    ///
    /// # Errors
    /// `Invalid`, naming the key, its value and what is allowed.
    pub fn validate(&self) -> Result<()> {
        let (kib, mib) = (ByteSize::kib, ByteSize::mib);
        within("connections_max", self.connections_max, 1, CONNECTIONS_CEILING)?;
        within("http1_buffer_bytes_max", self.http1_buffer_bytes_max, kib(8), mib(16))?;
        within("header_list_bytes_max", self.header_list_bytes_max, kib(4), mib(16))?;
        within("concurrent_streams_max", self.concurrent_streams_max, 1, 1 << 20)?;
        within("stream_window_bytes", self.stream_window_bytes, kib(64), WINDOW_BYTES_CEILING)?;
        within("connection_window_bytes", self.connection_window_bytes, kib(64), WINDOW_BYTES_CEILING)?;
        within("send_buffer_bytes_max", self.send_buffer_bytes_max, kib(16), mib(1024))?;
        within("pending_accept_resets_max", self.pending_accept_resets_max, 1, 1 << 20)?;
        within("local_error_resets_max", self.local_error_resets_max, 1, 1 << 20)?;
        within("control_frames_max", self.control_frames_max, 10, u32::MAX)?;
        for (key, value) in self.times() {
            if value.is_zero() {
                let message = format!("door.{key} is 0: give a time such as \"10s\"");
                return Err(Error::new(ErrorKind::Invalid, message));
            }
        }
        Ok(())
    }

    fn times(&self) -> [(&'static str, Duration); 7] {
        [
            ("handshake_timeout", self.handshake_timeout),
            ("header_read_timeout", self.header_read_timeout),
            ("keepalive_interval", self.keepalive_interval),
            ("keepalive_timeout", self.keepalive_timeout),
            ("connection_age_max", self.connection_age_max),
            ("connection_age_grace", self.connection_age_grace),
            ("reload_interval", self.reload_interval),
        ]
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            connections_max: 16_384,
            handshake_timeout: Duration::from_secs(5),
            header_read_timeout: Duration::from_secs(10),
            http1_buffer_bytes_max: ByteSize::kib(64),
            header_list_bytes_max: ByteSize::kib(16),
            keepalive_interval: Duration::from_secs(30),
            keepalive_timeout: Duration::from_secs(20),
            concurrent_streams_max: 100,
            stream_window_bytes: ByteSize::mib(1),
            connection_window_bytes: ByteSize::mib(4),
            send_buffer_bytes_max: ByteSize::kib(400),
            pending_accept_resets_max: 20,
            local_error_resets_max: 1024,
            control_frames_max: 1_000,
            connection_age_max: Duration::from_secs(30 * 60),
            connection_age_grace: Duration::from_secs(30),
            tokens_file: None,
            reload_interval: Duration::from_secs(10),
        }
    }
}

fn within<T: PartialOrd + std::fmt::Display>(key: &str, value: T, least: T, most: T) -> Result<()> {
    if (&least..=&most).contains(&&value) {
        return Ok(());
    }
    let message = format!("door.{key} = {value} must be {least} to {most}");
    Err(Error::new(ErrorKind::Invalid, message))
}

#[cfg(test)]
mod tests;
