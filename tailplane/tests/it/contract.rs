//! What every latency answer keeps, whatever the spans, the groups and where the spans lie: counts and errors are exact, quantiles lie within
//! the bound that the answer states, exemplars are real spans of their slot and series with their true ranks, and answers that read spans
//! are those of brute force to the last exemplar.

use std::collections::{HashMap, HashSet};

use model::latency::Point as Figures;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use prost::Message;
use query::latency::{LatencyAnswer, LatencyQuery, SlotInstant, Source, Step};
use query::traceql::{matches, parse_attribute};

use crate::latency::{check, plain};
use crate::oracle;
use crate::pipeline::{Pipeline, Place, PlainSpan, block_on, filter, plain_spans, range_of};

const SECOND_NS: u64 = 1_000_000_000;
/// 2026-11-01T10:00:00Z, a whole hour.
const BEGIN_NS: u64 = 1_793_527_200 * SECOND_NS;
/// So long do the spans of a case end after each other.
const LENGTH_NS: u64 = 2 * 3600 * SECOND_NS;

/// A span to be.
#[derive(Debug, Clone)]
struct Made {
    name: &'static str,
    service: &'static str,
    kind: i32,
    is_error: bool,
    end_ns: u64,
    duration_ns: u64,
}

/// What is done with spans, in this order.
#[derive(Debug, Clone, Copy)]
enum Move {
    Take,
    Flush,
    Compact,
}

#[derive(Debug, Clone)]
struct Case {
    /// Each inner list is a request.
    requests: Vec<Vec<Made>>,
    layout: Vec<Move>,
    filter: &'static str,
    by: Vec<&'static str>,
    step_s: u64,
    slots: SlotInstant,
    quantiles: Vec<f64>,
    exemplars: usize,
    exact_spans_max: usize,
    /// How many series are told apart.
    limit: usize,
    /// Between so many questions memory is shared.
    concurrent_max: usize,
}

fn duration_ns() -> impl Strategy<Value = u64> {
    prop_oneof![
        2 => 0_u64..5,
        3 => Just(1_000_000_u64),
        4 => (0_u32..36, 0_u64..1_000).prop_map(|(power, more)| (1_u64 << power) + more),
        1 => 0_u64..3_600 * SECOND_NS,
    ]
}

fn made() -> impl Strategy<Value = Made> {
    let names = select(vec!["GET", "List", "etcdserverpb.KV/Range", "syncPod"]);
    let services = select(vec!["apiserver", "etcd", "kubelet"]);
    // Many in one minute, or on its edge, and some anywhere.
    let ends = prop_oneof![
        3 => 0..60 * SECOND_NS,
        1 => select(vec![0, 1, 60 * SECOND_NS - 1, 60 * SECOND_NS, 300 * SECOND_NS, 3_600 * SECOND_NS - 1]),
        2 => 0..LENGTH_NS,
    ];
    (names, services, 0..6, any::<bool>(), ends, duration_ns()).prop_map(
        |(name, service, kind, is_error, end, duration_ns)| Made {
            name,
            service,
            kind,
            is_error,
            end_ns: BEGIN_NS + end,
            duration_ns,
        },
    )
}

fn case() -> impl Strategy<Value = Case> {
    let layout =
        vec(prop_oneof![3 => Just(Move::Take), 2 => Just(Move::Flush), 1 => Just(Move::Compact)], 0..12);
    let filters = select(vec![
        "{}",
        "{ kind = server }",
        "{ status = error || name = \"List\" }",
        "{ duration > 1us }",
    ]);
    let by =
        select(vec![vec![], vec!["name"], vec!["resource.service.name", "status"], vec!["kind", "name"]]);
    let steps = select(vec![37_u64, 60, 120, 300, 900, 3_600, 7_200]);
    let slots = prop_oneof![2 => Just(SlotInstant::End), 1 => Just(SlotInstant::Start)];
    let quantiles = vec(prop_oneof![select(vec![0.0, 0.5, 0.9, 0.99, 0.999, 1.0]), 0.0..=1.0_f64], 1..4);
    let exact = select(vec![0_usize, 3, 40, 1_024]);
    // Of so small a share of memory many series are not added up before they are counted, and rollups are read again.
    let shares = select(vec![8_usize, 100_000]);
    let limits = (exact, prop_oneof![2 => Just(10_000_usize), 1 => 1..4_usize], shares);
    (vec(vec(made(), 1..40), 1..12), layout, filters, by, steps, slots, quantiles, 0..9_usize, limits)
        .prop_map(|(requests, layout, filter, by, step_s, slots, quantiles, exemplars, limits)| {
            let (exact_spans_max, limit, concurrent_max) = limits;
            Case {
                requests,
                layout,
                filter,
                by,
                step_s,
                slots,
                quantiles,
                exemplars,
                exact_spans_max,
                limit,
                concurrent_max,
            }
        })
}

