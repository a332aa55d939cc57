//! Queries over small traces: what the corpus says, and what brute force says.

use super::brute::{Brute, Plain, Slots, brute_series};
use super::traces::{Owned, assembled, name_of, read_span};
use super::*;

const FILES: [(&str, &str); 5] = [
    ("relations", include_str!("../corpus/meaning/relations.txt")),
    ("pipelines", include_str!("../corpus/meaning/pipelines.txt")),
    ("fields", include_str!("../corpus/meaning/fields.txt")),
    ("metrics", include_str!("../corpus/meaning/metrics.txt")),
    ("partial", include_str!("../corpus/meaning/partial.txt")),
];

/// The answer in the notation of the corpus.
fn answer(text: &str, spans: &[Owned]) -> String {
    let (text, window) = match text.split_once(" over ") {
        Some((text, window)) => (text, Some(window)),
        None => (text, None),
    };
    let query = parse_query(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let trace = assembled(spans);
    let view = TraceView::new(&trace).following_links(query.hints.follows_links());
    let brute = Brute { trace: &trace, links: query.hints.follows_links() };
    match &query.body {
        QueryBody::Spans(pipeline) => {
            let spansets = view.spansets(pipeline);
            let plain: Vec<_> =
                spansets.iter().map(|spanset| (spanset.nodes.clone(), spanset.attributes.clone())).collect();
            assert_eq!(plain, brute.groups(pipeline), "{text}");
            let shown: Vec<String> = spansets.iter().map(|spanset| spanset_text(&trace, spanset)).collect();
            if shown.is_empty() { "none".to_owned() } else { shown.join(" ; ") }
        }
        QueryBody::Metrics(expression) => {
            let ms: Vec<u64> = window.expect("over").split(' ').map(|ms| ms.parse().expect(ms)).collect();
            let [start, end, step] = ms[..] else { panic!("over start end step") };
            let at_end = query.hints.slots_at_end().unwrap_or(false);
            let window = Window::new(start * 1_000_000, end * 1_000_000, step * 1_000_000, at_end);
            let mut accumulator = MetricsAccumulator::new(expression, window, MetricsLimits::default());
            accumulator.add(&view).unwrap();
            let series = accumulator.finish();
            if let MetricsExpression::Series(expression) = expression {
                let slots = Slots {
                    first: start * 1_000_000,
                    step: step * 1_000_000,
                    count: window.slots() as u64,
                    at_end,
                };
                same_series(text, &series, brute_series(&[brute], expression, slots));
            }
            let shown: Vec<String> = series.iter().map(series_text).collect();
            if shown.is_empty() { "none".to_owned() } else { shown.join(" ; ") }
        }
    }
}

/// Whether both are the same series, in any order.
pub(super) fn same_series(text: &str, found: &[Series], expected: Vec<Plain>) {
    let plain = |series: &Series| {
        let mut labels: Vec<_> =
            series.labels.iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
        labels.sort();
        (labels, series.samples.clone())
    };
    let mut found: Vec<_> = found.iter().map(plain).collect();
    let mut expected = expected;
    expected.iter_mut().for_each(|one| one.0.sort());
    let by_text = |one: &Plain| format!("{one:?}");
    found.sort_by_key(by_text);
    expected.sort_by_key(by_text);
    assert_eq!(found.len(), expected.len(), "{text}: {found:?} {expected:?}");
    for (one, other) in found.iter().zip(&expected) {
        assert_eq!(one.0, other.0, "{text}");
        for (one, other) in one.1.iter().zip(&other.1) {
            let close = match (one, other) {
                (Some(one), Some(other)) => {
                    (one.is_nan() && other.is_nan())
                        || one == other
                        || (one - other).abs() <= 1e-9 * (1.0 + other.abs())
                }
                (one, other) => one.is_none() && other.is_none(),
            };
            assert!(close, "{text}: {one:?} for {other:?}");
        }
    }
}

fn value_text(value: Option<&Static>) -> String {
    value.map_or_else(|| "nil".to_owned(), ToString::to_string)
}

fn spanset_text(trace: &model::trace::Trace<'_>, spanset: &Spanset) -> String {
    let names: Vec<String> = spanset.nodes.iter().map(|node| name_of(trace, *node)).collect();
    let attributes: Vec<String> = spanset
        .attributes
        .iter()
        .map(|(name, value)| format!("{name}={}", value_text(value.as_ref())))
        .collect();
    if attributes.is_empty() {
        return names.join(" ");
    }
    format!("[{}] {}", attributes.join(", "), names.join(" "))
}

fn series_text(series: &Series) -> String {
    let labels: Vec<String> = series.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let samples: Vec<String> = series
        .samples
        .iter()
        .map(|sample| sample.map_or_else(|| "-".to_owned(), |sample| sample.to_string()))
        .collect();
    format!("{{{}}} {}", labels.join(", "), samples.join(" "))
}

#[test]
fn queries_mean_what_the_corpus_says() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for (file, text) in FILES {
        let mut spans: Vec<Owned> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            if line.starts_with("trace ") {
                spans.clear();
            } else if let Some(span) = line.strip_prefix("  ") {
                spans.push(read_span(span));
            } else if !line.is_empty() && !line.starts_with('#') {
                let (query, expected) = line.rsplit_once(" => ").unwrap_or((line, "nothing said"));
                let found = answer(query, &spans);
                count += 1;
                if found != expected {
                    wrong.push(format!("{file}:{}: {query} => {found}", index + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 120, "{count} cases");
}
