//! Phases against a slow implementation that asks, for every stretch of time without a boundary in it, who was at work:
//! at each level the child that ends last of those running. It has its own reading of names and events.

use proptest::prelude::*;

use crate::phase::{Phase, PhaseTimes, phase_segments};
use crate::trace::Trace;
use crate::trace::testing::{Owned, assembled, by_trace, fixture, span};
use crate::{Component, SpanView};

const INTERNAL: i32 = 1;
const SERVER: i32 = 2;
const CLIENT: i32 = 3;

/// The phases of the request with server span `server`, per stretch of time.
fn slow_times(trace: &Trace<'_>, server: usize) -> PhaseTimes {
    let (start, end) = trace.nodes[server].interval();
    let nodes: Vec<usize> = trace.subtree(server).collect();
    let parents: Vec<usize> = nodes.iter().map(|node| real_parent(trace, server, *node)).collect();
    let mut boundaries: Vec<u64> = nodes
        .iter()
        .flat_map(|node| {
            let (from, to) = trace.nodes[*node].interval();
            let events = trace.nodes[*node].view.span.events.iter().map(|event| event.time);
            events.chain([from, to]).collect::<Vec<_>>()
        })
        .chain([start, end])
        .filter(|time| (start..=end).contains(time))
        .collect();
    boundaries.sort_unstable();
    boundaries.dedup();
    let mut times = PhaseTimes::default();
    for pair in boundaries.windows(2) {
        let mut path = vec![server];
        loop {
            let at = *path.last().unwrap();
            let children =
                nodes.iter().zip(&parents).filter(|(node, parent)| **parent == at && **node != server);
            let running = children.map(|(node, _)| *node).filter(|node| {
                let (from, to) = trace.nodes[*node].interval();
                from <= pair[0] && pair[1] <= to
            });
            let last = running.min_by_key(|node| {
                let (from, to) = trace.nodes[*node].interval();
                (u64::MAX - to, from, *node)
            });
            match last {
                Some(child) => path.push(child),
                None => break,
            }
        }
        let has_children = parents.iter().zip(&nodes).filter(|(_, node)| **node != server);
        let refused = trace.nodes[server].view.integer("http.response.status_code") == Some(403);
        let first_child = has_children
            .filter(|(parent, _)| *parent == path.last().unwrap())
            .map(|(_, node)| trace.nodes[*node].view)
            .filter(|view| {
                let is_response = Component::of(*view) == Component::Apiserver
                    && view.span.kind == INTERNAL
                    && view.span.name == "SerializeObject";
                !(refused && is_response)
            })
            .map(|view| view.span.start)
            .min();
        let has_handler = nodes.iter().zip(&parents).any(|(node, parent)| {
            let view = trace.nodes[*node].view;
            let handlers = ["Create", "Update", "Patch", "Delete", "Get", "List"];
            let is_handler = view.span.kind == INTERNAL && handlers.contains(&view.span.name.as_ref());
            *node != server && *parent == *path.last().unwrap() && is_handler
        });
        let calls = nodes.iter().zip(&parents).filter(|(_, parent)| *parent == path.last().unwrap());
        let calls = calls.map(|(node, _)| trace.nodes[*node].view).filter(|view| {
            let is_call = view.span.name.starts_with("etcdserverpb.")
                && !view.span.name.starts_with("etcdserverpb.Watch/");
            is_call && view.span.kind == CLIENT && Component::of(*view) == Component::Apiserver
        });
        let calls: Vec<u64> = calls.map(|view| view.span.start).collect();
        let phase = slow_phase(trace, &path, pair[0], (first_child, has_handler), &calls);
        times.add(phase, pair[1] - pair[0]);
    }
    times
}

fn real_parent(trace: &Trace<'_>, server: usize, node: usize) -> usize {
    let view = trace.nodes[node].view;
    let Some(recorded) = trace.nodes[node].parent.filter(|_| node != server) else { return server };
    let recorded = trace.nodes[node].adopted_by.unwrap_or(recorded).max(server);
    let is_apiserver = Component::of(view) == Component::Apiserver && view.span.kind == INTERNAL;
    let hosts: &[&str] = match view.span.name.as_ref() {
        _ if !is_apiserver => &[],
        "Call mutating webhook" | "Call validating webhook" => &["GuaranteedUpdate etcd3"],
        "SerializeObject" => &["Create", "Update", "Patch", "Delete", "Get", "List"],
        _ => &[],
    };
    let before = (server + 1..node).rev().filter(|other| {
        let other = &trace.nodes[*other];
        let parent = other.adopted_by.or(other.parent).unwrap_or(server).max(server);
        let is_host = Component::of(other.view) == Component::Apiserver && other.view.span.kind == INTERNAL;
        is_host && parent == recorded && hosts.contains(&other.view.span.name.as_ref())
    });
    before
        .into_iter()
        .find(|other| {
            let (from, to) = trace.nodes[*other].interval();
            from <= view.span.start && view.span.start < to
        })
        .unwrap_or(recorded)
}

