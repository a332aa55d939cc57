use proptest::prelude::*;
use proto::{SpanId, TraceId};

use super::{
    ERROR_BOUND, Limits, Pick, SUMMARY_LIMITS, SpanReference, State, bucket_of, representative, shortest,
};

pub(super) fn span(duration_ns: u64, id: u64, error: bool) -> SpanReference {
    let mut trace_id = [1; 16];
    trace_id[8..].copy_from_slice(&id.to_be_bytes());
    SpanReference {
        duration_ns,
        start: 1_000 + id,
        trace_id: TraceId(trace_id),
        span_id: SpanId(id.to_be_bytes()),
        error,
    }
}

pub(super) fn spans() -> impl Strategy<Value = Vec<SpanReference>> {
    proptest::collection::vec((0_u64..40_000, any::<bool>()), 1..300).prop_map(|drawn| {
        drawn
            .into_iter()
            .enumerate()
            .map(|(id, (duration, error))| span(duration * duration, id as u64 + 1, error))
            .collect()
    })
}

fn state_of(spans: &[SpanReference], limits: Limits) -> State {
    let mut state = State::default();
    spans.iter().for_each(|span| state.add(*span, limits));
    state
}

const EXACT: Limits = Limits { exact_spans_max: usize::MAX };
const HISTOGRAM: Limits = Limits { exact_spans_max: 0 };

