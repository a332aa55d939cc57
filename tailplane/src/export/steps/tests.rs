use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use proto::capture;
use query::traceql::parse_filter;
use storage::env::Env;
use storage::wal::{RecordMeta, Transport};
use storage::{Config, Storage, read_segment};

use super::*;
use crate::cli::ExportFormat;

#[test]
fn a_step_is_halved_down_to_a_nanosecond() {
    assert_eq!(halved(10, 20, 5).ok(), Some(5));
    assert_eq!(halved(10, 12, 5).ok(), Some(1));
    let error = halved(10, 11, 5).expect_err("no half is left").to_string();
    assert!(error.contains("more than 5") && error.contains("nanosecond 10"), "{error}");
}

/// Captured spans of etcd in a folder.
async fn stored(folder: &Path) -> Arc<Storage> {
    let config = Config { url: folder.display().to_string(), ..Config::default() };
    let config = Config { retention: Duration::from_secs(100 * 365 * 86_400), ..config };
    let storage =
        Storage::open(config, Env::system(), Arc::new(ingest::decode_requests)).await.expect("it opens");
    storage.replayed().await.expect("an empty log");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/fixtures/calm/etcd.otlp.zst");
    for request in capture::read(File::open(fixture).expect("a capture")).expect("a capture") {
        let meta = RecordMeta {
            tenant: Tenant::default(),
            arrival: Env::system().now(),
            peer: None,
            transport: Transport::Grpc,
            user_agent: String::new(),
            body_hash: 0,
        };
        storage.append(meta, request.expect("a request").into()).await.expect("an append");
    }
    storage.flush().await.expect("a flush");
    storage
}

#[tokio::test(flavor = "multi_thread")]
async fn however_few_fit_in_a_step_each_span_is_written_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let storage = stored(folder.path()).await;
    let rows = storage.stats().table_rows;
    assert!(rows > 1_000, "{rows} spans");
    let engine = Engine::new(query::Config::default(), Arc::clone(&storage)).expect("an engine");
    for step_spans_max in [rows as usize / 20, STEP_SPANS_MAX] {
        let out = folder.path().join(format!("{step_spans_max}.parquet"));
        let file = File::create_new(&out).expect("a file");
        let mut sink = Sink::new(file, ExportFormat::Parquet).expect("a Parquet file");
        let tenant = Tenant::default();
        let range = engine.ends(&tenant).expect("spans");
        let wanted = Wanted { tenant, filter: parse_filter("{}").expect("a filter"), range, step_spans_max };
        let written = write_all(&mut sink, &engine, &wanted, &ProgressBar::hidden()).await.expect("written");
        sink.finish().expect("an end");
        assert_eq!(
            (written, read_segment(&out).expect("Parquet").rows),
            (rows, rows),
            "{step_spans_max} at once"
        );
    }
    storage.stop().await;
}
