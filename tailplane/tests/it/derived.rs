//! Derived tables against rows made from whole traces: the same rows, each once, however spans came in and whatever was
//! started, stopped and merged meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use bytes::Bytes;
use model::place::InstanceId;
use model::trace::{TraceLimits, assemble};
use model::{Phase, SpanView, pod_start_rows, request_rows};
use proto::{SpanId, Tenant, TraceId};
use query::latency::{LatencyQuery, Of, SlotInstant, Source, Step};
use query::traceql::parse_attribute;
use query::{Deriver, Engine};
use storage::Storage;
use storage::env::Env;
use storage::wal::{RecordMeta, Transport};

use crate::latency::{Answered, plain};
use crate::oracle::{self, ExpectedPoint};
use crate::pipeline::{Pipeline, block_on, filter, fixture, plain_spans, range_of, rekeyed};

const SECOND_NS: u64 = 1_000_000_000;

/// A request of the fixture and when it arrives: a second after its last span ended.
fn arrivals(requests: &[Vec<u8>]) -> Vec<(u64, &Vec<u8>)> {
    let end = |request: &Vec<u8>| {
        plain_spans(std::slice::from_ref(request)).iter().map(|plain| plain.span.end).max()
    };
    let mut arrivals: Vec<_> =
        requests.iter().map(|request| (end(request).expect("spans") + SECOND_NS, request)).collect();
    arrivals.sort_by_key(|(arrival, _)| *arrival);
    arrivals
}

/// Server spans whose rows may miss something: a span of their trace arrived more than ten seconds after they ended.
fn roots_with_late_spans(requests: &[Vec<u8>]) -> BTreeSet<SpanId> {
    let mut arrived: BTreeMap<TraceId, u64> = BTreeMap::new();
    for (arrival, request) in arrivals(requests) {
        for plain in plain_spans(std::slice::from_ref(request)) {
            let latest = arrived.entry(plain.span.trace_id).or_default();
            *latest = arrival.max(*latest);
        }
    }
    let is_late =
        |span: &proto::otlp::Span<'_>| span.kind == 2 && arrived[&span.trace_id] > span.end + 10 * SECOND_NS;
    let spans = plain_spans(requests).into_iter().map(|plain| plain.span);
    spans.filter(is_late).map(|span| span.span_id).collect()
}

/// What a row says that can be compared.
type Row = (i64, String, String, i64, Vec<i64>);

/// The rows of all requests, by server span.
fn expected_requests(requests: &[Vec<u8>]) -> BTreeMap<SpanId, Row> {
    let mut spans = plain_spans(requests);
    spans.sort_by_key(|plain| plain.span.trace_id);
    let mut rows = BTreeMap::new();
    for trace in spans.chunk_by(|one, next| one.span.trace_id == next.span.trace_id) {
        let views = trace.iter().map(|plain| SpanView {
            span: &plain.span,
            resource: &plain.resource,
            scope: &plain.scope,
        });
        for row in request_rows(&assemble(views, TraceLimits::default()), |_| None).rows {
            let resource = row.keys.resource.as_deref().unwrap_or_default().to_owned();
            let phases = Phase::ALL.iter().map(|phase| row.phases.get(*phase) as i64).collect();
            let said =
                (row.duration_ns as i64, row.keys.verb.name().to_owned(), resource, row.spans as i64, phases);
            rows.insert(row.span_id, said);
        }
    }
    rows
}

fn expected_pod_starts(requests: &[Vec<u8>]) -> usize {
    let mut spans = plain_spans(requests);
    spans.sort_by_key(|plain| plain.span.trace_id);
    let traces = spans.chunk_by(|one, next| one.span.trace_id == next.span.trace_id);
    let rows = traces.map(|trace| {
        let views = trace.iter().map(|plain| SpanView {
            span: &plain.span,
            resource: &plain.resource,
            scope: &plain.scope,
        });
        pod_start_rows(&assemble(views, TraceLimits::default())).len()
    });
    rows.sum()
}

/// How many spans each process sent, by service and what tells it from others.
fn expected_instances(requests: &[Vec<u8>]) -> BTreeMap<(String, String), i64> {
    let mut spans = BTreeMap::new();
    for plain in plain_spans(requests) {
        let view = SpanView { span: &plain.span, resource: &plain.resource, scope: &plain.scope };
        if let Some(instance) = InstanceId::of(view, None) {
            *spans.entry((instance.service, instance.key.to_string())).or_default() += 1;
        }
    }
    spans
}

