//! The phases of one request.

use proto::UnixNanos;

use super::events::Stretches;
use super::path::{Children, walk};
use super::subtree::{Member, members};
use super::{Phase, PhaseTimes};
use crate::Trace;

/// A stretch of a request's critical path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhaseSegment {
    /// The span it was spent in: its number in the trace.
    pub node: usize,
    /// What it was spent on.
    pub phase: Phase,
    /// Its first nanosecond.
    pub start: UnixNanos,
    /// The first after it.
    pub end: UnixNanos,
}

/// Where the time of a request went.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Phases {
    /// Every nanosecond of the request, in order of time, without gap or overlap.
    pub segments: Vec<PhaseSegment>,
    /// The same, summed up.
    pub times: PhaseTimes,
    /// Whether a call of etcd came without etcd's own span: all of it counts as [`Phase::EtcdWire`] then.
    pub etcd_undivided: bool,
}

/// Attributes every nanosecond of the request whose server span is node `server` of `trace` to a phase: from that
/// span's start to `end`, which is its end, or later where it was cut short.
#[must_use]
pub fn phases_of(trace: &Trace<'_>, server: usize, end: UnixNanos) -> Phases {
    let members = members(trace, server, end);
    if end <= members[0].start {
        return Phases::default();
    }
    let parents: Vec<usize> = members.iter().map(|member| member.parent).collect();
    let times: Vec<(UnixNanos, UnixNanos)> = members.iter().map(|member| (member.start, member.end)).collect();
    let children = Children::new(&parents, &times);

    let mut stretches: Vec<Option<Stretches>> = members.iter().map(|_| None).collect();
    let mut phases = Phases { etcd_undivided: undivided(&members), ..Phases::default() };
    walk(&children, &times, |position, from, to| {
        let member = &members[position];
        let first_child = || children.of(position).map(|child| times[child].0).min();
        stretches[position].get_or_insert_with(|| Stretches::of(member, first_child())).cut(
            member.phase,
            from,
            to,
            |phase, start, end| {
                phases.times.add(phase, end - start);
                phases.segments.push(PhaseSegment { node: member.node, phase, start, end });
            },
        );
    });
    phases.segments.reverse();
    phases
}

/// Whether some call of etcd has no span of etcd's below it.
fn undivided(members: &[Member<'_>]) -> bool {
    let mut answered = vec![false; members.len()];
    for member in members {
        answered[member.parent] |= member.phase == Phase::EtcdServer;
    }
    members.iter().zip(answered).any(|(member, answered)| member.phase == Phase::EtcdWire && !answered)
}
