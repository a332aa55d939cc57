//! Both ports, from the configuration to the end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use door::{Exposure, Limits, Listener, Server};
use storage::env::Env;
use tower::service_fn;

use crate::{Ingester, Result, SpansLog, grpc, http};

/// The setting that opens the ports to other machines.
const INSECURE_LISTEN: &str = "ingest.insecure_listen = true";

/// The running OTLP ports.
#[derive(Debug)]
pub struct Receivers {
    grpc: Server,
    http: Server,
}

impl Receivers {
    /// Binds both addresses of the ingester's configuration and serves them.
    ///
    /// # Errors
    /// When an address cannot be had or is not allowed; the message names its key and the way out.
    pub async fn start<L: SpansLog>(ingester: &Arc<Ingester<L>>, limits: &Limits, env: &Env) -> Result<Self> {
        let config = &ingester.config;
        let exposure = if config.insecure_listen {
            Exposure::Any
        } else {
            Exposure::Loopback { unless: INSECURE_LISTEN }
        };
        let grpc_listener = Listener::bind(&config.grpc_listen, "ingest.grpc_listen", exposure).await?;
        let http_listener = Listener::bind(&config.http_listen, "ingest.http_listen", exposure).await?;
        let grpc_receiver = grpc::Receiver::new(Arc::clone(ingester));
        let http_receiver = http::Receiver::new(Arc::clone(ingester));
        let grpc_service = service_fn(move |request| {
            let receiver = grpc_receiver.clone();
            async move { Ok::<_, Infallible>(receiver.respond(request).await) }
        });
        let http_service = service_fn(move |request| {
            let receiver = http_receiver.clone();
            async move { Ok::<_, Infallible>(receiver.respond(request).await) }
        });
        Ok(Self {
            grpc: door::serve(grpc_listener, grpc_service, limits.clone(), env.clone()),
            http: door::serve(http_listener, http_service, limits.clone(), env.clone()),
        })
    }

    /// The address of OTLP/gRPC.
    #[must_use]
    pub fn grpc_address(&self) -> SocketAddr {
        self.grpc.local_address()
    }

    /// The address of OTLP/HTTP.
    #[must_use]
    pub fn http_address(&self) -> SocketAddr {
        self.http.local_address()
    }

    /// Takes nothing new, answers what runs within `grace`, then cuts off the rest. Returns whether all was answered.
    pub async fn stop(self, grace: Duration) -> bool {
        let (grpc, http) = tokio::join!(self.grpc.stop(grace), self.http.stop(grace));
        grpc && http
    }
}

#[cfg(test)]
mod tests;