/// The same from the table, where each has a row for each window that it sent spans in.
async fn found_instances(engine: &Engine) -> BTreeMap<(String, String), i64> {
    let text = "SELECT service, instance, sum(spans) FROM instances GROUP BY 1, 2";
    let answer = engine.sql(Tenant::default(), text.to_owned()).await.expect("rows");
    let rows = answer.batches.iter().flat_map(|batch| {
        let text = |column: usize, row: usize| batch.column(column).as_string_view().value(row).to_owned();
        let spans = batch.column(2).as_primitive::<Int64Type>();
        (0..batch.num_rows()).map(move |row| ((text(0, row), text(1, row)), spans.value(row)))
    });
    rows.collect()
}

/// The rows of the table, and how many there are of each.
async fn found_requests(engine: &Engine) -> Vec<(SpanId, Row)> {
    let phases = Phase::ALL.map(|phase| format!("{}_phase_ns", phase.name())).join(", ");
    let text = format!(
        "SELECT span_id, duration_ns, coalesce(k8s_verb, ''), coalesce(k8s_resource, ''), span_count, {phases} FROM requests"
    );
    let answer = engine.sql(Tenant::default(), text).await.expect("rows");
    let mut rows = Vec::new();
    for batch in &answer.batches {
        let number = |column: usize, row: usize| batch.column(column).as_primitive::<Int64Type>().value(row);
        let text = |column: usize, row: usize| batch.column(column).as_string_view().value(row).to_owned();
        for row in 0..batch.num_rows() {
            let id = SpanId::from_slice(batch.column(0).as_fixed_size_binary().value(row)).expect("an id");
            let phases = (5..5 + Phase::COUNT).map(|column| number(column, row)).collect();
            rows.push((id, (number(1, row), text(2, row), text(3, row), number(4, row), phases)));
        }
    }
    rows
}

pub(crate) async fn append(storage: &Storage, arrival: u64, request: &[u8]) {
    let meta = RecordMeta {
        tenant: Tenant::default(),
        arrival,
        peer: None,
        transport: Transport::Grpc,
        user_agent: String::new(),
        body_hash: 0,
    };
    storage.append(meta, Bytes::copy_from_slice(request)).await.expect("an append");
}

pub(crate) async fn open(folder: &Path) -> Arc<Storage> {
    open_deriving(folder, Deriver::default()).await
}

pub(crate) async fn open_deriving(folder: &Path, deriver: Deriver) -> Arc<Storage> {
    let config = storage::Config { url: folder.display().to_string(), ..Pipeline::storage_config() };
    let config = storage::Config { retention: std::time::Duration::from_secs(100 * 365 * 86_400), ..config };
    let storage =
        Storage::open(config, Env::system(), Arc::new(ingest::decode_requests)).await.expect("it opens");
    storage.replayed().await.expect("its log can be read");
    storage.keep_derived(Arc::new(deriver)).await.expect("derived tables");
    storage
}

/// Takes in what arrives, a flush every `window_s` seconds of it, a new process every `life` flushes, a merge now and then;
/// and a minute later one more request, so that all that came before is closed.
async fn live(folder: &Path, requests: &[Vec<u8>], window_s: u64, life: usize) {
    let arrivals = arrivals(requests);
    let last = arrivals.last().expect("requests").0;
    let later = later(requests);
    let mut storage = open(folder).await;
    let mut windows = 0;
    for window in
        arrivals.chunk_by(|one, next| one.0 / (window_s * SECOND_NS) == next.0 / (window_s * SECOND_NS))
    {
        for (arrival, request) in window {
            append(&storage, *arrival, request).await;
        }
        storage.flush().await.expect("a flush");
        windows += 1;
        if windows % 3 == 0 {
            while storage.derive_next().await.expect("a window").is_some() {}
        }
        if windows % 5 == 0 {
            while storage.compact().await.expect("a merge").is_some() {}
        }
        if windows % life == 0 {
            storage.stop().await;
            storage = open(folder).await;
        }
    }
    assert!(windows > 5, "{windows} windows");
    append(&storage, last + 600 * SECOND_NS, &later[0]).await;
    storage.flush().await.expect("a flush");
    while storage.derive_next().await.expect("a window").is_some() {}
    storage.stop().await;
}

/// What comes in the end.
fn later(requests: &[Vec<u8>]) -> Vec<Vec<u8>> {
    rekeyed(&requests[..1], 0x77, std::time::Duration::from_secs(600))
}

fn check(window_s: u64, life: usize) {
    check_after(window_s, life, None);
}

