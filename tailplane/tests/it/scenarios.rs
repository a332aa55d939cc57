//! What is planted in a scenario comes first: by one SQL query over derived tables (`tests/scenarios/*.sql`), by comparing the slow with
//! those of the hour before, and in where the time goes. The hour before is the same cluster without its fault.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use model::place::NodeFile;
use model::simulator::{Scenario, Simulator};
use proto::{Tenant, TimeRange, UnixNanos};
use query::compare::{self, CompareQuery};
use query::shares::{self, SharesAnswer, SharesQuery};
use query::traceql::parse_filter;
use query::{Deriver, Engine};
use storage::Storage;

use crate::derived::{append, open_deriving};
use crate::pipeline::{block_on, fixture, rekeyed};

const SECOND_NS: u64 = 1_000_000_000;
const HOUR_NS: u64 = 3_600 * SECOND_NS;
/// Requests that are to be answered soon.
const SHORT: &str = "{ k8s:watch = false && k8s:verb != \"connect\" }";
const ACKNOWLEDGED_AFTER_NS: u64 = 2_000_000;

struct Case {
    name: &'static str,
    seconds: u64,
    change: fn(&mut Scenario),
}

const UNCHANGED: fn(&mut Scenario) = |_| {};

/// Appends `seconds` of the scenario; when the last of it arrived.
async fn simulate(storage: &Storage, scenario: &Scenario, seed: u64, seconds: u64) -> UnixNanos {
    let mut simulator =
        Simulator::new(scenario, seed).expect("a simulator").acknowledging(ACKNOWLEDGED_AFTER_NS);
    let mut last = 0;
    while let Some(export) = simulator.next_until(scenario.start_unix_nano + seconds * SECOND_NS) {
        append(storage, export.at, &export.request).await;
        last = export.at;
    }
    storage.flush().await.expect("a flush");
    last
}

/// What was found.
#[derive(Debug)]
struct Found {
    /// The first column of the SQL query's answer.
    sql: Vec<String>,
    /// What requests that take longer than 99 in a hundred did before have more often, and what errors have.
    slow: Vec<(String, String)>,
    failed: Vec<(String, String)>,
    /// The same of pod starts that are slow.
    slow_pods: Vec<(String, String)>,
    /// The phases of requests and of pod starts, by how much more of the time of the slowest hundredth each is.
    phases: Vec<(f64, &'static str)>,
    pod_phases: Vec<(f64, &'static str)>,
}

/// What the three find, none of which is told where to look.
fn answer(case: &Case) -> (Found, Scenario) {
    let mut scenario = Scenario::named(case.name).expect("a scenario");
    scenario.nodes = scenario.nodes.min(12);
    (case.change)(&mut scenario);
    let before = scenario.start_unix_nano - HOUR_NS;
    let healthy = Scenario { faults: Vec::new(), start_unix_nano: before, ..scenario.clone() };
    let file = format!("tests/scenarios/{}.sql", case.name);
    let text = std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file)).expect("SQL");
    let found = block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        let deriver = Deriver::default();
        let nodes = Simulator::new(&scenario, 7).expect("a simulator").cluster().nodes_json();
        deriver.set_nodes(Arc::new(NodeFile::parse(nodes.as_bytes()).expect("nodes")));
        let storage = open_deriving(folder.path(), deriver).await;
        simulate(&storage, &healthy, 8, case.seconds).await;
        let last = simulate(&storage, &scenario, 7, case.seconds).await;
        // What comes a while later closes all traces.
        let later = rekeyed(&fixture("stall")[..1], 0x77, std::time::Duration::ZERO);
        append(&storage, last + 600 * SECOND_NS, &later[0]).await;
        storage.flush().await.expect("a flush");
        while storage.derive_next().await.expect("a window").is_some() {}
        let engine = Engine::new(query::Config::default(), Arc::clone(&storage)).expect("an engine");
        let answer = engine.sql(Tenant::default(), text).await.expect("rows");
        let sql = answer.batches.iter().flat_map(first_column).collect::<Vec<_>>();
        let hours = [before, scenario.start_unix_nano].map(|start| TimeRange { start, end: start + HOUR_NS });
        let (phases, p99_ns) = slow_phases(&engine, shares::Of::Requests, hours).await;
        let (pod_phases, pod_p99_ns) = slow_phases(&engine, shares::Of::PodStarts, hours).await;
        let slow = |p99_ns: u64| format!("{{ duration > {p99_ns}ns }}");
        let found = Found {
            sql,
            slow: different(&engine, compare::Of::Requests, &slow(p99_ns), hours).await,
            failed: different(&engine, compare::Of::Requests, "{ k8s:code >= 500 }", hours).await,
            slow_pods: different(&engine, compare::Of::PodStarts, &slow(pod_p99_ns), hours).await,
            phases,
            pod_phases,
        };
        storage.stop().await;
        found
    });
    (found, scenario)
}

/// The findings, one after the other: what rows of the second hour that meet `selection` have more often than those of the first.
async fn different(
    engine: &Engine,
    of: compare::Of,
    selection: &str,
    [before, now]: [TimeRange; 2],
) -> Vec<(String, String)> {
    let query = CompareQuery {
        tenant: Tenant::default(),
        of,
        scope: parse_filter(if of == compare::Of::Requests { SHORT } else { "{}" }).expect("a filter"),
        selection: parse_filter(selection).expect("a filter"),
        range: now,
        baseline_range: Some(before),
        limit: 16,
    };
    let answer = engine.compare(query).await.expect("findings");
    let named = |value: compare::ComparedValue| (value.attribute, value.text.unwrap_or_default());
    answer
        .findings
        .into_iter()
        .filter(|finding| finding.difference > 0.0)
        .flat_map(|finding| [finding.value].into_iter().chain(finding.together_with))
        .map(named)
        .collect()
}