proptest! {
    #[test]
    fn prop_a_representative_is_within_the_bound(duration in any::<u64>()) {
        let shown = representative(bucket_of(duration));
        prop_assert!(shown.abs_diff(duration) as f64 <= duration as f64 * ERROR_BOUND);
    }

    #[test]
    fn prop_a_bucket_begins_at_its_shortest_duration(duration in 1_u64..) {
        let first = shortest(bucket_of(duration));
        prop_assert!(first <= duration && bucket_of(first) == bucket_of(duration));
        prop_assert!(first == 0 || bucket_of(first - 1) + 1 == bucket_of(first));
    }

    #[test]
    fn prop_as_many_are_above_a_threshold_as_are_said(spans in spans(), threshold in 0_u64..40_000, at_a_span in any::<bool>()) {
        let threshold = if at_a_span { spans[0].duration_ns } else { threshold * threshold };
        let longer = spans.iter().filter(|span| span.duration_ns > threshold).count() as u64;
        let exact = state_of(&spans, EXACT).above(threshold);
        prop_assert_eq!((exact.count_min, exact.count_max), (longer, longer));
        let rough = state_of(&spans, HISTOGRAM).above(threshold);
        let across = spans.iter().filter(|span| bucket_of(span.duration_ns) == bucket_of(threshold)).count() as u64;
        prop_assert!(rough.count_min <= longer && longer <= rough.count_max);
        prop_assert!(rough.count_max - rough.count_min < across.max(1), "{rough:?}: the slowest of a bucket is known");
        let summary = state_of(&spans, SUMMARY_LIMITS).to_summary(0);
        let summarised = State::from_summary(&summary, 0).unwrap().above(threshold);
        prop_assert!(summarised.count_min <= longer && longer <= summarised.count_max, "{summarised:?}");
    }

    #[test]
    fn prop_buckets_count_every_span_and_know_their_slowest(spans in spans()) {
        for limits in [EXACT, HISTOGRAM] {
            let state = state_of(&spans, limits);
            for (bucket, count) in state.buckets() {
                let of_bucket = || spans.iter().filter(|span| bucket_of(span.duration_ns) == bucket);
                prop_assert_eq!(count, of_bucket().count() as u64);
                let slowest = of_bucket().max_by(|one, next| one.by_slowness(next)).unwrap();
                prop_assert!(state.known_spans().any(|known| known == slowest));
            }
            prop_assert_eq!(state.buckets().iter().map(|(_, count)| count).sum::<u64>(), spans.len() as u64);
        }
    }

    #[test]
    fn prop_buckets_keep_the_order(left in any::<u64>(), right in any::<u64>()) {
        prop_assert_eq!(left < right && bucket_of(left) > bucket_of(right), false);
    }

    #[test]
    fn prop_exact_quantiles_are_the_spans_at_their_rank(spans in spans(), quantile in 0.0..=1.0_f64) {
        let point = state_of(&spans, EXACT).point(&[quantile]);
        let mut sorted: Vec<u64> = spans.iter().map(|span| span.duration_ns).collect();
        sorted.sort_unstable();
        let rank = ((quantile * spans.len() as f64 - 1e-9).ceil() as usize).clamp(1, spans.len());
        prop_assert_eq!(point.quantiles[0].value_ns, sorted[rank - 1]);
        prop_assert!(point.exact);
    }

    #[test]
    fn prop_histogram_quantiles_are_within_the_bound(spans in spans(), quantile in 0.0..=1.0_f64) {
        let truth = state_of(&spans, EXACT).point(&[quantile]).quantiles[0].value_ns;
        let point = state_of(&spans, HISTOGRAM).point(&[quantile]);
        let shown = point.quantiles[0].value_ns;
        prop_assert!(shown.abs_diff(truth) as f64 <= truth as f64 * point.error_bound, "{} for {}", shown, truth);
    }

    #[test]
    fn prop_any_split_gives_the_same_answer(spans in spans(), cut in 0.0..1.0_f64, exact in 0_usize..400) {
        let limits = Limits { exact_spans_max: exact };
        let (left, right) = spans.split_at((spans.len() as f64 * cut) as usize);
        let mut merged = State::from_bytes(&state_of(right, limits).to_bytes()).unwrap();
        merged.merge(State::from_bytes(&state_of(left, limits).to_bytes()).unwrap(), limits);
        let whole = state_of(&spans, limits);
        prop_assert_eq!(merged.point(&[0.5, 0.99]), whole.point(&[0.5, 0.99]));
        prop_assert_eq!(merged.exemplars(&[0.5, 0.99], 8), whole.exemplars(&[0.5, 0.99], 8));
    }

    #[test]
    fn prop_exemplars_are_real_distinct_and_as_many_as_can_be(
        spans in spans(), most in 0_usize..=8, exact in 0_usize..400,
    ) {
        let state = state_of(&spans, Limits { exact_spans_max: exact });
        let exemplars = state.exemplars(&[0.5, 0.99], most);
        prop_assert_eq!(exemplars.len(), most.min(spans.len()));
        for (index, exemplar) in exemplars.iter().enumerate() {
            prop_assert!(spans.contains(&exemplar.span));
            prop_assert!(exemplars[..index].iter().all(|other| other.span.span_id != exemplar.span.span_id));
            let no_slower = spans.iter().filter(|span| span.duration_ns <= exemplar.span.duration_ns).count();
            let share = no_slower as f64 / spans.len() as f64;
            prop_assert!(exemplar.rank.0 <= share + 1e-12 && share <= exemplar.rank.1 + 1e-12);
        }
    }

    /// However the spans are split into rows, and rows kept or read anew.
    #[test]
    fn prop_merged_summaries_give_the_same_figures_within_the_bound(
        spans in spans(), cuts in proptest::collection::vec(0.0..1.0_f64, 0..12), exact in 0_usize..400,
    ) {
        let limits = Limits { exact_spans_max: exact };
        let mut places: Vec<usize> = cuts.iter().map(|cut| (spans.len() as f64 * cut) as usize).collect();
        places.extend([0, spans.len()]);
        places.sort_unstable();
        let mut merged = State::default();
        for (turn, range) in places.windows(2).enumerate() {
            let row = state_of(&spans[range[0]..range[1]], SUMMARY_LIMITS);
            let row = if turn % 3 == 2 { row } else {
                State::from_summary(&row.to_summary(5_000), 5_000).unwrap()
            };
            merged.merge(row, limits);
        }
        let whole = state_of(&spans, EXACT);
        let quantiles = [0.0, 0.5, 0.9, 0.99, 1.0];
        let (shown, truth) = (merged.point(&quantiles), whole.point(&quantiles));
        prop_assert_eq!((shown.count, shown.errors), (truth.count, truth.errors));
        for (shown_at, truth_at) in shown.quantiles.iter().zip(&truth.quantiles) {
            let distance = shown_at.value_ns.abs_diff(truth_at.value_ns) as f64;
            prop_assert!(distance <= truth_at.value_ns as f64 * shown.error_bound, "{shown_at:?} {truth_at:?}");
        }
        prop_assert_eq!(shown.quantiles[4].value_ns, truth.quantiles[4].value_ns, "the slowest is always known");
        for exemplar in merged.exemplars(&[0.5, 0.99], 8) {
            prop_assert!(spans.contains(&exemplar.span));
            let no_slower = spans.iter().filter(|span| span.duration_ns <= exemplar.span.duration_ns).count();
            let share = no_slower as f64 / spans.len() as f64;
            prop_assert!(exemplar.rank.0 <= share + 1e-12 && share <= exemplar.rank.1 + 1e-12);
        }
        let slowest = merged.exemplars(&[1.0], 1);
        prop_assert_eq!(slowest[0].span.duration_ns, truth.quantiles[4].value_ns);
    }

    #[test]
    fn prop_a_summary_cut_short_is_refused(spans in spans(), slot in any::<u64>(), cut in 0.0..1.0_f64) {
        let state = state_of(&spans, SUMMARY_LIMITS);
        let bytes = state.to_summary(slot);
        let read = State::from_summary(&bytes, slot).unwrap();
        prop_assert_eq!((read.count(), read.errors()), (state.count(), state.errors()));
        let lost = read.trace_fraction_max().abs_diff(state.trace_fraction_max()) as f64;
        prop_assert!(lost <= state.trace_fraction_max() as f64 / 32_768.0);
        let kept = (bytes.len() as f64 * cut) as usize;
        prop_assert!(State::from_summary(&bytes[..kept], slot).is_err());
    }

    #[test]
    fn prop_damaged_states_are_refused_not_misread(spans in spans(), cut in 0.0..1.0_f64) {
        let bytes = state_of(&spans, HISTOGRAM).to_bytes();
        let kept = (bytes.len() as f64 * cut) as usize;
        prop_assert!(State::from_bytes(&bytes[..kept]).is_err());
    }
}

