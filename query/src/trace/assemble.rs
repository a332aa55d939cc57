//! Spans into a tree: depth first, siblings by start, orphans and cycles where one would look for them.

use std::collections::{HashMap, HashSet};

use model::{Component, EtcdShare, SpanView, etcd_share};
use proto::{SpanId, TraceId};

use super::{Trace, TraceSpan};
use crate::span_rows::StoredSpan;

/// OTLP's kinds of span.
const KIND_SERVER: i32 = 2;
const KIND_CLIENT: i32 = 3;

/// The trace of `spans`; `None` when there are none. Of more than `most`, the first to start are kept.
pub(super) fn assemble(trace_id: TraceId, mut spans: Vec<StoredSpan>, most: usize) -> Option<Trace> {
    if spans.is_empty() {
        return None;
    }
    spans.sort_by_key(|stored| (stored.span.start, std::cmp::Reverse(stored.span.end), stored.span.span_id));
    let complete = spans.len() <= most;
    spans.truncate(most);
    let start = spans.iter().map(|stored| stored.span.start).min()?;
    let end = spans.iter().map(|stored| stored.span.end.max(stored.span.start)).max()?;
    let (etcd, request_duration_ns) = etcd_part(&spans);
    let order = depth_first(&spans);
    let ids: HashSet<SpanId> = spans.iter().map(|stored| stored.span.span_id).collect();
    let mut slots: Vec<Option<StoredSpan>> = spans.into_iter().map(Some).collect();
    let spans: Vec<TraceSpan> = order
        .into_iter()
        .filter_map(|(place, depth)| {
            let stored = slots[place].take()?;
            let is_orphan = stored.span.parent_span_id.is_some_and(|parent| !ids.contains(&parent));
            let component = Component::of(view(&stored));
            Some(TraceSpan {
                component,
                depth,
                is_orphan,
                span: stored.span,
                resource: stored.resource,
                scope: stored.scope,
            })
        })
        .collect();
    let orphans = spans.iter().filter(|span| span.is_orphan).count() as u64;
    Some(Trace { trace_id, start, end, spans, orphans, complete, etcd, request_duration_ns })
}

/// The places of `spans`, which are sorted by start, in depth-first order, with their depth.
fn depth_first(spans: &[StoredSpan]) -> Vec<(usize, usize)> {
    let mut places: HashMap<SpanId, usize> = HashMap::with_capacity(spans.len());
    for (place, stored) in spans.iter().enumerate() {
        places.entry(stored.span.span_id).or_insert(place);
    }
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); spans.len()];
    let mut roots = Vec::new();
    for (place, stored) in spans.iter().enumerate() {
        let parent = stored.span.parent_span_id.and_then(|parent| places.get(&parent).copied());
        match parent.filter(|parent| *parent != place) {
            Some(parent) => children[parent].push(place),
            None => roots.push(place),
        }
    }
    let mut order = Vec::with_capacity(spans.len());
    let mut seen = vec![false; spans.len()];
    // Spans that only name each other as parents are reached from no root: each cycle is entered at its first span.
    for top in roots.into_iter().chain(0..spans.len()) {
        let mut stack = vec![(top, 0)];
        while let Some((place, depth)) = stack.pop() {
            if std::mem::replace(&mut seen[place], true) {
                continue;
            }
            order.push((place, depth));
            stack.extend(children[place].iter().rev().map(|child| (*child, depth + 1)));
        }
    }
    order
}

fn view(stored: &StoredSpan) -> SpanView<'_> {
    SpanView { span: &stored.span, resource: &stored.resource, scope: &stored.scope }
}

/// The share of the API server's first server span that its etcd calls covered, and that span's duration.
fn etcd_part(spans: &[StoredSpan]) -> (Option<EtcdShare>, u64) {
    let is_apiserver = |stored: &&StoredSpan| Component::of(view(stored)) == Component::Apiserver;
    let request = spans.iter().filter(is_apiserver).find(|stored| stored.span.kind == KIND_SERVER);
    let Some(request) = request else { return (None, 0) };
    let calls = spans
        .iter()
        .filter(is_apiserver)
        .filter(|stored| stored.span.kind == KIND_CLIENT && stored.span.name.starts_with("etcdserverpb."))
        .map(|stored| (stored.span.start, stored.span.end));
    (Some(etcd_share((request.span.start, request.span.end), calls)), request.span.duration_ns())
}

#[cfg(test)]
mod tests;
