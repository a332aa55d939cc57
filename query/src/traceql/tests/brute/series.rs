//! Metrics: every slot of every series looked through on its own.

use super::*;

/// Labels as text, and samples.
pub(in super::super) type Plain = (Vec<(String, String)>, Vec<Option<f64>>);

/// What decides slots: start, step and count of the window, and whether spans count at their end.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Slots {
    pub(in super::super) first: u64,
    pub(in super::super) step: u64,
    pub(in super::super) count: u64,
    pub(in super::super) at_end: bool,
}

/// A value in a slot, under its labels.
struct Found {
    slot: u64,
    labels: Vec<(String, String)>,
    value: Static,
}

fn seconds(value: &Static) -> Option<f64> {
    match value {
        Static::Duration(nanos) => Some(*nanos as f64 / 1e9),
        Static::Int(number) => Some(*number as f64),
        Static::Float(number) if !number.is_nan() => Some(*number),
        _ => None,
    }
}

pub(in super::super) fn brute_series(
    traces: &[Brute<'_>],
    expression: &SeriesExpression,
    slots: Slots,
) -> Vec<Plain> {
    match expression {
        SeriesExpression::Aggregate(query) => aggregated(traces, query, slots),
        SeriesExpression::Scaled { series, op, number, is_number_first } => {
            let number = seconds(number).unwrap();
            let scale = |sample: f64| {
                if *is_number_first { math(number, *op, sample) } else { math(sample, *op, number) }
            };
            let series = unnamed(brute_series(traces, series, slots));
            let scaled = |sample: Option<f64>| sample.map(scale);
            series.into_iter().map(|one| (one.0, one.1.into_iter().map(scaled).collect())).collect()
        }
        SeriesExpression::Math { left, op, right } => {
            let left = unnamed(brute_series(traces, left, slots));
            let right = unnamed(brute_series(traces, right, slots));
            let alone = |side: &[Plain]| side.len() == 1 && side[0].0.is_empty();
            let all = alone(&left) || alone(&right);
            let mut joined = Vec::new();
            for one in &left {
                for other in &right {
                    if all || sorted(&one.0) == sorted(&other.0) {
                        let mut labels = one.0.clone();
                        labels.extend(other.0.iter().filter(|label| !one.0.contains(label)).cloned());
                        let samples = one.1.iter().zip(&other.1);
                        let samples = samples.map(|(one, other)| Some(math((*one)?, *op, (*other)?)));
                        joined.push((labels, samples.collect()));
                    }
                }
            }
            joined
        }
        SeriesExpression::Staged { series, stage } => staged(brute_series(traces, series, slots), stage),
    }
}

fn unnamed(series: Vec<Plain>) -> Vec<Plain> {
    let keep =
        |labels: Vec<(String, String)>| labels.into_iter().filter(|label| label.0 != "__name__").collect();
    series.into_iter().map(|one| (keep(one.0), one.1)).collect()
}

fn sorted(labels: &[(String, String)]) -> Vec<(String, String)> {
    let mut labels = labels.to_vec();
    labels.sort();
    labels
}

fn math(left: f64, op: MathOp, right: f64) -> f64 {
    match op {
        MathOp::Add => left + right,
        MathOp::Subtract => left - right,
        MathOp::Multiply => left * right,
        MathOp::Divide => {
            if right == 0.0 {
                f64::NAN
            } else {
                left / right
            }
        }
    }
}

fn staged(series: Vec<Plain>, stage: &SecondStage) -> Vec<Plain> {
    let all = series.clone();
    let keeps = |place: usize, slot: usize, sample: f64| {
        let ranked = |count: u32, sign: f64| {
            let before = all.iter().enumerate().filter(|(other, one)| {
                let ahead = |found: f64| {
                    let order = (sign * found).total_cmp(&(sign * sample));
                    let text = |one: &Plain| -> Vec<String> {
                        sorted(&one.0).iter().map(|label| format!("{}={}", label.0, label.1)).collect()
                    };
                    order.is_gt() || (order.is_eq() && (text(one), *other) < (text(&all[place]), place))
                };
                one.1[slot].is_some_and(|found| !found.is_nan() && ahead(found))
            });
            !sample.is_nan() && before.count() < count as usize
        };
        match stage {
            SecondStage::Top(count) => ranked(*count, 1.0),
            SecondStage::Bottom(count) => ranked(*count, -1.0),
            SecondStage::Compare(op, value) => {
                let limit = Static::Float(seconds(value).unwrap());
                values::compared(&Static::Float(sample), *op, &limit) == Some(true)
            }
        }
    };
    let mut series = series;
    for (place, one) in series.iter_mut().enumerate() {
        for (slot, sample) in one.1.iter_mut().enumerate() {
            *sample = sample.filter(|found| keeps(place, slot, *found));
        }
    }
    series.retain(|one| one.1.iter().any(Option::is_some));
    series
}

fn aggregated(traces: &[Brute<'_>], query: &MetricsQuery, slots: Slots) -> Vec<Plain> {
    let found: Vec<Found> = traces.iter().flat_map(|trace| found(trace, query, slots)).collect();
    let mut names: Vec<Vec<(String, String)>> = Vec::new();
    for one in &found {
        if !names.contains(&one.labels) {
            names.push(one.labels.clone());
        }
    }
    let mut series = Vec::new();
    for labels in names {
        let quantiles: Vec<Option<f64>> = match &query.function {
            MetricsFunction::QuantileOverTime(_, quantiles) => quantiles.iter().copied().map(Some).collect(),
            _ => vec![None],
        };
        for quantile in quantiles {
            let samples = (0..slots.count).map(|slot| {
                let here = found.iter().filter(|one| one.slot == slot && one.labels == labels);
                sample(query, here.map(|one| one.value.clone()).collect(), quantile, slots.step)
            });
            let mut labels = labels.clone();
            labels.extend(quantile.map(|quantile| ("p".to_owned(), format!("{quantile:?}"))));
            series.push((labels, samples.collect()));
        }
    }
    series
}

fn sample(query: &MetricsQuery, values: Vec<Static>, quantile: Option<f64>, step: u64) -> Option<f64> {
    match &query.function {
        MetricsFunction::Rate => Some(values.len() as f64 * 1e9 / step as f64),
        MetricsFunction::CountOverTime | MetricsFunction::HistogramOverTime(_) => Some(values.len() as f64),
        MetricsFunction::OverTime(function, _) => {
            values::folded(*function, &values).as_ref().and_then(seconds)
        }
        MetricsFunction::QuantileOverTime(..) => {
            // In billionths, as far as those reach.
            let billionths = |value: &Static| match value {
                Static::Float(number) => ((number * 1e9) as u64) as f64 / 1e9,
                other => seconds(other).unwrap_or(0.0).min(u64::MAX as f64 / 1e9),
            };
            let known = values.iter().filter(|value| seconds(value).is_some_and(|one| one >= 0.0));
            let mut numbers: Vec<f64> = known.map(billionths).collect();
            numbers.sort_by(f64::total_cmp);
            let rank = (quantile? * numbers.len() as f64 - 1e-9).ceil().max(1.0) as usize;
            numbers.get(rank - 1).copied()
        }
    }
}

fn found(trace: &Brute<'_>, query: &MetricsQuery, slots: Slots) -> Vec<Found> {
    let mut all = Vec::new();
    for node in trace.groups(&query.pipeline).into_iter().flat_map(|group| group.0) {
        let span = trace.trace.nodes[node].view.span;
        let time = if slots.at_end { span.end } else { span.start };
        let slot = (0..slots.count).find(|slot| {
            let from = slots.first + slot * slots.step;
            from < time && time <= from + slots.step
        });
        let Some(slot) = slot else { continue };
        let values = match query.function.operand() {
            None => vec![Static::Int(1)],
            Some(operand) => trace.values(node, operand),
        };
        for value in values.into_iter().filter(|value| seconds(value).is_some()) {
            let first = |attribute: &Attribute| trace.get(node, attribute).into_iter().next();
            let mut labels: Vec<(String, String)> = query
                .by
                .iter()
                .filter_map(|attribute| Some((attribute.to_string(), first(attribute)?.to_string())))
                .collect();
            if labels.is_empty() {
                labels.push(match query.by.first() {
                    Some(first) => (first.to_string(), "\"nil\"".to_owned()),
                    None => ("__name__".to_owned(), format!("\"{}\"", query.function.word())),
                });
            }
            if let MetricsFunction::HistogramOverTime(_) = query.function {
                let Some(bucket) = bucket(&value) else { continue };
                labels.push(("__bucket".to_owned(), format!("{bucket:?}")));
            }
            all.push(Found { slot, labels, value });
        }
    }
    all
}

/// The first power of two that is no less.
fn bucket(value: &Static) -> Option<f64> {
    let (number, unit) = match value {
        Static::Duration(nanos) => (*nanos as f64, 1e9),
        other => (seconds(other)?, 1.0),
    };
    if number <= 0.0 {
        return (number == 0.0).then_some(0.0);
    }
    let mut power = f64::MIN_POSITIVE;
    if !matches!(value, Static::Float(_)) {
        power = 1.0;
    }
    while power < number {
        power *= 2.0;
    }
    Some(power / unit)
}
