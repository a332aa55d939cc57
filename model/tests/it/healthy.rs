//! Where nothing is wrong, nothing is found, and every request that was sent is a complete row.

use model::shares::{Cause, causes, rank_over_baseline};
use model::simulator::Scenario;

use super::run::{SECOND, run};

const SCENARIOS: [&str; 4] = ["small", "100-nodes", "1000-nodes", "5000-nodes"];

#[test]
fn every_scenario_has_a_test() {
    let with_cause = ["etcd-disk-slow", "webhook-10s", "slow-cni", "unlimited-lists", "apiserver-restart"];
    let others = ["slow-zone", "upgrade"];
    for name in Scenario::names() {
        assert!(SCENARIOS.iter().chain(&with_cause).chain(&others).any(|known| *known == name), "{name}");
    }
}

#[test]
fn a_healthy_cluster_shows_no_cause() {
    for name in SCENARIOS {
        let named = Scenario::named(name).unwrap();
        let scenario = Scenario { nodes: 6, pod_starts_per_s: 0.3, requests_per_s: 40.0, ..named };
        let (one, other) = (run(scenario.clone(), 7, 30), run(scenario, 8, 30));
        let (rows, baseline) = (one.rows(), other.rows());
        let complete = rows.requests.iter().filter(|row| row.is_complete()).count();
        println!("{name}: {} spans, {complete} of {} rows", one.received.len(), rows.requests.len());
        // Those that had not ended, or were not sent yet.
        let end = one.scenario.start_unix_nano + 30 * SECOND;
        let sent = one.truth.requests.iter().filter(|request| {
            request.path.starts_with("/api") && request.start + request.duration_ns + 6 * SECOND < end
        });
        let mut ids: Vec<_> = rows.requests.iter().map(|row| (row.trace_id, row.span_id)).collect();
        ids.sort_unstable();
        for request in sent {
            let id = (request.trace_id, request.server_span_id);
            assert!(ids.binary_search(&id).is_ok(), "{name}: no row of {request:?}");
        }
        let failures = rank_over_baseline(causes(&rows.bounded(), Cause::Failure), Vec::new(), 1.0);
        assert_eq!(failures, [], "{name}");
        for cause in [Cause::Phase, Cause::Component, Cause::EtcdMember, Cause::Instance, Cause::Webhook] {
            let (observed, usual) = (causes(&rows.bounded(), cause), causes(&baseline.bounded(), cause));
            let all: u64 = observed.iter().map(|(_, time)| *time).sum();
            let ranked = rank_over_baseline(observed, usual, 1.0);
            println!("{cause:?} {} {:.3}", ranked[0].key, ranked[0].excess / all as f64);
            assert!(ranked[0].excess < 0.3 * all as f64, "{name} {cause:?}: {:?}", ranked[0]);
        }
    }
}
