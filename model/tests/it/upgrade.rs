//! During an upgrade: which instance went over to which release, and when.

use std::collections::BTreeMap;

use model::place::InstanceId;
use model::request::Gap;
use model::shares::{Cause, causes, rank_over_baseline};
use model::simulator::Scenario;
use model::vocabulary::{Versions, kubernetes_releases};
use model::{Component, RequestRow};
use proto::UnixNanos;

use super::run::{Run, SECOND, run};

/// First and last start of the spans of each instance at each release.
type Seen = BTreeMap<InstanceId, BTreeMap<String, (UnixNanos, UnixNanos)>>;

fn releases(run: &Run) -> (Seen, BTreeMap<InstanceId, Component>) {
    let (mut seen, mut components) = (Seen::new(), BTreeMap::new());
    for one in &run.received {
        let arrived = one.arrived();
        let Some(Versions { since: Some(since), until: Some(until) }) = kubernetes_releases(one.view())
        else {
            continue;
        };
        let instance = InstanceId::of(one.view(), arrived.peer_address).unwrap();
        components.insert(instance.clone(), Component::of(one.view()));
        let start = one.view().span.start;
        let times =
            seen.entry(instance).or_default().entry(format!("{since}-{until}")).or_insert((start, start));
        *times = (times.0.min(start), times.1.max(start));
    }
    (seen, components)
}

#[test]
fn every_instance_is_seen_to_go_over() {
    let mut scenario = Scenario::named("upgrade").unwrap();
    let (from, until, seconds) = (10.0, 25.0, 40);
    scenario.nodes = 9;
    scenario.faults[0].from_s = from;
    scenario.faults[0].until_s = until;
    let upgrade = run(scenario, 7, seconds);
    let cause = &upgrade.scenario.cause;
    let at = |seconds: f64| upgrade.scenario.start_unix_nano + (seconds * 1e9) as u64;
    let (seen, components) = releases(&upgrade);
    let mut upgraded = BTreeMap::new();
    for (instance, releases) in &seen {
        // gRPC tells 1.33 from 1.34, which share their HTTP library.
        let (old, new) = (format!("{0}-{0}", cause["from"]), format!("{0}-{0}", cause["to"]));
        if !releases.contains_key(&new) {
            // The aggregated API server is no part of the upgrade.
            assert_eq!(instance.service, "apiserver");
            continue;
        }
        let ((_, last), (first, _)) = (releases[&old], releases[&new]);
        assert!((at(from)..at(until)).contains(&last) || last < at(from), "{instance:?} {releases:?}");
        assert!((at(from)..at(until) + 5 * SECOND).contains(&first), "{instance:?} {releases:?}");
        assert!(first.saturating_add(SECOND) > last, "{instance:?} {releases:?}");
        *upgraded.entry(components[instance]).or_insert(0) += 1;
    }
    println!("{upgraded:?}");
    assert_eq!(upgraded, BTreeMap::from([(Component::Apiserver, 3), (Component::Kubelet, 9)]));
    // API servers first.
    let first = |component: Component, latest: bool| {
        let of = seen.iter().filter(|(instance, _)| components[*instance] == component);
        let firsts = of.filter_map(|(_, releases)| releases.get("1.36-1.36")).map(|times| times.0);
        if latest { firsts.max() } else { firsts.min() }
    };
    assert!(first(Component::Apiserver, true) < first(Component::Kubelet, false));
}

/// What the new release changes in the rows is what it can know more, not what it does worse.
#[test]
fn the_rows_of_both_releases_can_be_compared() {
    let mut scenario = Scenario::named("upgrade").unwrap();
    scenario.nodes = 9;
    scenario.faults[0].from_s = 20.0;
    scenario.faults[0].until_s = 20.01;
    let upgrade = run(scenario, 7, 45);
    let rows = upgrade.rows();
    let stop = upgrade.scenario.start_unix_nano + 20 * SECOND;
    // The aggregated API server stays as it is. Reached by a link, its rows do not tell that they are of it.
    let is_own = |row: &&RequestRow<'_>| row.keys.group.as_deref() != Some("metrics.k8s.io");
    let upgraded = rows.bounded().into_iter().filter(is_own);
    let (before, after): (Vec<_>, Vec<_>) = upgraded.partition(|row| row.start < stop);
    let failures = rank_over_baseline(causes(&after, Cause::Failure), causes(&before, Cause::Failure), 1.0);
    println!("{failures:?}");
    assert!(
        failures.iter().all(|one| one.total <= 1),
        "an upgrade as it should be fails nothing: {failures:?}"
    );
    let unknown = |rows: &[&RequestRow<'_>]| {
        rows.iter()
            .filter(|row| row.gaps.has(Gap::CodeMissing) || row.gaps.has(Gap::ServerSpanCutShort))
            .count()
    };
    println!("{} of {} before, {} of {} after", unknown(&before), before.len(), unknown(&after), after.len());
    assert!(unknown(&before) * 10 > before.len() * 9, "1.33 does not say the code");
    assert_eq!(unknown(&after), 0, "1.36 does");
}
