//! From counts to findings: how large a difference is, whether chance explains it, and which values are one finding.

use hashbrown::HashMap;

use super::columns::{Name, VALUES_MAX, Values, bounds_of};
use super::tally::Tally;
use super::{Compared, ComparedValue, Counts, Finding, Hidden};
use crate::traceql::{Attribute, AttributeScope, Static};

/// Differences that chance brings more often than this among all that were found are left out.
const Q_MAX: f64 = 0.01;
/// Differences of share below this are not told, however certain.
const DIFFERENCE_MIN: f64 = 0.01;
/// A value that so few selected rows have is told only when it is the others that have it.
const SELECTED_MIN: u64 = 2;
/// Whole numbers of more values are told apart by size.
const NUMBERS_MAX: usize = 24;
/// An attribute cannot tell when so large a part of its rows have a value of their own.
const DISTINCT_SHARE_MAX: f64 = 0.5;
/// Of fewer rows nothing is said.
const HIDDEN_ROWS_MIN: u64 = 20;
/// Values are one finding when so large a part of their rows is the same.
const SAME_ROWS: f64 = 0.9;
/// Below this an expected count is too small for the normal distribution (Cochran's rule).
const EXPECTED_MIN: f64 = 5.0;

/// What was found.
#[derive(Debug)]
pub(super) struct Ranking {
    pub(super) findings: Vec<Finding>,
    pub(super) hidden: Vec<Hidden>,
    pub(super) compared: Compared,
}

struct Candidate {
    value: ComparedValue,
    /// Smaller is told first among equals.
    priority: u8,
    tally: Tally,
    difference: f64,
    p_value: f64,
    q_value: f64,
}

/// The findings among the values of attributes, at most `limit`; `all` rows were counted.
pub(super) fn rank(attributes: HashMap<Name, Values>, all: Counts, limit: usize) -> Ranking {
    let mut hidden = Vec::new();
    let mut candidates = Vec::new();
    let mut compared = Compared::default();
    for (name, values) in attributes {
        let rows = values.present.counts.selected + values.present.counts.baseline;
        let is_number = values.bins.len() > 1 && values.tallies.len() > NUMBERS_MAX;
        let distinct = values.tallies.len() as u64;
        let is_beyond = values.beyond > 0 || distinct >= VALUES_MAX as u64;
        let is_unique = rows >= HIDDEN_ROWS_MIN && distinct as f64 > rows as f64 * DISTINCT_SHARE_MAX;
        if !is_number && (is_beyond || is_unique) {
            hidden.push(Hidden { attribute: name.text(), rows, distinct });
            continue;
        }
        let before = candidates.len();
        candidates.extend(values_of(&name, values, is_number, all));
        compared.attributes += u64::from(candidates.len() > before);
        compared.values += (candidates.len() - before) as u64;
    }
    adjust(&mut candidates);
    candidates.retain(|candidate| {
        let enough = candidate.difference < 0.0 || candidate.tally.counts.selected >= SELECTED_MIN;
        candidate.q_value <= Q_MAX && candidate.difference.abs() >= DIFFERENCE_MIN && enough
    });
    candidates.sort_by(|one, other| {
        let size = |of: &Candidate| (of.difference.abs() * 1e6).round();
        // What the selected rows have more often comes before what they lack.
        (one.difference < 0.0)
            .cmp(&(other.difference < 0.0))
            .then_with(|| size(other).total_cmp(&size(one)))
            .then_with(|| one.priority.cmp(&other.priority))
            .then_with(|| one.value.cmp(&other.value))
    });
    hidden.sort_by(|one, other| one.attribute.cmp(&other.attribute));
    Ranking { findings: grouped(candidates, limit), hidden, compared }
}

