//! The gRPC attribute generations R0 to R3 and ttrpc as one call.

use proto::otlp::Value;

use super::{Fields, RpcStatus};
use crate::SpanView;

/// Which names an RPC span's attributes have (which otelgrpc or otelttrpc wrote them).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RpcGeneration {
    /// Kubernetes 1.22 to 1.28, etcd to 3.5.10: `net.peer.ip`, `net.peer.port` as text.
    R0,
    /// Kubernetes 1.29 to 1.35, etcd 3.5.12 to 3.6: `net.sock.peer.addr`.
    R1,
    /// Kubernetes 1.36: `rpc.system.name`, the service within `rpc.method`, codes as `DeadlineExceeded`.
    R2,
    /// Kubernetes 1.37, etcd 3.7: as R2, codes as `DEADLINE_EXCEEDED`, no `message` events.
    R3,
    /// containerd's ttrpc: R1's names, `rpc.ttrpc.status_code`.
    Ttrpc,
}

impl RpcGeneration {
    /// `R0` to `R3`, or `ttrpc`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::R0 => "R0",
            Self::R1 => "R1",
            Self::R2 => "R2",
            Self::R3 => "R3",
            Self::Ttrpc => "ttrpc",
        }
    }
}

/// One remote call, seen by its server or its client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rpc<'a> {
    /// The names the attributes had.
    pub generation: RpcGeneration,
    /// `grpc` or `ttrpc`.
    pub system: &'a str,
    /// The service with its package: `etcdserverpb.KV`.
    pub service: &'a str,
    /// The method alone: `Txn`.
    pub method: &'a str,
    /// How the call ended.
    pub status: Option<RpcStatus>,
    /// The other end: of a client span the server, of a server span the client (also where otelgrpc calls it
    /// `server.address`). Of a Unix socket, its path on both sides.
    pub peer_address: Option<&'a str>,
    /// Its port; none for a Unix socket.
    pub peer_port: Option<u16>,
}

/// The call that `fields` of `view`'s span tell of.
pub(super) fn rpc<'a>(view: SpanView<'a>, fields: &Fields<'a>) -> Option<Rpc<'a>> {
    let (rpc, net) = (&fields.rpc, &fields.net);
    let system = rpc.system_new.or(rpc.system_old)?;
    let generation = generation(view, fields, system);
    let (service, method) = match rpc.method.unwrap_or_default().rsplit_once('/') {
        Some((service, method)) => (service, method),
        None => (rpc.service.unwrap_or_default(), rpc.method.unwrap_or_default()),
    };
    let peer_address = net.server_address.or(net.peer_address).or(net.peer_name);
    let peer_port = net.server_port.or(net.peer_port).or(net.peer_name_port);
    Some(Rpc {
        generation,
        system,
        service,
        method,
        status: rpc.status.and_then(status),
        peer_address: peer_address.filter(|address| !address.is_empty()),
        peer_port: super::http::port(peer_port),
    })
}

fn status(value: &Value<'_>) -> Option<RpcStatus> {
    match value {
        Value::Int(code) => RpcStatus::from_code(*code),
        Value::String(text) => RpcStatus::from_text(text),
        _ => None,
    }
}

fn generation(view: SpanView<'_>, fields: &Fields<'_>, system: &str) -> RpcGeneration {
    if system == "ttrpc" {
        return RpcGeneration::Ttrpc;
    }
    let library = otelgrpc_minor(view);
    if fields.rpc.system_new.is_none() {
        // otelgrpc 0.35 is the last that Kubernetes shipped with the oldest names, 0.42 the first with the next.
        let is_oldest = fields.net.is_oldest_rpc || library.is_some_and(|minor| minor < 40);
        return if is_oldest { RpcGeneration::R0 } else { RpcGeneration::R1 };
    }
    let is_camel_case = || match fields.rpc.status {
        Some(Value::String(text)) => text.bytes().any(|byte| byte.is_ascii_lowercase()),
        _ => view.event("message").is_some(),
    };
    match library {
        Some(minor) if minor >= 66 => RpcGeneration::R3,
        Some(_) => RpcGeneration::R2,
        None if is_camel_case() => RpcGeneration::R2,
        None => RpcGeneration::R3,
    }
}

/// 65 for a scope of otelgrpc 0.65.0.
fn otelgrpc_minor(view: SpanView<'_>) -> Option<u32> {
    if !view.scope.name.ends_with("/otelgrpc") {
        return None;
    }
    view.scope
        .version
        .strip_prefix("0.")
        .or_else(|| view.scope.version.strip_prefix("semver:0."))?
        .split('.')
        .next()?
        .parse()
        .ok()
}
