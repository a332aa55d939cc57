use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::latency::tests::span;

proptest! {
    #[test]
    fn prop_lists_hold_what_a_map_would(added in proptest::collection::vec(proptest::collection::btree_map(0_u16..400, 1_u64..9, 0..60), 1..5)) {
        let (mut counts, mut expected) = (Counts::default(), BTreeMap::<u16, u64>::new());
        for part in &added {
            counts.add(&part.iter().map(|(bucket, count)| Entry::new(*bucket, *count)).collect::<Vec<_>>());
            part.iter().for_each(|(bucket, count)| *expected.entry(*bucket).or_default() += count);
        }
        prop_assert_eq!(counts.iter().collect::<Vec<_>>(), expected.clone().into_iter().collect::<Vec<_>>());
        prop_assert_eq!(counts.last(), expected.keys().last().copied());
        for bucket in [0_u16, 7, 200, 399, 7_423] {
            prop_assert_eq!(counts.of(bucket), expected.get(&bucket).copied());
            prop_assert_eq!(counts.below(bucket), expected.range(..bucket).map(|(_, count)| count).sum::<u64>());
            prop_assert_eq!(counts.above(bucket), expected.range(bucket + 1..).map(|(_, count)| count).sum::<u64>());
        }
    }
}

#[test]
fn more_spans_than_an_entry_can_count_are_not_taken_for_few() {
    let mut counts = Counts::default();
    counts.add(&[Entry::new(7_423, COUNT_MAX - 1)]);
    counts.add(&[Entry::new(7_423, u64::MAX)]);
    assert_eq!(counts.iter().collect::<Vec<_>>(), [(7_423, COUNT_MAX)]);
}

#[test]
fn of_each_bucket_the_slowest_is_named_and_of_two_as_slow_the_smaller_id() {
    let mut named = Named::default();
    for part in [[span(1_000, 5, false), span(1_001, 4, false)], [span(1_001, 3, false), span(9, 1, false)]] {
        let mut part = part.to_vec();
        slowest_of_each(&mut part);
        named.add(&part);
    }
    assert_eq!(named.iter().copied().collect::<Vec<_>>(), [span(9, 1, false), span(1_001, 3, false)]);
    assert_eq!(named.of(bucket_of(1_000)), Some(&span(1_001, 3, false)));
    assert_eq!(named.of(0), None);
}