/// What is compared of an attribute: its values or, of whole numbers with many, their sizes; and whether rows have it.
fn values_of(name: &Name, values: Values, is_number: bool, all: Counts) -> Vec<Candidate> {
    let mut found = Vec::new();
    let present = values.present.counts;
    if is_number {
        for (bin, tally) in values.bins {
            let (text, condition) = name.size(bin);
            found.push(candidate(name, Some(text), condition, tally, all));
        }
    } else {
        for (value, tally) in values.tallies {
            let text = match &value {
                Static::String(text) => text.clone(),
                other => other.to_string(),
            };
            let condition = name.equals(&value);
            found.push(candidate(name, Some(text), condition, tally, all));
        }
    }
    // A sender may say the same key twice.
    let absent = Counts {
        selected: all.selected.saturating_sub(present.selected),
        baseline: all.baseline.saturating_sub(present.baseline),
    };
    if absent.selected + absent.baseline > 0 && !name.is_repeated() {
        let tally = Tally::of(absent);
        let absent = candidate(name, None, name.is_nil(), tally, all);
        found.extend((absent.difference > 0.0).then_some(absent));
    }
    found
}

fn candidate(
    name: &Name,
    text: Option<String>,
    condition: Option<String>,
    tally: Tally,
    all: Counts,
) -> Candidate {
    let share = |part: u64, of: u64| if of == 0 { 0.0 } else { part as f64 / of as f64 };
    Candidate {
        difference: share(tally.counts.selected, all.selected) - share(tally.counts.baseline, all.baseline),
        p_value: p_value(tally.counts, all),
        q_value: 1.0,
        priority: name.priority() + u8::from(text.is_none()) * 8,
        value: ComparedValue { attribute: name.text(), text, condition },
        tally,
    }
}

