//! The phases of one request.

use proto::UnixNanos;

use super::Role;
use super::events::Stretches;
use super::path::{Children, walk};
use super::subtree::{Member, members};
use super::{Phase, PhaseTimes};
use crate::trace::Trace;

/// The status code of a request that authorization or admission refused.
const FORBIDDEN: i64 = 403;

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

/// The critical path of the request whose server span is node `server` of `trace`, each stretch with its phase: every
/// nanosecond from that span's start to `end`, in order of time, without gap or overlap. `end` is the server span's, or
/// later where that span was cut short.
#[must_use]
pub fn phase_segments(trace: &Trace<'_>, server: usize, end: UnixNanos) -> Vec<PhaseSegment> {
    let members = members(trace, server, end);
    let mut segments = Vec::new();
    attribute(&members, |position, phase, start, end| {
        segments.push(PhaseSegment { node: members[position].node, phase, start, end });
    });
    segments.reverse();
    segments
}

/// Where the time of a request went.
pub(crate) struct Attribution {
    /// Per phase.
    pub(crate) times: PhaseTimes,
    /// The time of the critical path in each member itself, in ns.
    pub(crate) path_ns: Vec<u64>,
}

impl Attribution {
    /// Attributes every nanosecond of `members`' root.
    pub(crate) fn of(members: &[Member<'_>]) -> Self {
        let mut found = Self { times: PhaseTimes::default(), path_ns: vec![0; members.len()] };
        attribute(members, |position, phase, start, end| {
            found.times.add(phase, end - start);
            found.path_ns[position] += end - start;
        });
        found
    }
}

/// Gives `piece` every stretch of the critical path, the latest first.
fn attribute(members: &[Member<'_>], mut piece: impl FnMut(usize, Phase, UnixNanos, UnixNanos)) {
    let parents: Vec<usize> = members.iter().map(|member| member.parent).collect();
    let times: Vec<(UnixNanos, UnixNanos)> =
        members.iter().map(|member| (member.start, member.end)).collect();
    let children = Children::new(&parents, &times);
    let mut stretches: Vec<Option<Stretches>> = members.iter().map(|_| None).collect();
    walk(&children, &times, |position, from, to| {
        let member = &members[position];
        let later_from = || member.rule?.later.and_then(|_| later_from(members, children.of(position)));
        let calls = || {
            let below = children.of(position).map(|child| &members[child]);
            below.filter(|child| child.role() == Role::EtcdCall).map(|call| call.start)
        };
        stretches[position].get_or_insert_with(|| Stretches::of(member, later_from(), calls)).cut(
            member.phase,
            from,
            to,
            |phase, start, end| piece(position, phase, start, end),
        );
    });
}

/// When a filter with these `children` had done its work and the request was served, where that has no handler span:
/// when the first of them began. Without any, a request was either refused by the filter, or served in its time. A
/// filter that refuses writes the response itself.
fn later_from(members: &[Member<'_>], children: impl Iterator<Item = usize>) -> Option<UnixNanos> {
    let code = |key| members[0].view.integer(key);
    let code = code("http.response.status_code").or_else(|| code("http.status_code"));
    let is_refused = code == Some(FORBIDDEN);
    let mut first = None;
    for child in children.map(|child| &members[child]) {
        match child.role() {
            Role::Handler => return None,
            Role::Response if is_refused => {}
            _ => first = Some(first.map_or(child.start, |first: UnixNanos| first.min(child.start))),
        }
    }
    first.or((!is_refused).then_some(0))
}
