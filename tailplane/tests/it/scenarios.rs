//! What is planted in a scenario comes first by one SQL query over derived tables (`tests/scenarios/*.sql`), which compares
//! the hour before, the same cluster without its fault.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use model::place::NodeFile;
use model::simulator::{Scenario, Simulator};
use proto::{Tenant, UnixNanos};
use query::Engine;
use storage::Storage;

use crate::derived::{append, open};
use crate::pipeline::{block_on, fixture, rekeyed};

const SECOND_NS: u64 = 1_000_000_000;
const HOUR_NS: u64 = 3_600 * SECOND_NS;
const ACKNOWLEDGED_AFTER_NS: u64 = 2_000_000;

struct Case {
    name: &'static str,
    seconds: u64,
    change: fn(&mut Scenario),
}

const UNCHANGED: fn(&mut Scenario) = |_| {};

/// Appends `seconds` of the scenario; when the last of it arrived, and what `kubectl get nodes -o json` says.
async fn simulate(storage: &Storage, scenario: &Scenario, seed: u64, seconds: u64) -> (UnixNanos, String) {
    let mut simulator =
        Simulator::new(scenario, seed).expect("a simulator").acknowledging(ACKNOWLEDGED_AFTER_NS);
    let mut last = 0;
    while let Some(export) = simulator.next_until(scenario.start_unix_nano + seconds * SECOND_NS) {
        append(storage, export.at, &export.request).await;
        last = export.at;
    }
    storage.flush().await.expect("a flush");
    (last, simulator.cluster().nodes_json())
}

/// What the query answers: the first column, from the first row on; and the nodes of the cluster.
fn answer(case: &Case) -> (Vec<String>, Scenario, String) {
    let mut scenario = Scenario::named(case.name).expect("a scenario");
    scenario.nodes = scenario.nodes.min(12);
    (case.change)(&mut scenario);
    let before = scenario.start_unix_nano - HOUR_NS;
    let healthy = Scenario { faults: Vec::new(), start_unix_nano: before, ..scenario.clone() };
    let file = format!("tests/scenarios/{}.sql", case.name);
    let text = std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file)).expect("SQL");
    let (found, nodes) = block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        let storage = open(folder.path()).await;
        simulate(&storage, &healthy, 8, case.seconds).await;
        let (last, nodes) = simulate(&storage, &scenario, 7, case.seconds).await;
        // What comes a while later closes all traces.
        let later = rekeyed(&fixture("stall")[..1], 0x77, std::time::Duration::ZERO);
        append(&storage, last + 600 * SECOND_NS, &later[0]).await;
        storage.flush().await.expect("a flush");
        while storage.derive_next().await.expect("a window").is_some() {}
        let engine = Engine::new(query::Config::default(), Arc::clone(&storage)).expect("an engine");
        let answer = engine.sql(Tenant::default(), text).await.expect("rows");
        storage.stop().await;
        (answer.batches.iter().flat_map(first_column).collect::<Vec<_>>(), nodes)
    });
    println!("{}: {found:?}", case.name);
    (found, scenario, nodes)
}

fn first_column(batch: &RecordBatch) -> Vec<String> {
    let texts = cast(batch.column(0), &DataType::Utf8).expect("texts");
    texts.as_string::<i32>().iter().map(|text| text.unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_slow_disk_comes_first_by_member() {
    let (found, scenario, _) = answer(&Case { name: "etcd-disk-slow", seconds: 30, change: UNCHANGED });
    assert_eq!(found[0], scenario.cause["instance"]);
}

#[test]
fn a_silent_webhook_comes_first_by_name() {
    let change: fn(&mut Scenario) = |scenario| scenario.pod_starts_per_s = 2.0;
    let (found, scenario, _) = answer(&Case { name: "webhook-10s", seconds: 40, change });
    assert_eq!(found[0], scenario.cause["webhook"]);
}

#[test]
fn unlimited_lists_come_first_by_client_verb_and_resource() {
    let (found, scenario, _) = answer(&Case { name: "unlimited-lists", seconds: 90, change: UNCHANGED });
    let cause = &scenario.cause;
    assert_eq!(found[0], format!("{} {} {}", cause["client"], cause["verb"], cause["resource"]));
}

#[test]
fn a_restart_comes_first_by_code() {
    let change: fn(&mut Scenario) = |scenario| {
        scenario.requests_per_s = 40.0;
        (scenario.faults[0].from_s, scenario.faults[0].until_s) = (15.0, 20.0);
    };
    let (found, scenario, _) = answer(&Case { name: "apiserver-restart", seconds: 30, change });
    assert!(found[0].starts_with(&scenario.cause["code"]), "{found:?}");
}

#[test]
fn a_slow_network_plugin_comes_first_by_node() {
    let change: fn(&mut Scenario) = |scenario| scenario.pod_starts_per_s = 3.0;
    let (found, scenario, _) = answer(&Case { name: "slow-cni", seconds: 120, change });
    assert_eq!(found[0], scenario.cause["node"]);
}

#[test]
fn the_slowest_nodes_are_those_of_the_slow_zone() {
    let change: fn(&mut Scenario) = |scenario| scenario.pod_starts_per_s = 12.0;
    let (found, scenario, nodes) = answer(&Case { name: "slow-zone", seconds: 40, change });
    let nodes = NodeFile::parse(nodes.as_bytes()).expect("nodes");
    let zones: Vec<_> =
        found.iter().map(|name| nodes.node(name).and_then(|node| node.zone.as_deref())).collect();
    assert_eq!(zones, vec![Some(scenario.cause["zone"].as_str()); 4], "{found:?}");
}
