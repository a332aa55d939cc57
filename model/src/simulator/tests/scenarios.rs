//! Each scenario's truth holds its planted cause, and plainly: the right answer is known.

use std::collections::HashMap;
use std::hash::Hash;

use super::*;

fn truth(name: &str, seconds: u64) -> (Scenario, Truth, Vec<Received>) {
    let scenario = Scenario::named(name).unwrap();
    let (received, truth) = run(&scenario, seconds);
    (scenario, truth, received)
}

/// The key with the highest sum.
fn first<K: Hash + Eq + Clone>(sums: impl Iterator<Item = (K, u64)>) -> K {
    let mut totals: HashMap<K, u64> = HashMap::new();
    for (key, nanoseconds) in sums {
        *totals.entry(key).or_default() += nanoseconds;
    }
    totals.into_iter().max_by_key(|(_, total)| *total).unwrap().0
}

#[test]
fn every_scenario_is_read_and_says_what_it_is() {
    for name in Scenario::names() {
        let scenario = Scenario::named(name).unwrap();
        assert_eq!(scenario.name, name);
        assert!(!scenario.about.is_empty());
        assert_eq!(scenario.faults.is_empty(), scenario.cause.is_empty(), "{name}");
        Simulator::new(&scenario, 1).unwrap();
    }
    let error = Scenario::named("nothing").unwrap_err().to_string();
    assert!(error.contains("etcd-disk-slow"), "{error}");
    let unknown = Scenario { kubernetes: "1.99".to_owned(), ..Scenario::default() };
    assert!(Simulator::new(&unknown, 1).unwrap_err().to_string().contains("1.99"));
    assert!(Scenario::parse("nodez = 3").is_err());
}

#[test]
fn the_slow_disk_is_the_largest_phase_and_one_member() {
    let (_, truth, received) = truth("etcd-disk-slow", 60);
    let requests = truth.requests.iter().filter(|request| !request.watch && request.verb != "connect");
    let phase = first(requests.flat_map(|request| request.phases.iter().copied()));
    assert_eq!(phase, "etcd_inner");
    let of_etcd = received.iter().filter(|received| received.span.name == "txn");
    let member = first(of_etcd.map(|received| {
        (received.resource.string("service.instance.id").unwrap(), received.span.duration_ns())
    }));
    assert_eq!(member, "etcd-cp-2");
}

#[test]
fn the_webhook_that_does_not_answer_is_the_slowest() {
    let (scenario, truth, received) = truth("webhook-10s", 60);
    let calls = truth.requests.iter().flat_map(|request| &request.webhooks);
    assert_eq!(first(calls.map(|call| (call.name.clone(), call.duration_ns))), scenario.cause["webhook"]);
    let timed_out = received.iter().filter(|received| {
        received.span.status.as_ref().is_some_and(|status| status.message == "context deadline exceeded")
    });
    let durations: Vec<u64> = timed_out.map(|received| received.span.duration_ns()).collect();
    assert!(durations.len() > 2 && durations.iter().all(|duration| *duration >= 10 * SECOND));
}

#[test]
fn the_slow_network_is_on_one_node() {
    let (scenario, truth, _) = truth("slow-cni", 120);
    let node = first(truth.pod_starts.iter().map(|pod| (pod.node.clone(), pod.cni_ns)));
    assert_eq!(node, scenario.cause["node"]);
}

#[test]
fn the_lists_without_limit_come_from_one_client() {
    let (_, truth, _) = truth("unlimited-lists", 60);
    let lists = truth.requests.iter().filter(|request| request.verb == "list");
    let client = first(lists.map(|request| (request.user_agent.clone(), request.response_bytes)));
    assert!(client.starts_with("report-builder"), "{client}");
}

#[test]
fn a_restarted_server_ends_its_watches_and_refuses() {
    let (scenario, truth, _) = truth("apiserver-restart", 120);
    let stop = scenario.start_unix_nano + 60 * SECOND;
    let failed = truth.requests.iter().filter(|request| request.code == 503);
    assert_eq!(first(failed.map(|request| (request.process.0, 1))), 1);
    let ended =
        |request: &&PlannedRequest| request.watch && request.start + request.duration_ns > stop - SECOND;
    let early = truth
        .requests
        .iter()
        .filter(ended)
        .filter(|request| request.start + request.duration_ns < stop + SECOND);
    assert!(early.clone().count() > 10 && early.clone().all(|request| request.process.0 == 1));
    let away = truth.requests.iter().filter(|request| {
        (stop + SECOND..stop + 29 * SECOND).contains(&request.start) && request.process.0 == 1
    });
    assert_eq!(away.count(), 0);
}

#[test]
fn an_upgrade_sends_both_versions_for_a_while() {
    let (_, truth, received) = truth("upgrade", 200);
    let versions = |from: u64, until: u64| -> Vec<&str> {
        let first = truth.requests[0].start;
        let mut versions: Vec<&str> = truth
            .requests
            .iter()
            // The aggregated API server stays as it is.
            .filter(|request| request.group != "metrics.k8s.io")
            .filter(|request| (first + from * SECOND..first + until * SECOND).contains(&request.start))
            .map(|request| request.kubernetes.as_str())
            .collect();
        versions.sort_unstable();
        versions.dedup();
        versions
    };
    assert_eq!(versions(0, 50), ["1.33"]);
    assert_eq!(versions(62, 66), ["1.33", "1.36"]);
    assert_eq!(versions(120, 200), ["1.36"]);
    let mut scopes: HashMap<ProcessId, Vec<String>> = HashMap::new();
    for received in received.iter().filter(|received| received.scope.name.ends_with("otelgrpc")) {
        let of_process = scopes.entry(received.process).or_default();
        if !of_process.contains(&received.scope.version.to_string()) {
            of_process.push(received.scope.version.to_string());
        }
    }
    let apiservers = (0..3).map(|index| &scopes[&ProcessId(index)]);
    assert!(apiservers.into_iter().all(|versions| versions == &["0.58.0", "0.65.0"]), "{scopes:?}");
}

#[test]
fn the_slow_zone_is_where_pods_start_slowly() {
    let (scenario, truth, received) = truth("slow-zone", 60);
    let zone = first(truth.pod_starts.iter().map(|pod| (pod.zone, pod.duration_ns)));
    assert_eq!(zone, scenario.cause["zone"]);
    let knows = |received: &Received| {
        received.resource.attributes.iter().any(|attribute| attribute.key.contains("zone"))
    };
    assert!(!received.iter().any(knows), "no span knows its zone");
}

#[test]
fn resource_attributes_tell_the_zone_where_they_are_set() {
    let scenario = Scenario { resource_attributes: true, ..Scenario::named("small").unwrap() };
    let (received, _) = run(&scenario, 10);
    assert!(received.iter().all(|received| received.resource.string("cloud.availability_zone").is_some()));
}
