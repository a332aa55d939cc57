//! Requests that became no row, counted by reason.

use std::ops::AddAssign;

/// Why there is no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Excluded {
    /// A health check: `/livez`, `/readyz`, `/healthz`.
    Probe,
    /// A path that is not under `/api` or `/apis`: `/metrics`, `/openapi`, `/version`, mistakes.
    NotUnderApi,
    /// A server span that does not say its path.
    PathUnknown,
    /// Parts of a request are there, its server span is not: it was lost, or has not ended yet (a watch).
    ServerSpanMissing,
    /// Below more than eight server spans of API servers: no real request is.
    NestedTooDeep,
}

impl Excluded {
    /// Every reason.
    pub const ALL: [Self; 5] =
        [Self::Probe, Self::NotUnderApi, Self::PathUnknown, Self::ServerSpanMissing, Self::NestedTooDeep];

    /// The lower-case name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Probe => "probe",
            Self::NotUnderApi => "not_under_api",
            Self::PathUnknown => "path_unknown",
            Self::ServerSpanMissing => "server_span_missing",
            Self::NestedTooDeep => "nested_too_deep",
        }
    }
}

/// How many requests became no row, by reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exclusions([u64; Excluded::ALL.len()]);

impl Exclusions {
    /// Counts one more.
    pub const fn count(&mut self, reason: Excluded) {
        self.0[reason as usize] += 1;
    }

    /// How many for `reason`.
    #[must_use]
    pub const fn get(&self, reason: Excluded) -> u64 {
        self.0[reason as usize]
    }
}

impl AddAssign for Exclusions {
    fn add_assign(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(sum, count)| *sum += count);
    }
}
