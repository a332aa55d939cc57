//! What the answers must be, computed the plain way from decoded spans: no columns, no plans, no shared code
//! but the meaning of a filter.

use std::collections::BTreeMap;

use model::derived::{DERIVED, derived_values};
use model::{SpanView, normalise};
use proto::otlp::value::array_items;
use proto::otlp::{Attribute as OtlpAttribute, Value};
use query::latency::{LatencyQuery, SlotInstant};
use query::traceql::{
    Attribute, AttributeScope, Intrinsic, SpanAttributes, SpanKind, Static, StatusCode, matches,
};

use crate::pipeline::PlainSpan;

impl SpanAttributes for PlainSpan {
    fn get(&self, attribute: &Attribute) -> Vec<Static> {
        let text = |text: &str| vec![Static::String(text.to_owned())];
        match attribute {
            Attribute::Derived(derived) => {
                let view = SpanView { span: &self.span, resource: &self.resource, scope: &self.scope };
                let place = DERIVED.iter().position(|known| known == *derived).expect("it is in the list");
                derived_values(&normalise(view))[place].iter().flat_map(statics).collect()
            }
            Attribute::Intrinsic(intrinsic) => match intrinsic {
                Intrinsic::Name => text(&self.span.name),
                Intrinsic::Kind => SpanKind::ALL
                    .into_iter()
                    .filter(|kind| kind.otlp() == self.span.kind)
                    .map(Static::Kind)
                    .collect(),
                Intrinsic::Status => {
                    let code = self.span.status.as_ref().map_or(0, |status| status.code);
                    StatusCode::ALL
                        .into_iter()
                        .filter(|known| known.otlp() == code)
                        .map(Static::Status)
                        .collect()
                }
                Intrinsic::StatusMessage => {
                    text(self.span.status.as_ref().map_or("", |status| status.message.as_ref()))
                }
                Intrinsic::Duration => vec![Static::Duration(self.span.duration_ns() as i64)],
                Intrinsic::SpanId => text(&self.span.span_id.to_string()),
                Intrinsic::ParentSpanId => {
                    text(&self.span.parent_span_id.map(|id| id.to_string()).unwrap_or_default())
                }
                Intrinsic::TraceId => text(&self.span.trace_id.to_string()),
                Intrinsic::EventName => {
                    self.span.events.iter().map(|event| Static::String(event.name.to_string())).collect()
                }
                Intrinsic::EventTimeSinceStart => self
                    .span
                    .events
                    .iter()
                    .map(|event| Static::Duration(event.time.wrapping_sub(self.span.start) as i64))
                    .collect(),
                Intrinsic::LinkTraceId => {
                    self.span.links.iter().map(|link| Static::String(link.trace_id.to_string())).collect()
                }
                Intrinsic::LinkSpanId => {
                    self.span.links.iter().map(|link| Static::String(link.span_id.to_string())).collect()
                }
                Intrinsic::InstrumentationName => text(&self.scope.name),
                Intrinsic::InstrumentationVersion => text(&self.scope.version),
            },
            Attribute::Trace(_) => Vec::new(),
            Attribute::Scoped { scope, name } => match scope {
                AttributeScope::Span => values(&self.span.attributes, name),
                AttributeScope::Resource => values(&self.resource.attributes, name),
                AttributeScope::Any => {
                    let found = values(&self.span.attributes, name);
                    if found.is_empty() { values(&self.resource.attributes, name) } else { found }
                }
                AttributeScope::Event => {
                    self.span.events.iter().flat_map(|event| values(&event.attributes, name)).collect()
                }
                AttributeScope::Link => {
                    self.span.links.iter().flat_map(|link| values(&link.attributes, name)).collect()
                }
                AttributeScope::Instrumentation => Vec::new(),
            },
        }
    }
}

fn values(attributes: &[OtlpAttribute<'_>], key: &str) -> Vec<Static> {
    attributes
        .iter()
        .find(|attribute| attribute.key == key)
        .map_or_else(Vec::new, |found| statics(&found.value))
}

fn statics(value: &Value<'_>) -> Vec<Static> {
    match value {
        Value::String(text) => vec![Static::String(text.to_string())],
        Value::Int(number) => vec![Static::Int(*number)],
        Value::Double(number) => vec![Static::Float(*number)],
        Value::Bool(flag) => vec![Static::Bool(*flag)],
        Value::Array(items) => array_items(items).flat_map(|item| statics(&item)).collect(),
        _ => Vec::new(),
    }
}

/// A point as the answer should have it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ExpectedPoint {
    pub(crate) slot: u64,
    pub(crate) count: u64,
    pub(crate) errors: u64,
    pub(crate) quantiles_ns: Vec<u64>,
    /// Trace id, span id, duration, pick, rank from and to.
    pub(crate) exemplars: Vec<(String, String, u64, String, f64, f64)>,
}

