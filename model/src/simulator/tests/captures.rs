//! The 1.36 profile is what a real 1.36 control plane sent: per span name its attributes, kind, parents and links.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File};
use std::path::Path;

use proto::SpanId;
use proto::otlp::Value;

use super::*;

/// What the spans of a name have in common.
#[derive(Debug, Default)]
struct Shape {
    spans: u64,
    keys: BTreeSet<String>,
    keys_always: Option<BTreeSet<String>>,
    kinds: BTreeSet<i32>,
    parents: BTreeSet<String>,
    linked: BTreeSet<bool>,
    scopes: BTreeSet<String>,
    events: BTreeSet<String>,
    flags: BTreeSet<u32>,
}

fn value_type(value: &Value<'_>) -> &'static str {
    match value {
        Value::Empty => "empty",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Double(_) => "double",
        Value::Bytes(_) => "bytes",
        Value::Array(_) => "array",
        Value::KeyValueList(_) => "list",
    }
}

/// Server spans of the API server by method, since every path has a name of its own; others by name.
fn shape_name(received: &Received) -> String {
    let name = received.span.name.as_ref();
    match (service(received), received.span.kind, name.split_once(" /")) {
        ("apiserver", 2, Some((method, _))) => format!("apiserver {method} <path>"),
        (service, _, _) => format!("{service} {name}"),
    }
}

/// Event names without what is unbounded in them: log lines keep their first word.
fn event_name(service: &str, name: &str) -> String {
    let is_log_line = name.contains('"');
    match (service, is_log_line) {
        ("containerd", true) => name.split(' ').next().unwrap_or_default().to_owned(),
        ("containerd", false) if name.starts_with("connecting to shim") => "connecting to shim".to_owned(),
        _ => name.to_owned(),
    }
}

fn shapes(all: &[Received]) -> BTreeMap<String, Shape> {
    let names: HashMap<SpanId, String> =
        all.iter().map(|received| (received.span.span_id, shape_name(received))).collect();
    let mut shapes: BTreeMap<String, Shape> = BTreeMap::new();
    for received in all {
        let span = &received.span;
        let shape = shapes.entry(shape_name(received)).or_default();
        let keys: BTreeSet<String> = span
            .attributes
            .iter()
            .map(|attribute| format!("{}:{}", attribute.key, value_type(&attribute.value)))
            .collect();
        assert_eq!(keys.len(), span.attributes.len(), "a key twice in {}", span.name);
        shape.spans += 1;
        shape.keys_always = Some(match shape.keys_always.take() {
            None => keys.clone(),
            Some(always) => always.intersection(&keys).cloned().collect(),
        });
        shape.keys.extend(keys);
        shape.kinds.insert(span.kind);
        shape.linked.insert(!span.links.is_empty());
        shape.flags.insert(span.flags);
        shape.scopes.insert(format!("{}@{}", received.scope.name, received.scope.schema_url));
        shape.events.extend(span.events.iter().map(|event| event_name(service(received), &event.name)));
        match span.parent_span_id {
            None => shape.parents.insert("root".to_owned()),
            Some(parent) => names.get(&parent).is_some_and(|name| shape.parents.insert(name.clone())),
        };
    }
    shapes
}

fn captured() -> Vec<Received> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/fixtures");
    let mut sink = Sink::default();
    for slice in ["calm", "stall"] {
        for entry in fs::read_dir(fixtures.join(slice)).unwrap() {
            for request in proto::capture::read(File::open(entry.unwrap().path()).unwrap()).unwrap() {
                decode(&request.unwrap(), &mut sink);
            }
        }
    }
    sink.received
}

/// Names that the captures do not hold because nothing there caused them, each with its reason.
const NOT_CAPTURED: &[(&str, &str)] = &[
    ("kubelet /metrics/cadvisor", "nothing scraped the kubelet"),
    ("apiserver etcdserverpb.Maintenance/Status", "in the whole capture, not in its slices"),
    ("apiserver etcdserverpb.KV/Compact", "once in five minutes"),
    ("etcd etcdserverpb.KV/Compact", "once in five minutes"),
    ("etcd compact", "once in five minutes"),
    ("containerd pkg.unpack.unpacker.fetchLayer", "in the whole capture, not in its slices"),
];

/// Parents that the captures do not hold: the aggregated API server that ran there was dead.
const PARENTS_NOT_CAPTURED: &[(&str, &str)] = &[("apiserver HTTP GET", "apiserver authorization")];

fn simulated() -> Vec<Received> {
    let scenario = Scenario { clock_skew_ms: 0.0, ..small("1.36") };
    run(&scenario, 420).0
}

#[test]
fn the_1_36_profile_sends_what_the_captures_show() {
    let (captured, simulated) = (shapes(&captured()), shapes(&simulated()));
    let mut faults = Vec::new();
    for (name, sent) in &simulated {
        let Some(real) = captured.get(name) else {
            if NOT_CAPTURED.iter().all(|(known, _)| known != name) {
                faults.push(format!("{name}: no such span was captured"));
            }
            continue;
        };
        let mut differ = |what: &str, sent: String| faults.push(format!("{name}: {what}: {sent}"));
        let unknown: Vec<_> = sent.keys.difference(&real.keys).collect();
        if !unknown.is_empty() {
            differ("keys that were never captured", format!("{unknown:?}"));
        }
        let (always, sent_always) = (real.keys_always.as_ref().unwrap(), sent.keys_always.as_ref().unwrap());
        let missing: Vec<_> = always.difference(sent_always).collect();
        if !missing.is_empty() {
            differ("keys that every captured span has", format!("{missing:?}"));
        }
        let mut parents = real.parents.clone();
        parents.extend(
            PARENTS_NOT_CAPTURED.iter().filter(|known| known.0 == name).map(|known| known.1.to_owned()),
        );
        for (what, sent, real) in [
            ("parents", &sent.parents, &parents),
            ("scopes", &sent.scopes, &real.scopes),
            ("events", &sent.events, &real.events),
        ] {
            let unknown: Vec<_> = sent.difference(real).collect();
            if !unknown.is_empty() {
                differ(what, format!("{unknown:?}"));
            }
        }
        if sent.kinds != real.kinds {
            differ("kinds", format!("{:?} for {:?}", sent.kinds, real.kinds));
        }
        if !sent.flags.is_subset(&real.flags) {
            differ("flags", format!("{:x?} for {:x?}", sent.flags, real.flags));
        }
        if !sent.linked.is_subset(&real.linked) {
            differ("links", format!("{:?} for {:?}", sent.linked, real.linked));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let compared = simulated.keys().filter(|name| captured.contains_key(*name)).count();
    assert!(compared >= 60, "{compared} names were compared");
}