/// The phases of the slowest hundredth of the second hour, by how much larger their share is than in that of the first; and the p99
/// of the first.
async fn slow_phases(
    engine: &Engine,
    of: shares::Of,
    [before, now]: [TimeRange; 2],
) -> (Vec<(f64, &'static str)>, u64) {
    let filter = parse_filter(if of == shares::Of::Requests { SHORT } else { "{}" }).expect("a filter");
    let query = |range: TimeRange| SharesQuery {
        tenant: Tenant::default(),
        of,
        filter: filter.clone(),
        range,
        baseline_range: None,
        by: Vec::new(),
        step_ns: None,
        limit: 1,
        exemplars: 1,
    };
    let calm = engine.shares(query(before)).await.expect("shares");
    let answer = engine.shares(query(now)).await.expect("shares");
    let share = |answer: &SharesAnswer, place: usize| {
        let band = answer.bands.iter().find(|shares| shares.band == shares::Band::AboveP99);
        band.map_or(0.0, |shares| shares.times.share(place))
    };
    let mut phases: Vec<(f64, &'static str)> = answer
        .phases
        .iter()
        .enumerate()
        .map(|(place, phase)| (share(&answer, place) - share(&calm, place), *phase))
        .collect();
    phases.sort_by(|one, other| other.0.total_cmp(&one.0));
    phases.truncate(4);
    (phases, calm.bounds_ns[2])
}

/// The first value of `attribute` among findings.
fn first<'f>(findings: &'f [(String, String)], attribute: &str) -> &'f str {
    let found = findings.iter().find(|(name, _)| name == attribute);
    found.map_or("", |(_, text)| text.as_str())
}

fn first_column(batch: &RecordBatch) -> Vec<String> {
    let texts = cast(batch.column(0), &DataType::Utf8).expect("texts");
    texts.as_string::<i32>().iter().map(|text| text.unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_slow_disk_comes_first_by_member() {
    let (found, scenario) = answer(&Case { name: "etcd-disk-slow", seconds: 30, change: UNCHANGED });
    assert_eq!(found.sql[0], scenario.cause["instance"]);
    assert_eq!(found.slow[0].1, scenario.cause["instance"]);
    assert_eq!(found.phases[0].1, "etcd_inner");
}

#[test]
fn a_silent_webhook_comes_first_by_name() {
    let change: fn(&mut Scenario) = |scenario| scenario.pod_starts_per_s = 2.0;
    let (found, scenario) = answer(&Case { name: "webhook-10s", seconds: 40, change });
    assert_eq!(found.sql[0], scenario.cause["webhook"]);
    // All webhooks are called by the same requests: which of them is waited for tells them apart.
    assert_eq!(first(&found.slow, "slowest_webhook"), scenario.cause["webhook"]);
    assert_eq!(found.phases[0].1, "validating_webhook");
}

#[test]
fn unlimited_lists_come_first_by_client_verb_and_resource() {
    let (found, scenario) = answer(&Case { name: "unlimited-lists", seconds: 90, change: UNCHANGED });
    let cause = &scenario.cause;
    assert_eq!(found.sql[0], format!("{} {} {}", cause["client"], cause["verb"], cause["resource"]));
    assert_eq!(first(&found.slow, "k8s:resource"), cause["resource"]);
    assert_eq!(first(&found.slow, "k8s:verb"), cause["verb"]);
    assert_eq!(first(&found.slow, "k8s:user_agent"), cause["client"]);
}

#[test]
fn a_restart_comes_first_by_code() {
    let change: fn(&mut Scenario) = |scenario| {
        scenario.requests_per_s = 40.0;
        (scenario.faults[0].from_s, scenario.faults[0].until_s) = (15.0, 20.0);
    };
    let (found, scenario) = answer(&Case { name: "apiserver-restart", seconds: 30, change });
    assert!(found.sql[0].starts_with(&scenario.cause["code"]), "{found:?}");
    assert_eq!(found.failed[0], ("k8s:code".to_owned(), scenario.cause["code"].clone()));
}

#[test]
fn a_slow_network_plugin_comes_first_by_node() {
    let change: fn(&mut Scenario) = |scenario| scenario.pod_starts_per_s = 3.0;
    let (found, scenario) = answer(&Case { name: "slow-cni", seconds: 120, change });
    assert_eq!(found.sql[0], scenario.cause["node"]);
    assert_eq!(first(&found.slow_pods, "node"), scenario.cause["node"]);
    assert_eq!(found.pod_phases[0].1, "network");
}

#[test]
fn a_slow_zone_comes_first_by_zone() {
    let change: fn(&mut Scenario) = |scenario| scenario.pod_starts_per_s = 12.0;
    let (found, scenario) = answer(&Case { name: "slow-zone", seconds: 40, change });
    assert_eq!(found.sql[0], scenario.cause["zone"]);
    assert_eq!(found.slow_pods[0], ("zone".to_owned(), scenario.cause["zone"].clone()));
    assert_eq!(found.pod_phases[0].1, "network");
}
