//! The groups of one metrics query.

use std::collections::BTreeMap;

use model::latency::SpanReference;

use super::sample::{Sample, bucket, seconds};
use super::{MetricsLimits, Series, SeriesExemplar, TooManySeries, Window};
use crate::traceql::evaluate::values;
use crate::traceql::spanset::GroupKey;
use crate::traceql::{MetricsFunction, MetricsQuery, Operand, Static, TraceView};

/// The label of a quantile.
const QUANTILE_LABEL: &str = "p";
/// The label of a histogram's bucket: its upper bound.
const BUCKET_LABEL: &str = "__bucket";
/// The label of a series without others.
const NAME_LABEL: &str = "__name__";

/// Samples by slot, by the values of `by` and, for histograms, the bucket.
#[derive(Debug, Clone, Default)]
pub(super) struct Groups {
    samples: BTreeMap<Vec<GroupKey>, BTreeMap<usize, Sample>>,
    memory_bytes: usize,
}

impl Groups {
    /// The memory that samples take, in bytes, roughly.
    pub(super) const fn memory_bytes(&self) -> usize {
        self.memory_bytes
    }

    pub(super) fn add(
        &mut self,
        query: &MetricsQuery,
        trace: &TraceView<'_>,
        nodes: &[usize],
        window: Window,
        limits: MetricsLimits,
    ) -> Result<(), TooManySeries> {
        for node in nodes {
            let span = trace.trace().nodes[*node].view.span;
            let time = window.instant(span);
            let Some(slot) = window.slot(time) else { continue };
            let reference = SpanReference {
                duration_ns: span.duration_ns(),
                start: time,
                trace_id: span.trace_id,
                span_id: span.span_id,
                error: span.status.as_ref().is_some_and(|status| status.code == 2),
            };
            let found = match query.function.operand() {
                None => vec![crate::traceql::span_values::duration(span.duration_ns())],
                Some(operand) => values(operand, &trace.span(*node)),
            };
            let numeric: Vec<_> = found.iter().filter_map(|value| Some((value, seconds(value)?))).collect();
            if numeric.is_empty() {
                continue;
            }
            let labels = query
                .by
                .iter()
                .map(|attribute| GroupKey(trace.first_value(&Operand::Attribute(attribute.clone()), *node)));
            let labels: Vec<GroupKey> = labels.collect();
            for (value, in_seconds) in numeric {
                let mut key = labels.clone();
                if let MetricsFunction::HistogramOverTime(_) = query.function {
                    let Some(bucket) = bucket(value) else { continue };
                    key.push(GroupKey(Some(Static::Float(bucket))));
                }
                let sample = self.sample(key, slot, limits, || Sample::new(&query.function))?;
                let before = sample.memory_bytes();
                sample.add(value, reference, limits.latency);
                sample.exemplars.offer(in_seconds, reference, limits.exemplars_max);
                let after = sample.memory_bytes();
                self.memory_bytes = (self.memory_bytes + after).saturating_sub(before);
            }
        }
        Ok(())
    }

    fn sample(
        &mut self,
        key: Vec<GroupKey>,
        slot: usize,
        limits: MetricsLimits,
        new: impl FnOnce() -> Sample,
    ) -> Result<&mut Sample, TooManySeries> {
        if self.samples.len() >= limits.series_max && !self.samples.contains_key(&key) {
            return Err(TooManySeries {
                limit: limits.series_max,
                what: "series",
                way_out: "group by attributes with fewer values, or narrow the filter",
            });
        }
        let added = &mut self.memory_bytes;
        Ok(self.samples.entry(key).or_default().entry(slot).or_insert_with(|| {
            let sample = new();
            *added += sample.memory_bytes();
            sample
        }))
    }

    pub(super) fn merge(&mut self, other: Self, limits: MetricsLimits) -> Result<(), TooManySeries> {
        for (key, slots) in other.samples {
            for (slot, theirs) in slots {
                let mut theirs = Some(theirs);
                let empty = || Sample::new(&MetricsFunction::CountOverTime);
                let ours = self.sample(key.clone(), slot, limits, || theirs.take().unwrap_or_else(empty))?;
                if let Some(theirs) = theirs {
                    let before = ours.memory_bytes();
                    ours.merge(theirs, limits.latency, limits.exemplars_max);
                    let after = ours.memory_bytes();
                    self.memory_bytes = (self.memory_bytes + after).saturating_sub(before);
                }
            }
        }
        Ok(())
    }

    pub(super) fn series(&self, query: &MetricsQuery, window: Window, limits: MetricsLimits) -> Vec<Series> {
        let quantiles: &[f64] = match &query.function {
            MetricsFunction::QuantileOverTime(_, quantiles) => quantiles,
            _ => &[1.0],
        };
        let mut series = Vec::new();
        for (key, slots) in &self.samples {
            for quantile in quantiles {
                let labels = labels(query, key, *quantile);
                let counts = matches!(query.function, MetricsFunction::Rate)
                    || matches!(query.function, MetricsFunction::CountOverTime)
                    || matches!(query.function, MetricsFunction::HistogramOverTime(_));
                // No span is a count of zero, but no value.
                let mut samples = vec![counts.then_some(0.0); window.slots()];
                let mut exemplars = Vec::new();
                for (slot, sample) in slots {
                    samples[*slot] = sample.result(&query.function, *quantile, window.step_seconds());
                    exemplars.extend(shown(sample, *slot, *quantile, limits));
                }
                series.push(Series { labels, samples, exemplars });
            }
        }
        series
    }
}

fn shown(sample: &Sample, slot: usize, quantile: f64, limits: MetricsLimits) -> Vec<SeriesExemplar> {
    match sample.at_quantile(quantile, limits.exemplars_max) {
        Some(found) => {
            let exemplar = |(span, value): (SpanReference, f64)| SeriesExemplar {
                slot,
                time: span.start,
                trace_id: span.trace_id,
                span_id: span.span_id,
                value,
            };
            found.into_iter().map(exemplar).collect()
        }
        None => {
            let kept = sample.exemplars.kept.iter();
            kept.map(|(value, (trace_id, span_id, time))| SeriesExemplar {
                slot,
                time: *time,
                trace_id: *trace_id,
                span_id: *span_id,
                value: *value,
            })
            .collect()
        }
    }
}

/// The labels that have a value; all nil, the first as text; without `by`, the function's name.
fn labels(query: &MetricsQuery, key: &[GroupKey], quantile: f64) -> Vec<(String, Static)> {
    let text = |text: &str| Static::String(text.to_owned());
    let named = query.by.iter().zip(key);
    let mut labels: Vec<(String, Static)> =
        named.filter_map(|(attribute, value)| Some((attribute.to_string(), value.0.clone()?))).collect();
    match query.by.first() {
        Some(first) if labels.is_empty() => labels.push((first.to_string(), text("nil"))),
        Some(_) => {}
        None => labels.push((NAME_LABEL.to_owned(), text(query.function.word()))),
    }
    match &query.function {
        MetricsFunction::QuantileOverTime(..) => {
            labels.push((QUANTILE_LABEL.to_owned(), Static::Float(quantile)));
        }
        MetricsFunction::HistogramOverTime(_) => {
            let bucket = key.last().and_then(|bucket| bucket.0.clone());
            labels.extend(bucket.map(|bucket| (BUCKET_LABEL.to_owned(), bucket)));
        }
        _ => {}
    }
    labels
}

/// Whether a label names the function, and so says nothing of the spans.
pub(super) fn is_name(label: &str) -> bool {
    label == NAME_LABEL
}
