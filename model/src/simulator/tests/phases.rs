//! The truth holds together: phases add up, spans show what it says, and versions agree on the requests.

use std::collections::HashMap;

use super::*;

const VERSIONS: [&str; 13] =
    ["1.25", "1.26", "1.27", "1.28", "1.29", "1.30", "1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37"];

#[test]
fn phases_add_up_to_the_request_exactly_in_every_version() {
    for version in VERSIONS {
        let (_, truth) = run(&small(version), 20);
        assert!(truth.requests.len() > 1_000);
        for request in &truth.requests {
            for phases in [&request.phases, &request.true_phases] {
                let sum: u64 = phases.iter().map(|(_, nanoseconds)| nanoseconds).sum();
                assert_eq!(sum, request.duration_ns, "{version}: {request:?}");
            }
        }
    }
}

#[test]
fn the_server_span_is_what_the_truth_says() {
    for version in VERSIONS {
        let (received, truth) = run(&small(version), 30);
        let spans: HashMap<_, _> =
            received.iter().map(|received| (received.span.span_id, received)).collect();
        let mut compared = 0;
        for request in truth.requests.iter().filter(|request| !request.watch) {
            let Some(found) = spans.get(&request.server_span_id) else { continue };
            let span = &found.span;
            assert_eq!(span.trace_id, request.trace_id);
            assert_eq!((span.start, span.duration_ns()), (request.start, request.server_span_ns));
            assert_eq!((found.process, span.kind), (request.process, 2), "{version}");
            compared += 1;
        }
        assert!(compared * 10 > truth.requests.len() * 7, "{version}: {compared}");
    }
}

/// What a request is, whatever the version.
fn identity(request: &PlannedRequest) -> impl PartialEq + std::fmt::Debug {
    let without_authentication: Vec<_> =
        request.true_phases.iter().filter(|(name, _)| *name != "authentication").copied().collect();
    let who = (request.number, request.process, request.node.clone(), request.verb, request.target.clone());
    let what = (
        request.group.clone(),
        request.version.clone(),
        request.resource.clone(),
        request.subresource.clone(),
    );
    let which = (request.scope, request.namespace.clone(), request.name.clone(), request.user_agent.clone());
    let how = (request.client.clone(), request.code, request.authentication_ns, request.conflicts);
    (who, what, which, how, request.webhooks.clone(), without_authentication)
}

#[test]
fn the_same_requests_come_in_every_version() {
    let truths: Vec<Truth> = VERSIONS.iter().map(|version| run(&small(version), 20).1).collect();
    for (version, truth) in VERSIONS.iter().zip(&truths) {
        assert_eq!(truth.requests.len(), truths[0].requests.len());
        for (one, other) in truth.requests.iter().zip(&truths[0].requests) {
            assert_eq!(identity(one), identity(other), "{version}");
        }
        let pods = |truth: &Truth| -> Vec<_> {
            truth.pod_starts.iter().map(|pod| (pod.uid.clone(), pod.node.clone(), pod.cni_ns)).collect()
        };
        assert_eq!(pods(truth), pods(&truths[0]), "{version}");
    }
}

#[test]
fn every_phase_and_verb_occurs() {
    let mut scenario = small("1.36");
    scenario.faults.push(fault(FaultKind::Encryption, 0.5, 4.0));
    let (_, truth) = run(&scenario, 60);
    let missing: Vec<_> = PHASES
        .iter()
        .filter(|phase| **phase != "authentication")
        .filter(|phase| {
            truth.requests.iter().all(|request| request.phases.iter().all(|(name, _)| name != *phase))
        })
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    for verb in [
        "get",
        "list",
        "watch",
        "create",
        "update",
        "patch",
        "apply",
        "delete",
        "deletecollection",
        "connect",
        "",
    ] {
        assert!(truth.requests.iter().any(|request| request.verb == verb), "{verb}");
    }
    assert!(truth.requests.iter().any(|request| request.conflicts > 0));
    assert!(truth.requests.iter().any(|request| request.from_cache));
    assert!(truth.pod_starts.iter().any(|pod| pod.containers.iter().any(|it| it.pull_ns.is_some())));
}

#[test]
fn calls_are_made_again_while_etcd_has_no_leader() {
    let mut scenario = small("1.36");
    scenario.faults.push(fault(FaultKind::EtcdLeaderChange, 0.3, 50.0));
    let (received, truth) = run(&scenario, 20);
    let refused: Vec<_> = received
        .iter()
        .filter(|received| received.span.name == "etcdserverpb.KV/Txn")
        .filter(|received| received.span.status.as_ref().is_some_and(|status| status.code == 2))
        .collect();
    assert!(refused.len() > 100);
    let codes = |of: &str| -> Vec<&str> {
        let of_service = refused.iter().filter(|received| service(received) == of);
        let code = |received: &&&Received| {
            crate::span_view::find(&received.span.attributes, "rpc.response.status_code")
                .and_then(crate::span_view::text)
                .map(str::to_owned)
        };
        let mut codes: Vec<&str> = of_service
            .filter_map(|r| code(&r))
            .map(|code| if code == "UNAVAILABLE" { "R3" } else { "R2" })
            .collect();
        codes.dedup();
        codes
    };
    assert_eq!((codes("apiserver"), codes("etcd")), (vec!["R2"], vec!["R3"]));
    for request in &truth.requests {
        assert_eq!(request.phases.iter().map(|(_, ns)| ns).sum::<u64>(), request.duration_ns);
    }
}
