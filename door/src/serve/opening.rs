//! A stream that knows whether its peer has said enough to be taken seriously.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::Limits;

/// Bytes received in the opening of a connection; counting stops at [`Limits::OPENING_BYTES`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Opening(Arc<AtomicUsize>);

impl Opening {
    /// Whether the opening has arrived.
    pub(crate) fn is_complete(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= Limits::OPENING_BYTES
    }
}

/// A socket that counts its [`Opening`].
#[derive(Debug)]
pub(crate) struct OpeningStream {
    stream: TcpStream,
    opening: Opening,
}

impl OpeningStream {
    pub(crate) fn new(stream: TcpStream) -> (Self, Opening) {
        let opening = Opening::default();
        (Self { stream, opening: opening.clone() }, opening)
    }
}

impl AsyncRead for OpeningStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if !self.opening.is_complete() {
            self.opening.0.fetch_add(buffer.filled().len() - before, Ordering::Relaxed);
        }
        polled
    }
}

impl AsyncWrite for OpeningStream {
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
