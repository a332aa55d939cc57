//! Latency answers and every exemplar against brute force: live, flushed and mixed, exact and from
//! histograms.

use std::time::Duration;

use query::latency::{LatencyAnswer, LatencyQuery, SlotInstant, Step};
use query::traceql::parse_attribute;

use crate::oracle::{self, ExpectedPoint};
use crate::pipeline::{
    Pipeline, Place, PlainSpan, block_on, filter, fixture, plain_spans, range_of, rekeyed,
};

const SECOND_NS: u64 = 1_000_000_000;

/// Filter, attributes to group by, step in seconds, quantiles, exemplars a point.
type Question = (&'static str, &'static [&'static str], u64, &'static [f64], usize);

const QUESTIONS: [Question; 16] = [
    ("{}", &[], 5, &[0.5, 0.99], 3),
    ("{}", &["resource.service.name"], 1, &[0.99], 4),
    ("{ kind = server && span.http.target =~ \"/apis?/.*\" }", &["name"], 10, &[0.5, 0.9, 0.99], 3),
    (
        "{ kind = server && span.http.target !~ \".*watch=(1|true).*\" }",
        &["span.http.request.method"],
        60,
        &[0.99],
        8,
    ),
    ("{ k8s:component = \"etcd\" }", &["name", "kind"], 7, &[0.0, 1.0], 2),
    ("{ duration > 100ms }", &["k8s:component"], 20, &[0.5], 1),
    (
        "{ kind = server && k8s:resource != nil && k8s:watch = false }",
        &["k8s:verb", "k8s:resource"],
        10,
        &[0.99],
        3,
    ),
    ("{ k8s:code >= 400 }", &["k8s:code", "k8s:watch"], 30, &[0.9], 2),
    (
        "{ span.http.response.status_code >= 400 || status = error }",
        &["span.http.response.status_code"],
        30,
        &[0.95],
        5,
    ),
    ("{ .service.name = \"apiserver\" && .verb = \"LIST\" }", &["span.resource"], 15, &[0.5, 0.999], 3),
    ("{ span.resource != nil && !(span.verb = \"GET\") }", &["span.verb", "span.resource"], 3600, &[0.9], 0),
    ("{ event:name =~ \".*Txn.*\" }", &["span.rpc.method"], 10, &[0.5, 0.99], 3),
    ("{ instrumentation:name =~ \".*otelgrpc\" && span.server.port != 2379 }", &["status"], 5, &[0.25], 3),
    ("{ span.process.task.id != nil }", &["span.process.task.id"], 25, &[0.5], 2),
    ("{ name = \"authentication\" }", &[], 1, &[0.5, 0.9, 0.99, 0.999], 8),
    ("{ span.limit > 10.5 }", &["span.limit"], 50, &[0.99], 3),
];

fn question(spans: &[PlainSpan], (text, by, step_s, quantiles, exemplars): Question) -> LatencyQuery {
    let range = range_of(spans);
    let mut query = LatencyQuery::new(filter(text), range.start, range.end);
    query.by = by.iter().map(|name| parse_attribute(name).expect("an attribute")).collect();
    query.step = Step::Nanos(step_s * SECOND_NS);
    query.quantiles = quantiles.to_vec();
    query.exemplars = exemplars;
    query.limit = 10_000;
    query
}

pub(crate) type Answered = Vec<(Vec<Option<String>>, Vec<ExpectedPoint>)>;

/// An answer in the oracle's form.
pub(crate) fn plain(answer: &LatencyAnswer) -> Answered {
    let series = answer.series.iter().map(|series| {
        let labels = series.labels.iter().map(|label| label.value.clone()).collect();
        let points = series.points.iter().map(|point| ExpectedPoint {
            slot: point.slot,
            count: point.figures.count,
            errors: point.figures.errors,
            quantiles_ns: point.figures.quantiles.iter().map(|quantile| quantile.value_ns).collect(),
            exemplars: series
                .exemplars
                .iter()
                .filter(|exemplar| exemplar.slot == point.slot)
                .map(|exemplar| {
                    (
                        exemplar.trace_id.to_string(),
                        exemplar.span_id.to_string(),
                        exemplar.duration_ns,
                        format!("{:?}", exemplar.pick),
                        exemplar.rank.0,
                        exemplar.rank.1,
                    )
                })
                .collect(),
        });
        (labels, points.collect())
    });
    series.collect()
}

pub(crate) fn check(text: &str, answered: &Answered, expected: &Answered) {
    assert!(!expected.is_empty(), "{text} asks for nothing");
    assert_eq!(answered.len(), expected.len(), "{text}: series");
    for ((labels, points), (expected_labels, expected_points)) in answered.iter().zip(expected) {
        assert_eq!(labels, expected_labels, "{text}: order of series");
        assert_eq!(points.len(), expected_points.len(), "{text} {labels:?}: points");
        for (point, expected_point) in points.iter().zip(expected_points) {
            assert_eq!(show(point), show(expected_point), "{text} {labels:?} in slot {}", point.slot);
        }
    }
}

/// `{:?}` prints a quantile 1.0 and the pick's 1 differently: both through the same format.
fn show(point: &ExpectedPoint) -> String {
    format!("{point:?}").replace(".0)", ")")
}

fn check_everywhere(requests: &[Vec<u8>], exact_spans_max: usize, slots: SlotInstant) {
    let spans = plain_spans(requests);
    let questions: Vec<LatencyQuery> =
        QUESTIONS.into_iter().map(|asked| LatencyQuery { slots, ..question(&spans, asked) }).collect();
    let expected: Vec<Answered> = questions
        .iter()
        .zip(QUESTIONS)
        .map(|(query, asked)| oracle::latency(&spans, query, asked.2 * SECOND_NS, exact_spans_max))
        .collect();
    for place in [Place::Live, Place::Flushed, Place::Mixed] {
        block_on(async {
            let config = query::Config { exact_spans_max, series_max: 10_000, ..query::Config::default() };
            let pipeline = Pipeline::with(requests, place, config).await;
            for ((query, asked), expected) in questions.iter().zip(QUESTIONS).zip(&expected) {
                let answer = pipeline.engine.latency(query.clone()).await.expect("an answer");
                check(&format!("{place:?} {}", asked.0), &plain(&answer), expected);
            }
            pipeline.close().await;
        });
    }
}

/// Thresholds and heatmaps of the questions, against the spans that match.
fn check_distributions(requests: &[Vec<u8>], exact_spans_max: usize) {
    const ABOVE_NS: [u64; 3] = [0, 1_000_000, 25_000_000];
    let spans = plain_spans(requests);
    for place in [Place::Live, Place::Mixed] {
        block_on(async {
            let config = query::Config { exact_spans_max, ..query::Config::default() };
            let pipeline = Pipeline::with(requests, place, config).await;
            for asked in QUESTIONS {
                let asked_for = question(&spans, asked);
                let found: Vec<_> = oracle::slotted(&spans, &asked_for, asked.2 * SECOND_NS).collect();
                let query = LatencyQuery { heatmap: true, above_ns: ABOVE_NS.to_vec(), ..asked_for };
                let answer = pipeline.engine.latency(query).await.expect("an answer");
                for (place, threshold_ns) in ABOVE_NS.into_iter().enumerate() {
                    let longer =
                        found.iter().filter(|(_, span)| span.span.duration_ns() > threshold_ns).count()
                            as u64;
                    let of_series = || answer.series.iter().map(|series| series.above[place].above);
                    let at_least: u64 = of_series().map(|above| above.count_min).sum();
                    let at_most: u64 = of_series().map(|above| above.count_max).sum();
                    assert!(
                        at_least <= longer && longer <= at_most,
                        "{}: {at_least} {longer} {at_most}",
                        asked.0
                    );
                    assert!(exact_spans_max == 0 || at_least == at_most, "{}", asked.0);
                }
                check_heatmap(asked.0, &answer, &found);
            }
            pipeline.close().await;
        });
    }
}

fn check_heatmap(text: &str, answer: &LatencyAnswer, found: &[(u64, &PlainSpan)]) {
    let heatmap = answer.heatmap.as_ref().expect("it was asked for");
    let mut total = 0;
    for slot in &heatmap.slots {
        for (band, count) in slot.counts.iter().enumerate() {
            let band_ns = heatmap.bounds_ns[band]..heatmap.bounds_ns[band + 1];
            let of_slot = found.iter().filter(|(start, _)| *start == slot.slot);
            let in_cell = of_slot.map(|(_, span)| span.span.duration_ns()).filter(|ns| band_ns.contains(ns));
            let durations: Vec<u64> = in_cell.collect();
            assert_eq!(*count, durations.len() as u64, "{text}: {band_ns:?} in slot {}", slot.slot);
            let slowest = durations.into_iter().max();
            let exemplar =
                slot.exemplars.iter().find(|(of, _)| *of == band).map(|(_, span)| span.duration_ns);
            assert_eq!(exemplar, slowest, "{text}: {band_ns:?} in slot {}", slot.slot);
            total += count;
        }
    }
    assert_eq!(total, found.len() as u64, "{text}");
}

#[test]
fn distributions_equal_brute_force() {
    check_distributions(&fixture("calm"), usize::MAX);
    check_distributions(&fixture("calm"), 0);
}

#[test]
fn every_answer_equals_brute_force() {
    check_everywhere(&fixture("stall"), query::Config::default().exact_spans_max, SlotInstant::End);
}

#[test]
fn every_answer_from_histograms_equals_brute_force_on_a_hundred_thousand_spans() {
    let mut requests = fixture("stall");
    requests.extend(fixture("calm"));
    requests.extend(rekeyed(&requests, 0x5a, Duration::from_secs(30)));
    let spans = plain_spans(&requests).len();
    assert!(spans >= 100_000, "{spans} spans");
    check_everywhere(&requests, 0, SlotInstant::End);
}

#[test]
fn slots_can_be_by_start() {
    check_everywhere(&fixture("calm"), 200, SlotInstant::Start);
}

#[test]
fn what_is_beyond_the_limit_is_one_series_more() {
    let requests = fixture("calm");
    let spans = plain_spans(&requests);
    let mut query = question(&spans, ("{}", &["name"], 3600, &[0.5], 1));
    query.limit = 3;
    block_on(async {
        let pipeline = Pipeline::with(&requests, Place::Live, query::Config::default()).await;
        let answer = pipeline.engine.latency(query).await.expect("an answer");
        assert_eq!(answer.series.len(), 4);
        assert!(answer.series[3].is_other && answer.series[3].labels.is_empty());
        let total: u64 = answer.series.iter().map(|series| series.count).sum();
        assert_eq!(total, spans.len() as u64);
        pipeline.close().await;
    });
}