/// The export requests of a case. Each span has ids of its own; traces have several spans.
fn encoded(case: &Case) -> Vec<Vec<u8>> {
    let mut number = 0_u64;
    let mut span = |made: &Made| {
        number += 1;
        Span {
            trace_id: u128::from(1 + number / 3)
                .wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
                .to_be_bytes()
                .to_vec(),
            span_id: number.to_be_bytes().to_vec(),
            name: made.name.to_owned(),
            kind: made.kind,
            start_time_unix_nano: made.end_ns - made.duration_ns,
            end_time_unix_nano: made.end_ns,
            status: made.is_error.then(|| Status { code: 2, message: String::new() }),
            ..Span::default()
        }
    };
    let mut request = |spans: &Vec<Made>| {
        let resource_spans = spans.iter().map(|made| {
            let name = AnyValue { value: Some(Value::StringValue(made.service.to_owned())) };
            let service =
                KeyValue { key: "service.name".to_owned(), value: Some(name), ..KeyValue::default() };
            ResourceSpans {
                resource: Some(Resource { attributes: vec![service], ..Resource::default() }),
                scope_spans: vec![ScopeSpans { spans: vec![span(made)], ..ScopeSpans::default() }],
                ..ResourceSpans::default()
            }
        });
        ExportTraceServiceRequest { resource_spans: resource_spans.collect() }.encode_to_vec()
    };
    case.requests.iter().map(&mut request).collect()
}

/// The answer, once the spans lie as the case says: what no step takes is live.
async fn asked(case: &Case, requests: &[Vec<u8>], query: LatencyQuery) -> LatencyAnswer {
    let config = query::Config {
        exact_spans_max: case.exact_spans_max,
        series_max: 10_000,
        concurrent_max: case.concurrent_max,
        ..query::Config::default()
    };
    let pipeline = Pipeline::with(&[], Place::Live, config).await;
    let mut rest = requests;
    for step in &case.layout {
        match step {
            Move::Take => {
                let (next, after) = rest.split_at(rest.len().min(2));
                pipeline.append(next).await;
                rest = after;
            }
            Move::Flush => pipeline.storage.flush().await.expect("a flush"),
            Move::Compact => drop(pipeline.storage.compact().await.expect("a merge")),
        }
    }
    pipeline.append(rest).await;
    let answer = pipeline.engine.latency(query).await.expect("an answer");
    pipeline.close().await;
    answer
}

/// What holds of any answer, from rollups too.
fn keeps_its_contract(
    answer: &LatencyAnswer,
    query: &LatencyQuery,
    spans: &[PlainSpan],
    (step_ns, exact_spans_max): (u64, usize),
) {
    let expected = oracle::latency(spans, query, step_ns, usize::MAX);
    let by_id: HashMap<_, &PlainSpan> =
        spans.iter().map(|plain| ((plain.span.trace_id, plain.span.span_id), plain)).collect();
    let mut grouped: HashMap<(Vec<Option<String>>, u64), Vec<u64>> = HashMap::new();
    for (slot, plain) in oracle::slotted(spans, query, step_ns) {
        grouped.entry((oracle::key(plain, query), slot)).or_default().push(plain.span.duration_ns());
    }
    assert_eq!(answer.series.len(), expected.len(), "series");
    for (series, (labels, points)) in answer.series.iter().zip(&expected) {
        let of_series = grouped.iter().filter(|((key, _), _)| key == labels);
        let total = &series.total.as_ref().expect("it was asked for").figures;
        total_is_of_all(total, of_series.flat_map(|(_, durations)| durations.iter().copied()).collect());
        let errors: u64 = series.points.iter().map(|point| point.figures.errors).sum();
        assert_eq!(total.errors, errors, "{labels:?} in all");
        // A rollup keeps fewer spans one by one.
        let is_exact = answer.stats.source != Source::Rollup && total.count as usize <= exact_spans_max;
        assert!(total.exact || !is_exact, "{labels:?} in all");
        let found: Vec<_> = series.labels.iter().map(|label| label.value.clone()).collect();
        assert_eq!((&found, series.points.len()), (labels, points.len()), "series and their points");
        for (point, truth) in series.points.iter().zip(points) {
            let figures = &point.figures;
            assert_eq!(
                (point.slot, figures.count, figures.errors),
                (truth.slot, truth.count, truth.errors),
                "{labels:?}"
            );
            assert!(
                figures.error_bound <= model::latency::ERROR_BOUND
                    && (!figures.exact || figures.error_bound == 0.0)
            );
            for (found, truth_ns) in figures.quantiles.iter().zip(&truth.quantiles_ns) {
                let distance = found.value_ns.abs_diff(*truth_ns) as f64;
                assert!(
                    distance <= *truth_ns as f64 * figures.error_bound,
                    "{labels:?}: {found:?}, not {truth_ns}"
                );
            }
            let mut durations = grouped[&(labels.clone(), point.slot)].clone();
            durations.sort_unstable();
            let shown: Vec<_> =
                series.exemplars.iter().filter(|exemplar| exemplar.slot == point.slot).collect();
            assert!(shown.len() <= query.exemplars, "{labels:?}: {} exemplars", shown.len());
            assert_eq!(shown.is_empty(), query.exemplars == 0, "{labels:?}: every point has one");
            let ids: HashSet<_> =
                shown.iter().map(|exemplar| (exemplar.trace_id, exemplar.span_id)).collect();
            assert_eq!(ids.len(), shown.len(), "{labels:?}: each once");
            if query.exemplars >= 2 {
                let slowest = shown.iter().map(|exemplar| exemplar.duration_ns).max();
                assert_eq!(slowest, durations.last().copied(), "{labels:?}: the slowest is one of two");
            }
            for exemplar in shown {
                let plain = by_id[&(exemplar.trace_id, exemplar.span_id)];
                assert!(
                    matches(&query.filter, plain) && oracle::key(plain, query) == *labels,
                    "{exemplar:?}"
                );
                assert_eq!(
                    (plain.span.duration_ns(), plain.span.start),
                    (exemplar.duration_ns, exemplar.start)
                );
                let no_slower = durations.partition_point(|duration_ns| *duration_ns <= exemplar.duration_ns);
                let rank = no_slower as f64 / durations.len() as f64;
                let (from, to) = exemplar.rank;
                assert!(from <= rank + 1e-9 && rank <= to + 1e-9, "{exemplar:?}: its rank is {rank}");
            }
        }
    }
}

