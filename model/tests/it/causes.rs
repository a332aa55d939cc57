//! The planted cause of every scenario comes out first: over the same cluster without the fault, and over its peers.

use model::pod_start::PodPhase;
use model::shares::{
    Cause, PodCause, Ranked, causes, component_shares, phase_shares, pod_causes, pod_starts_by_node,
    rank_over_baseline, rank_over_peers,
};
use model::simulator::Scenario;
use model::{RequestRow, Verb};

use super::received::Rows;
use super::run::{Run, run};

/// The scenario called `name` on fewer nodes, and as another history the same cluster without its faults.
fn with_baseline(name: &str, seconds: u64, change: impl Fn(&mut Scenario)) -> (Run, Run) {
    let mut scenario = Scenario::named(name).unwrap();
    scenario.nodes = scenario.nodes.min(12);
    change(&mut scenario);
    let healthy = Scenario { faults: Vec::new(), ..scenario.clone() };
    (run(scenario, 7, seconds), run(healthy, 8, seconds))
}

/// What adds most to the requests of `rows` over those of `baseline`.
pub(crate) fn over(rows: &Rows<'_>, baseline: &Rows<'_>, cause: Cause) -> Vec<Ranked<String>> {
    rank_over_baseline(causes(&rows.bounded(), cause), causes(&baseline.bounded(), cause), 1.0)
}

fn pods_over(rows: &Rows<'_>, baseline: &Rows<'_>, cause: PodCause) -> Vec<Ranked<String>> {
    rank_over_baseline(pod_causes(&rows.pod_starts(), cause), pod_causes(&baseline.pod_starts(), cause), 1.0)
}

/// The first is `expected`, and adds several times what the second does.
pub(crate) fn assert_plainly_first(ranked: &[Ranked<String>], expected: &str) {
    let shown: Vec<_> = ranked.iter().take(4).map(|one| (&one.key, one.count, one.excess / 1e6)).collect();
    println!("{expected}: {shown:?}");
    assert!(ranked[0].excess > 0.0, "{expected} adds nothing: {shown:?}");
    assert_eq!(ranked[0].key, expected, "{shown:?}");
    let second = ranked.get(1).map_or(0.0, |second| second.excess.max(0.0));
    assert!(ranked[0].excess > 2.0 * second, "{expected} is not far ahead: {shown:?}");
}

#[test]
fn a_slow_disk_of_etcd_is_told_by_phase_member_and_writes() {
    let (ill, healthy) = with_baseline("etcd-disk-slow", 30, |_| {});
    let (rows, baseline) = (ill.rows(), healthy.rows());
    let cause = &ill.scenario.cause;
    assert_plainly_first(&over(&rows, &baseline, Cause::Component), &cause["component"]);
    assert_plainly_first(&over(&rows, &baseline, Cause::Phase), &cause["phase"]);
    assert_plainly_first(&over(&rows, &baseline, Cause::EtcdMember), &cause["instance"]);
    assert_plainly_first(&rank_over_peers(causes(&rows.bounded(), Cause::EtcdMember)), &cause["instance"]);
    assert_eq!(component_shares(&rows.bounded())[0].part.name(), cause["component"]);
    assert_eq!(phase_shares(&rows.bounded())[0].part.name(), cause["phase"]);
    // Nothing but writes became slower.
    assert_eq!(cause["verb"], "write");
    let resources = over(&rows, &baseline, Cause::Resource);
    let worst: Vec<&str> = resources.iter().take(5).map(|one| one.key.as_str()).collect();
    println!("{worst:?}");
    let writes = ["create ", "update ", "patch ", "apply ", "delete "];
    assert!(worst.iter().all(|key| writes.iter().any(|verb| key.starts_with(verb))), "{worst:?}");
}

#[test]
fn a_webhook_that_does_not_answer_is_told_by_name() {
    let (ill, healthy) = with_baseline("webhook-10s", 40, |scenario| scenario.pod_starts_per_s = 2.0);
    let (rows, baseline) = (ill.rows(), healthy.rows());
    let cause = &ill.scenario.cause;
    assert_plainly_first(&over(&rows, &baseline, Cause::Component), &cause["component"]);
    assert_plainly_first(&over(&rows, &baseline, Cause::Phase), &cause["phase"]);
    assert_plainly_first(&over(&rows, &baseline, Cause::Webhook), &cause["webhook"]);
    assert_plainly_first(&rank_over_peers(causes(&rows.bounded(), Cause::Webhook)), &cause["webhook"]);
    assert_plainly_first(&over(&rows, &baseline, Cause::Resource), &verb_and_resource(&ill));
    assert_eq!(component_shares(&rows.bounded())[0].part.name(), cause["component"]);
    assert_eq!(phase_shares(&rows.bounded())[0].part.name(), cause["phase"]);
    assert_plainly_first(&over(&rows, &baseline, Cause::WebhookFailure), &cause["webhook"]);
}

