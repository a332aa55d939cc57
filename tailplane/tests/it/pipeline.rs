//! Storage, ingest and query in this process, over the captured fixtures; and the same spans as plain values.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use bytesize::ByteSize;
use proto::capture::{self, Rewrite};
use proto::otlp::{DecodeLimits, Resource, Scope, Span, SpanSink, decode_request};
use proto::{Tenant, TimeRange};
use query::Engine;
use query::traceql::SpanFilter;
use storage::Storage;
use storage::env::Env;
use storage::wal::{RecordMeta, Transport};
use tempfile::TempDir;

/// A decoded span with its envelope.
#[derive(Debug, Clone)]
pub(crate) struct PlainSpan {
    pub(crate) span: Span<'static>,
    pub(crate) resource: Arc<Resource<'static>>,
    pub(crate) scope: Arc<Scope<'static>>,
}

/// The requests of the fixture slice `slice` (`calm` or `stall`), every service.
pub(crate) fn fixture(slice: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/fixtures").join(slice);
    let mut files: Vec<PathBuf> =
        folder.read_dir().expect("the fixture").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let requests = files.into_iter().flat_map(|file| {
        let requests = capture::read(File::open(file).expect("a capture")).expect("a capture");
        requests.map(|request| request.expect("a request")).collect::<Vec<_>>()
    });
    requests.collect()
}

/// The requests with other ids, `shift` later.
pub(crate) fn rekeyed(requests: &[Vec<u8>], key: u8, shift: Duration) -> Vec<Vec<u8>> {
    let rewrite = Rewrite {
        trace_id_xor: [key; 16],
        span_id_xor: [key; 8],
        time_shift_ns: i64::try_from(shift.as_nanos()).expect("a short time"),
    };
    let mut copies = requests.to_vec();
    for copy in &mut copies {
        capture::rewrite(copy, &rewrite).expect("a captured request");
    }
    copies
}

/// The spans of the requests, as the decoder gives them.
pub(crate) fn plain_spans(requests: &[Vec<u8>]) -> Vec<PlainSpan> {
    #[derive(Default)]
    struct Collect {
        resource: Arc<Resource<'static>>,
        scope: Arc<Scope<'static>>,
        spans: Vec<PlainSpan>,
    }
    impl SpanSink for Collect {
        fn resource(&mut self, resource: &Resource<'_>) {
            self.resource = Arc::new(resource.clone().into_owned());
        }
        fn scope(&mut self, scope: &Scope<'_>) {
            self.scope = Arc::new(scope.clone().into_owned());
        }
        fn span(&mut self, span: &Span<'_>) {
            self.spans.push(PlainSpan {
                span: span.clone().into_owned(),
                resource: Arc::clone(&self.resource),
                scope: Arc::clone(&self.scope),
            });
        }
    }
    let mut collect = Collect::default();
    for request in requests {
        decode_request(request, &DecodeLimits::default(), &mut collect).expect("a good request");
    }
    collect.spans
}

/// The range that holds every end.
pub(crate) fn range_of(spans: &[PlainSpan]) -> TimeRange {
    let ends = || spans.iter().map(|plain| plain.span.end);
    TimeRange { start: ends().min().expect("spans"), end: ends().max().expect("spans") + 1 }
}

/// Where spans are when a question is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Live,
    Flushed,
    /// Two segments and the live buffer.
    Mixed,
}

/// Storage and an engine in a folder of their own.
pub(crate) struct Pipeline {
    pub(crate) storage: Arc<Storage>,
    pub(crate) engine: Engine,
    folder: TempDir,
}

impl Pipeline {
    /// With the spans of `requests` in `place`.
    pub(crate) async fn with(requests: &[Vec<u8>], place: Place, query: query::Config) -> Self {
        Self::with_storage(requests, place, Self::storage_config(), query).await
    }

    /// Settings with which nothing is flushed unless it is asked for.
    pub(crate) fn storage_config() -> storage::Config {
        storage::Config {
            flush_interval: Duration::from_secs(3600),
            flush_bytes: ByteSize::gib(8),
            live_bytes_max: ByteSize::gib(8),
            max_bytes: Some(ByteSize::tib(1)),
            ..storage::Config::default()
        }
    }

    /// The same with other settings.
    pub(crate) async fn with_storage(
        requests: &[Vec<u8>],
        place: Place,
        config: storage::Config,
        query: query::Config,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let config = storage::Config { url: folder.path().display().to_string(), ..config };
        let storage = Storage::open(config, Env::system(), Arc::new(ingest::decode_requests))
            .await
            .expect("storage opens");
        let engine = Engine::new(query, Arc::clone(&storage)).expect("the engine starts");
        let pipeline = Self { storage, engine, folder };
        match place {
            Place::Live => pipeline.append(requests).await,
            Place::Flushed => {
                pipeline.append(requests).await;
                pipeline.storage.flush().await.expect("a flush");
            }
            Place::Mixed => {
                let third = requests.len() / 3;
                for part in [&requests[..third], &requests[third..2 * third]] {
                    pipeline.append(part).await;
                    pipeline.storage.flush().await.expect("a flush");
                }
                pipeline.append(&requests[2 * third..]).await;
            }
        }
        pipeline
    }

    pub(crate) async fn append(&self, requests: &[Vec<u8>]) {
        append(&self.storage, requests).await;
    }

    /// Closes it and leaves its folder.
    pub(crate) async fn stop(self) -> TempDir {
        self.storage.stop().await;
        self.folder
    }

    /// Closes it; the folder goes with it.
    pub(crate) async fn close(self) {
        self.storage.stop().await;
        self.folder.close().expect("the folder can be removed");
    }
}

/// Takes the requests in, which arrive now.
pub(crate) async fn append(storage: &Storage, requests: &[Vec<u8>]) {
    append_at(storage, requests, Env::system().now()).await;
}

/// The same, as if they arrived at `arrival`, in ns since 1970.
pub(crate) async fn append_at(storage: &Storage, requests: &[Vec<u8>], arrival: u64) {
    for request in requests {
        let body = Bytes::copy_from_slice(request);
        let meta = RecordMeta {
            tenant: Tenant::default(),
            arrival,
            peer: "10.0.0.7:55555".parse().ok(),
            transport: Transport::Grpc,
            user_agent: "OTel OTLP Exporter Go/1.40.0".to_owned(),
            body_hash: 0,
        };
        storage.append(meta, body).await.expect("an append");
    }
}

pub(crate) fn filter(text: &str) -> SpanFilter {
    query::traceql::parse_filter(text).expect(text)
}

/// Runs a test's future.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime").block_on(future)
}
