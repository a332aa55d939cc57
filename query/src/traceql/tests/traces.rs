//! Traces in a notation: one span a line, `name parent start end` in ms, then what else it has.
//!
//! A parent is a name, `-` for none, or `?name` for one that is not there. Then `key=value` pairs without blanks:
//! `kind=`, `status=`, `link=name`, `event=name@ms`, `service=name`, and `.key=` with a literal.

use model::SpanView;
use model::trace::{Trace, TraceLimits, assemble};
use proto::otlp::{Attribute as OtlpAttribute, Event, Link, Resource, Scope, Span, Status, Value};
use proto::{SpanId, TraceId};

use super::*;

const MS: u64 = 1_000_000;

/// Spans with their envelopes.
#[derive(Debug, Clone, Default)]
pub(super) struct Owned {
    pub(super) span: Span<'static>,
    pub(super) resource: Resource<'static>,
    pub(super) scope: Scope<'static>,
}

pub(super) fn trace_id() -> TraceId {
    TraceId([7; 16])
}

pub(super) fn assembled(spans: &[Owned]) -> Trace<'_> {
    let views =
        spans.iter().map(|one| SpanView { span: &one.span, resource: &one.resource, scope: &one.scope });
    assemble(views, TraceLimits::default())
}

/// The name a span goes by in the notation.
pub(super) fn name_of(trace: &Trace<'_>, node: usize) -> String {
    trace.nodes[node].view.span.name.to_string()
}

fn id_of(name: &str) -> SpanId {
    let mut id = [0; 8];
    id[..name.len()].copy_from_slice(name.as_bytes());
    SpanId(id)
}

pub(super) fn attribute(key: &str, value: Value<'static>) -> OtlpAttribute<'static> {
    OtlpAttribute { key: key.to_owned().into(), value }
}

pub(super) fn read_span(line: &str) -> Owned {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [name, parent, start, end, rest @ ..] = &words[..] else { panic!("no span: {line}") };
    let ms = |text: &str| (text.parse::<f64>().expect(text) * MS as f64) as u64;
    let span = Span {
        trace_id: trace_id(),
        span_id: id_of(name),
        parent_span_id: (*parent != "-").then(|| id_of(parent.trim_start_matches('?'))),
        name: (*name).to_owned().into(),
        start: ms(start),
        end: ms(end),
        ..Span::default()
    };
    let mut one = Owned { span, ..Owned::default() };
    for pair in rest {
        let (key, value) = pair.split_once('=').unwrap_or_else(|| panic!("{pair} in {line}"));
        read_pair(&mut one, key, value);
    }
    one
}

fn read_pair(one: &mut Owned, key: &str, value: &str) {
    let keyword = |value: &str| {
        let attribute = parse_filter(&format!("{{ .a = {value} }}")).expect(value);
        let Some(Expression::Compare { right: Operand::Static(value), .. }) = attribute.expression else {
            panic!("{value}")
        };
        value
    };
    match key {
        "kind" => {
            let Static::Kind(kind) = keyword(value) else { panic!("{value}") };
            one.span.kind = kind.otlp();
        }
        "status" => {
            let Static::Status(status) = keyword(value) else { panic!("{value}") };
            one.span.status = Some(Status { code: status.otlp(), ..Status::default() });
        }
        "service" => {
            one.resource.attributes.push(attribute("service.name", Value::String(value.to_owned().into())));
        }
        "link" => {
            one.span.links.push(Link { trace_id: trace_id(), span_id: id_of(value), ..Link::default() })
        }
        "event" => {
            let (name, ms) = value.split_once('@').expect("event=name@ms");
            let time = ms.parse::<u64>().expect(ms) * MS;
            one.span.events.push(Event { name: name.to_owned().into(), time, ..Event::default() });
        }
        key => {
            let value = match keyword(value) {
                Static::String(text) => Value::String(text.into()),
                Static::Int(number) => Value::Int(number),
                Static::Float(number) => Value::Double(number),
                Static::Bool(flag) => Value::Bool(flag),
                other => panic!("{other}"),
            };
            one.span.attributes.push(attribute(key.strip_prefix('.').expect(key), value));
        }
    }
}
