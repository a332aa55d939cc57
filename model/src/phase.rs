//! Phases: what the API server was doing while a request ran.

mod attribution;
mod events;
mod path;
mod rules;
mod subtree;

use std::fmt;
use std::ops::AddAssign;

pub(crate) use attribution::Attribution;
pub use attribution::{PhaseSegment, phase_segments};
pub(crate) use rules::Role;
pub(crate) use subtree::{Member, members};

/// What a nanosecond of an API request was spent on. Every nanosecond of a request belongs to exactly one phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Finding out who calls, inside the server span (Kubernetes up to 1.32; later it lies before that span).
    Authentication,
    /// The audit filter: writing audit events.
    Audit,
    /// The impersonation filter.
    Impersonation,
    /// Waiting in a queue of API priority and fairness.
    PriorityAndFairness,
    /// Deciding whether the caller may.
    Authorization,
    /// Mutating admission webhooks, one after another.
    MutatingWebhook,
    /// Validating admission webhooks; they run in parallel, and the longest counts.
    ValidatingWebhook,
    /// Converting between API versions, conversion webhooks included.
    Conversion,
    /// The watch cache: waiting for it to be fresh enough, and reading it.
    Cache,
    /// Encoding an object for storage.
    StorageEncode,
    /// Encryption at rest, calls of a key management service included.
    Encryption,
    /// The API server's storage layer around its calls of etcd.
    EtcdClient,
    /// Inside a call of etcd, but outside etcd's own span: network, gRPC, waiting for etcd to begin.
    EtcdWire,
    /// etcd's own span, outside its inner ones.
    EtcdServer,
    /// etcd's inner spans: the operation itself.
    EtcdInner,
    /// Encoding and writing the response.
    Serialization,
    /// Passing the request on to an aggregated API server, or calling another API.
    Aggregation,
    /// Everything else in the API server: reading the body, in-tree admission, validation, serving a watch.
    Own,
}

impl Phase {
    /// How many phases there are.
    pub const COUNT: usize = 18;

    /// Every phase, in the order of a request's way.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Authentication,
        Self::Audit,
        Self::Impersonation,
        Self::PriorityAndFairness,
        Self::Authorization,
        Self::MutatingWebhook,
        Self::ValidatingWebhook,
        Self::Conversion,
        Self::Cache,
        Self::StorageEncode,
        Self::Encryption,
        Self::EtcdClient,
        Self::EtcdWire,
        Self::EtcdServer,
        Self::EtcdInner,
        Self::Serialization,
        Self::Aggregation,
        Self::Own,
    ];

    /// The lower-case name used in queries, answers and data files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::Audit => "audit",
            Self::Impersonation => "impersonation",
            Self::PriorityAndFairness => "priority_and_fairness",
            Self::Authorization => "authorization",
            Self::MutatingWebhook => "mutating_webhook",
            Self::ValidatingWebhook => "validating_webhook",
            Self::Conversion => "conversion",
            Self::Cache => "cache",
            Self::StorageEncode => "storage_encode",
            Self::Encryption => "encryption",
            Self::EtcdClient => "etcd_client",
            Self::EtcdWire => "etcd_wire",
            Self::EtcdServer => "etcd_server",
            Self::EtcdInner => "etcd_inner",
            Self::Serialization => "serialization",
            Self::Aggregation => "aggregation",
            Self::Own => "self",
        }
    }

    /// The phase called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.name() == name)
    }

    /// Whether this is time in etcd or on the way to it.
    #[must_use]
    pub const fn is_etcd(self) -> bool {
        matches!(self, Self::EtcdClient | Self::EtcdWire | Self::EtcdServer | Self::EtcdInner)
    }

    /// Whether this is time in admission webhooks.
    #[must_use]
    pub const fn is_webhook(self) -> bool {
        matches!(self, Self::MutatingWebhook | Self::ValidatingWebhook)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Nanoseconds per phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PhaseTimes([u64; Phase::COUNT]);

impl PhaseTimes {
    /// The time of `phase`, in ns.
    #[must_use]
    pub const fn get(&self, phase: Phase) -> u64 {
        self.0[phase as usize]
    }

    /// Adds `duration_ns` to `phase`; the sum stops at the largest number.
    pub const fn add(&mut self, phase: Phase, duration_ns: u64) {
        self.0[phase as usize] = self.0[phase as usize].saturating_add(duration_ns);
    }

    /// The time of all phases, in ns.
    #[must_use]
    pub fn total_ns(&self) -> u64 {
        self.sum_ns(|_| true)
    }

    /// The time of the phases that `wanted` accepts, in ns.
    #[must_use]
    pub fn sum_ns(&self, wanted: impl Fn(Phase) -> bool) -> u64 {
        self.iter().filter(|(phase, _)| wanted(*phase)).fold(0, |sum, (_, time)| sum.saturating_add(time))
    }

    /// Every phase with its time in ns.
    pub fn iter(&self) -> impl Iterator<Item = (Phase, u64)> + '_ {
        Phase::ALL.into_iter().map(|phase| (phase, self.get(phase)))
    }
}

impl AddAssign for PhaseTimes {
    fn add_assign(&mut self, other: Self) {
        other.iter().for_each(|(phase, time)| self.add(phase, time));
    }
}

#[cfg(test)]
mod tests;
