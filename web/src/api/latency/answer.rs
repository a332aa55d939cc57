//! A latency answer as JSON.

mod heatmap;

use model::latency::{Pick, Quantile};
use proto::{SpanId, TraceId, UnixNanos};
use query::latency::{
    Exemplar, LatencyAnswer, NotByRollup, Point, Sampling, SamplingSource, Series, Threshold,
};
use serde::Serialize;

use self::heatmap::HeatmapJson;
use crate::api::json::{Object, StatsJson, Text};

#[derive(Serialize)]
pub(super) struct LatencyJson<'a> {
    start: Text<UnixNanos>,
    end: Text<UnixNanos>,
    step_ns: u64,
    quantiles: &'a [f64],
    series: Vec<SeriesJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    heatmap: Option<HeatmapJson<'a>>,
    sampling: SamplingJson,
    /// Why spans were read, where rollups would have been quicker.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_by_rollup: Option<Text<&'a NotByRollup>>,
    /// How the answer came about, a line for each decision, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Vec<&'a str>>,
    stats: StatsJson,
}

#[derive(Serialize)]
struct SeriesJson<'a> {
    labels: Object<&'a str, Option<&'a str>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    other: bool,
    count: u64,
    points: Vec<PointJson>,
    /// All slots together, as one.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<PointJson>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    above: Vec<AboveJson>,
    exemplars: Vec<ExemplarJson>,
}

/// How many spans of a series took longer than a duration: at least and at most, as numbers and as shares of all.
#[derive(Serialize)]
struct AboveJson {
    threshold_ns: u64,
    count_min: u64,
    count_max: u64,
    share_min: f64,
    share_max: f64,
}

#[derive(Serialize)]
struct PointJson {
    t: Text<UnixNanos>,
    count: u64,
    count_estimated: u64,
    errors: u64,
    quantiles: Object<Text<f64>, u64>,
    exact: bool,
    error_bound: f64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    quantile_is_max: Vec<Text<f64>>,
    #[serde(skip_serializing_if = "Object::is_empty")]
    interval: Object<Text<f64>, (u64, Option<u64>)>,
}

#[derive(Serialize)]
struct ExemplarJson {
    t: Text<UnixNanos>,
    trace_id: Text<TraceId>,
    span_id: Text<SpanId>,
    duration_ns: u64,
    pick: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    quantile: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rank: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rank_interval: Option<(f64, f64)>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    error: bool,
}

#[derive(Serialize)]
struct SamplingJson {
    rate: Option<f64>,
    source: &'static str,
}

impl<'a> LatencyJson<'a> {
    /// `by` holds the texts of the question's attributes, which name the labels.
    pub(super) fn new(answer: &'a LatencyAnswer, by: &'a [String], explanation: Option<&'a str>) -> Self {
        let all_spans_arrive = answer.sampling.rate == Some(1.0);
        Self {
            start: Text(answer.range.start),
            end: Text(answer.range.end),
            step_ns: answer.step_ns,
            quantiles: &answer.quantiles,
            series: answer.series.iter().map(|series| series_json(series, by, all_spans_arrive)).collect(),
            heatmap: answer.heatmap.as_ref().map(|heatmap| HeatmapJson::new(heatmap, answer.slots)),
            sampling: answer.sampling.into(),
            not_by_rollup: answer.not_by_rollup.as_ref().map(Text),
            explanation: explanation.map(|text| text.lines().collect()),
            stats: (&answer.stats).into(),
        }
    }
}

fn series_json<'a>(series: &'a Series, by: &'a [String], all_spans_arrive: bool) -> SeriesJson<'a> {
    let labels = if series.is_other {
        vec![("series", Some("other"))]
    } else {
        by.iter().map(String::as_str).zip(series.labels.iter().map(|label| label.value.as_deref())).collect()
    };
    SeriesJson {
        labels: Object(labels),
        other: series.is_other,
        count: series.count,
        points: series.points.iter().map(|point| point_json(point, all_spans_arrive)).collect(),
        total: series.total.as_ref().map(|total| point_json(total, all_spans_arrive)),
        above: series.above.iter().map(|threshold| above_json(threshold, series.count)).collect(),
        exemplars: series.exemplars.iter().map(exemplar_json).collect(),
    }
}

fn above_json(threshold: &Threshold, of: u64) -> AboveJson {
    let Threshold { threshold_ns, above } = *threshold;
    let share = |count: u64| count as f64 / of.max(1) as f64;
    AboveJson {
        threshold_ns,
        count_min: above.count_min,
        count_max: above.count_max,
        share_min: share(above.count_min),
        share_max: share(above.count_max),
    }
}

fn point_json(point: &Point, all_spans_arrive: bool) -> PointJson {
    let figures = &point.figures;
    let key = |quantile: &Quantile| Text(quantile.quantile);
    let maximums = figures.quantiles.iter().filter(|quantile| quantile.is_max);
    // Only a sample has a population to estimate.
    let estimated = figures.quantiles.iter().filter(|_| !all_spans_arrive);
    PointJson {
        t: Text(point.slot),
        count: figures.count,
        count_estimated: point.count_estimated,
        errors: figures.errors,
        quantiles: Object(figures.quantiles.iter().map(|found| (key(found), found.value_ns)).collect()),
        exact: figures.exact,
        error_bound: figures.error_bound,
        quantile_is_max: maximums.map(key).collect(),
        interval: Object(estimated.map(|found| (key(found), found.interval_ns)).collect()),
    }
}

fn exemplar_json(exemplar: &Exemplar) -> ExemplarJson {
    let quantile = match exemplar.pick {
        Pick::Quantile(quantile) => Some(quantile),
        Pick::Median => Some(0.5),
        Pick::Max | Pick::Error | Pick::Nearest => None,
    };
    let (from, to) = exemplar.rank;
    let rank_is_known = from >= to;
    ExemplarJson {
        t: Text(exemplar.time),
        trace_id: Text(exemplar.trace_id),
        span_id: Text(exemplar.span_id),
        duration_ns: exemplar.duration_ns,
        pick: exemplar.pick.name(),
        quantile,
        rank: rank_is_known.then_some(rounded_down(to)),
        rank_interval: (!rank_is_known).then_some((rounded_down(from), rounded_up(to))),
        error: exemplar.error,
    }
}

/// A rank to the millionth: more digits would be a tenth of an answer.
pub(super) fn rounded_down(rank: f64) -> f64 {
    // A product may come out a hair below the integer it means.
    (rank * 1e6 + 1e-4).floor() / 1e6
}

/// The same of the upper end of an interval.
pub(super) fn rounded_up(rank: f64) -> f64 {
    (rank * 1e6 - 1e-4).ceil() / 1e6
}

impl From<Sampling> for SamplingJson {
    fn from(sampling: Sampling) -> Self {
        let source = match sampling.source {
            SamplingSource::TraceId => "trace_id",
            SamplingSource::Config => "config",
            SamplingSource::Unknown => "unknown",
        };
        Self { rate: sampling.rate, source }
    }
}