#[test]
fn the_order_of_picks_is_quantile_max_error_median() {
    let spans: Vec<SpanReference> = (1..=200).map(|id| span(id * 1_000, id, id == 60)).collect();
    let picks: Vec<(u64, Pick)> = state_of(&spans, EXACT)
        .exemplars(&[0.9, 0.99], 5)
        .iter()
        .map(|exemplar| (exemplar.span.duration_ns / 1_000, exemplar.pick))
        .collect();
    assert_eq!(
        picks,
        [
            (198, Pick::Quantile(0.99)),
            (200, Pick::Max),
            (60, Pick::Error),
            (100, Pick::Median),
            (180, Pick::Quantile(0.9)),
        ]
    );
}

#[test]
fn ties_go_to_the_smaller_span_id() {
    let spans: Vec<SpanReference> = (1..=10).rev().map(|id| span(5_000, id, false)).collect();
    for limits in [EXACT, HISTOGRAM] {
        let exemplars = state_of(&spans, limits).exemplars(&[0.99], 1);
        assert_eq!(exemplars[0].span.span_id, SpanId(1_u64.to_be_bytes()), "{limits:?}");
        assert_eq!(exemplars[0].rank, (1.0, 1.0));
    }
}

#[test]
fn an_empty_state_has_no_figures_and_no_exemplars() {
    let point = State::default().point(&[0.5]);
    assert_eq!((point.count, point.quantiles[0].value_ns), (0, 0));
    assert!(State::default().exemplars(&[0.5], 3).is_empty());
}

#[test]
fn a_small_group_says_that_its_quantile_is_its_maximum() {
    let state = state_of(&(1..=50).map(|id| span(id, id, false)).collect::<Vec<_>>(), EXACT);
    let point = state.point(&[0.5, 0.99]);
    assert!(!point.quantiles[0].is_max && point.quantiles[1].is_max);
    assert_eq!(point.quantiles[1].interval_ns.1, None, "fifty spans cannot bound a p99 from above");
}

#[test]
fn states_have_the_same_figures_however_they_came_together_and_not_when_a_span_differs() {
    let spans: Vec<SpanReference> = (1..=100).map(|number| span(number * number, number, false)).collect();
    for count in [5, 32, 33, 100] {
        let stored = |state: &State| State::from_summary(&state.to_summary(0), 0).unwrap();
        let of = |spans: &[SpanReference]| stored(&state_of(spans, SUMMARY_LIMITS));
        let whole = of(&spans[..count]);
        let mut merged = of(&spans[..3]);
        merged.merge(of(&spans[3..count]), SUMMARY_LIMITS);
        assert!(whole.has_figures_of(&stored(&merged)), "{count}");
        assert!(!whole.has_figures_of(&of(&spans[1..count])), "{count}");
        let mut other = spans[..count].to_vec();
        other[1].error = true;
        assert!(!whole.has_figures_of(&of(&other)), "{count}: an error");
        let mut other = spans[..count].to_vec();
        other[0].duration_ns += 1_000;
        assert!(!whole.has_figures_of(&of(&other)), "{count}: a duration");
    }
}
