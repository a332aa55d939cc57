//! Pinned traces: they outlive retention, and no figure counts them twice.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use bytesize::ByteSize;
use proto::{ErrorKind, Tenant, TraceId};
use query::latency::{LatencyAnswer, LatencyQuery, Source, Step};
use query::trace::TraceQuery;
use query::traceql::parse_attribute;
use query::{Deriver, Engine};
use storage::Storage;
use storage::env::Env;

use crate::command::run;
use crate::pipeline::{Pipeline, Place, PlainSpan, block_on, filter, fixture, plain_spans, range_of};
use crate::replay::{captures, succeed};
use crate::server::{Server, folder};

const SECOND_NS: u64 = 1_000_000_000;

/// A trace of several spans, and one that is another.
fn two_traces(spans: &[PlainSpan]) -> (TraceId, TraceId) {
    let count = |id: TraceId| spans.iter().filter(|plain| plain.span.trace_id == id).count();
    let pinned = spans.iter().map(|plain| plain.span.trace_id).find(|id| count(*id) > 3).expect("a trace");
    let other = spans.iter().map(|plain| plain.span.trace_id).find(|id| *id != pinned).expect("another");
    (pinned, other)
}

fn spans_of(spans: &[PlainSpan], trace_id: TraceId) -> usize {
    spans.iter().filter(|plain| plain.span.trace_id == trace_id).count()
}

fn by_name(spans: &[PlainSpan], text: &str, step_s: u64) -> LatencyQuery {
    let range = range_of(spans);
    let mut query = LatencyQuery::new(filter(text), range.start, range.end);
    query.by = vec![parse_attribute("name").expect("an attribute")];
    query.step = Step::Nanos(step_s * SECOND_NS);
    query.limit = 10_000;
    query
}

/// Storage in which nothing may stay but what is pinned, and an engine over it.
async fn forgetful(folder: &Path) -> (Arc<Storage>, Engine) {
    let url = folder.display().to_string();
    let config = storage::Config { url, max_bytes: Some(ByteSize(1)), ..Pipeline::storage_config() };
    let storage =
        Storage::open(config, Env::system(), Arc::new(ingest::decode_requests)).await.expect("it opens");
    storage.replayed().await.expect("nothing to replay");
    while !storage.enforce_retention().await.expect("a commit").is_empty() {}
    let config = query::Config { series_max: 10_000, ..query::Config::default() };
    let engine = Engine::new(config, Arc::clone(&storage)).expect("an engine");
    (storage, engine)
}

async fn because(engine: &Engine, query: LatencyQuery) -> (LatencyAnswer, Vec<&'static str>) {
    let answer = engine.latency(query).await.expect("an answer");
    let because = answer.stats.completeness.incomplete_because().collect();
    (answer, because)
}

#[test]
fn a_pinned_trace_outlives_its_segment_and_no_figure_changes() {
    let requests = fixture("calm");
    let spans = plain_spans(&requests);
    let (pinned, other) = two_traces(&spans);
    let trace = |trace_id| TraceQuery { tenant: Tenant::default(), trace_id, near: None };
    block_on(async {
        let config = query::Config { series_max: 10_000, ..query::Config::default() };
        let pipeline = Pipeline::with(&requests, Place::Flushed, config).await;
        pipeline.storage.keep_derived(Arc::new(Deriver::default())).await.expect("derived tables");
        pipeline.storage.pins().pin(&Tenant::default(), pinned).await.expect("a pin");
        let before = pipeline.engine.latency(by_name(&spans, "{}", 60)).await.expect("an answer");
        let folder = pipeline.stop().await;
        for start in ["the first", "the second"] {
            let (storage, engine) = forgetful(folder.path()).await;
            assert_eq!(storage.stats().table_rows, spans_of(&spans, pinned) as u64, "{start}");

            let (answer, incomplete) = because(&engine, by_name(&spans, "{}", 60)).await;
            assert_eq!((answer.stats.source, incomplete), (Source::Rollup, Vec::new()), "{start}");
            assert_eq!(answer.series, before.series, "{start}: what is kept is counted once");
            assert_eq!(answer.stats.completeness.raw_data_from, None, "{start}");

            let found = engine.trace(trace(pinned)).await.expect("it is kept");
            assert_eq!(found.spans.len(), spans_of(&spans, pinned), "{start}");
            let gone = engine.trace(trace(other)).await.expect_err("it is gone");
            assert_eq!(gone.kind, ErrorKind::NotFound, "{start}");

            // What rollups cannot tell is told of what is left, and said to be so.
            let (answer, incomplete) = because(&engine, by_name(&spans, "{ duration >= 1ns }", 60)).await;
            let counted: u64 = answer.series.iter().map(|series| series.count).sum();
            assert_eq!(incomplete, ["past_retention", "thinned"], "{start}");
            assert!(counted > 0 && counted <= spans_of(&spans, pinned) as u64, "{start}: {counted}");
            storage.stop().await;
        }
    });
}

