//! A stream that knows whether its peer has said enough to be taken seriously, and ends when it floods us.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use storage::env::Env;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::frames::FrameMeter;
use crate::Config;

/// A socket or what TLS makes of it.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Bytes received in the opening of a connection; counting stops at [`Config::OPENING_BYTES`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Opening(Arc<AtomicUsize>);

impl Opening {
    /// Whether the opening has arrived.
    pub(crate) fn is_complete(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= Config::OPENING_BYTES
    }
}

/// The peer sent too many frames that carry nothing.
#[derive(Debug, thiserror::Error)]
#[error("more than door.control_frames_max = {0} frames that carry nothing came in 10 s")]
pub(crate) struct Flood(u32);

/// A stream that counts its [`Opening`] and its frames.
pub(crate) struct WatchedStream {
    stream: Box<dyn Stream>,
    opening: Opening,
    meter: FrameMeter,
    control_frames_max: u32,
    env: Env,
}

impl WatchedStream {
    pub(crate) fn new(stream: Box<dyn Stream>, control_frames_max: u32, env: Env) -> (Self, Opening) {
        let opening = Opening::default();
        let meter = FrameMeter::new(control_frames_max);
        (Self { stream, opening: opening.clone(), meter, control_frames_max, env }, opening)
    }
}

impl AsyncRead for WatchedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        let Self { opening, meter, env, control_frames_max, .. } = &mut *self;
        let bytes = &buffer.filled()[before..];
        if !opening.is_complete() {
            opening.0.fetch_add(bytes.len(), Ordering::Relaxed);
        }
        if !meter.see(bytes, || env.monotonic()) {
            return Poll::Ready(Err(io::Error::other(Flood(*control_frames_max))));
        }
        polled
    }
}

impl AsyncWrite for WatchedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
