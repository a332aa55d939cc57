//! A million spans in one trace, in the worst shapes.

use crate::trace::testing::{Owned, resource, span, span_id, trace_id};
use crate::trace::{Trace, TraceLimits, assemble};
use crate::{SpanView, critical_path::Segment};
use proto::otlp::{Link, Scope, Span};

const COUNT: u64 = 1_000_000;

/// Runs `check` over the trace of [`COUNT`] spans: number, parent (0 is none), start and end of each.
fn with_trace(shape: impl Fn(u64) -> (u64, u64, u64, u64), check: impl FnOnce(&Trace<'_>)) {
    let spans: Vec<Span<'static>> = (1..=COUNT)
        .map(|number| {
            let (id, parent, start, end) = shape(number);
            span(id, parent, start, end).span
        })
        .collect();
    check_spans(&spans, check);
}

fn check_spans(spans: &[Span<'static>], check: impl FnOnce(&Trace<'_>)) {
    let (resource, scope) = (resource(&[("service.name", "p")]), Scope::default());
    let view = |span| SpanView { span, resource: &resource, scope: &scope };
    check(&assemble(spans.iter().map(view), TraceLimits::default()));
}

fn total(segments: &[Segment]) -> u64 {
    segments.iter().map(Segment::duration_ns).sum()
}

#[test]
fn a_chain() {
    let shape = |number| (number, number - 1, number, 3 * COUNT - number);
    with_trace(shape, |trace| {
        assert_eq!(trace.nodes.last().unwrap().depth, COUNT as u32 - 1);
        assert_eq!(trace.roots.len(), 1);
        let path = trace.critical_path(0);
        assert_eq!((path.len() as u64, total(&path)), (2 * COUNT - 1, 3 * COUNT - 2));
        let own: u64 = (0..trace.nodes.len()).map(|node| trace.self_time_ns(node)).sum();
        assert_eq!(own, 3 * COUNT - 2);
        assert_eq!(trace.cut().len(), 1);
    });
}

/// Each starts after all but the first have ended: all ask their ancestors to adopt them.
#[test]
fn a_chain_of_late_children() {
    let shape = |number| match number {
        1 => (1, 0, 0, 10 * COUNT),
        _ => (number, number - 1, 2 * number, 2 * number + 1),
    };
    with_trace(shape, |trace| {
        assert_eq!(trace.nodes[1].adopted_by, None);
        assert_eq!(trace.nodes[3].adopted_by, Some(0));
        assert_eq!(total(&trace.critical_path(0)), 10 * COUNT);
    });
}

#[test]
fn a_star_of_overlapping_children() {
    let shape = |number| match number {
        1 => (1, 0, 0, 3 * COUNT),
        _ => (number, 1, number, 2 * number),
    };
    with_trace(shape, |trace| {
        assert_eq!(trace.children(0).count() as u64, COUNT - 1);
        assert_eq!(trace.self_time_ns(0), COUNT + 2);
        assert_eq!(total(&trace.critical_path(0)), 3 * COUNT);
    });
}

#[test]
fn a_circle() {
    let shape = |number| (number, if number == 1 { COUNT } else { number - 1 }, number, number + 1);
    with_trace(shape, |trace| {
        assert_eq!((trace.roots.len(), trace.faults.cycles), (1, 1));
        assert_eq!(trace.nodes[0].interval().0, 1);
    });
}

#[test]
fn one_id_for_all() {
    let shape = |number| (7, 7, number / 2, COUNT);
    with_trace(shape, |trace| {
        assert_eq!(trace.nodes.len() as u64, COUNT / 2 + 1);
        assert_eq!(trace.faults.copies, COUNT / 2 - 1);
        assert_eq!(trace.critical_path(0).len(), 2);
    });
}

#[test]
fn orphans_of_one_parent_with_links_to_one_span() {
    let spans: Vec<Span<'static>> = (1..=COUNT)
        .map(|number| {
            let Owned { mut span, .. } = span(number, COUNT + 1, number, number + 5);
            span.links = vec![Link { trace_id: trace_id(1), span_id: span_id(1), ..Default::default() }];
            span
        })
        .collect();
    check_spans(&spans, |trace| {
        assert_eq!((trace.orphan_groups.len(), trace.roots.len() as u64), (1, COUNT));
        assert_eq!(trace.links_in(0).count() as u64, COUNT);
        assert_eq!(total(&trace.critical_path_of_orphans(&trace.orphan_groups[0])), COUNT + 4);
        assert_eq!(total(&trace.critical_path_through_links(0)), 5);
    });
}