/// Takes in the requests and looks for their rows after `harm` was done to the folder.
fn check_after(window_s: u64, life: usize, harm: Option<fn(&Path)>) {
    let is_harmed = harm.is_some();
    let requests = fixture("stall");
    let expected = expected_requests(&requests);
    assert!(expected.len() > 500, "{} requests", expected.len());
    block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        live(folder.path(), &requests, window_s, life).await;
        if let Some(harm) = harm {
            harm(folder.path());
        }
        let storage = open(folder.path()).await;
        while storage.derive_next().await.expect("a window").is_some() {}
        let tables = std::fs::read_dir(folder.path().join("derived")).expect("derived tables");
        let set_aside = tables.filter(|table| {
            table.as_ref().is_ok_and(|table| table.file_name().to_string_lossy().contains("damaged"))
        });
        assert_eq!(set_aside.count(), usize::from(is_harmed), "tables that were set aside");
        let engine = Engine::new(
            query::Config { sql_rows_max: 1_000_000, ..query::Config::default() },
            Arc::clone(&storage),
        );
        let engine = engine.expect("an engine");
        let rows = found_requests(&engine).await;
        let found: BTreeMap<SpanId, Row> =
            rows.iter().filter(|(id, _)| expected.contains_key(id)).cloned().collect();
        let of_later: usize = rows.iter().filter(|(id, _)| !expected.contains_key(id)).count();
        assert_eq!(rows.len() - of_later, found.len(), "each row once");
        assert_eq!(
            found.keys().collect::<Vec<_>>(),
            expected.keys().collect::<Vec<_>>(),
            "every request has its row"
        );
        let late = roots_with_late_spans(&requests);
        assert!(late.len() * 20 < expected.len(), "{} of {} have late spans", late.len(), expected.len());
        let differing = expected.iter().filter(|(id, row)| found[id] != **row && !late.contains(id));
        let differing: Vec<_> = differing.map(|(id, row)| (id, row, &found[id])).collect();
        assert!(differing.is_empty(), "{} of {}: {:?}", differing.len(), expected.len(), differing[0]);

        let count = engine
            .sql(Tenant::default(), "SELECT count(*) FROM pod_starts".to_owned())
            .await
            .expect("a count");
        let count = count.batches[0].column(0).as_primitive::<Int64Type>().value(0);
        assert_eq!(count as usize, expected_pod_starts(&requests));
        let all: Vec<Vec<u8>> = requests.iter().cloned().chain(later(&requests)).collect();
        assert_eq!(found_instances(&engine).await, expected_instances(&all));
        storage.stop().await;
    });
}

#[test]
fn rows_of_requests_are_those_of_whole_traces() {
    check(4, 1_000);
}

#[test]
fn rows_stay_the_same_over_restarts_and_merges() {
    check(2, 4);
}

#[test]
fn rows_are_made_again_when_the_log_of_their_table_is_damaged() {
    check_after(
        4,
        1_000,
        Some(|folder| {
            let log = folder.join("derived/requests/_delta_log");
            let entries = std::fs::read_dir(log).expect("a log").map(|entry| entry.expect("an entry").path());
            let newest = entries.filter(|path| path.extension().is_some_and(|end| end == "json")).max();
            let newest = newest.expect("an entry");
            let mut bytes = std::fs::read(&newest).expect("its bytes");
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x10;
            std::fs::write(newest, bytes).expect("a flipped bit");
        }),
    );
}

#[test]
fn a_runtime_is_where_the_kubelet_is_that_calls_it() {
    let requests = fixture("stall");
    block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        live(folder.path(), &requests, 4, 1_000).await;
        let storage = open(folder.path()).await;
        let engine = Engine::new(query::Config::default(), Arc::clone(&storage)).expect("an engine");
        let text = "SELECT component, node, node_how, count(*) FROM instances WHERE node IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 3";
        let answer = engine.sql(Tenant::default(), text.to_owned()).await.expect("rows");
        let text = |batch: &arrow::array::RecordBatch, column: usize, row: usize| {
            batch.column(column).as_string_view().value(row).to_owned()
        };
        let found: Vec<_> = answer
            .batches
            .iter()
            .flat_map(|batch| {
                (0..batch.num_rows()).map(move |row| [0, 1, 2].map(|column| text(batch, column, row)))
            })
            .collect();
        println!("{found:?}");
        let nodes: BTreeSet<&str> = found.iter().map(|[_, node, _]| node.as_str()).collect();
        assert_eq!(nodes.len(), 1, "the captures have one real node: {found:?}");
        assert!(
            found.iter().any(|[component, _, how]| component == "kubelet" && how == "host_name"),
            "{found:?}"
        );
        storage.stop().await;
    });
}

