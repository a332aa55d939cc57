//! Rows of hand-written traces: versions that lack spans, broken traces, nesting.

use proto::otlp::{Attribute, Event, Value};

use crate::request::{Excluded, Gap, RequestRows};
use crate::trace::testing::{Owned, assembled, span};
use crate::{Component, Phase, Verb, request_rows};

fn of_apiserver(id: u64, parent: u64, times: (u64, u64), kind: i32, name: &'static str) -> Owned {
    let mut one = span(id, parent, times.0, times.1).process("apiserver").name(name);
    one.span.kind = kind;
    one
}

fn internal(id: u64, parent: u64, times: (u64, u64), name: &'static str) -> Owned {
    of_apiserver(id, parent, times, 1, name)
}

/// An attribute of a span: text, or a number where it is one.
fn with(mut one: Owned, attributes: &[(&'static str, &'static str)]) -> Owned {
    for (key, value) in attributes {
        let value = value.parse().map_or_else(|_| Value::String((*value).into()), Value::Int);
        one.span.attributes.push(Attribute { key: (*key).into(), value });
    }
    one
}

fn with_event(mut one: Owned, time: u64, name: &'static str) -> Owned {
    one.span.events.push(Event { time, name: name.into(), ..Default::default() });
    one
}

/// A server span of Kubernetes 1.36.
fn server(id: u64, parent: u64, times: (u64, u64), target: &'static str, code: &'static str) -> Owned {
    let path = target.split('?').next().unwrap();
    let one = of_apiserver(id, parent, times, 2, "GET");
    let one = with(one, &[("http.request.method", "GET"), ("http.target", target), ("url.path", path)]);
    if code.is_empty() { one } else { with(one, &[("http.response.status_code", code), ("audit-id", "a-1")]) }
}

fn handler(id: u64, parent: u64, times: (u64, u64)) -> Owned {
    with(
        internal(id, parent, times, "Get"),
        &[
            ("verb", "GET"),
            ("audit-id", "a-1"),
            ("resource", "pods"),
            ("api-group", ""),
            ("api-version", "v1"),
            ("namespace", "team"),
            ("name", "web"),
            ("subresource", ""),
            ("scope", "resource"),
            ("client", "10.0.0.7"),
            ("user-agent", "kubectl/v1.36.2"),
            ("protocol", "HTTP/2.0"),
            ("url", "/api/v1/namespaces/team/pods/web"),
        ],
    )
}

const POD: &str = "/api/v1/namespaces/team/pods/web";

fn rows(spans: &[Owned]) -> RequestRows<'_> {
    request_rows(&assembled(spans), |_| None)
}

fn gaps(spans: &[Owned]) -> Vec<Gap> {
    rows(spans).rows[0].gaps.iter().collect()
}

#[test]
fn a_row_joins_server_and_handler() {
    let spans = [server(1, 0, (0, 10), POD, "200"), handler(2, 1, (1, 9))];
    let found = rows(&spans);
    let row = &found.rows[0];
    assert!(row.is_complete() && !row.ends_with_handler, "{row:?}");
    assert_eq!((row.keys.verb, row.keys.code, row.keys.client), (Verb::Get, Some(200), Some("10.0.0.7")));
    assert_eq!((row.keys.namespace.as_deref(), row.keys.name.as_deref()), (Some("team"), Some("web")));
    assert_eq!((row.audit_id, row.spans, row.duration_ns, row.end()), (Some("a-1"), 2, 10, 10));
    assert_eq!(row.caller, None);
}

#[test]
fn paths_that_are_no_api_are_excluded_by_reason() {
    let targets =
        ["/livez", "/readyz?verbose", "/metrics", "/apiserver", "/api", "/apis/apps/v1", "/apis", "/version"];
    let spans: Vec<Owned> = (1..)
        .zip(targets)
        .map(|(id, target)| server(id, 0, (id, id + 1), target, "200"))
        .chain([of_apiserver(100, 0, (1, 2), 2, "GET")])
        .collect();
    let found = rows(&spans);
    let count = |reason| found.excluded.get(reason);
    assert_eq!((count(Excluded::Probe), count(Excluded::NotUnderApi)), (2, 3));
    assert_eq!(count(Excluded::PathUnknown), 1);
    assert_eq!(found.rows.len(), 3);
    assert!(found.rows.iter().all(|row| row.is_complete()), "discovery has no handler: {:?}", found.rows);
}

/// Kubernetes 1.33.
#[test]
fn a_server_span_cut_short_ends_with_its_handler() {
    let spans = [server(1, 0, (0, 2), POD, ""), handler(2, 1, (5, 40))];
    let found = rows(&spans);
    let row = &found.rows[0];
    assert!(row.ends_with_handler);
    assert_eq!((row.duration_ns, row.phases.total_ns(), row.keys.code), (40, 40, None));
    assert_eq!(row.gaps.iter().collect::<Vec<_>>(), [Gap::ServerSpanCutShort]);
}

