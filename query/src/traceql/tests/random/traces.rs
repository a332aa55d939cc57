//! Small traces with everything that can be wrong with one: missing parents, circles, several roots, late children.

use proptest::prelude::*;
use proptest::sample::select;
use proto::otlp::{Event, Link, Status, Value};
use proto::{SpanId, TraceId};

use super::super::traces::{Owned, attribute, trace_id};

fn id(number: u64) -> SpanId {
    SpanId((number + 1).to_be_bytes())
}

pub(super) fn in_trace(mut one: Owned, trace: u8) -> Owned {
    one.span.trace_id = TraceId([trace; 16]);
    one.span.links.iter_mut().for_each(|link| link.trace_id = TraceId([trace; 16]));
    one
}

type Times = (u64, u64, Option<u64>);
type Words = (&'static str, Option<&'static str>, i32, Option<i32>);

/// A span without id: times and parent, words, attributes, a link, events.
fn span() -> impl Strategy<Value = Owned> {
    let times = (0_u64..50, 0_u64..15, proptest::option::weighted(0.8, 0_u64..12));
    let words = (
        select(["a", "b", "c"].as_slice()),
        proptest::option::of(select(["s", "t"].as_slice())),
        0_i32..4,
        proptest::option::of(0_i32..3),
    );
    let values = (
        proptest::option::of(-2_i64..4),
        proptest::option::of(select(["a", "b"].as_slice())),
        proptest::option::of(select([0.5, 1.0, 2.5].as_slice())),
        proptest::option::of(any::<bool>()),
    );
    let rest = (proptest::option::weighted(0.2, 0_u64..12), proptest::collection::vec(0_u64..20, 0..3));
    (times, words, values, rest).prop_map(|(times, words, (x, y, z, flag), (link, events))| {
        let mut one = owned(times, words);
        let mut push = |key: &str, value: Option<Value<'static>>| {
            one.span.attributes.extend(value.map(|value| attribute(key, value)));
        };
        push("x", x.map(Value::Int));
        push("y", y.map(|text| Value::String(text.into())));
        push("z", z.map(Value::Double));
        push("flag", flag.map(Value::Bool));
        let linked = link.map(|link| Link { trace_id: trace_id(), span_id: id(link), ..Link::default() });
        one.span.links.extend(linked);
        for after in events {
            let name = if after % 2 == 0 { "e" } else { "f" };
            one.span.events.push(Event {
                time: one.span.start + after,
                name: name.into(),
                ..Event::default()
            });
        }
        one
    })
}

fn owned((start, length, parent): Times, (name, service, kind, status): Words) -> Owned {
    let mut one = Owned::default();
    one.span.trace_id = trace_id();
    one.span.parent_span_id = parent.map(id);
    one.span.name = name.into();
    (one.span.start, one.span.end, one.span.kind) = (start, start + length, kind);
    one.span.status = status.map(|code| Status { code, ..Status::default() });
    let service = service.map(|service| attribute("service.name", Value::String(service.into())));
    one.resource.attributes.extend(service);
    one
}

pub(super) fn spans() -> impl Strategy<Value = Vec<Owned>> {
    proptest::collection::vec(span(), 1..10).prop_map(|mut spans| {
        for (number, one) in spans.iter_mut().enumerate() {
            one.span.span_id = id(number as u64);
        }
        spans
    })
}
