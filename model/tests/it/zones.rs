//! The slow zone is found with the node file, and said to be unknowable without.

use std::collections::BTreeMap;

use model::PodStartRow;
use model::place::{Known, NodeFile, Places};
use model::pod_start::PodPhase;
use model::shares::{
    PodCause, by_place, pod_causes, pod_starts_by_node, rank_over_baseline, rank_over_peers,
};
use model::simulator::{Scenario, ZONES};

use super::run::run;

/// The zone of each kubelet's node, from the table of instances.
fn zones(places: &Places<'_>) -> BTreeMap<String, Known<String>> {
    let kubelets = places.rows().filter(|row| row.instance.service == "kubelet");
    kubelets.filter_map(|row| Some((row.place.node.value()?.clone(), row.place.zone))).collect()
}

fn by_zone(rows: &[&PodStartRow<'_>], zones: &BTreeMap<String, Known<String>>) -> model::shares::Placed {
    by_place(pod_causes(rows, PodCause::Node).iter().map(|(node, time_ns)| (&zones[node], *time_ns)))
}

#[test]
fn the_slow_zone_is_found_with_a_node_file_and_unknown_without() {
    let scenario = Scenario { nodes: 12, pod_starts_per_s: 12.0, ..Scenario::named("slow-zone").unwrap() };
    let healthy = Scenario { faults: Vec::new(), ..scenario.clone() };
    let (ill, healthy) = (run(scenario, 7, 40), run(healthy, 8, 40));
    let (rows, baseline) = (ill.rows(), healthy.rows());
    let cause = &ill.scenario.cause;
    let instances = ill.instances();

    let file = NodeFile::parse(ill.nodes_json.as_bytes()).unwrap();
    let with_file = zones(&instances.places(Some(&file)));
    assert_eq!(with_file.len(), 12);
    let placed = by_zone(&rows.pod_starts(), &with_file);
    assert_eq!((placed.known.len(), placed.unknown.len()), (rows.pod_starts.len(), 0));
    let ranked = rank_over_peers(placed.known.iter().cloned());
    println!("{ranked:?}");
    assert_eq!(ranked.len(), ZONES.len());
    assert_eq!(ranked[0].key, cause["zone"]);
    assert!(ranked[1].excess < ranked[0].excess / 3.0, "{ranked:?}");
    let over_time = rank_over_baseline(placed.known, by_zone(&baseline.pod_starts(), &with_file).known, 1.0);
    assert_eq!(over_time[0].key, cause["zone"]);
    assert!(over_time[1].excess < over_time[0].excess / 3.0, "{over_time:?}");

    let without = by_zone(&rows.pod_starts(), &zones(&instances.places(None)));
    assert!(without.known.is_empty(), "no span knows its zone");
    let hints: Vec<(&String, &u64)> = without.unknown.iter().collect();
    let [(hint, count)] = hints[..] else { panic!("one hint is enough: {hints:?}") };
    assert_eq!(*count, rows.pod_starts.len() as u64);
    assert_eq!(
        hint,
        "zone is not in any span: set model.nodes_file to the output of `kubectl get nodes -o json`, or \
         OTEL_RESOURCE_ATTRIBUTES=cloud.availability_zone=…"
    );
    // Without zones the slow nodes are still found, and they are those of the zone.
    let by_node = rank_over_peers(pod_starts_by_node(&rows.pod_starts, PodPhase::Network));
    let slow = by_node.iter().take(4).map(|one| with_file[&one.key].value());
    assert!(slow.into_iter().all(|zone| zone == Some(&cause["zone"])), "{by_node:?}");
}
