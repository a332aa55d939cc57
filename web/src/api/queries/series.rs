//! Series of a metrics query, as JSON.

use proto::{SpanId, TraceId};
use query::search::SeriesAnswer;
use query::traceql::Series;
use serde::Serialize;
use serde_json::Value;

use super::traces::static_json;
use super::{LookedAtJson, TimeText};
use crate::api::json::{Object, StatsJson, Text};

#[derive(Serialize)]
pub(super) struct SeriesJson<'a> {
    series: Vec<OneJson<'a>>,
    looked_at: LookedAtJson,
    /// How the answer came about, a line for each decision, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Vec<&'a str>>,
    stats: StatsJson,
}

#[derive(Serialize)]
struct OneJson<'a> {
    labels: Object<&'a str, Value>,
    points: Vec<PointJson>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exemplars: Vec<ExemplarJson>,
}

#[derive(Serialize)]
struct PointJson {
    t: TimeText,
    value: f64,
}

#[derive(Serialize)]
struct ExemplarJson {
    t: TimeText,
    slot: TimeText,
    trace_id: Text<TraceId>,
    span_id: Text<SpanId>,
    value: f64,
}

impl<'a> SeriesJson<'a> {
    pub(super) fn new(answer: &'a SeriesAnswer, explanation: Option<&'a str>) -> Self {
        Self {
            series: answer.series.iter().map(|series| one(series, answer)).collect(),
            looked_at: answer.looked_at.into(),
            explanation: explanation.map(|text| text.lines().collect()),
            stats: (&answer.stats).into(),
        }
    }
}

fn one<'a>(series: &'a Series, answer: &SeriesAnswer) -> OneJson<'a> {
    let time = |slot: usize| Text(answer.window.time(slot));
    // A slot without a sample is a gap, not zero.
    let points = series.samples.iter().enumerate().filter_map(|(slot, sample)| Some((slot, (*sample)?)));
    OneJson {
        labels: Object(
            series.labels.iter().map(|(name, value)| (name.as_str(), static_json(value))).collect(),
        ),
        points: points.map(|(slot, value)| PointJson { t: time(slot), value }).collect(),
        exemplars: series
            .exemplars
            .iter()
            .map(|exemplar| ExemplarJson {
                t: Text(exemplar.time),
                slot: time(exemplar.slot),
                trace_id: Text(exemplar.trace_id),
                span_id: Text(exemplar.span_id),
                value: exemplar.value,
            })
            .collect(),
    }
}
