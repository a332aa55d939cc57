//! A whole request on a socket: any path, headers and body get an answer that OTLP knows, and the next request too.
//!
//! The first byte of the input chooses port, content type and coding; the rest is the body.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use door::{Client, Door};
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use ingest::{Config, Ingester, Receivers, SpansLog};
use proto::Tenant;
use storage::Appended;
use storage::env::Env;
use storage::ledger::Ledger;
use storage::wal::RecordMeta;
use tokio::runtime::Runtime;

const GRPC: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const HTTP: &str = "/v1/traces";
const CONTENT_TYPES: [&str; 4] =
    ["application/x-protobuf", "application/json", "application/grpc", "text/plain"];
const CODINGS: [&str; 4] = ["identity", "gzip", "zstd", "br"];

/// Both ports of an ingester that keeps nothing.
struct Ports {
    runtime: Runtime,
    grpc: Client,
    http: Client,
    _receivers: Receivers,
}

/// Acknowledges, and checks that storage could make columns of what it is given.
struct Checked;

impl SpansLog for Checked {
    async fn append(&self, meta: RecordMeta, body: Bytes) -> Result<Appended, storage::Error> {
        ingest::decode_requests(&[storage::LoggedRequest { meta, body }])
            .expect("what passes the check becomes columns");
        Ok(Appended { sequence: Some(1) })
    }

    fn body_hash(&self, _tenant: &Tenant, _body: &[u8]) -> u128 {
        0
    }
}

static PORTS: LazyLock<Ports> = LazyLock::new(|| {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    let receivers = runtime.block_on(async {
        let address = "127.0.0.1:0".to_owned();
        let config = Config { grpc_listen: address.clone(), http_listen: address, ..Config::default() };
        let ledger = Ledger::new(32, Env::system());
        let ingester = Ingester::new(config, Arc::new(Checked), ledger, Env::system()).expect("an ingester");
        Receivers::start(&ingester, &Door::unguarded(Env::system())).await.expect("two ports")
    });
    let client = |address| Client::new(&format!("http://{address}"), Env::system()).expect("an address");
    let (grpc, http) = (client(receivers.grpc_address()), client(receivers.http_address()));
    Ports { runtime, grpc, http, _receivers: receivers }
});

pub(super) fn run(data: &[u8]) {
    let Some((choice, body)) = data.split_first() else { return };
    let choose = |list: [&'static str; 4], shift: u8| list[usize::from(choice >> shift & 3)];
    let (content_type, coding) = (choose(CONTENT_TYPES, 0), choose(CODINGS, 2));
    let is_grpc = choice & 16 != 0;
    let request = Request::post(if is_grpc { GRPC } else { HTTP })
        .header(header::CONTENT_TYPE, if is_grpc { "application/grpc" } else { content_type })
        .header(if is_grpc { "grpc-encoding" } else { "content-encoding" }, coding)
        .body(Full::new(Bytes::copy_from_slice(body)))
        .expect("a request");
    let ports = &*PORTS;
    ports.runtime.block_on(async {
        let client = if is_grpc { &ports.grpc } else { &ports.http };
        let answer = client.send(request).await.expect("an answer, whatever was sent");
        let (head, body) = answer.into_parts();
        let body = body.collect().await.expect("a whole answer");
        if is_grpc {
            assert_eq!(head.status, StatusCode::OK);
            let trailers = body.trailers().unwrap_or(&head.headers);
            let status = trailers.get("grpc-status").expect("a status").to_str().expect("digits");
            assert!(["0", "3", "8", "12", "13"].contains(&status), "grpc-status {status}");
        } else {
            let known = [200, 400, 413, 415];
            assert!(known.contains(&head.status.as_u16()), "status {}", head.status);
        }
    });
}
