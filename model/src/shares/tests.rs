//! Shares against sums written out, and causes planted among many.

use proptest::prelude::*;

use super::*;
use crate::trace::testing::{Owned, assembled, by_trace, fixture};
use crate::{Component, Phase, RequestRow, request_rows};

fn captured_rows(spans: &[Owned]) -> Vec<RequestRow<'_>> {
    by_trace(spans)
        .values()
        .flat_map(|spans| request_rows(&assembled(spans.iter().copied()), |_| None).rows)
        .collect()
}

#[test]
fn shares_of_the_captures_are_the_sums_written_out() {
    let spans = fixture("calm");
    let rows = captured_rows(&spans);
    let plain: Vec<&RequestRow<'_>> = rows.iter().filter(|row| !row.is_endless()).collect();
    let mut durations: Vec<u64> = plain.iter().map(|row| row.duration_ns).collect();
    durations.sort_unstable_by(|one, other| other.cmp(one));
    // Of n requests, those from rank ceil(0.99 n) up: the slowest n - ceil(0.99 n) + 1, and what ties with the last.
    let slowest = plain.len() - (plain.len() as f64 * 0.99).ceil() as usize;
    let band: Vec<&&RequestRow<'_>> =
        plain.iter().filter(|row| row.duration_ns >= durations[slowest]).collect();
    assert_eq!(tail(&plain).len(), band.len());

    let shares = phase_shares(&plain);
    assert_eq!(shares.len(), Phase::COUNT);
    for share in &shares {
        let time =
            |rows: &[&RequestRow<'_>]| rows.iter().map(|row| row.phases.get(share.part) as f64).sum::<f64>();
        let all = |rows: &[&RequestRow<'_>]| rows.iter().map(|row| row.duration_ns as f64).sum::<f64>();
        let band: Vec<&RequestRow<'_>> = band.iter().map(|row| **row).collect();
        assert!((share.share - time(&plain) / all(&plain)).abs() < 1e-9);
        assert!((share.tail_share - time(&band) / all(&band)).abs() < 1e-9);
        let mean =
            plain.iter().map(|row| row.phases.get(share.part) as f64 / row.duration_ns as f64).sum::<f64>();
        assert!((share.mean_share - mean / plain.len() as f64).abs() < 1e-9);
    }
    assert!(shares.is_sorted_by(|one, other| one.tail_share >= other.tail_share));
    for sum in [
        shares.iter().map(|share| share.share).sum::<f64>(),
        shares.iter().map(|share| share.tail_share).sum(),
        shares.iter().map(|share| share.mean_share).sum(),
        component_shares(&plain).iter().map(|share| share.share).sum(),
    ] {
        assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    }
    assert!(component_shares(&plain).iter().any(|share| share.part == Component::Etcd && share.share > 0.1));
}

#[test]
fn shares_of_nothing_are_nothing() {
    assert!(tail(&[]).is_empty());
    let of_nothing =
        |share: &Share<Phase>| share.total_ns == 0 && share.share == 0.0 && share.mean_share == 0.0;
    assert!(phase_shares(&[]).iter().all(of_nothing));
}

#[test]
fn captured_causes_come_out_first() {
    let spans = fixture("calm");
    let rows = captured_rows(&spans);
    let rows: Vec<&RequestRow<'_>> = rows.iter().collect();
    let webhooks = rank_over_peers(causes(&rows, Cause::Webhook));
    println!("{webhooks:?}");
    assert!(webhooks[0].key == "slow-scanner.tp.example.com" || webhooks[0].key == "hang.tp.example.com");
    let members = causes(&rows, Cause::EtcdMember).into_iter().map(|(member, _)| member);
    assert_eq!(members.collect::<std::collections::BTreeSet<_>>().len(), 1, "one etcd ran");
    let failures = rank_over_baseline(causes(&rows, Cause::Failure), Vec::new(), 1.0);
    assert!(failures.iter().all(|ranked| ranked.total == u128::from(ranked.count)), "{failures:?}");
    for cause in [Cause::Phase, Cause::Client, Cause::Resource, Cause::Instance] {
        let ranked = rank_over_baseline(causes(&rows, cause), causes(&rows, cause), 1.0);
        assert!(ranked.iter().all(|ranked| ranked.excess.abs() < 1e-3), "nothing over itself: {cause:?}");
        assert!(ranked.len() >= usize::from(cause != Cause::Instance) * 5);
    }
}

#[test]
fn what_became_slower_or_more_is_first_over_a_baseline() {
    let baseline = (0..100).map(|index| (index % 4, 10_u64));
    let slower = (0..100).map(|index| (index % 4, if index % 4 == 2 { 30 } else { 10 }));
    assert_eq!(rank_over_baseline(slower, baseline.clone(), 1.0)[0].key, 2);
    let more = (0..100).chain(std::iter::repeat_n(3, 80)).map(|index| (index % 4, 10_u64));
    let ranked = rank_over_baseline(more.chain([(9, 5)]), baseline.clone(), 1.0);
    assert_eq!((ranked[0].key, ranked[0].excess), (3, 800.0));
    assert_eq!((ranked[1].key, ranked[1].expected), (9, 0.0), "a new one has no baseline");
    let twice_as_long = baseline.clone().chain(baseline.clone());
    assert!(rank_over_baseline(twice_as_long, baseline, 2.0).iter().all(|ranked| ranked.excess == 0.0));
}

#[test]
fn the_slow_one_is_first_among_its_peers() {
    // Node 7 is slower in each, others only have more.
    let nodes =
        (0..2_000).map(|index| (index % 20, if index % 20 == 7 { 900_u64 } else { 100 + index % 13 }));
    let busy = std::iter::repeat_n((4, 106), 5_000);
    let ranked = rank_over_peers(nodes.chain(busy));
    assert_eq!(ranked[0].key, 7);
    assert_eq!(rank_over_peers([("only", 5)])[0].excess, 5.0);
    assert_eq!(rank_over_peers(Vec::<(u8, u64)>::new()), []);
}

proptest! {
    #[test]
    fn peers_are_the_median_of_the_other_means(
        observed in prop::collection::vec((0_u8..8, 0_u64..1_000), 1..60),
    ) {
        for ranked in rank_over_peers(observed.iter().copied()) {
            let mean = |key: u8| {
                let times: Vec<u64> =
                    observed.iter().filter(|(other, _)| *other == key).map(|(_, time)| *time).collect();
                (!times.is_empty()).then(|| times.iter().sum::<u64>() as f64 / times.len() as f64)
            };
            let mut others: Vec<f64> = (0..8).filter(|key| *key != ranked.key).filter_map(mean).collect();
            others.sort_by(f64::total_cmp);
            let median = match others.len() {
                0 => 0.0,
                count => (others[(count - 1) / 2] + others[count / 2]) / 2.0,
            };
            prop_assert!((ranked.expected - median * ranked.count as f64).abs() < 1e-6);
        }
    }
}
