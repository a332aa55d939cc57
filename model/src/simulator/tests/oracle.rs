//! The truth against the spans themselves, added up the slow and plain way.

use std::collections::{BTreeMap, HashMap};

use proto::TraceId;

use super::*;

/// Times of the spans called `names`, but for etcd's own when `from` is the API server, and the other way round.
fn spans<'a>(trace: &[&'a Received], from: &str, names: &[&str]) -> Vec<&'a Received> {
    let of_service = trace.iter().filter(|received| service(received) == from);
    of_service.filter(|received| names.contains(&received.span.name.as_ref())).copied().collect()
}

fn total(spans: &[&Received]) -> u64 {
    spans.iter().map(|received| received.span.duration_ns()).sum()
}

fn union(spans: &[&Received]) -> u64 {
    let mut times: Vec<(u64, u64)> = spans.iter().map(|it| (it.span.start, it.span.end)).collect();
    times.sort_unstable();
    let (mut covered, mut reached) = (0, 0);
    for (start, end) in times {
        covered += end.saturating_sub(start.max(reached));
        reached = reached.max(end);
    }
    covered
}

const CALLS: [&str; 3] = ["etcdserverpb.KV/Txn", "etcdserverpb.KV/Range", "etcdserverpb.KV/RangeStream"];

/// Phases read off the spans of a request that has a handler span.
fn measured(trace: &[&Received]) -> BTreeMap<&'static str, u64> {
    let api = |names: &[&str]| spans(trace, "apiserver", names);
    let one = |name: &str| total(&api(&[name]));
    let inner = total(&spans(trace, "etcd", &["txn", "range", "range_streaming"]));
    let server = total(&spans(trace, "etcd", &CALLS));
    let impersonation = total(&api(&["impersonation", "constrainedimpersonation"]));
    let handlers = ["Get", "List", "Create", "Update", "Patch", "Delete"];
    let asks_etcd = |received: &&Received| {
        received.span.events.iter().any(|event| event.name == "About to Get from underlying storage")
    };
    let cached: Vec<&Received> = api(&["cacher.GetList", "cacher list", "cacher.Get"])
        .into_iter()
        .filter(|received| !asks_etcd(received))
        .collect();
    let ids: Vec<_> = cached.iter().map(|received| received.span.span_id).collect();
    let below: Vec<&Received> = trace
        .iter()
        .filter(|received| received.span.parent_span_id.is_some_and(|parent| ids.contains(&parent)))
        .copied()
        .collect();
    let gap = |name, start_event: &str, end_event: &str| -> u64 {
        let mut sum = 0;
        for received in api(&[name]) {
            let times = |name: &str| -> Vec<u64> {
                let events = received.span.events.iter().filter(|event| event.name == name);
                events.map(|event| event.time).collect()
            };
            sum +=
                times(end_event).iter().zip(times(start_event)).map(|(end, start)| end - start).sum::<u64>();
        }
        sum
    };
    let storage = ["Create etcd3", "GuaranteedUpdate etcd3"];
    let both = |start, end| storage.iter().map(|name| gap(name, start, end)).sum::<u64>();
    BTreeMap::from([
        ("audit", one("audit") - impersonation),
        ("impersonation", impersonation - one("priorityandfairness")),
        ("priority_and_fairness", one("priorityandfairness") - one("authorization")),
        ("authorization", one("authorization").saturating_sub(total(&api(&handlers)))),
        ("mutating_webhook", one("Call mutating webhook")),
        ("validating_webhook", union(&api(&["Call validating webhook"]))),
        (
            "conversion",
            ["Create", "Update"]
                .iter()
                .map(|name| gap(name, "About to convert to expected version", "Conversion done"))
                .sum(),
        ),
        // In 1.37 asking etcd for the revision has no span around the call, but events.
        ("cache", total(&cached) - total(&below).max(gap("cacher.GetList", "Ready", "getCurrentRV success"))),
        ("storage_encode", both("About to Encode", "Encode succeeded")),
        ("encryption", both("Encode succeeded", "TransformToStorage succeeded")),
        ("etcd_wire", total(&api(&CALLS)) - server),
        ("etcd_server", server - inner),
        ("etcd_inner", inner),
        ("serialization", one("SerializeObject")),
    ])
}

