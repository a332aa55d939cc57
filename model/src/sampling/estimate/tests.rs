use proptest::prelude::*;
use proto::TraceId;

use super::{LARGEST_MAX, ROOTS_MIN, Rate, SamplingEstimate, trace_fraction};

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Generator(u64);

impl Generator {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn trace_id(&mut self) -> TraceId {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&self.next().to_be_bytes());
        id[8..].copy_from_slice(&self.next().to_be_bytes());
        TraceId(id)
    }

    /// An id that Go's `TraceIDRatioBased` keeps, drawn until one is kept.
    fn kept(&mut self, rate: f64) -> TraceId {
        let bound = (rate * (1_u64 << 63) as f64) as u64;
        loop {
            let id = self.trace_id();
            if trace_fraction(id) < bound {
                return id;
            }
        }
    }
}

fn estimate(seed: u64, rate: f64, roots: u64, foreign: u64) -> SamplingEstimate {
    let mut generator = Generator(seed);
    let mut estimate = SamplingEstimate::default();
    (0..roots).for_each(|_| estimate.observe(generator.kept(rate)));
    (0..foreign).for_each(|_| estimate.observe(generator.trace_id()));
    estimate
}

/// In how many of 400 seeds the interval holds the true rate.
fn covered(rate: f64, roots: u64, foreign: u64) -> usize {
    (0..400)
        .filter(|seed| {
            let Rate { value, low, high, .. } = estimate(seed * 7919, rate, roots, foreign).rate().unwrap();
            assert!(0.0 < low && low <= value && value <= high && high <= 1.0, "{low} {value} {high}");
            low <= rate && rate <= high
        })
        .count()
}

#[test]
fn the_interval_covers_the_rate() {
    for rate in [1.0, 0.5, 0.1, 0.01, 0.001] {
        for roots in [20, 100, 500] {
            let covered = covered(rate, roots, 0);
            assert!(covered >= 360, "rate {rate}, {roots} roots: covered in {covered} of 400 seeds");
        }
    }
}

#[test]
fn a_few_foreign_roots_do_not_hide_the_rate() {
    // A foreign root just above the edge cannot be told from the others: so a little less than without any.
    for (rate, roots, foreign) in
        [(0.5, 200, 3), (0.1, 100, 2), (0.1, 500, 10), (0.01, 500, 20), (0.001, 100, 1)]
    {
        let covered = covered(rate, roots, foreign);
        assert!(covered >= 340, "rate {rate}, {roots} + {foreign} roots: covered in {covered} of 400 seeds");
    }
}

#[test]
fn many_foreign_roots_are_no_accident() {
    let rate = estimate(1, 0.01, 100, 50).rate().unwrap();
    assert!(rate.value > 0.9, "a third of the roots is above: {rate:?}");
}

#[test]
fn too_few_roots_tell_nothing() {
    assert_eq!(estimate(1, 0.5, ROOTS_MIN - 1, 0).rate(), None);
    assert!(estimate(1, 0.5, ROOTS_MIN, 0).rate().is_some());
    assert_eq!(SamplingEstimate::default().rate(), None);
}

#[test]
fn the_estimate_is_close_with_many_roots() {
    for rate in [0.1, 0.01] {
        let mean =
            (0..50).map(|seed| estimate(seed, rate, 2_000, 0).rate().unwrap().value).sum::<f64>() / 50.0;
        assert!((mean / rate - 1.0).abs() < 0.000_5, "{rate}: {mean}");
    }
    assert_eq!(estimate(1, 1.0, 10_000, 0).rate().unwrap().value, 1.0);
}

#[test]
fn a_rate_of_one_is_told_as_one() {
    let ones = (0..400).filter(|seed| estimate(*seed, 1.0, 300, 0).rate().unwrap().value == 1.0).count();
    assert!(ones >= 397, "{ones} of 400");
    let others = (0..400).filter(|seed| estimate(*seed, 0.9, 300, 0).rate().unwrap().value == 1.0).count();
    assert_eq!(others, 0);
}

#[test]
fn equal_and_zero_ids_are_borne() {
    let mut estimate = SamplingEstimate::default();
    (0..1_000).for_each(|_| estimate.observe(TraceId([0; 16])));
    let rate = estimate.rate().unwrap();
    assert!(rate.value > 0.0 && rate.value < 1e-18, "{rate:?}");
    let mut estimate = SamplingEstimate::default();
    (0..1_000).for_each(|_| estimate.observe(TraceId([255; 16])));
    assert_eq!(estimate.rate().unwrap().value, 1.0);
}

#[test]
fn counts_are_scaled_with_both_uncertainties() {
    let exact = Rate { value: 1.0, low: 1.0, high: 1.0, roots: 10 };
    let scaled = exact.scale(17);
    assert_eq!((scaled.value, scaled.low, scaled.high), (17.0, 17.0, 17.0));
    let tenth = Rate { value: 0.1, low: 0.1, high: 0.1, roots: 10 };
    let none = tenth.scale(0);
    assert_eq!((none.value, none.low), (0.0, 0.0));
    assert!((none.high - 34.57).abs() < 0.01, "z^2 (1 - r) / r: {}", none.high);
    let hundred = tenth.scale(100);
    assert!(hundred.low < 850.0 && hundred.high > 1_190.0 && hundred.high < 1_250.0, "{hundred:?}");
    let loose = Rate { low: 0.09, high: 0.11, ..tenth }.scale(100);
    assert!(loose.low < hundred.low && loose.high > hundred.high);
}

#[test]
fn the_scaled_interval_covers_the_count() {
    let (rate, all) = (0.1, 3_000);
    let covered = (0..400)
        .filter(|seed| {
            let mut generator = Generator(seed * 104_729);
            let mut estimate = SamplingEstimate::default();
            let bound = (rate * (1_u64 << 63) as f64) as u64;
            for _ in 0..all {
                let id = generator.trace_id();
                if trace_fraction(id) < bound {
                    estimate.observe(id);
                }
            }
            let scaled = estimate.rate().unwrap().scale(estimate.roots());
            scaled.low <= f64::from(all) && f64::from(all) <= scaled.high
        })
        .count();
    assert!(covered >= 360, "{covered} of 400");
}

proptest! {
    #[test]
    fn prop_any_split_and_order_give_the_same(
        mut ids in proptest::collection::vec(any::<u64>(), 0..300), cut in 0.0..1.0_f64, seed in any::<u64>(),
    ) {
        let observed = |ids: &[u64]| {
            let mut estimate = SamplingEstimate::default();
            ids.iter().for_each(|id| estimate.observe(TraceId((u128::from(*id)).to_be_bytes())));
            estimate
        };
        let whole = observed(&ids);
        let mut generator = Generator(seed);
        ids.sort_by_cached_key(|_| generator.next());
        let (left, right) = ids.split_at((ids.len() as f64 * cut) as usize);
        let (left, right) = (observed(left), observed(right));
        let (mut one, mut other) = (left.clone(), right.clone());
        one.merge(&right);
        other.merge(&left);
        prop_assert_eq!(&one, &whole);
        prop_assert_eq!(&other, &whole);
        prop_assert!(whole.largest.len() <= LARGEST_MAX);
    }
}
