use proptest::prelude::*;

use super::*;
use crate::latency::SUMMARY_LIMITS;
use crate::latency::tests::{span, spans};
use crate::sampling::trace_fraction;

/// The rows of `spans`, of groups with these numbers.
fn rows(numbers: &[u32], spans: &[SpanReference]) -> Vec<SpanRow> {
    let row = |(group, span): (&u32, &SpanReference)| SpanRow {
        group: *group,
        error: span.error,
        duration_ns: span.duration_ns,
        trace_fraction: trace_fraction(span.trace_id),
    };
    numbers.iter().zip(spans).map(row).collect()
}

proptest! {
    #[test]
    fn prop_states_of_many_groups_are_those_of_each_alone(
        spans in spans(),
        parts in 1_usize..4,
        groups in 1_u32..5,
        exact_spans_max in prop_oneof![Just(0_usize), 1..80_usize, Just(usize::MAX)],
        coarse_ns in prop_oneof![Just(1_u64), Just(1_000_000_000)],
        summaries in 0_usize..4,
    ) {
        let narrowest = if summaries > 0 { SUMMARY_LIMITS.exact_spans_max } else { 0 };
        let limits = Limits { exact_spans_max: exact_spans_max.max(narrowest) };
        let mut together = GroupStates::new(limits);
        let mut alone = vec![State::default(); groups as usize];
        (0..groups).for_each(|group| assert_eq!(together.push_group(), group));
        // Some as long as others.
        let spans: Vec<SpanReference> =
            spans.iter().map(|span| SpanReference { duration_ns: span.duration_ns / coarse_ns, ..*span }).collect();
        for part in spans.chunks(spans.len().div_ceil(parts)) {
            let numbers: Vec<u32> = (0..part.len() as u32).map(|place| place * place % groups).collect();
            if summaries == 0 {
                together.add_all(&rows(&numbers, part), |row| part[row as usize]);
                numbers.iter().zip(part).for_each(|(number, span)| alone[*number as usize].add(*span, limits));
                continue;
            }
            let mut states = vec![State::default(); groups as usize * summaries];
            for (place, (number, span)) in numbers.iter().zip(part).enumerate() {
                states[*number as usize * summaries + place % summaries].add(*span, SUMMARY_LIMITS);
            }
            let of_group = states.iter().enumerate().filter(|(_, state)| state.count() > 0);
            let (numbers, stored): (Vec<u32>, Vec<Vec<u8>>) =
                of_group.map(|(at, state)| ((at / summaries) as u32, state.to_summary(7))).unzip();
            together.add_summaries(&numbers, |place| (stored[place as usize].as_slice(), 7)).unwrap();
            for (number, stored) in numbers.iter().zip(&stored) {
                alone[*number as usize].merge(State::from_summary(stored, 7).unwrap(), limits);
            }
        }
        let figures = |state: &State| {
            let mut known: Vec<_> = state.known_spans().map(|span| (span.duration_ns, span.span_id)).collect();
            known.sort_unstable();
            (state.point(&[0.5, 0.99]), state.exemplars(&[0.5, 0.99], 8), state.above(1_000_000), state.buckets(), known)
        };
        for (together, alone) in together.into_states().iter().zip(&alone) {
            prop_assert_eq!(figures(together), figures(alone));
            prop_assert_eq!(together.errors(), alone.errors());
            prop_assert_eq!(together.trace_fraction_max(), alone.trace_fraction_max());
        }
    }
}

proptest! {
    #[test]
    fn prop_many_states_at_once_are_those_one_after_the_other(
        spans in spans(),
        cuts in 1_usize..9,
        exact_spans_max in prop_oneof![Just(0_usize), 1..80_usize],
        are_summaries in any::<bool>(),
    ) {
        let narrowest = if are_summaries { SUMMARY_LIMITS.exact_spans_max } else { 0 };
        let limits = Limits { exact_spans_max: exact_spans_max.max(narrowest) };
        let states: Vec<State> = spans
            .chunks(spans.len().div_ceil(cuts))
            .map(|part| {
                let mut state = State::default();
                part.iter().for_each(|span| state.add(*span, if are_summaries { SUMMARY_LIMITS } else { limits }));
                if are_summaries { State::from_summary(&state.to_summary(7), 7).unwrap() } else { state }
            })
            .collect();
        let mut together = GroupStates::new(limits);
        let number = together.push_group();
        let (first, rest) = states.split_at(states.len() / 2);
        together.merge(number, first.to_vec());
        together.merge(number, rest.to_vec());
        let mut alone = State::default();
        states.into_iter().for_each(|state| alone.merge(state, limits));
        let together = together.into_states().remove(0);
        prop_assert_eq!(together.is_exact(), alone.is_exact());
        prop_assert_eq!(together.point(&[0.5, 0.99]), alone.point(&[0.5, 0.99]));
        prop_assert_eq!(together.exemplars(&[0.5, 0.99], 8), alone.exemplars(&[0.5, 0.99], 8));
        prop_assert_eq!((together.errors(), together.trace_fraction_max()), (alone.errors(), alone.trace_fraction_max()));
        prop_assert_eq!(together.buckets(), alone.buckets());
        prop_assert_eq!(together.known_spans().count(), alone.known_spans().count());
    }
}

#[test]
fn a_damaged_summary_is_refused() {
    let spans: Vec<SpanReference> = (1..=100).map(|id| span(id * id, id, false)).collect();
    let mut state = State::default();
    spans.iter().for_each(|span| state.add(*span, SUMMARY_LIMITS));
    let whole = state.to_summary(0);
    for length in 0..whole.len() {
        let mut groups = GroupStates::new(SUMMARY_LIMITS);
        groups.push_group();
        let added = groups.add_summaries(&[0], |_| (&whole[..length], 0));
        assert_eq!(added, Err(CorruptState { length }), "{length}");
    }
}

#[test]
fn what_is_held_is_counted() {
    let mut groups = GroupStates::new(Limits { exact_spans_max: 10 });
    let (one, other) = (groups.push_group(), groups.push_group());
    let spans: Vec<SpanReference> = (1..=1_000).map(|id| span(id * id * id, id, false)).collect();
    let mut add_to = |number: u32| {
        groups.add_all(&rows(&vec![number; spans.len()], &spans), |row| spans[row as usize]);
        groups.memory_bytes()
    };
    // What is needed for adding is there after the first.
    let before = add_to(one);
    let added = add_to(other) - before;
    groups.let_go();
    assert!(groups.memory_bytes() < before + added);
    let state = groups.into_states().remove(1);
    let buckets = state.buckets().len();
    assert!(added >= buckets * (size_of::<SpanReference>() + 8), "{added} bytes of {buckets} buckets");
    assert!(state.memory_bytes() > size_of::<State>());
}
