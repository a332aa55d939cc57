//! What one listener grants its peers: the named limits of a connection.

use std::time::Duration;

/// The limits of one listener. [`Limits::default`] suits a control plane of thousands of nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Open connections; one more is closed at once, so that its client retries instead of hanging.
    /// Every kubelet and container runtime of a cluster keeps one open.
    pub connections_max: usize,
    /// Time from the connection to its first [`Limits::OPENING_BYTES`] bytes.
    pub handshake_timeout: Duration,
    /// HTTP/1: time for the whole head of a request, and the longest an idle connection is kept.
    pub header_read_timeout: Duration,
    /// HTTP/1: bytes read ahead; a longer head is answered with status 431. At least 8 KiB.
    pub http1_buffer_bytes_max: usize,
    /// HTTP/2: bytes of one request's headers.
    pub header_list_bytes_max: u32,
    /// HTTP/2: a ping is sent after this long without a frame.
    pub keepalive_interval: Duration,
    /// HTTP/2: a connection whose ping is unanswered for this long is closed.
    pub keepalive_timeout: Duration,
    /// HTTP/2: requests at a time on one connection.
    pub concurrent_streams_max: u32,
    /// HTTP/2: bytes a peer may send on one stream before they are read.
    pub stream_window_bytes: u32,
    /// HTTP/2: bytes a peer may send on one connection before they are read.
    pub connection_window_bytes: u32,
    /// HTTP/2: streams reset by the peer before they were accepted (rapid reset), then the connection ends.
    pub pending_accept_resets_max: usize,
    /// HTTP/2: streams we had to reset because the peer broke the protocol, then the connection ends.
    pub local_error_resets_max: usize,
}

impl Limits {
    /// Bytes that tell HTTP/2 from HTTP/1, the length of HTTP/2's preface.
    pub const OPENING_BYTES: usize = 24;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 16_384,
            handshake_timeout: Duration::from_secs(5),
            header_read_timeout: Duration::from_secs(10),
            http1_buffer_bytes_max: 64 * 1024,
            header_list_bytes_max: 16 * 1024,
            keepalive_interval: Duration::from_secs(30),
            keepalive_timeout: Duration::from_secs(20),
            concurrent_streams_max: 100,
            stream_window_bytes: 1024 * 1024,
            connection_window_bytes: 4 * 1024 * 1024,
            pending_accept_resets_max: 20,
            local_error_resets_max: 1024,
        }
    }
}
