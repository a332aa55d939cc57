//! What to rank of pod starts: their time by phase, component and node.

use crate::pod_start::PodPhase;
use crate::{Component, PodStartRow};

/// A kind of suspect of slow pod starts. Its observations are a key and a time in ns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PodCause {
    /// The phases of each pod start; by [`PodPhase::name`].
    Phase,
    /// The component at work, by [`Component::name`]: the kubelet, or the container runtime that it waited for.
    Component,
    /// Pod starts by node.
    Node,
}

/// The observations of `cause` in `rows`.
#[must_use]
pub fn pod_causes(rows: &[&PodStartRow<'_>], cause: PodCause) -> Vec<(String, u64)> {
    rows.iter().flat_map(|row| of_row(row, cause)).collect()
}

fn of_row(row: &PodStartRow<'_>, cause: PodCause) -> Vec<(String, u64)> {
    let phases = PodPhase::ALL.iter().map(|phase| (*phase, row.phases.get(*phase)));
    match cause {
        PodCause::Phase => phases.map(|(phase, time_ns)| (phase.name().to_owned(), time_ns)).collect(),
        PodCause::Component => {
            // Without its spans, which runtime the kubelet waited for is not known.
            let runtime = row.runtime.unwrap_or(Component::Other);
            let by = |phase| if phase == PodPhase::Own { Component::Kubelet } else { runtime };
            phases.map(|(phase, time_ns)| (by(phase).name().to_owned(), time_ns)).collect()
        }
        PodCause::Node => vec![(row.node.unwrap_or_default().to_owned(), row.duration_ns)],
    }
}

/// The observations of one phase of pod starts by node, for finding the slow one.
pub fn pod_starts_by_node<'r>(
    rows: impl IntoIterator<Item = &'r PodStartRow<'r>>,
    phase: PodPhase,
) -> impl Iterator<Item = (String, u64)> {
    rows.into_iter().map(move |row| (row.node.unwrap_or_default().to_owned(), row.phases.get(phase)))
}
