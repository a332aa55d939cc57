//! What bounds a query and its evaluation.

use model::latency::{self, ERROR_BOUND};
use proto::otlp::Value;
use proto::{SpanId, TraceId};

use super::traces::{Owned, assembled, attribute};
use super::*;

fn refused(text: &str) -> String {
    parse_query(text).map(|query| query.to_string()).expect_err("too much").message
}

#[test]
fn parts_are_limited() {
    let chain = |count: usize| vec!["{ .a = 1 }"; count].join(" && ");
    let longest = parse_query(&chain(MAX_PARTS)).unwrap();
    assert_eq!(parse_query(&longest.to_string()).as_ref(), Ok(&longest));
    assert!(refused(&chain(MAX_PARTS + 1)).contains("more than 64 span filters"));
    assert!(refused(&format!("{{}}{}", " | by(.a)".repeat(MAX_PARTS))).contains("more than 64 span filters"));
    assert!(refused(&format!("{{}} | 0{} > 1", " + count()".repeat(MAX_PARTS))).contains("more than 64"));
    let math = format!("({{}} | rate()){}", " + ({} | rate())".repeat(40));
    assert!(refused(&math).contains("more than 64"));
    let math = parse_query(&format!("({{}} | rate()){}", " + ({} | rate())".repeat(20))).unwrap();
    assert_eq!(parse_query(&math.to_string()).as_ref(), Ok(&math));
}

#[test]
fn nesting_is_limited() {
    for (open, inside, close) in [("(", "{}", ")"), ("(", "{} | count()", ")"), ("(", "count()", ")")] {
        let text = format!("{}{inside}{} > 1", open.repeat(2000), close.repeat(2000));
        assert!(refused(&text).contains("more than 64"), "{inside}");
    }
    for text in [format!("{{ {}1 = .a }}", ".a ^ ".repeat(500)), format!("{{ {}.a = 1 }}", "-(".repeat(500))]
    {
        assert!(refused(&text).contains("nested more than"), "{text}");
    }
    assert!(refused(&format!("{{ {}.a = 1 }}", ".a + ".repeat(70))).contains("nested more than 64 deep"));
    assert!(refused(&format!("{{}} | by({}.a{})", "(".repeat(500), ")".repeat(500))).contains("nested"));
}

/// What is just within the limits is parsed, printed and dropped on a small stack.
#[test]
fn the_deepest_queries_fit_a_stack() {
    let nested = |count: usize, inside: &str| format!("{}{inside}{}", "(".repeat(count), ")".repeat(count));
    let condition = format!("{{ {} }}", nested(125, "!.a"));
    let query = nested(62, &format!("{condition} | count() > 1"));
    let deepest = move || {
        let query = parse_query(&query).unwrap();
        assert_eq!(parse_query(&query.to_string()), Ok(query));
    };
    std::thread::Builder::new().stack_size(1024 * 1024).spawn(deepest).unwrap().join().unwrap();
}

/// `count` spans, each the child of the one before, or all of the first.
fn spans(count: u64, in_a_chain: bool) -> Vec<Owned> {
    let id = |number: u64| SpanId((number + 1).to_be_bytes());
    let span = |number: u64| {
        let mut one = Owned::default();
        one.span.trace_id = TraceId([7; 16]);
        one.span.span_id = id(number);
        one.span.parent_span_id = (number > 0).then(|| id(if in_a_chain { number - 1 } else { 0 }));
        (one.span.start, one.span.end) = (number, 3 * count - number);
        one.span.name = if number.is_multiple_of(2) { "even" } else { "odd" }.into();
        one.span.attributes.push(attribute("n", Value::Int(number as i64)));
        one
    };
    (0..count).map(span).collect()
}

/// Neither the depth nor the width of a trace makes relations slow, or overflows the stack.
#[test]
fn large_traces_are_evaluated_in_order() {
    const COUNT: u64 = 50_000;
    for in_a_chain in [true, false] {
        let spans = spans(COUNT, in_a_chain);
        let trace = assembled(&spans);
        let view = TraceView::new(&trace);
        for relation in [">", "<", ">>", "<<", "~", "!>>", "!~", "&>>", "&~", "&&"] {
            let query =
                parse_query(&format!("{{ name = \"even\" }} {relation} {{ name = \"odd\" }}")).unwrap();
            let found = view.spansets(query.pipelines()[0]);
            assert!(found.iter().all(|spanset| spanset.nodes.len() as u64 <= COUNT), "{relation}");
        }
        let query = "{} | by(.n % 10) | count() > 10 | avg(critical_path) >= 0 | max(nestedSetRight) > 0";
        let query = parse_query(query).unwrap();
        assert_eq!(view.spansets(query.pipelines()[0]).len(), 10);
    }
}

fn accumulator(text: &str, limits: MetricsLimits) -> MetricsAccumulator {
    let query = parse_query(text).unwrap();
    let QueryBody::Metrics(expression) = &query.body else { panic!("{text}") };
    MetricsAccumulator::new(expression, Window::new(0, 100, 100, false), limits)
}

