//! The size that Kubernetes is tested for: rates as the reference estimates them, memory bounded.

use super::*;

#[test]
fn five_thousand_nodes_send_at_the_expected_rate_and_hold_little() {
    let scenario = Scenario::named("5000-nodes").unwrap();
    let mut simulator = Simulator::new(&scenario, 1).unwrap().acknowledging(5_000_000).without_truth();
    let at = |seconds: u64| scenario.start_unix_nano + seconds * SECOND;
    while simulator.next_until(at(6)).is_some() {}
    let (mut spans, mut bytes, mut held) = (0, 0, 0);
    let mut by_service = std::collections::BTreeMap::<&str, usize>::new();
    while let Some(export) = simulator.next_until(at(12)) {
        spans += export.spans;
        bytes += export.request.len();
        held = held.max(simulator.held_spans());
        let name = match simulator.cluster().role(export.process) {
            Role::Apiserver(_) => "apiserver",
            Role::Etcd(_) => "etcd",
            Role::Kubelet(_) => "kubelet",
            Role::Runtime(_) => "runtime",
            Role::Aggregated => "aggregated",
        };
        *by_service.entry(name).or_default() += export.spans;
    }
    assert_eq!(simulator.losses(), Losses::default());
    println!("{} spans/s, {} bytes/span, {held} held, {by_service:?}", spans / 6, bytes / spans);
    assert!((60_000..95_000).contains(&(spans / 6)), "{} spans/s", spans / 6);
    assert!((250..420).contains(&(bytes / spans)), "{} bytes a span", bytes / spans);
    assert!(held < 600_000, "{held} spans held");
}
