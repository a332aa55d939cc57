//! `with(…)`: how to answer, not what.

use std::fmt;

use super::Static;

/// What a hint's value has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HintType {
    Bool,
    /// `true`, `false` or a whole number.
    Count,
    /// `true`, `false` or a number from 0 to 1: asks Tempo for an estimate from a part of the spans. Here all are counted.
    Fraction,
    /// `"start"` or `"end"`.
    Instant,
    /// Tempo's own: taken, and without effect.
    Foreign,
}

/// Every hint that is taken.
pub(super) const HINTS: [(&str, HintType); 18] = [
    ("links", HintType::Bool),
    ("slots", HintType::Instant),
    ("most_recent", HintType::Bool),
    ("exemplars", HintType::Count),
    ("sample", HintType::Fraction),
    ("span_sample", HintType::Fraction),
    ("trace_sample", HintType::Fraction),
    ("extrapolate", HintType::Bool),
    ("job_size", HintType::Foreign),
    ("time_overlap_cutoff", HintType::Foreign),
    ("concurrent_blocks", HintType::Foreign),
    ("debug", HintType::Foreign),
    ("info", HintType::Foreign),
    ("debug_return_in", HintType::Foreign),
    ("debug_std_dev", HintType::Foreign),
    ("debug_data_factor", HintType::Foreign),
    ("skip_ast_transformations", HintType::Foreign),
    ("spanonly_fetch", HintType::Foreign),
];

impl HintType {
    pub(super) fn takes(self, value: &Static) -> bool {
        match (self, value) {
            (Self::Foreign, _) | (Self::Bool | Self::Count | Self::Fraction, Static::Bool(_)) => true,
            (Self::Count, Static::Int(number)) => *number >= 0,
            (Self::Fraction, Static::Int(number)) => (0..=1).contains(number),
            (Self::Fraction, Static::Float(number)) => (0.0..=1.0).contains(number),
            (Self::Instant, Static::String(text)) => text == "start" || text == "end",
            _ => false,
        }
    }

    pub(super) const fn example(self) -> &'static str {
        match self {
            Self::Bool | Self::Foreign => "true or false",
            Self::Count => "true, false or a whole number",
            Self::Fraction => "true, false or a number from 0 to 1",
            Self::Instant => "\"start\" or \"end\"",
        }
    }
}

/// The hints of a query, in the order written, each at most once.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Hints {
    pub(super) entries: Vec<(&'static str, Static)>,
}

impl Hints {
    /// The value of a hint, if it was given.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Static> {
        self.entries.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// `links=true`: a span that links to another counts as a child of it, for `>`, `<`, `>>` and `<<`.
    #[must_use]
    pub fn follows_links(&self) -> bool {
        self.get("links") == Some(&Static::Bool(true))
    }

    /// `most_recent=true`: the newest traces, not those found first.
    #[must_use]
    pub fn is_most_recent(&self) -> bool {
        self.get("most_recent") == Some(&Static::Bool(true))
    }

    /// `slots="end"`: whether a span counts where it ends; `None` where the query does not say.
    #[must_use]
    pub fn slots_at_end(&self) -> Option<bool> {
        self.get("slots").map(|value| *value == Static::String("end".to_owned()))
    }

    /// `exemplars`: how many a point, `otherwise` where the query says `true` or nothing.
    #[must_use]
    pub fn exemplars(&self, otherwise: usize) -> usize {
        match self.get("exemplars") {
            Some(Static::Bool(false)) => 0,
            Some(Static::Int(number)) => usize::try_from(*number).unwrap_or(otherwise),
            _ => otherwise,
        }
    }
}

impl fmt::Display for Hints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, value)) in self.entries.iter().enumerate() {
            write!(f, "{}{name}={value}", if index == 0 { " with(" } else { ", " })?;
        }
        if self.entries.is_empty() { Ok(()) } else { f.write_str(")") }
    }
}