/// The phase of the innermost span of `path` at time `at`.
fn slow_phase(
    trace: &Trace<'_>,
    path: &[usize],
    at: u64,
    (first_child, has_handler): (Option<u64>, bool),
    calls: &[u64],
) -> Phase {
    let mut phase = Phase::Own;
    for node in &path[1..] {
        let view = trace.nodes[*node].view;
        match name_phase(view) {
            Some((found, true)) => return found,
            Some((found, false)) => phase = found,
            None => {}
        }
    }
    let view = trace.nodes[*path.last().unwrap()].view;
    if path.len() == 1 || name_phase(view).is_none() {
        return phase;
    }
    if view.span.name == "authorization" && phase == Phase::Authorization {
        let refused = trace.nodes[path[0]].view.integer("http.response.status_code") == Some(403);
        let later = first_child.map_or(!refused, |first| first <= at) && !has_handler;
        return if later { Phase::Own } else { phase };
    }
    between(view, at, calls).unwrap_or(phase)
}

/// The phase of a span by name, and whether what is below has it too.
fn name_phase(view: SpanView<'_>) -> Option<(Phase, bool)> {
    let (name, kind) = (view.span.name.as_ref(), view.span.kind);
    let found = match (Component::of(view), kind) {
        (Component::Etcd, SERVER) => (Phase::EtcdServer, false),
        (Component::Etcd, INTERNAL) => (Phase::EtcdInner, false),
        (Component::Apiserver, CLIENT) if name.starts_with("etcdserverpb.Watch/") => (Phase::Own, true),
        (Component::Apiserver, CLIENT) if name.starts_with("etcdserverpb.") => (Phase::EtcdWire, false),
        (Component::Apiserver, CLIENT) if name.starts_with("HTTP ") => (Phase::Aggregation, true),
        (Component::Apiserver, INTERNAL) => match name {
            "authentication" => (Phase::Authentication, false),
            "audit" => (Phase::Audit, false),
            "impersonation" | "constrainedimpersonation" => (Phase::Impersonation, false),
            "priorityandfairness" => (Phase::PriorityAndFairness, false),
            "authorization" => (Phase::Authorization, false),
            "Create" | "Update" | "Patch" | "Delete" | "Get" | "List" | "WatchList" => (Phase::Own, false),
            "SerializeObject" | "WatchServer.HandleHTTP" => (Phase::Serialization, false),
            "Call mutating webhook" => (Phase::MutatingWebhook, true),
            "Call validating webhook" => (Phase::ValidatingWebhook, true),
            "Create etcd3" | "GuaranteedUpdate etcd3" | "Get etcd3" => (Phase::EtcdClient, false),
            name if name.starts_with("List(recursive=") => (Phase::EtcdClient, false),
            name if name.starts_with("cacher.") => (Phase::Cache, false),
            _ => return None,
        },
        _ => return None,
    };
    Some(found)
}

/// The phase of a span's own time at `at`, by the events around it, and the `calls` of etcd below it.
fn between(view: SpanView<'_>, at: u64, calls: &[u64]) -> Option<Phase> {
    let before = view.span.events.iter().rev().find(|event| event.time <= at);
    let after = view.span.events.iter().find(|event| event.time > at);
    let times = (before.map_or(0, |event| event.time), after.map_or(u64::MAX, |event| event.time));
    let between = |call: &&u64| (times.0..times.1).contains(call);
    let called = calls.iter().filter(between).any(|call| *call <= at);
    let calls = calls.iter().filter(between).any(|call| *call > at);
    let after = after.map(|event| event.name.as_ref());
    if view.span.name == "GuaranteedUpdate etcd3" && (called || calls) {
        let restored = before.is_some_and(|event| event.name == "initial value restored");
        let is_attempt = if calls { restored && !called } else { after == Some("About to Encode") };
        return is_attempt.then_some(Phase::Own);
    }
    match (view.span.name.as_ref(), before?.name.as_ref(), after) {
        ("Create" | "Update", "About to convert to expected version", Some("Conversion done")) => {
            Some(Phase::Conversion)
        }
        ("cacher.Get", "About to Get from underlying storage", None)
        | ("cacher.GetList", "Ready", Some("getCurrentRV success")) => Some(Phase::EtcdClient),
        ("Create etcd3" | "GuaranteedUpdate etcd3", "About to Encode", Some("Encode succeeded")) => {
            Some(Phase::StorageEncode)
        }
        (
            "Create etcd3" | "GuaranteedUpdate etcd3",
            "Encode succeeded",
            Some("TransformToStorage succeeded"),
        ) => Some(Phase::Encryption),
        (
            "GuaranteedUpdate etcd3",
            "initial value restored" | "Retry value restored",
            Some("About to Encode") | None,
        )
        | ("GuaranteedUpdate etcd3", "Retry value restored", Some("Retry value restored")) => {
            Some(Phase::Own)
        }
        _ => None,
    }
}

