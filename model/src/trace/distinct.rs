//! Spans without their copies, findable by id.

use std::cmp::Reverse;

use proto::otlp::{encode_attributes, encode_span};
use proto::{SpanId, TraceId};

use crate::SpanView;

/// A span's ids as numbers, in the order of their bytes.
pub(super) type Key = (u128, u64);

pub(super) fn key(trace_id: TraceId, span_id: SpanId) -> Key {
    (u128::from_be_bytes(trace_id.0), u64::from_be_bytes(span_id.0))
}

/// A span that differs from all others.
pub(super) struct Distinct<'a> {
    pub(super) key: Key,
    pub(super) view: SpanView<'a>,
    pub(super) copies: u32,
    pub(super) is_conflicting: bool,
}

/// `views` without copies, by key; of those with one key the first to start comes first, then the longest.
pub(super) fn distinct<'a>(views: &[SpanView<'a>]) -> Vec<Distinct<'a>> {
    let mut order: Vec<(Key, usize)> = views
        .iter()
        .enumerate()
        .map(|(index, view)| (key(view.span.trace_id, view.span.span_id), index))
        .collect();
    order.sort_unstable();
    let mut found = Vec::with_capacity(order.len());
    for group in order.chunk_by(|a, b| a.0 == b.0) {
        match group {
            [(key, index)] => {
                found.push(Distinct { key: *key, view: views[*index], copies: 0, is_conflicting: false })
            }
            _ => contents(views, group, &mut found),
        }
    }
    found
}

/// Adds the different contents of spans with one key. By sorting, so that many different ones do no harm.
fn contents<'a>(views: &[SpanView<'a>], group: &[(Key, usize)], found: &mut Vec<Distinct<'a>>) {
    let mut members: Vec<(SpanView<'a>, Vec<u8>)> =
        group.iter().map(|(_, index)| (views[*index], content(views[*index]))).collect();
    members.sort_by(|a, b| {
        let order = |view: SpanView<'_>| (view.span.start, Reverse(view.span.end));
        order(a.0).cmp(&order(b.0)).then_with(|| a.1.cmp(&b.1))
    });
    let first = found.len();
    for same in members.chunk_by(|a, b| a.1 == b.1) {
        let copies = u32::try_from(same.len() - 1).unwrap_or(u32::MAX);
        found.push(Distinct { key: group[0].0, view: same[0].0, copies, is_conflicting: false });
    }
    let is_conflicting = found.len() - first > 1;
    found[first..].iter_mut().for_each(|one| one.is_conflicting = is_conflicting);
}

/// Bytes that are equal exactly when span, resource attributes and scope are (`==` would tell NaN from itself).
fn content(view: SpanView<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_span(view.span, &mut bytes);
    bytes.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    encode_attributes(&view.resource.attributes, &mut bytes);
    bytes.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    bytes.extend_from_slice(view.scope.name.as_bytes());
    bytes.push(0);
    bytes.extend_from_slice(view.scope.version.as_bytes());
    bytes
}

/// The position of the first span with these ids.
pub(super) fn position(distinct: &[Distinct<'_>], key: Key) -> Option<usize> {
    let first = distinct.partition_point(|one| one.key < key);
    distinct.get(first).filter(|one| one.key == key).map(|_| first)
}