/// The phases that the spans of `version` measure by themselves.
fn comparable(version: &str, phase: &str) -> bool {
    let minor: u32 = version.trim_start_matches("1.").parse().unwrap();
    match phase {
        "etcd_wire" | "etcd_server" | "etcd_inner" => true,
        "audit" | "impersonation" | "priority_and_fairness" | "authorization" => minor >= 34,
        _ => minor >= 26,
    }
}

#[test]
fn the_truth_is_what_the_spans_add_up_to() {
    for version in ["1.25", "1.28", "1.30", "1.31", "1.33", "1.34", "1.36", "1.37"] {
        let (received, truth) = run(&small(version), 60);
        let mut traces: HashMap<TraceId, Vec<&Received>> = HashMap::new();
        for received in &received {
            traces.entry(received.span.trace_id).or_default().push(received);
        }
        let mut compared = 0;
        let until = Scenario::default().start_unix_nano + 45 * SECOND;
        for request in &truth.requests {
            // Requests that have a handler span and have ended, each with a trace to itself.
            let has_handler =
                !matches!(request.verb, "watch" | "connect" | "") && !matches!(request.code, 403 | 429);
            let is_aggregated = request.group == "metrics.k8s.io";
            if is_aggregated || !has_handler || request.start + request.duration_ns > until {
                continue;
            }
            let planned: HashMap<&str, u64> = request.phases.iter().copied().collect();
            let measured = measured(&traces[&request.trace_id]);
            for (phase, measured) in measured.into_iter().filter(|(phase, _)| comparable(version, phase)) {
                let planned = planned.get(phase).copied().unwrap_or(0);
                assert_eq!(planned, measured, "{phase} in {version} of {request:#?}");
            }
            compared += 1;
        }
        assert!(compared > 4_000, "{version}: {compared}");
    }
}

#[test]
fn pod_starts_take_what_their_spans_take() {
    for runtime in ["containerd-1.7", "containerd-2.3", "crio-1.36"] {
        let scenario = Scenario { runtime: runtime.to_owned(), ..small("1.36") };
        let (received, truth) = run(&scenario, 150);
        let mut traces: HashMap<TraceId, Vec<&Received>> = HashMap::new();
        for received in &received {
            traces.entry(received.span.trace_id).or_default().push(received);
        }
        let until = scenario.start_unix_nano + 100 * SECOND;
        let mut compared = 0;
        for pod in truth.pod_starts.iter().filter(|pod| pod.start < until) {
            let trace = &traces[&pod.trace_id];
            let call = |name: &str| {
                let service = if name.contains("Image") { "ImageService" } else { "RuntimeService" };
                total(&spans(trace, "kubelet", &[&format!("runtime.v1.{service}/{name}")]))
            };
            let containers = || pod.containers.iter();
            assert_eq!(total(&spans(trace, "kubelet", &["syncPod"])), pod.duration_ns);
            assert_eq!(call("RunPodSandbox"), pod.sandbox_ns);
            assert_eq!(call("PullImage"), containers().filter_map(|it| it.pull_ns).sum::<u64>());
            assert_eq!(call("CreateContainer"), containers().map(|it| it.create_ns).sum::<u64>());
            assert_eq!(call("StartContainer"), containers().map(|it| it.start_ns).sum::<u64>());
            let network = ["cni.setup_pod_network", "github.com/cri-o/cri-o/server.(*Server).networkStart"];
            let cni = total(&spans(trace, "containerd", &network)) + total(&spans(trace, "crio", &network));
            assert_eq!(cni, if runtime == "containerd-1.7" { 0 } else { pod.cni_ns }, "{runtime}");
            compared += 1;
        }
        assert!(compared > 20, "{compared}");
    }
}
