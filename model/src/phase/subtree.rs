//! The spans below a request's server span, each under the span it really ran inside of.

use proto::UnixNanos;

use super::Phase;
use super::rules::{Role, SpanRule, rule};
use crate::trace::Trace;
use crate::{Component, SpanView};

/// How many earlier siblings are asked whether a span ran inside them.
const SIBLINGS_MAX: usize = 64;

/// A span of the subtree.
#[derive(Debug)]
pub(crate) struct Member<'a> {
    /// Its number in the trace.
    pub(crate) node: usize,
    pub(crate) view: SpanView<'a>,
    /// The member it ran inside of; the root is its own.
    pub(crate) parent: usize,
    pub(crate) start: UnixNanos,
    pub(crate) end: UnixNanos,
    pub(crate) rule: Option<&'static SpanRule>,
    /// The phase of its own time, where no event says otherwise.
    pub(crate) phase: Phase,
    /// Whether everything below has the same phase.
    pub(crate) sealed: bool,
}

impl Member<'_> {
    /// What it tells of the request.
    pub(crate) fn role(&self) -> Role {
        self.rule.map_or(Role::None, |rule| rule.role)
    }
}

/// `root` and everything below it, in the order of the trace: parents before children, siblings by start.
///
/// The root is taken to run until `end`. Where the trace found that a span's time is part of another ancestor than its
/// parent, that is followed. Besides, some siblings run inside each other (`inside` in `phases.tsv`): webhooks are
/// called by the update function of `GuaranteedUpdate etcd3`.
pub(crate) fn members<'a>(trace: &Trace<'a>, root: usize, end: UnixNanos) -> Vec<Member<'a>> {
    let range = trace.subtree(root);
    let mut members: Vec<Member<'a>> = Vec::with_capacity(range.len());
    // Spans that siblings may run inside of, with the parent they share.
    let mut hosts: Vec<(usize, usize)> = Vec::new();
    for node in range {
        let recorded = &trace.nodes[node];
        let view = recorded.view;
        let (start, own_end) = recorded.interval();
        let rule = rule(Component::of(view), view.span.kind, &view.span.name);
        let mut member = Member {
            node,
            view,
            parent: 0,
            start,
            end: if node == root { end } else { own_end },
            rule,
            phase: Phase::Own,
            sealed: false,
        };
        if node != root {
            let parent =
                recorded.adopted_by.or(recorded.parent).map_or(0, |parent| parent.saturating_sub(root));
            member.parent = inside_sibling(&members, &hosts, parent, &member).unwrap_or(parent);
            let around = &members[member.parent];
            member.sealed = around.sealed || rule.is_some_and(|rule| rule.reaches_below);
            member.phase = match rule {
                Some(SpanRule { phase: Some(phase), .. }) if !around.sealed => *phase,
                _ => around.phase,
            };
            if rule.is_some_and(|rule| rule.is_host) {
                hosts.push((parent, members.len()));
            }
        }
        members.push(member);
    }
    members
}

/// The earlier sibling that `member` ran inside of, of those its rule names.
fn inside_sibling(
    members: &[Member<'_>],
    hosts: &[(usize, usize)],
    parent: usize,
    member: &Member<'_>,
) -> Option<usize> {
    let names = &member.rule?.inside;
    if names.is_empty() {
        return None;
    }
    let (_, host) = hosts.iter().rev().take(SIBLINGS_MAX).find(|(shared, host)| {
        let host = &members[*host];
        *shared == parent
            && names.contains(&host.view.span.name.as_ref())
            && host.start <= member.start
            && member.start < host.end
    })?;
    Some(*host)
}