/// Points by the values of `by`; the most frequent groups first; no limit applied.
pub(crate) fn latency(
    spans: &[PlainSpan],
    query: &LatencyQuery,
    step_ns: u64,
    exact_spans_max: usize,
) -> Vec<(Vec<Option<String>>, Vec<ExpectedPoint>)> {
    let mut groups: BTreeMap<Vec<Option<String>>, BTreeMap<u64, Vec<&PlainSpan>>> = BTreeMap::new();
    for (slot, plain) in slotted(spans, query, step_ns) {
        groups.entry(key(plain, query)).or_default().entry(slot).or_default().push(plain);
    }
    let mut series: Vec<_> = groups
        .into_iter()
        .map(|(key, slots)| {
            let points = slots
                .into_iter()
                .map(|(slot, spans)| point(slot, &spans, query, exact_spans_max))
                .collect::<Vec<_>>();
            (key, points)
        })
        .collect();
    let total = |points: &[ExpectedPoint]| points.iter().map(|point| point.count).sum::<u64>();
    series.sort_by(|(left_key, left), (right_key, right)| {
        total(right).cmp(&total(left)).then_with(|| left_key.cmp(right_key))
    });
    series
}

/// The series of a span: its values of `by`.
pub(crate) fn key(plain: &PlainSpan, query: &LatencyQuery) -> Vec<Option<String>> {
    query.by.iter().map(|attribute| plain.get(attribute).first().map(group_text)).collect()
}

/// The spans asked about, each with the start of its slot.
pub(crate) fn slotted<'a>(
    spans: &'a [PlainSpan],
    query: &LatencyQuery,
    step_ns: u64,
) -> impl Iterator<Item = (u64, &'a PlainSpan)> {
    let first = query.range.start / step_ns * step_ns;
    let end = first + (query.range.end - first).div_ceil(step_ns) * step_ns;
    spans.iter().filter(|plain| matches(&query.filter, *plain)).filter_map(move |plain| {
        let time = if query.slots == SlotInstant::End { plain.span.end } else { plain.span.start };
        (first..end).contains(&time).then(|| (time - time % step_ns, plain))
    })
}

fn group_text(value: &Static) -> String {
    match value {
        Static::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A span that could be shown, and how many spans are no slower: at least and at most.
#[derive(Clone, Copy)]
struct Candidate<'a> {
    plain: &'a PlainSpan,
    at_least: u64,
    at_most: u64,
}

fn point(slot: u64, spans: &[&PlainSpan], query: &LatencyQuery, exact_spans_max: usize) -> ExpectedPoint {
    let mut sorted = spans.to_vec();
    // Fastest first; of equally slow spans the one with the smallest ids last.
    sorted.sort_by(|left, right| {
        let ids = |plain: &PlainSpan| (plain.span.trace_id, plain.span.span_id);
        left.span.duration_ns().cmp(&right.span.duration_ns()).then_with(|| ids(right).cmp(&ids(left)))
    });
    let count = sorted.len() as u64;
    let is_exact = sorted.len() <= exact_spans_max;
    let rank = |quantile: f64| ((quantile * count as f64 - 1e-9).ceil() as u64).clamp(1, count);
    let quantiles_ns = query
        .quantiles
        .iter()
        .map(|quantile| {
            let rank = rank(*quantile);
            let span = sorted[rank as usize - 1];
            if is_exact { span.span.duration_ns() } else { histogram_value(&sorted, rank) }
        })
        .collect();
    ExpectedPoint {
        slot,
        count,
        errors: sorted.iter().filter(|plain| is_error(plain)).count() as u64,
        quantiles_ns,
        exemplars: exemplars(&sorted, query, is_exact),
    }
}

fn is_error(plain: &PlainSpan) -> bool {
    plain.span.status.as_ref().is_some_and(|status| status.code == 2)
}

/// 128 buckets to each power of two: how far to shift, and what is left.
fn bucket(duration_ns: u64) -> (u32, u64) {
    let shift = (64 - duration_ns.leading_zeros()).saturating_sub(8);
    (shift, duration_ns >> shift)
}

fn histogram_value(sorted: &[&PlainSpan], rank: u64) -> u64 {
    let duration = |plain: &PlainSpan| plain.span.duration_ns();
    let (shift, top) = bucket(duration(sorted[rank as usize - 1]));
    let last = sorted.iter().rposition(|plain| bucket(duration(plain)) == (shift, top)).expect("itself");
    let slowest = duration(sorted[last]);
    if last as u64 + 1 == rank { slowest } else { ((top << shift) + ((1 << shift) - 1) / 2).min(slowest) }
}

fn no_slower(sorted: &[&PlainSpan], duration_ns: u64) -> u64 {
    sorted.iter().filter(|plain| plain.span.duration_ns() <= duration_ns).count() as u64
}

/// What an answer can choose from: every span, or each bucket's slowest and the eight slowest of all.
fn candidates<'a>(sorted: &[&'a PlainSpan], is_exact: bool) -> Vec<Candidate<'a>> {
    let mut kept: Vec<usize> = Vec::new();
    for place in 0..sorted.len() {
        let of = |place: usize| bucket(sorted[place].span.duration_ns());
        let ends_bucket = place + 1 == sorted.len() || of(place + 1) != of(place);
        if is_exact || ends_bucket || place + 8 >= sorted.len() {
            kept.push(place);
        }
    }
    kept.into_iter()
        .map(|place| {
            let rank = no_slower(sorted, sorted[place].span.duration_ns());
            Candidate { plain: sorted[place], at_least: rank, at_most: rank }
        })
        .collect()
}

