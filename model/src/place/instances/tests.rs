use proptest::prelude::*;

use super::{INSTANCES_MAX, Instances};
use crate::place::testing::{HOUR, SECOND, Sent, heartbeat, kubelet, sent};

fn observed<'a>(spans: impl IntoIterator<Item = &'a Sent>) -> Instances {
    let mut instances = Instances::default();
    for span in spans {
        instances.observe(span.view(), span.peer(), span.arrival);
        instances.observe_trace(&[span.arrived(), kubelet("node-1").arrived()]);
    }
    instances
}

/// Spans of few processes, so that they meet.
fn spans() -> impl Strategy<Value = Vec<Sent>> {
    let span = (0_u8..7, 0_u8..4, 0_u8..4, 0_u64..5 * HOUR).prop_map(|(kind, name, peer, arrival)| {
        let name = format!("node-{name}");
        let peer = format!("10.0.0.{peer}");
        let span = match kind {
            0 => kubelet(&name).from(&peer),
            1 => sent("containerd", &[]).from(&peer),
            2 => sent("etcd", &[("cloud.availability_zone", &name)]).from(&peer),
            3 => sent("apiserver", &[("service.instance.id", &name), ("k8s.cluster.name", "c")]),
            4 => sent("webhook", &[("host.name", &name)]),
            5 => sent("webhook", &[("host.name", "pod"), ("k8s.node.name", &name)]),
            _ => heartbeat(&name, &peer),
        };
        span.at(arrival)
    });
    proptest::collection::vec(span, 0..40)
}

proptest! {
    #[test]
    fn prop_any_split_and_order_learn_the_same(spans in spans(), parts in 1_usize..6, turn in 0_usize..40) {
        let whole = observed(&spans);
        let mut turned: Vec<&Sent> = spans.iter().rev().collect();
        turned.rotate_left(turn % spans.len().max(1));
        let mut pieces: Vec<Instances> = (0..parts)
            .map(|part| observed(turned.iter().skip(part).step_by(parts).copied()))
            .collect();
        let mut merged = pieces.pop().unwrap();
        pieces.iter().for_each(|piece| merged.merge(piece.clone()));
        prop_assert_eq!(&merged, &whole);
        pieces.iter().for_each(|piece| merged.merge(piece.clone()));
        prop_assert_eq!(&merged, &whole, "what is known already changes nothing");
        let rows: Vec<_> = merged.places(None).rows().collect();
        prop_assert_eq!(rows, whole.places(None).rows().collect::<Vec<_>>());
    }
}

#[test]
fn a_flood_of_instances_is_bounded_and_the_latest_stay() {
    let mut instances = Instances::default();
    for number in 0..100_000_u64 {
        let span = kubelet(&format!("n{number}")).at(number);
        instances.observe(span.view(), None, span.arrival);
    }
    assert!(instances.places(None).rows().count() <= INSTANCES_MAX + INSTANCES_MAX / 8);
    instances.merge(Instances::default());
    let firsts: Vec<u64> = instances.places(None).rows().map(|row| row.first_seen).collect();
    assert_eq!(firsts.len(), INSTANCES_MAX);
    assert_eq!(firsts.into_iter().min(), Some(100_000 - INSTANCES_MAX as u64));
}

#[test]
fn what_was_not_seen_for_long_can_be_forgotten() {
    let mut instances = observed(&[kubelet("a").at(SECOND), kubelet("b").at(HOUR)]);
    instances.forget_before(HOUR);
    let left: Vec<String> = instances.places(None).rows().map(|row| row.instance.key.to_string()).collect();
    assert_eq!(left, ["b"]);
}

#[test]
fn overlong_and_empty_names_are_no_names() {
    let long = "x".repeat(254);
    for name in ["", &long] {
        assert_eq!(observed(&[kubelet(name)]), Instances::default(), "{} bytes", name.len());
    }
}
