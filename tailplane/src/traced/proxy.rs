//! The proxy between the command and `kubectl proxy`: gives each request the traceparent, and notes what came of it.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use bytesize::ByteSize;
use door::{Door, Exposure, Incoming, Listener, Server, Upstream};
use http::header::{
    CONNECTION, CONTENT_LENGTH, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Uri, Version};
use http_body_util::{Either, Full, Limited};
use parking_lot::Mutex;
use storage::env::Env;
use tower::service_fn;

use super::context::TraceContext;
use super::refusal;

/// The most that a request's body may have; the API server takes 3 MiB.
const REQUEST_BYTES_MAX: usize = 4 << 20;
/// The most audit ids that are kept to find requests by.
const AUDIT_IDS_MAX: usize = 32;
/// Connections of the one command.
const CONNECTIONS_MAX: usize = 256;
/// A watch may go on for as long as the command likes.
const CONNECTION_AGE_MAX: Duration = Duration::from_secs(30 * 24 * 3600);
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const AUDIT_ID: HeaderName = HeaderName::from_static("audit-id");
/// What `kubectl proxy` lets in.
const LOCALHOST: HeaderValue = HeaderValue::from_static("localhost");
/// What belongs to a connection and not to a message (RFC 9110, section 7.6.1), and what would name another trace.
const NOT_PASSED_ON: [HeaderName; 11] = [
    CONNECTION,
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("baggage"),
];

/// What passed through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Passed {
    /// Requests that were answered by the API server.
    pub requests: u64,
    /// What it calls the first of them in its audit log.
    pub audit_ids: Vec<String>,
}

/// A running proxy.
#[derive(Debug)]
pub(super) struct Proxy {
    server: Server,
    url: String,
    passed: Arc<Mutex<Passed>>,
}

#[derive(Debug)]
struct Carrier {
    upstream: Upstream,
    /// `/` and what nobody guesses: others on this machine find the port, and would be let in as the caller.
    prefix: String,
    traceparent: HeaderValue,
    passed: Arc<Mutex<Passed>>,
}

type Answer = Response<Either<Incoming, Full<Bytes>>>;

impl Proxy {
    /// Takes a free port of this machine.
    ///
    /// # Errors
    /// When there is none.
    pub(super) async fn start(context: TraceContext, upstream: Upstream, env: &Env) -> anyhow::Result<Self> {
        let listener = Listener::bind(
            "127.0.0.1:0",
            "the proxy of tailplane trace",
            Exposure::Loopback { unless: "leave it there" },
        );
        let listener = listener.await?;
        let config = door::Config {
            connections_max: CONNECTIONS_MAX,
            connection_age_max: CONNECTION_AGE_MAX,
            http1_buffer_bytes_max: ByteSize::kib(64),
            ..door::Config::default()
        };
        let door = Door::new(config, None, env.clone())?;
        let prefix = format!("/{}", env.random_uuid().simple());
        let traceparent = context.header().context("the traceparent cannot be written")?;
        let passed = Arc::<Mutex<Passed>>::default();
        let carrier = Carrier { upstream, prefix: prefix.clone(), traceparent, passed: Arc::clone(&passed) };
        let carrier = Arc::new(carrier);
        let service = service_fn(move |request| {
            let carrier = Arc::clone(&carrier);
            async move { Ok::<_, Infallible>(carrier.carry(request).await) }
        });
        let server = door::serve(listener, service, &door);
        let url = format!("{}{prefix}", server.url());
        Ok(Self { server, url, passed })
    }

    /// What the command is to ask. Whoever knows it is let in.
    #[must_use]
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Cuts off what still runs, and says what passed.
    pub(super) async fn stop(self) -> Passed {
        self.server.stop(Duration::ZERO).await;
        self.passed.lock().clone()
    }
}

impl Carrier {
    async fn carry(&self, request: Request<Incoming>) -> Answer {
        let refuse = |status, message: &str| refusal::answer(status, message).map(Either::Right);
        let Some(path) = inner_path(request.uri(), &self.prefix) else {
            return refuse(
                StatusCode::NOT_FOUND,
                "this is the proxy of a `tailplane trace` of somebody else",
            );
        };
        if refusal::changes_protocol(request.headers()) {
            return refuse(StatusCode::NOT_IMPLEMENTED, refusal::CHANGES_PROTOCOL);
        }
        if announced_length(request.headers()).is_some_and(|length| length > REQUEST_BYTES_MAX as u64) {
            let message =
                format!("a request has over {REQUEST_BYTES_MAX} bytes, more than the API server takes");
            return refuse(StatusCode::PAYLOAD_TOO_LARGE, &message);
        }
        match self.upstream.send(self.onward(request, path)).await {
            Ok(answer) => self.back(answer),
            Err(error) => refuse(StatusCode::BAD_GATEWAY, &format!("kubectl proxy failed: {error}")),
        }
    }

    fn onward(&self, request: Request<Incoming>, path: PathAndQuery) -> Request<Limited<Incoming>> {
        let (mut head, body) = request.into_parts();
        head.uri = path.into();
        head.version = Version::HTTP_11;
        strip(&mut head.headers);
        head.headers.insert(HOST, LOCALHOST);
        head.headers.insert(TRACEPARENT, self.traceparent.clone());
        Request::from_parts(head, Limited::new(body, REQUEST_BYTES_MAX))
    }

    fn back(&self, mut answer: Response<Incoming>) -> Answer {
        let mut passed = self.passed.lock();
        passed.requests += 1;
        let audit_id = answer.headers().get(AUDIT_ID).and_then(|value| value.to_str().ok());
        let is_room = passed.audit_ids.len() < AUDIT_IDS_MAX;
        passed.audit_ids.extend(audit_id.filter(|_| is_room).map(str::to_owned));
        strip(answer.headers_mut());
        answer.map(Either::Left)
    }
}

/// Path and query behind `prefix`; `None` for another path.
fn inner_path(uri: &Uri, prefix: &str) -> Option<PathAndQuery> {
    let rest = uri.path_and_query()?.as_str().strip_prefix(prefix)?;
    let path = if rest.starts_with('/') { rest.to_owned() } else { format!("/{rest}") };
    // What goes on behind the prefix without a slash is another path.
    (rest.is_empty() || rest.starts_with(['/', '?'])).then(|| path.parse().ok()).flatten()
}

fn announced_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Takes out what is not passed on, and what `Connection` names.
fn strip(headers: &mut HeaderMap) {
    let connection = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let named: Vec<String> =
        connection.flat_map(|value| value.split(',')).map(|name| name.trim().to_owned()).collect();
    for name in named.iter().filter(|name| !name.is_empty()) {
        headers.remove(name.as_str());
    }
    for name in &NOT_PASSED_ON {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests;