fn verb_and_resource(ill: &Run) -> String {
    format!("{} {}", ill.scenario.cause["verb"], ill.scenario.cause["resource"])
}

#[test]
fn a_slow_network_plugin_is_told_by_node() {
    let (ill, healthy) = with_baseline("slow-cni", 120, |scenario| scenario.pod_starts_per_s = 3.0);
    let (rows, baseline) = (ill.rows(), healthy.rows());
    let cause = &ill.scenario.cause;
    assert_plainly_first(&pods_over(&rows, &baseline, PodCause::Component), &cause["component"]);
    assert_eq!(cause["phase"], "cni");
    assert_plainly_first(&pods_over(&rows, &baseline, PodCause::Phase), PodPhase::Network.name());
    assert_plainly_first(&pods_over(&rows, &baseline, PodCause::Node), &cause["node"]);
    let by_node = |phase| rank_over_peers(pod_starts_by_node(&rows.pod_starts, phase));
    assert_plainly_first(&by_node(PodPhase::Network), &cause["node"]);
    assert_plainly_first(&rank_over_peers(pod_causes(&rows.pod_starts(), PodCause::Node)), &cause["node"]);
}

#[test]
fn lists_without_limit_are_told_by_client_and_resource() {
    let (ill, healthy) = with_baseline("unlimited-lists", 90, |_| {});
    let (rows, baseline) = (ill.rows(), healthy.rows());
    let cause = &ill.scenario.cause;
    assert_plainly_first(&over(&rows, &baseline, Cause::Client), &cause["client"]);
    assert_plainly_first(&over(&rows, &baseline, Cause::Resource), &verb_and_resource(&ill));
    assert_plainly_first(&over(&rows, &baseline, Cause::Component), &cause["component"]);
    let reports = |row: &&&RequestRow<'_>| row.keys.user_agent_short.as_deref() == Some("report-builder");
    let bounded = rows.bounded();
    let reports: Vec<_> = bounded.iter().filter(reports).collect();
    println!("{:?}", component_shares(&reports.iter().map(|row| **row).collect::<Vec<_>>()));
    assert!(reports.len() > 3 && reports.iter().all(|row| row.keys.verb == Verb::List));
}

#[test]
fn a_restart_is_told_by_code_and_instance() {
    let mut scenario = Scenario::named("apiserver-restart").unwrap();
    let (from, until, seconds) = (15.0, 20.0, 30);
    scenario.nodes = 12;
    scenario.requests_per_s = 40.0;
    scenario.faults[0].from_s = from;
    scenario.faults[0].until_s = until;
    let ill = run(scenario, 7, seconds);
    let rows = ill.rows();
    let cause = &ill.scenario.cause;
    let stop = ill.scenario.start_unix_nano + (from * 1e9) as u64;
    // The baseline is the time before.
    let (before, after): (Vec<&RequestRow<'_>>, Vec<_>) =
        rows.requests.iter().partition(|row| row.start < stop);
    let scale = (seconds as f64 - from) / from;
    let failures = rank_over_baseline(causes(&after, Cause::Failure), causes(&before, Cause::Failure), scale);
    println!("{failures:?}");
    let (code, instance) = failures[0].key.split_once(' ').unwrap();
    assert_eq!(code, cause["code"]);
    // The instance is a hash of its host's name, which the Node objects have.
    let file = model::place::NodeFile::parse(ill.nodes_json.as_bytes()).unwrap();
    let instances = ill.instances();
    let places = instances.places(Some(&file));
    let id = model::place::InstanceKey::Id(instance.to_owned());
    let place = places.rows().find(|row| row.instance.key == id).unwrap().place;
    assert_eq!(place.node.value(), Some(&cause["host"]));
    let of_component = rows.requests.iter().find(|row| row.instance == Some(instance)).unwrap().component;
    assert_eq!(of_component.name(), cause["component"]);
    // While it is away its clients are elsewhere: it has the least over what it had before.
    let away = after.iter().filter(|row| row.start < ill.scenario.start_unix_nano + (until * 1e9) as u64);
    let away: Vec<&RequestRow<'_>> = away.copied().collect();
    let served = causes(&away, Cause::Instance).into_iter().map(|(instance, _)| (instance, 1));
    let usual = causes(&before, Cause::Instance).into_iter().map(|(instance, _)| (instance, 1));
    let load = rank_over_baseline(served.chain([(instance.to_owned(), 0)]), usual, (until - from) / from);
    println!("{load:?}");
    assert_eq!(load.last().unwrap().key, instance);
    // The watches that it held ended at the stop.
    let ended = rows.requests.iter().filter(|row| row.keys.is_watch && row.instance == Some(instance));
    assert!(ended.filter(|row| row.end().abs_diff(stop) < 1_000_000_000).count() > 3);
}
