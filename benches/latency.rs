//! Criterion: the latency question of the first page over a million spans in segments.

use std::sync::Arc;

use benches::{captures, store};
use criterion::{Criterion, criterion_group, criterion_main};
use proto::capture::span_times;
use query::Engine;
use query::latency::{LatencyQuery, Step};
use query::traceql::{parse_attribute, parse_filter};

const SPANS: u64 = 1_000_000;
const COPY_SECONDS: i64 = 30;

/// The first page's question, then wider ones.
const QUESTIONS: [(&str, &str, &str); 3] = [
    (
        "requests by verb and resource",
        "{ kind = server && k8s:component = \"apiserver\" && k8s:resource != \"\" && k8s:watch = false && k8s:verb != \"connect\" }",
        "k8s:verb",
    ),
    ("all spans by service", "{}", "resource.service.name"),
    ("list by resource, unscoped", "{ .verb = \"LIST\" }", "span.resource"),
];

fn latency(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let requests = captures::requests(&[]).expect("the fixtures");
    let per_copy = captures::count_spans(&requests).expect("it decodes");
    let (mut start, mut end) = (u64::MAX, 0);
    let storage = runtime.block_on(async {
        let storage = store::open(folder.path()).await.expect("storage");
        for copy in 0..SPANS.div_ceil(per_copy) {
            let mut moved = requests.clone();
            for request in &mut moved {
                captures::rekey(request, copy + 1, copy as i64 * COPY_SECONDS * 1_000_000_000)
                    .expect("a request");
                let (first, last, _) = span_times(request).expect("spans");
                (start, end) = (start.min(first), end.max(last + 1));
            }
            store::append(&storage, &moved).await.expect("an append");
            if copy % 5 == 4 {
                storage.flush().await.expect("a flush");
            }
        }
        storage.flush().await.expect("a flush");
        storage
    });
    let engine = Engine::new(query::Config::default(), Arc::clone(&storage)).expect("an engine");
    let mut group = criterion.benchmark_group("latency over a million spans");
    group.sample_size(20);
    for (name, filter, by) in QUESTIONS {
        let mut query = LatencyQuery::new(parse_filter(filter).expect("a filter"), start, end);
        query.by = vec![parse_attribute(by).expect("an attribute")];
        query.step = Step::Auto;
        group.bench_function(name, |bench| {
            bench.iter(|| runtime.block_on(engine.latency(query.clone())).expect("an answer"));
        });
    }
    group.finish();
    runtime.block_on(storage.stop());
}

criterion_group!(all, latency);
criterion_main!(all);
