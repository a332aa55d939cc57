use proto::TraceId;

use super::InstanceRates;
use crate::place::InstanceId;
use crate::place::testing::{Sent, fixture, kubelet, sent};
use crate::sampling::is_own_root;

fn with_id(mut span: Sent, high: u64, flags: u32) -> Sent {
    span.span.trace_id = TraceId((u128::from(high) << 1).to_be_bytes());
    span.span.flags = flags;
    span
}

#[test]
fn only_roots_of_the_own_process_count() {
    let root = kubelet("a").below(1, None);
    assert!(is_own_root(root.view()));
    assert!(is_own_root(with_id(root.clone(), 1, 0x101).view()), "the parent is said to be local: none");
    assert!(!is_own_root(with_id(root.clone(), 1, 0x301).view()), "the parent is said to be remote");
    assert!(!is_own_root(root.below(2, Some(1)).view()));
}

#[test]
fn each_instance_has_its_own_rate() {
    let whole = 1_u64 << 63;
    let spans: Vec<Sent> = (0..1_000)
        .flat_map(|number| {
            let step = whole / 1_000 * number;
            let a = with_id(kubelet("a"), step / 10, 0x101);
            let foreign = with_id(kubelet("a").below(2, Some(1)), step, 0x301);
            let b = with_id(sent("containerd", &[]).from("10.0.0.1"), step, 0x101);
            [a, foreign, b]
        })
        .collect();
    let mut rates = InstanceRates::default();
    let mut rest = InstanceRates::default();
    let (left, right) = spans.split_at(1_234);
    left.iter().for_each(|span| rates.observe(span.arrived()));
    right.iter().for_each(|span| rest.observe(span.arrived()));
    rates.merge(rest);
    let rate = |span: &Sent| rates.rate_of(span.view(), span.peer()).map(|rate| (rate.value, rate.roots));
    let (a, roots) = rate(&spans[0]).unwrap();
    assert!((a - 0.1).abs() < 0.000_2 && roots == 1_000, "{a} of {roots}");
    assert_eq!(rate(&spans[2]), Some((1.0, 1_000)));
    assert_eq!(rate(&kubelet("b")), None);
    assert_eq!(rate(&sent("containerd", &[])), None, "from nowhere");
}

#[test]
fn the_captures_were_sampled_whole() {
    for slice in ["calm", "stall"] {
        let mut rates = InstanceRates::default();
        let spans: Vec<Sent> = fixture(slice).into_iter().map(|span| span.from("127.0.0.1")).collect();
        spans.iter().for_each(|span| rates.observe(span.arrived()));
        let mut told = 0;
        for (InstanceId { service, .. }, estimate) in rates.iter() {
            let Some(rate) = estimate.rate() else { continue };
            assert_eq!(rate.value, 1.0, "{slice} {service}: {rate:?}");
            told += 1;
        }
        assert!(told >= 3, "{slice}: of {told} services only");
    }
}
