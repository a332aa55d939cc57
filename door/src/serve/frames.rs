//! Counts the HTTP/2 frames of a peer that carry nothing, so that a flood of them ends the connection.
//!
//! h2 bounds what such floods cost in memory, and some of them in number (resets, empty DATA); PING and SETTINGS floods
//! would only cost time without end.

use std::time::Duration;

use crate::Config;

const HEADER_BYTES: usize = 9;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const WINDOW_UPDATE: u8 = 8;

/// Follows the bytes that come from a peer.
#[derive(Debug)]
pub(super) struct FrameMeter {
    frames_max: u32,
    frames: u32,
    period_began: Duration,
    /// Bytes of the opening that were not seen yet, then of the frame that runs.
    skip: usize,
    header: [u8; HEADER_BYTES],
    header_bytes: usize,
    /// Whether the peer speaks HTTP/2: not known before the whole preface was seen.
    is_http2: Option<bool>,
}

/// What HTTP/2 begins with.
const PREFACE: &[u8; Config::OPENING_BYTES] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

impl FrameMeter {
    pub(super) const fn new(frames_max: u32) -> Self {
        Self {
            frames_max,
            frames: 0,
            period_began: Duration::ZERO,
            skip: PREFACE.len(),
            header: [0; HEADER_BYTES],
            header_bytes: 0,
            is_http2: None,
        }
    }

    /// Takes in `bytes`, which came at `now`; false when there were too many frames that carry nothing.
    pub(super) fn see(&mut self, mut bytes: &[u8], now: impl FnOnce() -> Duration) -> bool {
        let before = self.frames;
        if self.is_http2.is_none() {
            bytes = self.see_opening(bytes);
        }
        if self.is_http2 != Some(true) {
            return true;
        }
        while !bytes.is_empty() {
            let skipped = self.skip.min(bytes.len());
            self.skip -= skipped;
            bytes = &bytes[skipped..];
            let wanted = (HEADER_BYTES - self.header_bytes).min(bytes.len());
            self.header[self.header_bytes..self.header_bytes + wanted].copy_from_slice(&bytes[..wanted]);
            self.header_bytes += wanted;
            bytes = &bytes[wanted..];
            if self.header_bytes == HEADER_BYTES {
                self.header_bytes = 0;
                self.frame();
            }
        }
        self.frames == before || self.is_within(now())
    }

    /// Compares the opening with HTTP/2's; returns what follows it.
    fn see_opening<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let seen = PREFACE.len() - self.skip;
        let (opening, rest) = bytes.split_at(self.skip.min(bytes.len()));
        if *opening != PREFACE[seen..seen + opening.len()] {
            self.is_http2 = Some(false);
            return rest;
        }
        self.skip -= opening.len();
        if self.skip == 0 {
            self.is_http2 = Some(true);
        }
        rest
    }

    fn frame(&mut self) {
        let [high, middle, low, kind, flags, ..] = self.header;
        self.skip = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
        let ends_stream = flags & 1 != 0;
        let carries = match kind {
            DATA => self.skip > 0 || ends_stream,
            HEADERS | WINDOW_UPDATE => true,
            _ => false,
        };
        self.frames += u32::from(!carries);
    }

    fn is_within(&mut self, now: Duration) -> bool {
        if now >= self.period_began + Config::CONTROL_FRAMES_PERIOD {
            self.period_began = now;
            self.frames = 1;
        }
        self.frames <= self.frames_max
    }
}

#[cfg(test)]
mod tests;
