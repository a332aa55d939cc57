//! Both ports, from the configuration to the end.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use door::{Address, Door, Entrance, Exposure, Server, TlsFiles};
use tower::util::option_layer;
use tower::{ServiceBuilder, service_fn};

use crate::{Ingester, Result, SpansLog, grpc, http};

/// What opens the ports to other machines.
const MORE_EXPOSURE: &str = "give it TLS (ingest.tls_cert_file, ingest.tls_key_file) and door.tokens_file or \
                             ingest.tls_client_ca_file, or set ingest.insecure_listen = true";

/// The running OTLP ports.
#[derive(Debug)]
pub struct Receivers {
    grpc: Server,
    http: Server,
}

impl Receivers {
    /// Binds both addresses of the ingester's configuration and serves them, each through `door`.
    ///
    /// # Errors
    /// When an address cannot be had or is not allowed; the message names its key and the way out.
    pub async fn start<L: SpansLog>(ingester: &Arc<Ingester<L>>, door: &Door) -> Result<Self> {
        let config = &ingester.config;
        let tls = door.tls(&TlsFiles {
            section: "ingest",
            cert_file: config.tls_cert_file.as_deref(),
            key_file: config.tls_key_file.as_deref(),
            client_ca_file: config.tls_client_ca_file.as_deref(),
        })?;
        let knows_clients =
            tls.as_ref().is_some_and(|tls| tls.asks_for_certificate() || door.requires_tokens());
        let exposure = if config.insecure_listen || knows_clients {
            Exposure::Any
        } else {
            Exposure::Loopback { unless: MORE_EXPOSURE }
        };
        let entrance = Entrance {
            address: &config.grpc_listen,
            key: "ingest.grpc_listen",
            socket_name: "grpc",
            exposure,
            tls,
        };
        let http_entrance = Entrance {
            address: &config.http_listen,
            key: "ingest.http_listen",
            socket_name: "http",
            ..entrance.clone()
        };
        let grpc_listener = door.listen(entrance).await?;
        let http_listener = door.listen(http_entrance).await?;
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
        let cors = option_layer(http::cors::layer(&config.cors_allowed_origins));
        let http_service = ServiceBuilder::new().layer(cors).service(http_service);
        Ok(Self {
            grpc: door::serve(grpc_listener, grpc_service, door),
            http: door::serve(http_listener, http_service, door),
        })
    }

    /// The address of OTLP/gRPC.
    #[must_use]
    pub const fn grpc_address(&self) -> &Address {
        self.grpc.address()
    }

    /// The address of OTLP/HTTP.
    #[must_use]
    pub const fn http_address(&self) -> &Address {
        self.http.address()
    }

    /// What an exporter of OTLP/gRPC is given.
    #[must_use]
    pub fn grpc_url(&self) -> String {
        self.grpc.url()
    }

    /// Takes nothing new, answers what runs within `grace`, then cuts off the rest. Returns whether all was answered.
    pub async fn stop(self, grace: Duration) -> bool {
        let (grpc, http) = tokio::join!(self.grpc.stop(grace), self.http.stop(grace));
        grpc && http
    }
}

#[cfg(test)]
mod tests;
