//! Parts of requests whose way up to the server span is broken.

use std::collections::{BTreeMap, BTreeSet};

use proto::UnixNanos;

use super::{Excluded, Exclusions, Gap, RequestRow};
use crate::trace::Trace;
use crate::{Component, SpanView};

const SERVER: i32 = 2;

/// A tree of an API server's spans whose parent is missing.
struct Fragment<'a> {
    audit_id: Option<&'a str>,
    instance: Option<&'a str>,
    start: UnixNanos,
}

/// How many rows that began before a fragment without an audit id are asked whether it is theirs.
const ROWS_MAX: usize = 16;

/// Gives every fragment of `trace` to its row, which has a gap then; what has no row is a request without server span.
pub(super) fn place(trace: &Trace<'_>, rows: &mut [RequestRow<'_>], excluded: &mut Exclusions) {
    if trace.orphan_groups.is_empty() {
        return;
    }
    let by_audit_id: BTreeMap<&str, usize> =
        rows.iter().enumerate().filter_map(|(index, row)| Some((row.audit_id?, index))).collect();
    let mut by_start: Vec<usize> = (0..rows.len()).collect();
    by_start.sort_by_key(|row| rows[*row].start);

    let mut lost: BTreeSet<&str> = BTreeSet::new();
    let mut detached: Vec<usize> = Vec::new();
    for fragment in fragments(trace) {
        let around = || {
            let before = by_start.partition_point(|row| rows[*row].start <= fragment.start);
            let latest = by_start[..before].iter().rev().take(ROWS_MAX).copied();
            latest.into_iter().find(|row| {
                let row = &rows[*row];
                let is_other = fragment.audit_id.is_some() && row.audit_id.is_some();
                !is_other && row.instance == fragment.instance && fragment.start < row.end()
            })
        };
        let named = fragment.audit_id.and_then(|audit_id| by_audit_id.get(audit_id).copied());
        match (named.or_else(around), fragment.audit_id) {
            (Some(row), _) => detached.push(row),
            (None, Some(audit_id)) if !lost.insert(audit_id) => {}
            (None, _) => excluded.count(Excluded::ServerSpanMissing),
        }
    }
    detached.into_iter().for_each(|row| rows[row].gaps.note(Gap::SpansDetached, true));
}

/// One for each orphan with an audit id, and one for all orphans of the same missing parent that have none.
fn fragments<'a>(trace: &Trace<'a>) -> Vec<Fragment<'a>> {
    let mut fragments = Vec::new();
    for group in &trace.orphan_groups {
        let mut has_unnamed = false;
        for root in &trace.roots[group.roots.clone()] {
            let view = trace.nodes[*root].view;
            if view.span.kind == SERVER || Component::of(view) != Component::Apiserver {
                continue;
            }
            let audit_id = trace.subtree(*root).find_map(|node| audit_id(trace.nodes[node].view));
            if audit_id.is_some() || !std::mem::replace(&mut has_unnamed, true) {
                let instance = view.resource_text("service.instance.id");
                fragments.push(Fragment { audit_id, instance, start: view.span.start });
            }
        }
    }
    fragments
}

/// `audit-id` of an API server's span.
pub(super) fn audit_id(view: SpanView<'_>) -> Option<&str> {
    view.text("audit-id").filter(|id| !id.is_empty())
}
