//! The streams: reproducible, in order, in batches, bounded, with duplicates, sampling and clocks as told.

use std::collections::{HashMap, HashSet};

use super::*;

fn exports(scenario: &Scenario, seed: u64, seconds: u64) -> Vec<Export> {
    let mut simulator = Simulator::new(scenario, seed).unwrap().acknowledging(3_000_000);
    let until = scenario.start_unix_nano + seconds * SECOND;
    std::iter::from_fn(|| simulator.next_until(until)).collect()
}

#[test]
fn one_seed_gives_the_same_bytes_and_another_gives_others() {
    let bytes = |seed| -> Vec<_> {
        exports(&small("1.36"), seed, 30).into_iter().map(|export| export.request).collect()
    };
    assert_eq!(bytes(1), bytes(1));
    assert_ne!(bytes(1), bytes(2));
}

#[test]
fn exports_come_in_order_of_time_one_at_a_time_and_never_above_512_spans() {
    let mut busy: HashMap<ProcessId, u64> = HashMap::new();
    let mut last = 0;
    let all = exports(&small("1.36"), 1, 60);
    assert!(all.len() > 100);
    for export in all {
        assert!(export.at >= last && (1..=512).contains(&export.spans), "{export:?}");
        last = export.at;
        let free = busy.insert(export.process, export.at + 3_000_000).unwrap_or(0);
        assert!(export.at >= free, "a second export in flight of {:?}", export.process);
    }
}

#[test]
fn spans_arrive_within_five_seconds_of_their_end() {
    let scenario = small("1.36");
    let mut late = 0;
    for export in exports(&scenario, 1, 60) {
        let mut sink = Sink::default();
        decode(&export.request, &mut sink);
        for received in &sink.received {
            assert!(received.span.end <= export.at);
            late = late.max(export.at - received.span.end);
        }
    }
    assert!(late <= 5 * SECOND + 3_000_000, "{late}");
}

#[test]
fn every_process_is_a_stream_with_its_own_resource() {
    let (received, _) = run(&small("1.36"), 60);
    let mut resources: HashMap<ProcessId, HashSet<Vec<u8>>> = HashMap::new();
    for received in &received {
        resources.entry(received.process).or_default().insert(received.resource.wire.to_vec());
    }
    assert_eq!(
        resources.len(),
        19,
        "3 API servers, 3 etcd, 6 kubelets, 6 runtimes, an aggregated API server"
    );
    assert!(resources.values().all(|of_process| of_process.len() == 1));
    let of = |service_name: &str| -> HashSet<&[u8]> {
        let all = received.iter().filter(|received| service(received) == service_name);
        all.map(|received| received.resource.wire.as_ref()).collect()
    };
    let different = ["apiserver", "etcd", "kubelet", "containerd"].map(|name| of(name).len());
    assert_eq!(different, [4, 3, 6, 1], "nothing tells one containerd from another");
}

#[test]
fn a_lost_acknowledgement_brings_the_same_spans_again() {
    let scenario = Scenario { lost_acks: 0.2, ..small("1.36") };
    let all = exports(&scenario, 1, 60);
    let again: Vec<_> = all.iter().filter(|export| export.attempt > 1).collect();
    assert!(!again.is_empty());
    for export in again {
        let first = |earlier: &&Export| {
            earlier.attempt + 1 == export.attempt
                && earlier.process == export.process
                && earlier.request == export.request
        };
        assert_eq!(all.iter().filter(first).count(), 1);
    }
}

#[test]
fn an_unanswered_exporter_stalls_and_then_drops() {
    let scenario = Scenario { requests_per_s: 2_000.0, nodes: 1, ..small("1.36") };
    let mut simulator = Simulator::new(&scenario, 1).unwrap();
    let until = scenario.start_unix_nano + 10 * SECOND;
    let apiservers = std::iter::from_fn(|| simulator.next_until(until)).filter(|e| e.process.0 < 3).count();
    assert_eq!(apiservers, 3, "one export in flight each, and no answer");
    assert!(simulator.losses().dropped > 10_000, "{:?}", simulator.losses());
}