#[test]
fn spans_that_were_lost_do_not_keep_later_ones_from_having_rows() {
    let requests = fixture("stall");
    block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        live(folder.path(), &requests, 2, usize::MAX).await;
        for lost in ["spans", "checksums/spans", "wal"] {
            std::fs::remove_dir_all(folder.path().join(lost)).expect(lost);
        }
        let later = rekeyed(&requests, 0x33, std::time::Duration::from_secs(3_600));
        live(folder.path(), &later, 4, usize::MAX).await;
        let storage = open(folder.path()).await;
        let engine =
            Engine::new(query::Config { sql_rows_max: 1_000_000, ..query::Config::default() }, storage);
        let found: BTreeSet<SpanId> =
            found_requests(&engine.expect("an engine")).await.into_iter().map(|(id, _)| id).collect();
        let expected: BTreeSet<SpanId> = expected_requests(&later).into_keys().collect();
        assert_eq!(expected.difference(&found).count(), 0, "{} of {}", found.len(), expected.len());
    });
}

#[test]
fn latency_of_requests_is_that_of_their_server_spans() {
    let requests = fixture("stall");
    let expected = expected_requests(&requests);
    let spans: Vec<_> = plain_spans(&requests)
        .into_iter()
        .filter(|plain| {
            let row = expected.get(&plain.span.span_id);
            row.is_some_and(|(duration_ns, ..)| *duration_ns == plain.span.duration_ns() as i64)
        })
        .collect();
    assert_eq!(spans.len(), expected.len(), "no server span of the fixture is cut short");
    block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        live(folder.path(), &requests, 4, 1_000).await;
        let storage = open(folder.path()).await;
        let engine = Engine::new(query::Config::default(), Arc::clone(&storage)).expect("an engine");
        let range = range_of(&spans);
        for (text, by, step_s) in
            [("{}", &[][..], 10), ("{ duration > 5ms }", &["resource.service.instance.id"], 60)]
        {
            let mut query = LatencyQuery::new(filter(text), range.start, range.end);
            query.of = Of::Requests;
            query.step = Step::Nanos(step_s * SECOND_NS);
            query.by = by.iter().map(|name| parse_attribute(name).expect("an attribute")).collect();
            // Which rows are errors is told by more than the status of the span.
            query.exemplars = 2;
            let answer = engine.latency(query.clone()).await.expect("an answer");
            assert_eq!(answer.stats.source, Source::Derived);
            assert!(answer.explanation.to_string().contains(" of requests, in "), "{}", answer.explanation);
            let without_errors = |points: Answered| -> Answered {
                let point = |point| ExpectedPoint { errors: 0, ..point };
                points
                    .into_iter()
                    .map(|(key, points)| (key, points.into_iter().map(point).collect()))
                    .collect()
            };
            let of_spans = oracle::latency(&spans, &query, step_s * SECOND_NS, 1_024);
            crate::latency::check(text, &without_errors(plain(&answer)), &without_errors(of_spans));
        }
        let asking = |text: &str, by: &str| {
            let mut query = LatencyQuery::new(filter(text), range.start, range.end);
            query.of = Of::Requests;
            query.by = vec![parse_attribute(by).expect("an attribute")];
            query
        };
        for (text, by) in [("{ span.http.target != nil }", "k8s:verb"), ("{}", "span.http.target")] {
            let refused = engine.latency(asking(text, by)).await.expect_err("rows do not know it");
            assert_eq!(refused.kind, proto::ErrorKind::Invalid, "{refused}");
            assert!(refused.message.contains("a row of requests knows"), "{refused}");
        }
        let mut of_pods = asking("{}", "resource.host.name");
        of_pods.of = Of::PodStarts;
        let answer = engine.latency(of_pods).await.expect("an answer");
        assert!(answer.series.iter().all(|series| series.labels[0].value.is_some()), "each has a node");
        let pods: u64 = answer.series.iter().map(|series| series.count).sum();
        assert_eq!(pods as usize, expected_pod_starts(&requests));
        let mut by_start = asking("{}", "k8s:verb");
        by_start.slots = SlotInstant::Start;
        let refused = engine.latency(by_start).await.expect_err("files are chosen by ends");
        assert!(refused.message.contains("leave slots out"), "{refused}");
        storage.stop().await;
    });
}
