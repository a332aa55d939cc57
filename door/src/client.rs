//! The other direction: one HTTP/2 connection in clear text, opened again after a failure.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::uri::{Authority, Scheme};
use http::{Request, Response, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioIo, TokioTimer};
use proto::ErrorKind;
use storage::env::Env;
use tokio::net::TcpStream;
use tokio::sync::Mutex;

use crate::serve::EnvExecutor;
use crate::{Error, Result};

/// Time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A ping is sent this often while a request runs.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
/// A connection whose ping is unanswered for this long is given up.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// A client of one server. Requests share one connection; a lost one is replaced at the next request.
pub struct Client {
    authority: Authority,
    connection: Mutex<Option<SendRequest<Full<Bytes>>>>,
    env: Env,
}

impl Client {
    /// A client of the server at `url` (`http://host:port` or `host:port`). Nothing is sent yet.
    ///
    /// # Errors
    /// `Invalid` when `url` is none, has a path, or asks for TLS.
    pub fn new(url: &str, env: Env) -> Result<Self> {
        let refuse = |reason: &str| {
            Error::new(ErrorKind::Invalid, format!("{url:?} {reason}; write http://host:port"))
        };
        let uri = url.parse::<Uri>().map_err(|source| refuse("is not a URL").caused_by(source))?;
        if uri.scheme().is_some_and(|scheme| *scheme != Scheme::HTTP) {
            return Err(refuse("asks for another scheme than http"));
        }
        if uri.path_and_query().is_some_and(|path| path != "/") {
            return Err(refuse("has a path"));
        }
        match uri.authority() {
            Some(authority) if authority.port().is_some() => {
                Ok(Self { authority: authority.clone(), connection: Mutex::new(None), env })
            }
            _ => Err(refuse("has no port")),
        }
    }

    /// Where requests go.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Opens the connection now, so that a wrong address shows before the first request.
    ///
    /// # Errors
    /// `Unavailable` when no server answers.
    pub async fn connect(&self) -> Result<()> {
        self.sender().await.map(|_| ())
    }

    /// Sends `request`, whose URI needs only a path, and returns the head of the answer.
    ///
    /// # Errors
    /// `Invalid` for a request that cannot be written; `Unavailable` when the connection fails: whether the
    /// server has acted on the request is unknown then.
    pub async fn send(&self, mut request: Request<Full<Bytes>>) -> Result<Response<Incoming>> {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let uri = Uri::builder().scheme(Scheme::HTTP).authority(self.authority.clone()).path_and_query(path);
        *request.uri_mut() = uri.build().map_err(|source| {
            Error::new(ErrorKind::Invalid, "the request's path is not valid").caused_by(source)
        })?;
        let mut sender = self.sender().await?;
        sender.send_request(request).await.map_err(|source| self.unavailable("failed to answer", source))
    }

    async fn sender(&self) -> Result<SendRequest<Full<Bytes>>> {
        let mut connection = self.connection.lock().await;
        if let Some(sender) = connection.as_ref().filter(|sender| !sender.is_closed()) {
            return Ok(sender.clone());
        }
        let sender = tokio::time::timeout(CONNECT_TIMEOUT, self.open())
            .await
            .map_err(|source| self.unavailable("did not answer in time", source))??;
        *connection = Some(sender.clone());
        Ok(sender)
    }

    async fn open(&self) -> Result<SendRequest<Full<Bytes>>> {
        let stream = TcpStream::connect(self.authority.as_str())
            .await
            .map_err(|source| self.unavailable("cannot be reached", source))?;
        stream.set_nodelay(true).map_err(|source| self.unavailable("cannot be reached", source))?;
        let (sender, connection) = Builder::new(EnvExecutor(self.env.clone()))
            .timer(TokioTimer::new())
            .keep_alive_interval(KEEPALIVE_INTERVAL)
            .keep_alive_timeout(KEEPALIVE_TIMEOUT)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|source| self.unavailable("does not speak HTTP/2", source))?;
        self.env.spawn(async move {
            if let Err(error) = connection.await {
                // Whoever waits for an answer learns of it too.
                tracing::debug!(%error, "connection to the server ended");
            }
        });
        Ok(sender)
    }

    fn unavailable(&self, what: &str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        let source = source.into();
        Error::new(ErrorKind::Unavailable, format!("{} {what}: {source}", self.authority)).caused_by(source)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("authority", &self.authority).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
