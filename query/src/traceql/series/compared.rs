//! `compare`: the values of every attribute, counted among the selected spans and among the others.

use std::collections::BTreeMap;

use super::{MetricsLimits, Series, TooManySeries, Window};
use crate::traceql::spanset::GroupKey;
use crate::traceql::{Attribute, Comparison, Static, TraceView};

/// Spans by slot.
type Counts = BTreeMap<usize, u64>;

#[derive(Debug, Clone, Default)]
pub(super) struct Compared {
    /// By whether the spans are selected, and by attribute.
    attributes: BTreeMap<(bool, Attribute), Values>,
    values: usize,
}

#[derive(Debug, Clone, Default)]
struct Values {
    /// The spans that have the attribute.
    spans: Counts,
    /// Empty when there are too many.
    by_value: BTreeMap<GroupKey, Counts>,
    has_too_many: bool,
}

impl Compared {
    pub(super) fn add(
        &mut self,
        comparison: &Comparison,
        trace: &TraceView<'_>,
        nodes: &[usize],
        window: Window,
        limits: MetricsLimits,
    ) -> Result<(), TooManySeries> {
        for node in nodes {
            let time = window.instant(trace.trace().nodes[*node].view.span);
            let Some(slot) = window.slot(time) else { continue };
            let in_range = comparison.range.is_none_or(|(start, end)| start < time && time <= end);
            let is_selected = in_range && trace.meets(*node, &comparison.selection);
            for (attribute, values) in trace.all(*node) {
                let mut values: Vec<GroupKey> = values
                    .into_iter()
                    .filter(|value| !value.is_duration())
                    .map(|value| GroupKey(Some(value)))
                    .collect();
                values.sort_unstable();
                values.dedup();
                if values.is_empty() {
                    continue;
                }
                let found = self.attributes.entry((is_selected, attribute)).or_default();
                *found.spans.entry(slot).or_default() += 1;
                for value in values {
                    self.values += found.count(value, &Counts::from([(slot, 1)]));
                }
                self.values -= found.drop_if_too_many(limits.compared_values_max);
            }
            self.check(limits)?;
        }
        Ok(())
    }

    pub(super) fn merge(&mut self, other: Self, limits: MetricsLimits) -> Result<(), TooManySeries> {
        for (key, theirs) in other.attributes {
            let ours = self.attributes.entry(key).or_default();
            add_counts(&mut ours.spans, &theirs.spans);
            for (value, counts) in theirs.by_value {
                self.values += ours.count(value, &counts);
            }
            if theirs.has_too_many {
                ours.has_too_many = true;
            }
            self.values -= ours.drop_if_too_many(limits.compared_values_max);
        }
        self.check(limits)
    }

    const fn check(&self, limits: MetricsLimits) -> Result<(), TooManySeries> {
        if self.values <= limits.compared_max {
            return Ok(());
        }
        Err(TooManySeries {
            limit: limits.compared_max,
            what: "attribute values are compared",
            way_out: "narrow the filter, or the time",
        })
    }

    pub(super) fn series(&self, comparison: &Comparison, window: Window) -> Vec<Series> {
        let mut series = Vec::new();
        for ((is_selected, attribute), values) in &self.attributes {
            let name = attribute.to_string();
            let meta = if *is_selected { "selection" } else { "baseline" };
            let mut push = |labels: &[(&str, &str)], value: Static, counts: &Counts| {
                let text =
                    |(name, value): &(&str, &str)| ((*name).to_owned(), Static::String((*value).to_owned()));
                let mut labels: Vec<_> = labels.iter().map(text).collect();
                labels.push((name.clone(), value));
                let samples =
                    (0..window.slots()).map(|slot| counts.get(&slot).map_or(0, |count| *count) as f64);
                let samples = samples.map(Some).collect();
                series.push(Series { labels, samples, exemplars: Vec::new() });
            };
            let nil = || Static::String("nil".to_owned());
            if values.has_too_many {
                let labels = [("__meta_type", meta), ("__meta_error", "__too_many_values__")];
                push(&labels, nil(), &Counts::new());
            }
            for (value, counts) in values.most_frequent(usize::from(comparison.values_max)) {
                push(&[("__meta_type", meta)], value, counts);
            }
            push(&[("__meta_type", &format!("{meta}_total"))], nil(), &values.spans);
        }
        series
    }
}

impl Values {
    /// Adds to the counts of a value: how many values that makes more.
    fn count(&mut self, value: GroupKey, counts: &Counts) -> usize {
        if self.has_too_many {
            return 0;
        }
        let before = self.by_value.len();
        add_counts(self.by_value.entry(value).or_default(), counts);
        self.by_value.len() - before
    }

    /// Forgets the values when there are too many: how many there were.
    fn drop_if_too_many(&mut self, values_max: usize) -> usize {
        self.has_too_many |= self.by_value.len() > values_max;
        if self.has_too_many { std::mem::take(&mut self.by_value).len() } else { 0 }
    }

    /// The values of most spans, with their counts; of equal ones those that come first.
    fn most_frequent(&self, most: usize) -> Vec<(Static, &Counts)> {
        let mut values: Vec<_> = self.by_value.iter().collect();
        values.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.values().sum::<u64>()));
        let known = values.into_iter().filter_map(|(value, counts)| Some((value.0.clone()?, counts)));
        known.take(most).collect()
    }
}

fn add_counts(ours: &mut Counts, theirs: &Counts) {
    for (slot, count) in theirs {
        *ours.entry(*slot).or_default() += count;
    }
}
