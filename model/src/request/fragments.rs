//! Parts of requests whose way up to the server span is broken.

use std::collections::{BTreeMap, BTreeSet};

use proto::UnixNanos;

use super::{Excluded, Exclusions, Gap, RequestRow};
use crate::trace::Trace;
use crate::{Component, SpanView};

const SERVER: i32 = 2;

/// A tree of spans whose parent, a span of an API server, is missing.
struct Fragment<'a> {
    audit_id: Option<&'a str>,
    instance: Option<&'a str>,
    start: UnixNanos,
    /// It is etcd's part of a call: what is missing is the API server's.
    is_of_etcd: bool,
}

/// How many rows that began before a fragment without an audit id are asked whether it is theirs.
const ROWS_MAX: usize = 16;

/// Gives every fragment of `trace` to its row, which has a gap then; what has no row is a request without server span,
/// or a call of etcd without a request.
pub(super) fn place(trace: &Trace<'_>, rows: &mut [RequestRow<'_>], excluded: &mut Exclusions) {
    if trace.orphan_groups.is_empty() {
        return;
    }
    let by_audit_id: BTreeMap<&str, usize> =
        rows.iter().enumerate().filter_map(|(index, row)| Some((row.audit_id?, index))).collect();
    let mut by_start: Vec<usize> = (0..rows.len()).collect();
    by_start.sort_by_key(|row| rows[*row].start);

    let mut lost: BTreeSet<&str> = BTreeSet::new();
    let mut found: Vec<(usize, Gap)> = Vec::new();
    for fragment in fragments(trace) {
        let before = by_start.partition_point(|row| rows[*row].start <= fragment.start);
        if fragment.is_of_etcd {
            // Of another clock: the nearest row before, or else the first.
            let row = before.checked_sub(1).map_or_else(|| by_start.first(), |latest| by_start.get(latest));
            found.extend(row.map(|row| (*row, Gap::EtcdCallMissing)));
            continue;
        }
        let around = || {
            let latest = by_start[..before].iter().rev().take(ROWS_MAX).copied();
            latest.into_iter().find(|row| {
                let row = &rows[*row];
                let is_other = fragment.audit_id.is_some() && row.audit_id.is_some();
                !is_other && row.instance == fragment.instance && fragment.start < row.end()
            })
        };
        let named = fragment.audit_id.and_then(|audit_id| by_audit_id.get(audit_id).copied());
        match (named.or_else(around), fragment.audit_id) {
            (Some(row), _) => found.push((row, Gap::SpansDetached)),
            (None, Some(audit_id)) if !lost.insert(audit_id) => {}
            (None, _) => excluded.count(Excluded::ServerSpanMissing),
        }
    }
    found.into_iter().for_each(|(row, gap)| rows[row].gaps.note(gap, true));
}

/// One for each orphan with an audit id, and one for all orphans of the same missing parent that have none.
fn fragments<'a>(trace: &Trace<'a>) -> Vec<Fragment<'a>> {
    let mut fragments = Vec::new();
    for group in &trace.orphan_groups {
        let mut has_unnamed = false;
        for root in &trace.roots[group.roots.clone()] {
            let view = trace.nodes[*root].view;
            let is_of_etcd = match (Component::of(view), view.span.kind) {
                (Component::Etcd, SERVER) => true,
                (Component::Apiserver, kind) if kind != SERVER => false,
                _ => continue,
            };
            let audit_id = trace.subtree(*root).find_map(|node| audit_id(trace.nodes[node].view));
            if audit_id.is_some() || !std::mem::replace(&mut has_unnamed, true) {
                let instance = view.resource_text("service.instance.id");
                fragments.push(Fragment { audit_id, instance, start: view.span.start, is_of_etcd });
            }
        }
    }
    fragments
}

/// `audit-id` of an API server's span.
pub(super) fn audit_id(view: SpanView<'_>) -> Option<&str> {
    view.text("audit-id").filter(|id| !id.is_empty())
}
