//! Calculations between series, and second stages.

use std::collections::BTreeMap;

use super::Series;
use super::aggregate::is_name;
use super::sample::seconds;
use crate::traceql::evaluate::compare_values;
use crate::traceql::{CompareOp, MathOp, SecondStage, Static};

/// Samples of the same labels and slot calculated with; a side that is one series without labels goes with all.
pub(super) fn joined(left: &[Series], op: MathOp, right: &[Series]) -> Vec<Series> {
    let (left, right) = (unnamed(left), unnamed(right));
    let mut joined = Vec::new();
    match (&left[..], &right[..]) {
        ([one], _) if one.labels.is_empty() => joined.extend(right.iter().map(|other| pair(one, op, other))),
        (_, [other]) if other.labels.is_empty() => joined.extend(left.iter().map(|one| pair(one, op, other))),
        _ => {
            let by_labels: BTreeMap<_, _> = right.iter().map(|series| (identity(series), series)).collect();
            let matched = left.iter().filter_map(|one| Some((one, *by_labels.get(&identity(one))?)));
            joined.extend(matched.map(|(one, other)| pair(one, op, other)));
        }
    }
    joined
}

/// The series without the name of their function.
fn unnamed(series: &[Series]) -> Vec<Series> {
    let mut series = series.to_vec();
    series.iter_mut().for_each(|one| one.labels.retain(|(name, _)| !is_name(name)));
    series
}

/// Names and values, whatever their order.
fn identity(series: &Series) -> Vec<String> {
    let mut labels: Vec<String> =
        series.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    labels.sort_unstable();
    labels
}

fn pair(left: &Series, op: MathOp, right: &Series) -> Series {
    let mut labels = left.labels.clone();
    for label in &right.labels {
        if labels.iter().all(|(name, _)| *name != label.0) {
            labels.push(label.clone());
        }
    }
    let samples = left.samples.iter().zip(&right.samples);
    let samples = samples.map(|(left, right)| Some(calculate((*left)?, op, (*right)?))).collect();
    let mut exemplars = [left.exemplars.clone(), right.exemplars.clone()].concat();
    exemplars.sort_by_key(|exemplar| exemplar.slot);
    Series { labels, samples, exemplars }
}

pub(super) fn scaled(series: Vec<Series>, op: MathOp, number: &Static, is_number_first: bool) -> Vec<Series> {
    let number = seconds(number).unwrap_or(f64::NAN);
    let scale = |sample: f64| {
        if is_number_first { calculate(number, op, sample) } else { calculate(sample, op, number) }
    };
    let mut series = unnamed(&series);
    for one in &mut series {
        one.samples.iter_mut().for_each(|sample| *sample = sample.map(scale));
    }
    series
}

/// What is divided by zero is not a number.
fn calculate(left: f64, op: MathOp, right: f64) -> f64 {
    match op {
        MathOp::Add => left + right,
        MathOp::Subtract => left - right,
        MathOp::Multiply => left * right,
        MathOp::Divide if right == 0.0 => f64::NAN,
        MathOp::Divide => left / right,
    }
}

/// The samples that the stage leaves, and the series that have any.
pub(super) fn staged(mut series: Vec<Series>, stage: &SecondStage) -> Vec<Series> {
    match stage {
        SecondStage::Top(count) => keep_ranked(&mut series, *count, false),
        SecondStage::Bottom(count) => keep_ranked(&mut series, *count, true),
        SecondStage::Compare(op, value) => keep_compared(&mut series, *op, value),
    }
    for one in &mut series {
        let samples = &one.samples;
        one.exemplars.retain(|exemplar| samples.get(exemplar.slot).is_some_and(Option::is_some));
    }
    series.retain(|one| one.samples.iter().any(Option::is_some));
    series
}

fn keep_ranked(series: &mut [Series], count: u32, least_first: bool) {
    let slots = series.first().map_or(0, |one| one.samples.len());
    let identities: Vec<_> = series.iter().map(identity).collect();
    for slot in 0..slots {
        let known = series.iter().enumerate().filter_map(|(place, one)| Some((one.samples[slot]?, place)));
        let mut ranked: Vec<(f64, usize)> = known.filter(|(sample, _)| !sample.is_nan()).collect();
        ranked.sort_by(|(one, first), (other, second)| {
            let by_value = if least_first { one.total_cmp(other) } else { other.total_cmp(one) };
            by_value.then_with(|| identities[*first].cmp(&identities[*second]))
        });
        let kept: Vec<usize> = ranked.iter().take(count as usize).map(|(_, place)| *place).collect();
        for (place, one) in series.iter_mut().enumerate() {
            if !kept.contains(&place) {
                one.samples[slot] = None;
            }
        }
    }
}

fn keep_compared(series: &mut [Series], op: CompareOp, value: &Static) {
    let limit = Static::Float(seconds(value).unwrap_or(f64::NAN));
    for sample in series.iter_mut().flat_map(|one| &mut one.samples) {
        *sample = sample.filter(|found| compare_values(&Static::Float(*found), op, &limit) == Some(true));
    }
}