#[test]
fn traces_are_pinned_from_a_terminal() {
    let folder = folder();
    let server = Server::start(folder.path(), &["--set", "storage.pins_max=1"]);
    let captures = captures();
    let to = format!("http://{}", server.grpc);
    succeed(&["replay", "--to", &to, "--speed", "max", "--now", &captures[0]]);
    let url = format!("http://{}", server.web);
    let (one, other) = ("0af7651916cd43dd8448eb211c80319c", "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(succeed(&["pin", one, "--server", &url]).stdout.trim_end(), format!("pinned {one}"));
    assert!(succeed(&["pins", "--server", &url]).stdout.starts_with(one));
    assert_eq!(succeed(&["pins", "--server", &url, "--tenant", "other"]).stdout, "");
    let refused = run(&["pin", other, "--server", &url]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("storage.pins_max"), "{}", refused.stderr);
    assert!(server.stop("TERM").success());

    let data = folder.path().join("data").display().to_string();
    assert!(succeed(&["pins", "--data", &data]).stdout.starts_with(one));
    assert_eq!(succeed(&["unpin", one, "--data", &data]).stdout.trim_end(), format!("unpinned {one}"));
    let refused = run(&["unpin", one, "--data", &data]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("is not pinned"), "{}", refused.stderr);
}

#[test]
fn who_may_only_read_pins_nothing() {
    let folder = folder();
    let made = succeed(&["token", "new", "--name", "reader", "--scope", "read"]).stdout;
    let (token, line) = made.split_once('\n').expect("two lines");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("it can be written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("private");
        path.display().to_string()
    };
    let (tokens, token) = (file("tokens", line), file("token", token));
    let server = Server::start(folder.path(), &["--set", &format!("door.tokens_file={tokens}")]);
    let url = format!("http://{}", server.web);
    let one = "0af7651916cd43dd8448eb211c80319c";
    for command in ["pin", "unpin"] {
        let refused = run(&[command, one, "--server", &url, "--token-file", &token]);
        assert_eq!(refused.code, Some(1));
        assert!(refused.stderr.contains("no scope to edit"), "{}", refused.stderr);
    }
    assert_eq!(succeed(&["pins", "--server", &url, "--token-file", &token]).stdout, "");
    let secret = std::fs::read_to_string(&token).expect("the token");
    for (method, path) in
        [("POST", "".to_owned()), ("PUT", format!("/{NOBODYS}")), ("DELETE", format!("/{NOBODYS}"))]
    {
        let mut stream = TcpStream::connect(server.web).expect("the port listens");
        // No body comes: who may not save is told before one is read.
        let head = format!(
            "{method} /api/v1/notebooks{path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nIf-Match: \"1\"\r\n\
             Content-Length: 1000\r\nConnection: close\r\n\r\n",
            server.web,
            secret.trim()
        );
        stream.write_all(head.as_bytes()).expect("it is sent");
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).expect("it answers");
        assert!(answer.starts_with("HTTP/1.1 403"), "{method}: {answer}");
    }
}

const NOBODYS: &str = "6a2f41a3-c54c-4f3b-9d3a-0a5f6f5b8a11";
