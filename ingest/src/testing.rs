//! Shared by the tests of this room: a log in memory, requests, and ports that are up.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use parking_lot::Mutex;
use prost::Message;
use proto::{ErrorKind, Tenant};
use storage::env::Env;
use storage::ledger::Ledger;
use storage::wal::RecordMeta;
use storage::{Appended, BodyHasher, LoggedRequest, SpanBatch};

use crate::{Config, Ingester, Receivers, SpansLog};

/// A request that was kept.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) meta: RecordMeta,
    pub(crate) body: Bytes,
}

impl Kept {
    /// Its spans, as storage would have them.
    pub(crate) fn batch(&self) -> SpanBatch {
        let request = LoggedRequest { meta: self.meta.clone(), body: self.body.clone() };
        crate::decode_requests(&[request]).unwrap()
    }
}

/// A log in memory that can be slow and can fail.
#[derive(Debug, Default)]
pub(crate) struct MemoryLog {
    pub(crate) kept: Mutex<Vec<Kept>>,
    pub(crate) delay: Mutex<Duration>,
    /// Kinds of the errors the next appends end in.
    pub(crate) failures: Mutex<Vec<ErrorKind>>,
    /// Whether the next append panics.
    pub(crate) panics: AtomicBool,
    running: AtomicU64,
    pub(crate) running_most: AtomicU64,
}

impl MemoryLog {
    pub(crate) fn spans(&self) -> usize {
        self.kept.lock().iter().map(|kept| kept.batch().rows.num_rows()).sum()
    }
}

impl SpansLog for MemoryLog {
    async fn append(&self, meta: RecordMeta, body: Bytes) -> Result<Appended, storage::Error> {
        assert!(!self.panics.swap(false, Ordering::SeqCst), "a panic was asked for");
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.running_most.fetch_max(running, Ordering::SeqCst);
        let delay = *self.delay.lock();
        if delay > Duration::ZERO {
            Env::system().sleep(delay).await;
        }
        self.running.fetch_sub(1, Ordering::SeqCst);
        if let Some(kind) = self.failures.lock().pop() {
            return Err(storage::Error::new(kind, "the disk is full"));
        }
        let mut kept = self.kept.lock();
        kept.push(Kept { meta, body });
        Ok(Appended { sequence: Some(kept.len() as u64) })
    }

    fn body_hash(&self, tenant: &Tenant, body: &[u8]) -> u128 {
        BodyHasher::new([7; 16]).hash(tenant, body)
    }
}

/// An ingester over a [`MemoryLog`].
pub(crate) fn ingester(config: Config) -> (Arc<Ingester<MemoryLog>>, Arc<MemoryLog>) {
    let log = Arc::new(MemoryLog::default());
    let ledger = Ledger::new(32, Env::system());
    (Ingester::new(config, Arc::clone(&log), ledger, Env::system()).unwrap(), log)
}

/// Both ports, on free addresses.
pub(crate) async fn receivers(config: Config) -> (Receivers, Arc<MemoryLog>) {
    let address = "127.0.0.1:0".to_owned();
    let config = Config { grpc_listen: address.clone(), http_listen: address, ..config };
    let (ingester, log) = ingester(config);
    let receivers = Receivers::start(&ingester, &door::Door::unguarded(Env::system())).await.unwrap();
    (receivers, log)
}

/// A span with valid ids made of `seed`, which must not be 0.
pub(crate) fn span(seed: u8) -> Span {
    Span {
        trace_id: vec![seed; 16],
        span_id: vec![seed; 8],
        name: format!("span {seed}"),
        kind: 2,
        start_time_unix_nano: 1_700_000_000_000_000_000,
        end_time_unix_nano: 1_700_000_000_001_000_000,
        ..Span::default()
    }
}

pub(crate) fn attribute(key: &str, value: &str) -> KeyValue {
    let value = AnyValue { value: Some(any_value::Value::StringValue(value.to_owned())) };
    KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() }
}

/// A request of one resource and one scope.
pub(crate) fn request(spans: Vec<Span>) -> ExportTraceServiceRequest {
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }],
    }
}

/// Its bytes.
pub(crate) fn body(spans: Vec<Span>) -> Bytes {
    Bytes::from(request(spans).encode_to_vec())
}

pub(crate) fn gzip(bytes: &[u8]) -> Bytes {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    Bytes::from(encoder.finish().unwrap())
}
