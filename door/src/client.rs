//! The other direction: one HTTP/2 connection, opened again after a failure.

mod tls;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioIo, TokioTimer};
use proto::ErrorKind;
use storage::env::Env;
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::Mutex;

pub use self::tls::ClientTls;
use self::tls::Connector;
use crate::listener::UNIX_PREFIX;
use crate::serve::{EnvExecutor, Stream};
use crate::{Error, Result, Secret, Validity};

/// Time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A ping is sent this often while a request runs.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
/// A connection whose ping is unanswered for this long is given up.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// What is connected to.
enum Target {
    Tcp,
    Tls(Connector),
    Unix(PathBuf),
}

/// A client of one server. Requests share one connection; a lost one is replaced at the next request.
pub struct Client {
    authority: Authority,
    target: Target,
    /// Go with every request.
    headers: HeaderMap,
    connection: Mutex<Option<SendRequest<Full<Bytes>>>>,
    /// Of the certificate that the server has shown last.
    validity: parking_lot::Mutex<Option<Validity>>,
    env: Env,
}

impl Client {
    /// A client of the server at `url` (`http://host:port`, `host:port` or `unix:/path`). Nothing is sent yet.
    ///
    /// # Errors
    /// `Invalid` when `url` is none, has a path, or asks for TLS.
    pub fn new(url: &str, env: Env) -> Result<Self> {
        Self::with_tls(url, None, env)
    }

    /// The same, with `tls` for an `https://host:port`.
    ///
    /// # Errors
    /// `Invalid` when `url` is none, has a path, or asks for TLS and `tls` is not given.
    pub fn with_tls(url: &str, tls: Option<ClientTls>, env: Env) -> Result<Self> {
        let headers = HeaderMap::new();
        let (connection, validity) = (Mutex::new(None), parking_lot::Mutex::new(None));
        if let Some(path) = url.strip_prefix(UNIX_PREFIX) {
            let authority = Authority::from_static("localhost");
            return Ok(Self {
                authority,
                target: Target::Unix(path.into()),
                headers,
                connection,
                validity,
                env,
            });
        }
        let refuse = |reason: &str| {
            Error::new(ErrorKind::Invalid, format!("{url:?} {reason}; write http://host:port"))
        };
        let uri = url.parse::<Uri>().map_err(|source| refuse("is not a URL").caused_by(source))?;
        if uri.path_and_query().is_some_and(|path| path != "/") {
            return Err(refuse("has a path"));
        }
        let authority = match uri.authority() {
            Some(authority) if authority.port().is_some() => authority.clone(),
            _ => return Err(refuse("has no port")),
        };
        let target = match (uri.scheme(), tls) {
            (Some(scheme), Some(tls)) if *scheme == Scheme::HTTPS => Target::Tls(tls.connector(&authority)?),
            (Some(scheme), None) if *scheme == Scheme::HTTPS => {
                return Err(refuse("asks for TLS and no CA is given (--ca-file) to know the server by"));
            }
            (Some(scheme), _) if *scheme != Scheme::HTTP => {
                return Err(refuse("asks for another scheme than http or https"));
            }
            _ => Target::Tcp,
        };
        Ok(Self { authority, target, headers, connection, validity, env })
    }

    /// The same, which shows `token`.
    ///
    /// # Errors
    /// `Invalid` for a token that cannot be written into a header.
    pub fn with_token(self, token: &Secret) -> Result<Self> {
        self.with_header(AUTHORIZATION, &format!("Bearer {}", token.expose()))
    }

    /// The same, whose every request has the header `name`; its value is never logged.
    ///
    /// # Errors
    /// `Invalid` for a value that cannot be written into a header.
    pub fn with_header(mut self, name: HeaderName, value: &str) -> Result<Self> {
        let mut value = HeaderValue::try_from(value).map_err(|_| {
            Error::new(
                ErrorKind::Invalid,
                format!("the value for {name} has characters that no header may have"),
            )
        })?;
        value.set_sensitive(true);
        self.headers.insert(name, value);
        Ok(self)
    }

    /// Where requests go.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// How long the certificate is valid that the server has shown when it was connected to; `None` without TLS.
    #[must_use]
    pub fn certificate(&self) -> Option<Validity> {
        *self.validity.lock()
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
        let scheme = if matches!(self.target, Target::Tls(_)) { Scheme::HTTPS } else { Scheme::HTTP };
        let uri = Uri::builder().scheme(scheme).authority(self.authority.clone()).path_and_query(path);
        *request.uri_mut() = uri.build().map_err(|source| {
            Error::new(ErrorKind::Invalid, "the request's path is not valid").caused_by(source)
        })?;
        for (name, value) in &self.headers {
            request.headers_mut().insert(name, value.clone());
        }
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
        let stream = self.stream().await?;
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

    async fn stream(&self) -> Result<Box<dyn Stream>> {
        if let Target::Unix(path) = &self.target {
            let stream = UnixStream::connect(path).await;
            return Ok(Box::new(stream.map_err(|source| self.unavailable("cannot be reached", source))?));
        }
        let stream = TcpStream::connect(self.authority.as_str())
            .await
            .map_err(|source| self.unavailable("cannot be reached", source))?;
        stream.set_nodelay(true).map_err(|source| self.unavailable("cannot be reached", source))?;
        match &self.target {
            Target::Tls(connector) => {
                let stream = connector.connect(stream).await;
                let stream =
                    stream.map_err(|source| self.unavailable("refuses the TLS handshake", source))?;
                let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
                *self.validity.lock() = shown.and_then(Validity::of);
                Ok(Box::new(stream))
            }
            Target::Tcp | Target::Unix(_) => Ok(Box::new(stream)),
        }
    }

    fn unavailable(&self, what: &str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        let source = source.into();
        let message = match &self.target {
            Target::Unix(path) => format!("{UNIX_PREFIX}{} {what}: {source}", path.display()),
            Target::Tcp | Target::Tls(_) => format!("{} {what}: {source}", self.authority),
        };
        Error::new(ErrorKind::Unavailable, message).caused_by(source)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("authority", &self.authority).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
