//! HTTP and RPC attributes in each generation of otelhttp and otelgrpc.

use proto::UnixNanos;
use proto::otlp::{Attribute, Event};

use super::profile::{Http, Rpc};
use super::span::{event_with, integer, text};

/// What an HTTP server span tells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ServerCall<'a> {
    pub(crate) method: &'static str,
    pub(crate) host: &'a str,
    pub(crate) port: u16,
    pub(crate) peer: &'a str,
    pub(crate) peer_port: u16,
    pub(crate) user_agent: &'a str,
    pub(crate) path: &'a str,
    pub(crate) target: &'a str,
    pub(crate) protocol: &'static str,
    pub(crate) audit_id: Option<&'a str>,
    pub(crate) request_bytes: u64,
    pub(crate) response_bytes: u64,
    /// `None` when the span ended before there was one.
    pub(crate) code: Option<u16>,
}

/// The attributes of an API server's HTTP server span.
pub(crate) fn http_server<'a>(
    generation: Http,
    duplicated: bool,
    call: &ServerCall<'a>,
) -> Vec<Attribute<'a>> {
    let mut to = Vec::with_capacity(16);
    match generation {
        Http::H0 => server_h0(call, &mut to),
        Http::H1 | Http::H1Length => server_h1(generation, call, &mut to),
        Http::H2 => server_h2(call, &mut to),
    }
    if duplicated && generation == Http::H1Length {
        let mut newer = Vec::with_capacity(16);
        server_h2(call, &mut newer);
        newer.retain(|attribute| to.iter().all(|older| older.key != attribute.key));
        to.extend(newer);
    }
    to
}

fn server_h0<'a>(call: &ServerCall<'a>, to: &mut Vec<Attribute<'a>>) {
    to.extend([
        text("net.transport", "ip_tcp"),
        text("net.peer.ip", call.peer),
        integer("net.peer.port", call.peer_port),
        text("net.host.ip", call.host),
        integer("net.host.port", call.port),
        text("http.method", call.method),
        text("http.target", call.target),
        text("http.server_name", "KubernetesAPI"),
        text("http.user_agent", call.user_agent),
        text("http.scheme", "https"),
        text("http.host", format!("{}:{}", call.host, call.port)),
        text("http.flavor", "2"),
    ]);
    if call.request_bytes > 0 {
        to.push(integer("http.request_content_length", call.request_bytes));
        to.push(integer("http.read_bytes", call.request_bytes));
    }
    if call.response_bytes > 0 && call.code.is_some() {
        to.push(integer("http.wrote_bytes", call.response_bytes));
    }
    to.extend(call.code.map(|code| integer("http.status_code", code)));
}

fn server_h1<'a>(generation: Http, call: &ServerCall<'a>, to: &mut Vec<Attribute<'a>>) {
    to.extend([
        text("http.method", call.method),
        text("http.scheme", "https"),
        text("net.host.name", call.host),
        integer("net.host.port", call.port),
        text("net.sock.peer.addr", call.peer),
        integer("net.sock.peer.port", call.peer_port),
        text("user_agent.original", call.user_agent),
        text("http.target", call.target),
        text("net.protocol.version", call.protocol),
    ]);
    to.extend(call.audit_id.map(|id| text("audit-id", id)));
    let (read, wrote) = if generation == Http::H1 {
        ("http.read_bytes", "http.wrote_bytes")
    } else {
        ("http.request_content_length", "http.response_content_length")
    };
    let Some(code) = call.code else { return };
    if call.request_bytes > 0 {
        to.push(integer(read, call.request_bytes));
    }
    if call.response_bytes > 0 {
        to.push(integer(wrote, call.response_bytes));
    }
    to.push(integer("http.status_code", code));
}

fn server_h2<'a>(call: &ServerCall<'a>, to: &mut Vec<Attribute<'a>>) {
    to.extend([
        text("server.address", call.host),
        text("http.request.method", call.method),
        text("url.scheme", "https"),
        integer("server.port", call.port),
        text("network.peer.address", call.peer),
        integer("network.peer.port", call.peer_port),
        text("user_agent.original", call.user_agent),
        text("client.address", call.peer),
        text("url.path", call.path),
        text("network.protocol.version", call.protocol),
        text("http.target", call.target),
    ]);
    to.extend(call.audit_id.map(|id| text("audit-id", id)));
    let Some(code) = call.code else { return };
    if call.request_bytes > 0 {
        to.push(integer("http.request.body.size", call.request_bytes));
    }
    if call.response_bytes > 0 {
        to.push(integer("http.response.body.size", call.response_bytes));
    }
    to.push(integer("http.response.status_code", code));
}