/// Kubernetes 1.22 to 1.25: no handler spans, and so none is missing.
#[test]
fn releases_without_handler_spans_have_complete_rows() {
    let mut spans = [
        with(
            of_apiserver(1, 0, (0, 50), 2, "KubernetesAPI"),
            &[
                ("http.method", "GET"),
                ("http.target", POD),
                ("http.status_code", "200"),
                ("http.flavor", "2"),
            ],
        ),
        of_apiserver(2, 1, (5, 45), 3, "etcdserverpb.KV/Range"),
    ];
    spans[0].scope.version = "semver:0.20.0".into();
    let found = rows(&spans);
    assert!(found.rows[0].is_complete(), "{:?}", found.rows[0].gaps);
    assert_eq!(found.rows[0].phases.get(Phase::EtcdWire), 40);
    assert!(found.rows[0].is_etcd_undivided);
    spans[0].scope.version = "semver:0.35.1".into();
    assert_eq!(gaps(&spans), [Gap::HandlerMissing]);
}

#[test]
fn authentication_lies_around_or_below_the_server_span() {
    let around = [
        internal(1, 0, (0, 30), "authentication"),
        server(2, 1, (4, 20), POD, "200"),
        handler(3, 2, (5, 19)),
    ];
    assert_eq!(rows(&around).rows[0].authentication_ns, Some(4));
    let below =
        [server(1, 0, (0, 30), POD, "200"), internal(2, 1, (1, 6), "authentication"), handler(3, 2, (7, 29))];
    let found = rows(&below);
    assert_eq!(found.rows[0].authentication_ns, Some(5));
    assert_eq!(found.rows[0].phases.get(Phase::Authentication), 5);
    let alone = [server(1, 0, (0, 30), POD, "200"), handler(3, 1, (7, 29))];
    assert_eq!(rows(&alone).rows[0].authentication_ns, None);
}

#[test]
fn refused_and_unmodified_requests_need_no_handler() {
    for code in ["304", "403", "404", "429", "503"] {
        assert_eq!(gaps(&[server(1, 0, (0, 10), POD, code)]), [], "{code}");
    }
    assert_eq!(gaps(&[server(1, 0, (0, 10), POD, "200")]), [Gap::HandlerMissing]);
    assert_eq!(gaps(&[server(1, 0, (0, 10), "/api/v1/pods?watch=true", "200")]), []);
    let aggregated = [
        server(1, 0, (0, 10), "/apis/things.example.com/v1/things", "200"),
        of_apiserver(2, 1, (1, 9), 3, "HTTP GET"),
    ];
    assert_eq!(gaps(&aggregated), []);
    let metrics = server(1, 0, (0, 10), "/apis/metrics.k8s.io/v1beta1/nodes", "200");
    assert_eq!(gaps(&[metrics]), []);
    assert_eq!(gaps(&[server(1, 0, (0, 10), POD, "")]), [Gap::CodeMissing], "it may have been refused");
}

#[test]
fn a_list_says_what_it_read_and_returned_once() {
    let count = |mut one: Owned, name: &'static str, count: &'static str| {
        let value = Value::Int(count.parse().unwrap());
        let attributes = vec![Attribute { key: "count".into(), value }];
        one.span.events.push(Event { time: 5, name: name.into(), attributes, ..Default::default() });
        one
    };
    let cache = count(internal(3, 2, (2, 8), "cacher.GetList"), "Listed items from cache", "1800");
    let cache = count(cache, "Filtered items", "12");
    let mut list = internal(2, 1, (1, 9), "List");
    list.span.attributes = handler(2, 1, (1, 9)).span.attributes;
    let new = [server(1, 0, (0, 10), "/api/v1/pods", "200"), list.clone(), cache.clone()];
    // Up to 1.35 the handler says it too.
    let old = [new[0].clone(), count(list, "Writing http response done", "12"), cache];
    for spans in [new, old] {
        let row = &rows(&spans).rows[0];
        assert_eq!((row.listed_items, row.returned_items), (Some(1_800), Some(12)));
        assert_eq!(row.data_source, crate::DataSource::Cache);
    }
}

