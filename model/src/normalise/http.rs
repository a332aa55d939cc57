//! The HTTP attribute generations H0 to H2 as one exchange.

use std::borrow::Cow;

use super::{CLIENT, Fields, SERVER};
use crate::Component;

/// Which names an HTTP span's attributes have (which otelhttp or otelrestful wrote them).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HttpGeneration {
    /// Kubernetes 1.22 to 1.28: `http.method`, `http.host`, `net.peer.ip`.
    H0,
    /// Kubernetes 1.29 to 1.34: `http.method`, `net.sock.peer.addr`.
    H1,
    /// Since Kubernetes 1.35: `http.request.method`, `url.path`.
    H2,
    /// H1 and H2 side by side: `OTEL_SEMCONV_STABILITY_OPT_IN=http/dup`. H2's values count.
    Duplicated,
}

impl HttpGeneration {
    /// `H0`, `H1`, `H2` or `duplicated`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::H0 => "H0",
            Self::H1 => "H1",
            Self::H2 => "H2",
            Self::Duplicated => "duplicated",
        }
    }
}

/// One HTTP exchange, seen by its server or its client.
#[derive(Debug, Clone, PartialEq)]
pub struct Http<'a> {
    /// The names the attributes had.
    pub generation: HttpGeneration,
    /// The request's method, as written.
    pub method: &'a str,
    /// Path and query as on the wire, where one attribute holds both.
    pub target: Option<&'a str>,
    /// The path without the query, percent-decoded.
    pub path: Option<Cow<'a, str>>,
    /// The query without `?`, as on the wire.
    pub query: Option<&'a str>,
    /// `http.route`.
    pub route: Option<&'a str>,
    /// The response's status code.
    pub status_code: Option<u16>,
    /// The request body's size in bytes.
    pub request_bytes: Option<u64>,
    /// The response body's size in bytes.
    pub response_bytes: Option<u64>,
    /// The client's `User-Agent`.
    pub user_agent: Option<&'a str>,
    /// The client as the request says (`X-Forwarded-For`) or, where it says nothing, the peer. On server spans.
    pub client_address: Option<&'a str>,
    /// The other end of the connection.
    pub peer_address: Option<&'a str>,
    /// Its port.
    pub peer_port: Option<u16>,
    /// The server, as the client called it. Not on the kubelet's server spans: they say `kubelet`, and the port of
    /// the `Host` header.
    pub server_address: Option<&'a str>,
    /// Its port.
    pub server_port: Option<u16>,
    /// `error.type`: the status code, or the Go type of a transport error.
    pub error_type: Option<&'a str>,
}

/// The exchange that `fields` tell of, for a span of `kind` from `component`.
pub(super) fn http<'a>(component: Component, kind: i32, fields: &Fields<'a>) -> Option<Http<'a>> {
    let (http, net) = (&fields.http, &fields.net);
    let generation = match (http.method_old, http.method_new) {
        (Some(_), Some(_)) => HttpGeneration::Duplicated,
        (None, Some(_)) => HttpGeneration::H2,
        (Some(_), None) if http.is_oldest => HttpGeneration::H0,
        (Some(_), None) => HttpGeneration::H1,
        (None, None) => return None,
    };
    let target = http.target.or_else(|| http.url.and_then(url_target));
    let (written_path, query) = match target {
        Some(target) => split_target(target),
        None => (http.path.unwrap_or_default(), http.query),
    };
    // `url.path` is already decoded; it is the same path.
    let path = match http.path {
        Some(path) => Cow::Borrowed(path),
        None => percent_decoded(written_path),
    };
    let names_itself_only = component == Component::Kubelet && kind == SERVER;
    // Of a client span, the H0 and H1 peer is the server; of a server span, its host is.
    let (old_address, old_port) = match kind {
        CLIENT => (net.peer_name, net.peer_name_port),
        _ => (net.host_address, net.host_port),
    };
    let server_address = net.server_address.or(old_address).filter(|_| !names_itself_only);
    let server_port = net.server_port.or(old_port).filter(|_| !names_itself_only);
    let peer_port = net.peer_port.or(net.peer_name_port);
    Some(Http {
        generation,
        method: http.method_new.or(http.method_old).unwrap_or_default(),
        target,
        path: (!path.is_empty()).then_some(path),
        query,
        route: http.route,
        status_code: http.status.and_then(|code| u16::try_from(code).ok()),
        request_bytes: http.request_bytes.and_then(|bytes| u64::try_from(bytes).ok()),
        response_bytes: http.response_bytes.and_then(|bytes| u64::try_from(bytes).ok()),
        user_agent: fields.user_agent,
        client_address: (kind != CLIENT).then(|| http.client.or(net.peer_address)).flatten(),
        peer_address: net.peer_address.filter(|address| !address.is_empty()),
        peer_port: port(peer_port),
        server_address,
        server_port: port(server_port),
        error_type: http.error_type,
    })
}

/// A port, if `number` is one.
pub(super) fn port(number: Option<i64>) -> Option<u16> {
    number.and_then(|port| u16::try_from(port).ok()).filter(|port| *port != 0)
}

/// Path and query of an absolute URL.
pub(crate) fn url_target(url: &str) -> Option<&str> {
    let after_scheme = url.split_once("://")?.1;
    after_scheme.find('/').map(|path| &after_scheme[path..])
}

fn split_target(target: &str) -> (&str, Option<&str>) {
    target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)))
}

/// `text` with `%XX` decoded; as it is where that gives no UTF-8.
pub(crate) fn percent_decoded(text: &str) -> Cow<'_, str> {
    if !text.as_bytes().contains(&b'%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = |offset: usize| bytes.get(at + offset).and_then(|byte| char::from(*byte).to_digit(16));
        match (bytes[at], hex(1), hex(2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.extend(u8::try_from(high * 16 + low));
                at += 3;
            }
            (byte, _, _) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).map_or(Cow::Borrowed(text), Cow::Owned)
}