fn fast_times(trace: &Trace<'_>, server: usize) -> PhaseTimes {
    let (start, end) = trace.nodes[server].interval();
    let segments = phase_segments(trace, server, end);
    let mut times = PhaseTimes::default();
    let mut reached = start;
    for segment in &segments {
        assert_eq!(segment.start, reached, "a gap or an overlap");
        assert!(segment.start < segment.end, "an empty segment");
        times.add(segment.phase, segment.end - segment.start);
        reached = segment.end;
    }
    assert_eq!(reached, end);
    times
}

#[test]
fn the_slow_way_gives_the_same_on_the_captures() {
    let mut compared = 0;
    for slice in ["calm", "stall"] {
        let spans = fixture(slice);
        for trace in by_trace(&spans).values().map(|spans| assembled(spans.iter().copied())) {
            for server in 0..trace.nodes.len() {
                let view = trace.nodes[server].view;
                if view.span.kind != SERVER || Component::of(view) != Component::Apiserver {
                    continue;
                }
                assert_eq!(
                    fast_times(&trace, server),
                    slow_times(&trace, server),
                    "{} {}",
                    view.span.trace_id,
                    view.span.span_id
                );
                compared += 1;
            }
        }
    }
    assert!(compared > 4_000, "{compared} requests");
}

const NAMES: [(&str, i32, &str); 18] = [
    ("apiserver", INTERNAL, "cacher.Get"),
    ("apiserver", INTERNAL, "audit"),
    ("apiserver", INTERNAL, "authorization"),
    ("apiserver", INTERNAL, "authentication"),
    ("apiserver", INTERNAL, "Create"),
    ("apiserver", INTERNAL, "Patch"),
    ("apiserver", INTERNAL, "SerializeObject"),
    ("apiserver", INTERNAL, "Call mutating webhook"),
    ("apiserver", INTERNAL, "Call validating webhook"),
    ("apiserver", INTERNAL, "GuaranteedUpdate etcd3"),
    ("apiserver", INTERNAL, "Create etcd3"),
    ("apiserver", INTERNAL, "cacher.GetList"),
    ("apiserver", INTERNAL, "something new"),
    ("apiserver", CLIENT, "etcdserverpb.KV/Txn"),
    ("apiserver", CLIENT, "HTTP POST"),
    ("etcd", SERVER, "etcdserverpb.KV/Txn"),
    ("etcd", INTERNAL, "txn"),
    ("webhook", SERVER, "POST /validate"),
];

const EVENTS: [&str; 10] = [
    "About to Get from underlying storage",
    "Ready",
    "getCurrentRV success",
    "About to convert to expected version",
    "Conversion done",
    "initial value restored",
    "About to Encode",
    "Encode succeeded",
    "TransformToStorage succeeded",
    "Retry value restored",
];

fn spans() -> impl Strategy<Value = Vec<Owned>> {
    let event = (0_u64..100, 0..EVENTS.len());
    let one = (
        0..NAMES.len(),
        any::<prop::sample::Index>(),
        0_u64..100,
        0_u64..60,
        prop::collection::vec(event, 0..5),
    );
    (prop::collection::vec(one, 0..24), any::<bool>()).prop_map(|(children, refused)| {
        let mut root =
            span(1, 0, 10, 90).process("apiserver").name("POST /api/v1/namespaces/{:namespace}/pods");
        root.span.kind = SERVER;
        root.span.attributes.push(proto::otlp::Attribute {
            key: "http.response.status_code".into(),
            value: proto::otlp::Value::Int(if refused { 403 } else { 201 }),
        });
        let mut spans = vec![root];
        for (name, parent, start, length, mut events) in children {
            let (process, kind, name) = NAMES[name];
            let parent = parent.index(spans.len()) as u64 + 1;
            let mut one =
                span(spans.len() as u64 + 1, parent, start, start + length).process(process).name(name);
            one.span.kind = kind;
            events.sort_unstable();
            one.span.events = events
                .into_iter()
                .filter(|(time, _)| (start..=start + length).contains(time))
                .map(|(time, name)| proto::otlp::Event {
                    time,
                    name: EVENTS[name].into(),
                    ..Default::default()
                })
                .collect();
            spans.push(one);
        }
        spans
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn the_slow_way_gives_the_same_on_any_tree(spans in spans()) {
        let trace = assembled(&spans);
        let server = trace.nodes.iter().position(|node| node.view.span.span_id == spans[0].span.span_id).unwrap();
        prop_assert_eq!(fast_times(&trace, server), slow_times(&trace, server));
    }
}