/// The attributes of an HTTP client span; `code` is `None` when no response came.
pub(crate) fn http_client<'a>(
    generation: Http,
    method: &'static str,
    url: impl Into<std::borrow::Cow<'a, str>>,
    (host, port): (&'a str, u16),
    code: Option<u16>,
) -> Vec<Attribute<'a>> {
    let url = url.into();
    if generation == Http::H2 {
        let mut to = vec![
            text("http.request.method", method),
            text("url.full", url),
            text("server.address", host),
            integer("server.port", port),
        ];
        to.push(text("network.protocol.version", "1.1"));
        to.extend(code.map(|code| integer("http.response.status_code", code)));
        if code.is_none_or(|code| code >= 400) {
            let error = code.map_or("context.deadlineExceededError".to_owned(), |code| code.to_string());
            to.push(text("error.type", error));
        }
        return to;
    }
    let mut to = vec![text("http.method", method), text("http.url", url)];
    if generation == Http::H0 {
        to.extend([text("http.scheme", "https"), text("http.host", format!("{host}:{port}"))]);
        to.push(text("http.flavor", "1.1"));
    } else {
        to.extend([text("net.peer.name", host), integer("net.peer.port", port)]);
    }
    to.extend(code.map(|code| integer("http.status_code", code)));
    to
}

/// The outcome of an RPC in the three ways it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    Ok,
    Canceled,
    Unavailable,
}

impl Code {
    const fn number(self) -> i64 {
        match self {
            Self::Ok => 0,
            Self::Canceled => 1,
            Self::Unavailable => 14,
        }
    }

    const fn name(self, generation: Rpc) -> &'static str {
        match (self, generation) {
            (Self::Ok, _) => "OK",
            (Self::Canceled, Rpc::R3) => "CANCELLED",
            (Self::Canceled, _) => "Canceled",
            (Self::Unavailable, Rpc::R3) => "UNAVAILABLE",
            (Self::Unavailable, _) => "Unavailable",
        }
    }
}

/// The attributes of a gRPC span (client or server): what lies between the peer and the status is `extra`.
///
/// A peer without a port is a unix socket, which generations R0 and R1 do not show.
pub(crate) fn grpc<'a>(
    generation: Rpc,
    (service, method): (&'a str, &'a str),
    qualified: &'a str,
    (peer, port): (&'a str, Option<u16>),
    extra: impl IntoIterator<Item = Attribute<'a>>,
    code: Code,
) -> Vec<Attribute<'a>> {
    let mut to = Vec::with_capacity(8);
    if matches!(generation, Rpc::R2 | Rpc::R3) {
        to.extend([
            text("rpc.method", qualified),
            text("rpc.system.name", "grpc"),
            text("server.address", peer),
        ]);
        to.extend(port.map(|port| integer("server.port", port)));
        to.extend(extra);
        to.push(text("rpc.response.status_code", code.name(generation)));
        return to;
    }
    to.extend([text("rpc.system", "grpc"), text("rpc.service", service), text("rpc.method", method)]);
    match (generation, port) {
        (Rpc::R0, Some(port)) => {
            to.extend([text("net.peer.ip", peer), text("net.peer.port", port.to_string())]);
        }
        (_, Some(port)) => {
            to.extend([text("net.sock.peer.addr", peer), integer("net.sock.peer.port", port)]);
        }
        (_, None) => {}
    }
    to.extend(extra);
    to.push(integer("rpc.grpc.status_code", code.number()));
    to
}

/// The two `message` events of a unary call at its client; `prefix` is `message` or `rpc.message`.
pub(crate) fn message_events(
    prefix: Option<&str>,
    (sent_at, sent_bytes): (UnixNanos, u64),
    (received_at, received_bytes): (UnixNanos, u64),
) -> Vec<Event<'static>> {
    let Some(keys) = message_keys(prefix) else { return Vec::new() };
    vec![
        message(keys, sent_at, ("SENT", 1), sent_bytes),
        message(keys, received_at, ("RECEIVED", 1), received_bytes),
    ]
}

/// The `message` events of a stream: one sent, then those received at `received`.
pub(crate) fn stream_events(
    prefix: Option<&str>,
    (sent_at, sent_bytes): (UnixNanos, u64),
    received: impl Iterator<Item = UnixNanos>,
    received_bytes: u64,
) -> Vec<Event<'static>> {
    let Some(keys) = message_keys(prefix) else { return Vec::new() };
    let received = received.zip(1..).map(|(at, id)| message(keys, at, ("RECEIVED", id), received_bytes));
    std::iter::once(message(keys, sent_at, ("SENT", 1), sent_bytes)).chain(received).collect()
}

/// Type, id, and the size on the wire and in memory.
type MessageKeys = [&'static str; 4];

fn message_keys(prefix: Option<&str>) -> Option<MessageKeys> {
    Some(match prefix? {
        "message" => ["message.type", "message.id", "message.compressed_size", "message.uncompressed_size"],
        _ => [
            "rpc.message.type",
            "rpc.message.id",
            "rpc.message.compressed_size",
            "rpc.message.uncompressed_size",
        ],
    })
}

fn message(
    keys: MessageKeys,
    time: UnixNanos,
    (direction, id): (&'static str, u64),
    bytes: u64,
) -> Event<'static> {
    let attributes = vec![
        text(keys[0], direction),
        integer(keys[1], id),
        integer(keys[2], bytes),
        integer(keys[3], bytes),
    ];
    event_with(time, "message", attributes)
}