/// The figures of all slots together are those of a series' `durations`.
fn total_is_of_all(total: &Figures, mut durations: Vec<u64>) {
    durations.sort_unstable();
    let count = durations.len();
    assert_eq!(total.count, count as u64);
    assert!(!total.exact || total.error_bound == 0.0);
    for found in &total.quantiles {
        let rank = ((found.quantile * count as f64 - 1e-9).ceil() as usize).clamp(1, count);
        let truth_ns = durations[rank - 1];
        let distance = found.value_ns.abs_diff(truth_ns) as f64;
        assert!(distance <= truth_ns as f64 * total.error_bound, "{found:?} of all, not {truth_ns}");
    }
}

fn check_case(case: &Case) {
    let requests = encoded(case);
    let spans = plain_spans(&requests);
    let range = range_of(&spans);
    let mut query = LatencyQuery::new(filter(case.filter), range.start.min(BEGIN_NS), range.end);
    query.by = case.by.iter().map(|name| parse_attribute(name).expect("an attribute")).collect();
    query.step = Step::Nanos(case.step_s * SECOND_NS);
    query.slots = case.slots;
    query.quantiles.clone_from(&case.quantiles);
    query.exemplars = case.exemplars;
    query.limit = case.limit;
    query.total = true;
    let answer = block_on(asked(case, &requests, query.clone()));
    let step_ns = case.step_s * SECOND_NS;
    for (answer, query, spans) in shown_and_others(&answer, &query, &spans, step_ns) {
        keeps_its_contract(&answer, &query, &spans, (step_ns, case.exact_spans_max));
        let expected = oracle::latency(&spans, &query, step_ns, case.exact_spans_max);
        if answer.stats.source != Source::Rollup && !expected.is_empty() {
            check(case.filter, &plain(&answer), &expected);
        }
    }
}

/// The series that are told apart, as an answer of their own spans; and all others, as one of theirs that are not grouped.
fn shown_and_others(
    answer: &LatencyAnswer,
    query: &LatencyQuery,
    spans: &[PlainSpan],
    step_ns: u64,
) -> [(LatencyAnswer, LatencyQuery, Vec<PlainSpan>); 2] {
    let all = oracle::latency(spans, query, step_ns, usize::MAX);
    let chosen: HashSet<_> = all.into_iter().take(query.limit).map(|(key, _)| key).collect();
    let (theirs, others): (Vec<_>, Vec<_>) =
        spans.iter().cloned().partition(|plain| chosen.contains(&oracle::key(plain, query)));
    let (rest, shown) = answer.series.iter().cloned().partition(|series| series.is_other);
    let ungrouped = LatencyQuery { by: Vec::new(), ..query.clone() };
    [
        (LatencyAnswer { series: shown, ..answer.clone() }, query.clone(), theirs),
        (LatencyAnswer { series: rest, ..answer.clone() }, ungrouped, others),
    ]
}

proptest! {
    // Each opens a store of its own: one of eight of what `PROPTEST_CASES` asks for, and so 32.
    #![proptest_config(ProptestConfig::with_cases((ProptestConfig::default().cases / 8).max(1)))]

    #[test]
    fn every_answer_keeps_its_contract(case in case()) {
        check_case(&case);
    }
}
