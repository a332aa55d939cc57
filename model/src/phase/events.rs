//! Splitting a span's own time by its events.

use proto::UnixNanos;

use super::Phase;
use super::rules::{ETCD_CALL, EventRule, SPAN_END};
use super::subtree::Member;

/// Stretches of a span's own time that have a phase of their own, the earliest first; they never overlap.
#[derive(Debug, Default)]
pub(super) struct Stretches(Vec<(UnixNanos, UnixNanos, Phase)>);

impl Stretches {
    /// The stretches of `member`; `later_from` is when the later phase of its rule begins, if it has one. `calls` are the
    /// starts of the calls of etcd below it, in any order; they are asked for where a rule needs them.
    pub(super) fn of<C: Iterator<Item = UnixNanos>>(
        member: &Member<'_>,
        later_from: Option<UnixNanos>,
        calls: impl FnOnce() -> C,
    ) -> Self {
        let Some(rule) = member.rule.filter(|_| !member.sealed) else { return Self::default() };
        let mut stretches = Vec::new();
        if let (Some(phase), Some(from)) = (rule.later, later_from) {
            stretches.push((from, UnixNanos::MAX, phase));
        } else if !rule.events.is_empty() {
            let mut previous: Option<(&str, UnixNanos)> = None;
            for (name, time) in moments(member, &rule.events, calls) {
                if let Some((from, since)) = previous.filter(|(_, since)| *since < time)
                    && let Some(rule) = rule.events.iter().find(|rule| rule.from == from && rule.to == name)
                {
                    stretches.push((since, time, rule.phase));
                }
                // Events out of order say nothing about the time between them.
                let reached = previous.map_or(0, |(_, since)| since);
                previous = Some((name, time.max(reached)));
            }
        }
        Self(stretches)
    }

    /// Cuts the own time `from..to`, from its end to its start, into pieces of one phase; `phase` is that of the rest.
    /// Calls come with ever earlier stretches of time, and what lies behind is forgotten.
    pub(super) fn cut(
        &mut self,
        phase: Phase,
        from: UnixNanos,
        to: UnixNanos,
        mut piece: impl FnMut(Phase, UnixNanos, UnixNanos),
    ) {
        let mut reached = to;
        while let Some((start, end, special)) = self.0.last().copied() {
            if start >= reached {
                self.0.pop();
                continue;
            }
            let end = end.min(reached);
            if end <= from {
                break;
            }
            if end < reached {
                piece(phase, end, reached);
            }
            reached = start.max(from);
            piece(special, reached, end);
            if reached == from {
                return;
            }
        }
        if from < reached {
            piece(phase, from, reached);
        }
    }
}

/// The events of `member` in the order recorded, with the calls of etcd among them where a rule speaks of those, and its
/// end.
fn moments<'m, C: Iterator<Item = UnixNanos>>(
    member: &'m Member<'_>,
    rules: &[EventRule],
    calls: impl FnOnce() -> C,
) -> Vec<(&'m str, UnixNanos)> {
    let counts_calls = rules.iter().any(|rule| rule.from == ETCD_CALL);
    let mut calls: Vec<UnixNanos> = if counts_calls { calls().collect() } else { Vec::new() };
    calls.sort_unstable();
    let mut calls = calls.into_iter().peekable();
    let mut moments = Vec::with_capacity(member.view.span.events.len() + calls.len() + 1);
    for event in &member.view.span.events {
        while let Some(call) = calls.next_if(|call| *call < event.time) {
            moments.push((ETCD_CALL, call));
        }
        moments.push((event.name.as_ref(), event.time));
    }
    moments.extend(calls.map(|call| (ETCD_CALL, call)));
    moments.push((SPAN_END, member.end));
    moments
}