#[test]
fn series_are_limited() {
    let spans = spans(50, true);
    let trace = assembled(&spans);
    let view = TraceView::new(&trace);
    let limits = MetricsLimits { series_max: 10, compared_max: 20, ..MetricsLimits::default() };
    let refusal = accumulator("{} | rate() by(.n)", limits).add(&view).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "more than 10 series: group by attributes with fewer values, or narrow the filter"
    );
    accumulator("{} | rate() by(name)", limits).add(&view).unwrap();
    let refusal = accumulator("{} | compare({ .n > 5 })", limits).add(&view).unwrap_err();
    assert!(refusal.to_string().contains("more than 20 attribute values are compared"), "{refusal}");
}

/// An attribute with too many values is told as such, and its spans are still counted; in parts as at once.
#[test]
fn too_many_values_are_not_compared() {
    let limits = MetricsLimits { compared_values_max: 20, ..MetricsLimits::default() };
    let all = spans(60, true);
    let trace = assembled(&all);
    let mut whole = accumulator("{} | compare({ .n >= 50 })", limits);
    whole.add(&TraceView::new(&trace)).unwrap();
    let found = whole.finish();
    let about = |meta: &str| {
        let is_n = |series: &&Series| series.labels.iter().any(|label| label.0 == "span.n");
        let has = |series: &&Series| series.labels[0].1 == Static::String(meta.to_owned());
        found.iter().filter(is_n).filter(has).map(|one| one.labels.clone()).collect::<Vec<_>>()
    };
    assert_eq!(about("selection").len(), 10);
    let [error] = &about("baseline")[..] else { panic!("{found:?}") };
    assert_eq!(error[1], ("__meta_error".to_owned(), Static::String("__too_many_values__".to_owned())));
    assert_eq!(about("baseline_total").len(), 1);

    let (first, second) = all.split_at(15);
    let mut merged = accumulator("{} | compare({ .n >= 50 })", limits);
    for part in [second, first] {
        let trace = assembled(part);
        let mut one = accumulator("{} | compare({ .n >= 50 })", limits);
        one.add(&TraceView::new(&trace)).unwrap();
        merged.merge(one).unwrap();
    }
    let labels = |series: &[Series]| series.iter().map(|one| format!("{:?}", one.labels)).collect::<Vec<_>>();
    let without_root = |labels: Vec<String>| {
        labels.into_iter().filter(|text| !text.contains("trace:root")).collect::<Vec<_>>()
    };
    assert_eq!(without_root(labels(&merged.finish())), without_root(labels(&found)));
}

/// Beyond a number of spans, quantiles are those of a histogram, within its bound.
#[test]
fn quantiles_of_many_are_close() {
    let spans = spans(3000, true);
    let trace = assembled(&spans);
    let latency = latency::Limits { exact_spans_max: 100 };
    let limits = MetricsLimits { latency, ..MetricsLimits::default() };
    let query = parse_query("{} | quantile_over_time(duration, 0.5, 0.99)").unwrap();
    let QueryBody::Metrics(expression) = &query.body else { panic!("{query}") };
    let mut accumulator = MetricsAccumulator::new(expression, Window::new(0, 3000, 3000, false), limits);
    accumulator.add(&TraceView::new(&trace)).unwrap();
    let mut durations: Vec<u64> = spans.iter().skip(1).map(|one| one.span.duration_ns()).collect();
    durations.sort_unstable();
    for (series, quantile) in accumulator.finish().iter().zip([0.5, 0.99]) {
        let exact = durations[(quantile * durations.len() as f64).ceil() as usize - 1] as f64 / 1e9;
        let found = series.samples[0].unwrap();
        assert!((found - exact).abs() <= ERROR_BOUND * exact, "{quantile}: {found} for {exact}");
    }
}

#[test]
fn exemplars_are_real_spans() {
    let spans = spans(20, true);
    let trace = assembled(&spans);
    let limits = MetricsLimits { exemplars_max: 2, ..MetricsLimits::default() };
    let exemplars = |text: &str| {
        let mut accumulator = accumulator(text, limits);
        accumulator.add(&TraceView::new(&trace)).unwrap();
        let series = accumulator.finish();
        let number = |one: &SeriesExemplar| u64::from_be_bytes(one.span_id.0) - 1;
        let shown = series.iter().flat_map(|series| &series.exemplars);
        shown.map(|one| (number(one), one.value)).collect::<Vec<_>>()
    };
    // The slowest, the greatest, the smallest, the one at the quantile and then the greatest. Slots are open on the left.
    assert_eq!(exemplars("{} | rate()"), [(1, 58e-9), (2, 56e-9)]);
    assert_eq!(exemplars("{} | max_over_time(.n)"), [(19, 19.0), (18, 18.0)]);
    assert_eq!(exemplars("{} | min_over_time(.n)"), [(1, 1.0), (2, 2.0)]);
    assert_eq!(exemplars("{} | quantile_over_time(.n, 0.5)"), [(10, 10.0), (19, 19.0)]);
    assert!(exemplars("{} | rate() > 1e12 with(exemplars=true)").is_empty());
}