/// How often chance would bring so large a difference or a larger one, two-sided: from the normal distribution of the
/// difference of two shares, or of few rows by Fisher's exact test.
pub(super) fn p_value(with: Counts, all: Counts) -> f64 {
    let (selected, baseline) = (all.selected as f64, all.baseline as f64);
    if all.selected == 0 || all.baseline == 0 {
        return 1.0;
    }
    let having = (with.selected + with.baseline) as f64;
    let share = having / (selected + baseline);
    let smallest = selected.min(baseline) * share.min(1.0 - share);
    if smallest < EXPECTED_MIN {
        return fisher(with, all);
    }
    let error = (share * (1.0 - share) * (1.0 / selected + 1.0 / baseline)).sqrt();
    let z = (with.selected as f64 / selected - with.baseline as f64 / baseline) / error;
    libm::erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// Twice the smaller tail of the hypergeometric distribution.
fn fisher(with: Counts, all: Counts) -> f64 {
    let (selected, baseline) = (all.selected as f64, all.baseline as f64);
    let having = (with.selected + with.baseline) as f64;
    let choose = |of: f64, some: f64| {
        libm::lgamma(of + 1.0) - libm::lgamma(some + 1.0) - libm::lgamma(of - some + 1.0)
    };
    let ln_probability = |in_selected: f64| {
        choose(selected, in_selected) + choose(baseline, having - in_selected)
            - choose(selected + baseline, having)
    };
    let (low, high) = ((having - baseline).max(0.0), having.min(selected));
    let found = with.selected as f64;
    let tail = |step: f64, end: f64| {
        let (mut at, mut sum) = (found, 0.0);
        loop {
            let term = ln_probability(at).exp();
            sum += term;
            at += step;
            if (at - end) * step > 0.0 || term < sum * 1e-12 {
                return sum;
            }
        }
    };
    (2.0 * tail(1.0, high).min(tail(-1.0, low))).min(1.0)
}

/// q-values from p-values (Benjamini and Hochberg 1995).
fn adjust(candidates: &mut [Candidate]) {
    candidates.sort_by(|one, other| one.p_value.total_cmp(&other.p_value));
    let tests = candidates.len() as f64;
    let mut smallest = 1.0_f64;
    for (rank, candidate) in candidates.iter_mut().enumerate().rev() {
        smallest = smallest.min(candidate.p_value * tests / (rank + 1) as f64);
        candidate.q_value = smallest;
    }
}

/// The first of the candidates that are of the same rows stands for all of them.
fn grouped(candidates: Vec<Candidate>, limit: usize) -> Vec<Finding> {
    let mut found: Vec<(Tally, Finding)> = Vec::new();
    for candidate in candidates {
        let same = found.iter_mut().find(|(tally, finding)| {
            (finding.difference > 0.0) == (candidate.difference > 0.0) && is_same(tally, &candidate.tally)
        });
        if let Some((_, finding)) = same {
            finding.together_with.push(candidate.value);
        } else if found.len() < limit {
            let finding = Finding {
                value: candidate.value,
                counts: candidate.tally.counts,
                difference: candidate.difference,
                q_value: candidate.q_value,
                exemplars: candidate.tally.exemplars.clone(),
                together_with: Vec::new(),
            };
            found.push((candidate.tally, finding));
        }
    }
    found.into_iter().map(|(_, finding)| finding).collect()
}

/// Whether two values are of the same rows on both sides.
fn is_same(one: &Tally, other: &Tally) -> bool {
    let alike = |one: u64, other: u64| one.min(other) as f64 >= one.max(other) as f64 * SAME_ROWS;
    alike(one.counts.selected, other.counts.selected)
        && alike(one.counts.baseline, other.counts.baseline)
        && one.overlap(other) >= SAME_ROWS
}

impl Name {
    fn text(&self) -> String {
        match self {
            Self::Attribute(attribute) => attribute.to_string(),
            Self::Other(name) => (*name).to_owned(),
        }
    }

    /// What is told of several that are the same: what Kubernetes calls it, then the span, then who sent it.
    const fn priority(&self) -> u8 {
        match self {
            Self::Attribute(Attribute::Derived(_)) => 0,
            Self::Other(_) => 1,
            Self::Attribute(Attribute::Intrinsic(_) | Attribute::Trace(_)) => 2,
            Self::Attribute(Attribute::Scoped { scope: AttributeScope::Resource, .. }) => 4,
            Self::Attribute(Attribute::Scoped { .. }) => 3,
        }
    }

    /// Whether a row may have several of it, or none without meaning anything.
    const fn is_repeated(&self) -> bool {
        matches!(self, Self::Other(_))
    }

    fn equals(&self, value: &Static) -> Option<String> {
        match self {
            Self::Attribute(attribute) => Some(format!("{attribute} = {value}")),
            Self::Other(_) => None,
        }
    }

    fn is_nil(&self) -> Option<String> {
        match self {
            Self::Attribute(attribute @ (Attribute::Derived(_) | Attribute::Scoped { .. })) => {
                Some(format!("{attribute} = nil"))
            }
            _ => None,
        }
    }

    /// The numbers of a bin, as text and as a condition.
    fn size(&self, bin: i8) -> (String, Option<String>) {
        let attribute = match self {
            Self::Attribute(attribute) => Some(attribute),
            Self::Other(_) => None,
        };
        if bin == 0 {
            return ("0".to_owned(), attribute.map(|attribute| format!("{attribute} = 0")));
        }
        let (low, end) = bounds_of(bin.unsigned_abs().cast_signed());
        let (text, condition) = match (bin > 0, end) {
            (true, Some(end)) => {
                let condition =
                    attribute.map(|attribute| format!("{attribute} >= {low} && {attribute} < {end}"));
                (format!("{low} to {}", end - 1), condition)
            }
            (true, None) => {
                (format!("from {low}"), attribute.map(|attribute| format!("{attribute} >= {low}")))
            }
            (false, Some(end)) => {
                let condition =
                    attribute.map(|attribute| format!("{attribute} <= -{low} && {attribute} > -{end}"));
                (format!("-{} to -{low}", end - 1), condition)
            }
            (false, None) => {
                (format!("up to -{low}"), attribute.map(|attribute| format!("{attribute} <= -{low}")))
            }
        };
        (text, condition)
    }
}