/// Up to Kubernetes 1.35 asking for the current revision is a span beside the cache's, not below it.
#[test]
fn asking_for_the_revision_is_no_read_from_etcd() {
    let revision = |limit| with(internal(3, 2, (2, 4), "List(recursive=false) etcd3"), &[("limit", limit)]);
    let call = of_apiserver(4, 3, (3, 4), 3, "etcdserverpb.KV/Range");
    let listed = with_event(internal(5, 2, (4, 8), "cacher.GetList"), 5, "Listed items from cache");
    let spans = [server(1, 0, (0, 10), "/api/v1/pods", "200"), internal(2, 1, (1, 9), "List"), call];
    let source = |more: &[Owned]| rows(&[&spans[..], more].concat()).rows[0].data_source;
    assert_eq!(source(&[revision("1"), listed.clone()]), crate::DataSource::Cache);
    assert_eq!(source(&[revision("0"), listed]), crate::DataSource::Both);
    assert_eq!(source(&[revision("1")]), crate::DataSource::Etcd);
    let watch = [
        server(1, 0, (0, 10), "/api/v1/pods?watch=true", "200"),
        of_apiserver(3, 1, (1, 2), 3, "etcdserverpb.KV/Range"),
    ];
    assert_eq!(rows(&watch).rows[0].data_source, crate::DataSource::None);
}

#[test]
fn detached_spans_and_missing_calls_are_gaps() {
    let detached = [server(1, 0, (0, 10), POD, "200"), handler(3, 2, (3, 9))];
    assert_eq!(gaps(&detached), [Gap::HandlerMissing, Gap::SpansDetached]);
    assert_eq!(rows(&detached).excluded, <_>::default());

    let storage = with_event(internal(3, 2, (2, 8), "GuaranteedUpdate etcd3"), 7, "Txn call completed");
    let mut spans = vec![server(1, 0, (0, 10), POD, "200"), handler(2, 1, (1, 9)), storage];
    assert_eq!(gaps(&spans), [Gap::EtcdCallMissing]);
    spans.push(of_apiserver(4, 3, (3, 7), 3, "etcdserverpb.KV/Txn"));
    assert_eq!(gaps(&spans), []);
    spans[2].span.dropped_events_count = 1;
    assert_eq!(gaps(&spans), [Gap::DetailsDropped]);
}

#[test]
fn requests_without_server_span_are_counted_once() {
    // Two orphans with the audit id of one request, and two without any, of one parent.
    let spans = [
        handler(2, 1, (3, 9)),
        handler(4, 3, (4, 9)),
        internal(6, 5, (1, 2), "audit"),
        internal(7, 5, (1, 2), "authorization"),
    ];
    let found = rows(&spans);
    assert_eq!(found.rows, []);
    assert_eq!(found.excluded.get(Excluded::ServerSpanMissing), 2);
}

#[test]
fn an_inverted_server_span_is_marked() {
    let found = [server(1, 0, (10, 3), POD, "403")];
    let row = &rows(&found).rows[0];
    assert_eq!((row.duration_ns, row.gaps.iter().collect::<Vec<_>>()), (0, vec![Gap::Inverted]));
}

/// An aggregated API server answers, and asks the first one back: three rows, each with its own time.
#[test]
fn nested_requests_are_rows_of_their_own() {
    let mut spans = [
        server(1, 0, (0, 100), "/apis/metrics.example.com/v1/things", "200"),
        of_apiserver(2, 1, (10, 90), 3, "HTTP GET"),
        server(3, 2, (20, 80), "/apis/metrics.example.com/v1/things", "200"),
        of_apiserver(4, 3, (30, 70), 3, "HTTP GET"),
        server(5, 4, (31, 69), POD, "200"),
        handler(6, 5, (32, 68)),
        internal(7, 6, (40, 60), "Call validating webhook"),
    ];
    for (index, instance) in
        [(0, "one"), (1, "one"), (2, "two"), (3, "two"), (4, "one"), (5, "one"), (6, "one")]
    {
        let pairs = [("service.name", "apiserver"), ("service.instance.id", instance)];
        spans[index].resource = crate::trace::testing::resource(&pairs);
    }
    let found = rows(&spans);
    let summary: Vec<_> = found
        .rows
        .iter()
        .map(|row| (row.component, row.phases.get(Phase::Aggregation), row.webhooks.len()))
        .collect();
    assert_eq!(summary[0], (Component::Apiserver, 80, 0));
    assert_eq!(summary[1], (Component::AggregatedApiserver, 40, 0));
    assert_eq!((summary[2].1, summary[2].2), (0, 1));
    assert_eq!(found.rows[2].webhooks[0].path_ns, 20);
}

/// A chain and a fan of server spans, as nobody sends them: read in about linear time.
#[test]
fn absurd_traces_are_read_once() {
    let chain = (1..=60_000).map(|id| server(id, id - 1, (id, 200_000 - id), POD, "200"));
    let fan = (60_001..=120_000).map(|id| of_apiserver(id, 60_000, (id, id + 9), 3, "etcdserverpb.KV/Txn"));
    let spans: Vec<Owned> = chain.chain(fan).collect();
    let found = rows(&spans);
    assert_eq!((found.rows.len(), found.excluded.get(Excluded::NestedTooDeep)), (8, 59_992));
    assert!(found.rows.iter().all(|row| row.phases.total_ns() == row.duration_ns));
}
