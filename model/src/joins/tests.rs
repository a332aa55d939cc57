//! Joins on hand-written windows, against slow look-ups, and on the captures.

mod authentication;
mod captures;
mod matching;

use crate::SpanView;
use crate::joins::{across_traces, index_links};
use crate::trace::testing::{Owned, span};
use proto::otlp::{Attribute, Value};

fn views(spans: &[Owned]) -> Vec<SpanView<'_>> {
    spans.iter().map(Owned::view).collect()
}

#[test]
fn audit_ids_are_found_across_traces() {
    let tagged = |mut one: Owned, audit_id: &'static str| {
        one.span.attributes =
            vec![Attribute { key: "audit-id".into(), value: Value::String(audit_id.into()) }];
        one
    };
    let spans = [
        tagged(span(1, 0, 0, 9).in_trace(2), "b"),
        tagged(span(2, 0, 0, 9).in_trace(1), "b"),
        tagged(span(3, 0, 0, 9).in_trace(2), "b"),
        tagged(span(4, 0, 0, 9).in_trace(1), "a"),
        tagged(span(5, 4, 0, 9).in_trace(1), "a"),
        tagged(span(6, 0, 0, 9).in_trace(3), ""),
        tagged(span(7, 0, 0, 9).in_trace(4), ""),
        span(8, 0, 0, 9),
    ];
    let groups = across_traces(&views(&spans));
    assert_eq!(groups.len(), 1, "one trace is no join, and no audit id is none");
    assert_eq!((groups[0].audit_id, groups[0].traces, groups[0].spans.clone()), ("b", 2, vec![1, 0, 2]));
}

#[test]
fn links_are_found_from_both_ends() {
    let spans = [
        span(1, 0, 5, 6).in_trace(2).link(1, 7).link(1, 8).link(1, 7),
        span(7, 0, 0, 9),
        span(7, 0, 0, 9),
        span(3, 0, 5, 6).in_trace(3).link(1, 7).link(3, 3),
    ];
    let links = index_links(&views(&spans));
    assert_eq!(links.pairs(), [(0, 1), (3, 1), (3, 3)]);
    assert_eq!(links.sources(1).collect::<Vec<_>>(), [0, 3]);
    assert_eq!(links.targets(3).collect::<Vec<_>>(), [1, 3]);
    assert_eq!((links.sources(2).count(), links.unresolved()), (0, 1));
}
