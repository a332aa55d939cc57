//! Random queries over random traces: printed and read again they are the same, and brute force finds the same.

mod queries;
mod traces;

use proptest::prelude::*;

use super::brute::{Brute, Slots, brute_series};
use super::queries::same_series;
use super::traces::assembled;
use super::*;
use queries::{condition, metrics, pipeline};
use traces::{in_trace, spans};

const STEP: u64 = 10;

fn window(at_end: bool) -> (Window, Slots) {
    let window = Window::new(0, 60, STEP, at_end);
    (window, Slots { first: 0, step: STEP, count: window.slots() as u64, at_end })
}

/// The query as printed and read again, which must be equal.
fn read_again(body: QueryBody) -> Query {
    let query = Query { body, hints: Hints::default() };
    let text = query.to_string();
    assert_eq!(parse_query(&text).map_err(|error| format!("{text}: {error}")), Ok(query.clone()));
    query
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn pipelines_mean_what_brute_force_says(pipeline in pipeline(), spans in spans(), links in any::<bool>()) {
        let query = read_again(QueryBody::Spans(pipeline.clone()));
        let trace = assembled(&spans);
        let view = TraceView::new(&trace).following_links(links);
        let found = view.spansets(&pipeline);
        let brute = Brute { trace: &trace, links };
        let plain: Vec<_> = found.iter().map(|one| (one.nodes.clone(), one.attributes.clone())).collect();
        prop_assert_eq!(format!("{plain:?}"), format!("{:?}", brute.groups(&pipeline)), "{}", query);

        // Whatever is found has a span that meets one of the leaf filters.
        let leaves = query.leaf_filters();
        prop_assert!(leaves.iter().all(|leaf| !leaf.needs_whole_trace()));
        let meets = |leaf: &SpanFilter| (0..trace.nodes.len()).any(|node| brute.meets(node, leaf));
        prop_assert!(found.is_empty() || leaves.iter().any(meets), "{}: {:?}", query, leaves);
        if let Some(filter) = query.plain_filter() {
            let met: Vec<usize> = (0..trace.nodes.len()).filter(|node| brute.meets(*node, &filter)).collect();
            prop_assert_eq!(found.first().map(|one| one.nodes.clone()).unwrap_or_default(), met);
        }
    }

    #[test]
    fn series_mean_what_brute_force_says(
        expression in metrics(),
        first in spans(),
        second in spans(),
        at_end in any::<bool>(),
    ) {
        let query = read_again(QueryBody::Metrics(MetricsExpression::Series(expression.clone())));
        let second: Vec<_> = second.into_iter().map(|span| in_trace(span, 8)).collect();
        let traces = [assembled(&first), assembled(&second)];
        let (window, slots) = window(at_end);
        let QueryBody::Metrics(body) = &query.body else { unreachable!() };
        let accumulator = || MetricsAccumulator::new(body, window, MetricsLimits::default());
        let mut whole = accumulator();
        let mut parts = [accumulator(), accumulator()];
        for (trace, part) in traces.iter().zip(&mut parts) {
            whole.add(&TraceView::new(trace)).unwrap();
            part.add(&TraceView::new(trace)).unwrap();
        }
        let brutes = [0, 1].map(|place| Brute { trace: &traces[place], links: false });
        let series = whole.finish();
        same_series(&query.to_string(), &series, brute_series(&brutes, &expression, slots));

        // In two parts, in the other order.
        let [one, mut merged] = parts;
        merged.merge(one).unwrap();
        let merged = merged.finish();
        let plain = |one: &Series| {
            let labels = one.labels.iter().map(|label| (label.0.clone(), label.1.to_string())).collect();
            (labels, one.samples.clone())
        };
        same_series(&query.to_string(), &merged, series.iter().map(plain).collect());
        for (one, other) in series.iter().zip(&merged) {
            prop_assert_eq!(format!("{:?}", one.exemplars), format!("{:?}", other.exemplars));
        }
    }

    #[test]
    fn relaxed_filters_hold_wherever_the_filter_does(condition in condition(), spans in spans()) {
        let filter = SpanFilter { expression: Some(condition) };
        let query = read_again(QueryBody::Spans(Pipeline::of_filter(filter.clone())));
        let trace = assembled(&spans);
        let brute = Brute { trace: &trace, links: false };
        let view = TraceView::new(&trace);
        for node in 0..trace.nodes.len() {
            prop_assert_eq!(view.meets(node, &filter), brute.meets(node, &filter), "{}", query);
            let relaxed = query.leaf_filters();
            prop_assert!(!brute.meets(node, &filter) || relaxed.iter().any(|leaf| brute.meets(node, leaf)));
        }
    }

    #[test]
    fn compared_values_are_counted_exactly(pipeline in pipeline(), selection in condition(), spans in spans()) {
        let selection = SpanFilter { expression: Some(selection) };
        let comparison = Comparison { pipeline, selection, values_max: 1000, range: Some((10, 40)) };
        let query = read_again(QueryBody::Metrics(MetricsExpression::Compare(comparison.clone())));
        let trace = assembled(&spans);
        let (window, _) = window(false);
        let QueryBody::Metrics(body) = &query.body else { unreachable!() };
        let mut accumulator = MetricsAccumulator::new(body, window, MetricsLimits::default());
        accumulator.add(&TraceView::new(&trace)).unwrap();
        let brute = Brute { trace: &trace, links: false };
        let nodes: Vec<usize> = brute.groups(&comparison.pipeline).into_iter().flat_map(|one| one.0).collect();
        for series in accumulator.finish() {
            let [(_, Static::String(meta)), (name, value)] = &series.labels[..] else { panic!("{series:?}") };
            let selected = meta.starts_with("selection");
            let name = parse_query(&format!("select({name})")).unwrap();
            let attribute = name.attributes()[0].clone();
            for (slot, sample) in series.samples.iter().enumerate() {
                let count = nodes.iter().filter(|node| {
                    let start = trace.nodes[**node].view.span.start;
                    let values = brute.get(**node, &attribute);
                    let has = if meta.ends_with("_total") { !values.is_empty() } else { values.contains(value) };
                    let is_selected = brute.meets(**node, &comparison.selection) && start > 10 && start <= 40;
                    let here = start > slot as u64 * STEP && start <= (slot as u64 + 1) * STEP;
                    here && has && is_selected == selected
                });
                prop_assert_eq!(*sample, Some(count.count() as f64), "{:?}", series);
            }
        }
    }
}