fn exemplars(
    sorted: &[&PlainSpan],
    query: &LatencyQuery,
    is_exact: bool,
) -> Vec<(String, String, u64, String, f64, f64)> {
    let count = sorted.len() as u64;
    let candidates = candidates(sorted, is_exact);
    let rank = |quantile: f64| ((quantile * count as f64 - 1e-9).ceil() as u64).clamp(1, count);
    let at = |quantile: f64| {
        let reached = candidates.iter().map(|found| found.at_most).filter(|at| *at >= rank(quantile)).min();
        *candidates
            .iter()
            .rfind(|found| Some(found.at_most) == reached)
            .expect("the slowest reaches every rank")
    };
    let mut quantiles = query.quantiles.clone();
    quantiles.sort_by(|left, right| right.total_cmp(left));
    let highest = quantiles.first().copied().unwrap_or(1.0);
    let mut picks = vec![(at(highest), format!("Quantile({highest})"))];
    picks.push((*candidates.last().expect("a candidate"), "Max".to_owned()));
    if let Some(error) = sorted.iter().rev().find(|plain| is_error(plain)) {
        let known = candidates.iter().find(|found| found.plain.span.span_id == error.span.span_id).copied();
        picks.push((known.unwrap_or_else(|| in_bucket(sorted, error)), "Error".to_owned()));
    }
    picks.push((at(0.5), "Median".to_owned()));
    picks.extend(quantiles.iter().skip(1).map(|quantile| (at(*quantile), format!("Quantile({quantile})"))));
    let mut nearest: Vec<_> = candidates.iter().rev().copied().collect();
    nearest.sort_by_key(|found| found.at_most.abs_diff(rank(highest)));
    picks.extend(nearest.into_iter().map(|found| (found, "Nearest".to_owned())));

    let mut shown: Vec<(String, String, u64, String, f64, f64)> = Vec::new();
    for (found, pick) in picks {
        let (trace, span) = (found.plain.span.trace_id.to_string(), found.plain.span.span_id.to_string());
        if shown.len() < query.exemplars && !shown.iter().any(|known| known.0 == trace && known.1 == span) {
            let share = |rank: u64| rank as f64 / count as f64;
            let duration = found.plain.span.duration_ns();
            shown.push((trace, span, duration, pick, share(found.at_least), share(found.at_most)));
        }
    }
    shown
}

/// A span of which a histogram knows no more than its bucket.
fn in_bucket<'a>(sorted: &[&'a PlainSpan], plain: &'a PlainSpan) -> Candidate<'a> {
    let own = bucket(plain.span.duration_ns());
    let places: Vec<usize> =
        (0..sorted.len()).filter(|place| bucket(sorted[*place].span.duration_ns()) == own).collect();
    Candidate { plain, at_least: places[0] as u64 + 1, at_most: places[places.len() - 1] as u64 + 1 }
}
