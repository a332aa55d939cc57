//! Who came to the door and did not get in: told to whoever keeps a list, and to the log now and then.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use storage::env::Env;

use crate::Peer;

/// Least time between two log lines of one listener about the same thing.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// A connection or a request that did not get as far as being answered as it wished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Knock {
    /// Who came.
    pub peer: Peer,
    /// The listener's key in the configuration, such as `ingest.grpc_listen`.
    pub listener: Arc<str>,
    /// Why it did not get in.
    pub outcome: KnockOutcome,
}

/// Why a connection did not get in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KnockOutcome {
    /// The time for the opening passed without one.
    SaidNothing,
    /// As many connections as are allowed are open.
    TooManyConnections,
    /// A TLS handshake where none is spoken.
    TlsOnPlainPort,
    /// Clear text where TLS is spoken.
    PlainOnTlsPort,
    /// The TLS handshake failed, for this reason: a stable word such as `unknown_ca`.
    HandshakeFailed(&'static str),
    /// HTTP that breaks HTTP's rules or our limits: what the protocol's code says.
    ProtocolError(String),
    /// A request without a token that is known here.
    BadToken,
    /// OTLP/gRPC at the port of OTLP/HTTP.
    GrpcOnHttpPort,
    /// OTLP/HTTP at the port of OTLP/gRPC.
    HttpOnGrpcPort,
}

impl KnockOutcome {
    /// A stable word.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SaidNothing => "said_nothing",
            Self::TooManyConnections => "too_many_connections",
            Self::TlsOnPlainPort => "tls_on_plain_port",
            Self::PlainOnTlsPort => "plain_on_tls_port",
            Self::HandshakeFailed(_) => "handshake_failed",
            Self::ProtocolError(_) => "protocol_error",
            Self::BadToken => "bad_token",
            Self::GrpcOnHttpPort => "grpc_on_http_port",
            Self::HttpOnGrpcPort => "http_on_grpc_port",
        }
    }

    /// One sentence for whoever runs the peer.
    #[must_use]
    pub const fn advice(&self) -> &'static str {
        match self {
            Self::SaidNothing => {
                "it connected and sent nothing in time (door.handshake_timeout): is something else than an exporter \
                 probing this port?"
            }
            Self::TooManyConnections => {
                "more connections are open than door.connections_max: raise it, or find out who opens so many"
            }
            Self::TlsOnPlainPort => {
                "it speaks TLS and this port does not: export to http:// (insecure), or set tls_cert_file and \
                 tls_key_file here"
            }
            Self::PlainOnTlsPort => {
                "it speaks clear text and this port speaks TLS: export to https://, for components of Kubernetes set \
                 OTEL_EXPORTER_OTLP_CERTIFICATE"
            }
            Self::HandshakeFailed(_) => {
                "TLS could not be agreed on: compare its certificate and its CA with tls_cert_file and \
                 tls_client_ca_file here"
            }
            Self::ProtocolError(_) => "it does not speak HTTP as it should: is it an OTLP exporter at all?",
            Self::BadToken => {
                "it has no token that door.tokens_file knows: components of Kubernetes take one from \
                 OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20TOKEN"
            }
            Self::GrpcOnHttpPort => {
                "it speaks OTLP/gRPC at the port of OTLP/HTTP: export to the address of ingest.grpc_listen"
            }
            Self::HttpOnGrpcPort => {
                "it speaks OTLP/HTTP at the port of OTLP/gRPC: export to the address of ingest.http_listen"
            }
        }
    }

    /// What there is to say beside the name.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            Self::HandshakeFailed(reason) => reason,
            Self::ProtocolError(reason) => reason,
            _ => "",
        }
    }
}

/// Is told of every knock. Called on the way of connections: it must be quick and must not block.
pub trait Doorbell: fmt::Debug + Send + Sync {
    /// Someone came and did not get in.
    fn knocked(&self, knock: Knock);
}

/// By listener and kind of outcome, both few: when it was logged last, and how many came since.
type Logged = HashMap<(Arc<str>, &'static str), (Option<Duration>, u64)>;

/// Rings the doorbell, if there is one, and logs a line now and then.
#[derive(Debug, Clone)]
pub(crate) struct Bell {
    doorbell: Option<Arc<dyn Doorbell>>,
    logged: Arc<Mutex<Logged>>,
    env: Env,
}

impl Bell {
    pub(crate) fn new(doorbell: Option<Arc<dyn Doorbell>>, env: Env) -> Self {
        Self { doorbell, logged: Arc::default(), env }
    }

    pub(crate) fn ring(&self, peer: Peer, listener: &Arc<str>, outcome: KnockOutcome) {
        let knock = Knock { peer, listener: Arc::clone(listener), outcome };
        if let Some(unlogged) = self.is_due(&knock) {
            let outcome = &knock.outcome;
            tracing::warn!(
                listener = &*knock.listener,
                %peer,
                outcome = outcome.name(),
                reason = outcome.reason(),
                unlogged,
                "{}",
                outcome.advice()
            );
        }
        if let Some(doorbell) = &self.doorbell {
            doorbell.knocked(knock);
        }
    }

    /// How many like `knock` came since the last line, when another line is due.
    fn is_due(&self, knock: &Knock) -> Option<u64> {
        let now = self.env.monotonic();
        let mut logged = self.logged.lock();
        let entry = logged.entry((Arc::clone(&knock.listener), knock.outcome.name()));
        let (last, unlogged) = entry.or_default();
        if last.is_none_or(|last| now >= last + LOG_INTERVAL) {
            *last = Some(now);
            return Some(std::mem::take(unlogged));
        }
        *unlogged += 1;
        None
    }
}

#[cfg(test)]
mod tests;