#[test]
fn sampling_keeps_the_traces_that_go_would_keep() {
    let scenario = Scenario { sampling: 0.1, ..small("1.36") };
    let (received, truth) = run(&scenario, 60);
    for received in &received {
        let [.., a, b, c, d, e, f, g, h] = received.span.trace_id.0;
        let fraction = u64::from_be_bytes([a, b, c, d, e, f, g, h]) >> 1;
        assert!((fraction as f64) < 0.1 * 2_f64.powi(63));
    }
    let sampled = truth.requests.iter().filter(|request| request.sampled).count() as f64;
    let share = sampled / truth.requests.len() as f64;
    assert!((0.07..0.13).contains(&share), "{share}");
}

#[test]
fn clocks_that_are_wrong_put_children_outside_their_parents() {
    let outside = |clock_skew_ms| {
        let (received, _) = run(&Scenario { clock_skew_ms, ..small("1.36") }, 30);
        let by_id: HashMap<_, _> =
            received.iter().map(|received| (received.span.span_id, received)).collect();
        let of_etcd = received.iter().filter(|received| service(received) == "etcd");
        of_etcd
            .filter_map(|child| Some((child, by_id.get(&child.span.parent_span_id?)?)))
            .filter(|(child, parent)| {
                child.span.start < parent.span.start || child.span.end > parent.span.end
            })
            .count()
    };
    assert_eq!(outside(0.0), 0);
    assert!(outside(20.0) > 100);
}

#[test]
fn lost_spans_are_missing_and_the_truth_says_so() {
    let (received, truth) = run(&Scenario { lost_spans: 0.02, ..small("1.36") }, 60);
    let incomplete = truth.requests.iter().filter(|request| !request.complete).count();
    assert!(incomplete > truth.requests.len() / 20, "{incomplete}");
    let sent: HashSet<_> = received.iter().map(|received| received.span.span_id).collect();
    let orphans = received.iter().filter(|received| {
        let span = &received.span;
        // An old enough span: its parent would have arrived.
        span.parent_span_id.is_some_and(|parent| !sent.contains(&parent)) && span.kind == 1
    });
    assert!(orphans.count() > 100);
}

#[test]
fn nodes_json_places_every_host_in_a_zone() {
    let simulator = Simulator::new(&Scenario::named("100-nodes").unwrap(), 1).unwrap();
    let nodes: serde_json::Value = serde_json::from_str(&simulator.cluster().nodes_json()).unwrap();
    let items = nodes["items"].as_array().unwrap();
    assert_eq!(items.len(), 103);
    let zones: HashSet<_> =
        items.iter().map(|item| item["metadata"]["labels"]["topology.kubernetes.io/zone"].as_str()).collect();
    assert_eq!(zones.len(), 3);
    assert_eq!(items[3]["status"]["addresses"][0]["address"], "10.128.0.1");
}

/// A watch of events lasts long and hears much: of its messages the last 128 are sent.
#[test]
fn a_span_has_as_many_events_as_the_sdk_keeps() {
    let scenario = Scenario { requests_per_s: 200.0, nodes: 2, ..Scenario::named("small").unwrap() };
    let (received, _) = run(&scenario, 400);
    let streams = received
        .iter()
        .filter(|received| received.span.name == "etcdserverpb.Watch/Watch" && received.span.kind == 3);
    let full = |received: &&Received| received.span.dropped_events_count > 0;
    let full: Vec<&Received> = streams.filter(full).collect();
    assert!(!full.is_empty());
    for received in full {
        let span = &received.span;
        assert_eq!(span.events.len(), 128);
        let last = span.events.last().unwrap();
        let id = last.attributes.iter().find(|attribute| attribute.key.ends_with("message.id")).unwrap();
        // The first was sent.
        let all = u64::from(span.dropped_events_count) + 128;
        assert_eq!(id.value, proto::otlp::Value::Int(all as i64 - 1));
    }
}
