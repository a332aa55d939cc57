//! A server behind a proxy of ours: HTTP/1.1 over its Unix socket, a connection for each request, bodies passed on as they
//! come.

use std::path::PathBuf;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::Builder;
use hyper_util::rt::TokioIo;
use proto::ErrorKind;
use storage::env::Env;
use tokio::net::UnixStream;

use crate::listener::UNIX_PREFIX;
use crate::{Error, Result};

/// The longest head of an answer, in bytes; what is read ahead of a body is no more than that.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// A server at a Unix socket. Nothing is buffered between it and whoever asks, so that an answer may go on for hours.
#[derive(Debug, Clone)]
pub struct Upstream {
    socket: PathBuf,
    env: Env,
}

impl Upstream {
    /// The server that listens at `socket`. Nothing is sent yet.
    #[must_use]
    pub const fn new(socket: PathBuf, env: Env) -> Self {
        Self { socket, env }
    }

    /// Sends `request`, whose URI is a path and which has a `Host`, and returns the head of the answer. Dropping its body ends
    /// the connection.
    ///
    /// # Errors
    /// `Unavailable` when nobody listens or the connection fails: whether the server has acted on the request is unknown
    /// then.
    pub async fn send<B>(&self, request: Request<B>) -> Result<Response<Incoming>>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let stream = UnixStream::connect(&self.socket)
            .await
            .map_err(|source| self.unavailable("cannot be reached", source))?;
        let (mut sender, connection) = Builder::new()
            .max_buf_size(HEAD_BYTES_MAX)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|source| self.unavailable("does not speak HTTP", source))?;
        self.env.spawn(async move {
            if let Err(error) = connection.await {
                // Whoever waits for the answer or reads its body learns of it too.
                tracing::debug!(%error, "connection to the server behind the proxy ended");
            }
        });
        sender.send_request(request).await.map_err(|source| self.unavailable("failed to answer", source))
    }

    fn unavailable(&self, what: &str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        let source = source.into();
        let message = format!("{UNIX_PREFIX}{} {what}: {source}", self.socket.display());
        Error::new(ErrorKind::Unavailable, message).caused_by(source)
    }
}

#[cfg(test)]
mod tests;
