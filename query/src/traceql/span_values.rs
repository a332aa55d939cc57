//! What a decoded span says, as a filter sees it.

use model::derived::{DERIVED, derived_values};
use model::{SpanView, normalise};
use proto::otlp::value::array_items;
use proto::otlp::{Attribute as OtlpAttribute, Value, decode_scope_attributes};

use super::{Attribute, AttributeScope, Intrinsic, SpanAttributes, SpanKind, Static, StatusCode};

/// The values of a span beside its resource and scope.
#[derive(Debug, Clone, Copy)]
pub struct SpanValues<'a>(pub SpanView<'a>);

impl SpanAttributes for SpanValues<'_> {
    fn get(&self, attribute: &Attribute) -> Vec<Static> {
        match attribute {
            Attribute::Intrinsic(intrinsic) => self.intrinsic(*intrinsic),
            Attribute::Scoped { scope, name } => self.scoped(*scope, name),
            Attribute::Derived(derived) => {
                let place = DERIVED.iter().position(|known| known.key == derived.key);
                let normal = normalise(self.0);
                let value = place.and_then(|place| derived_values(&normal)[place].clone());
                value.iter().flat_map(statics).collect()
            }
            Attribute::Trace(_) => Vec::new(),
        }
    }
}

impl SpanValues<'_> {
    fn intrinsic(&self, intrinsic: Intrinsic) -> Vec<Static> {
        let SpanView { span, scope, .. } = self.0;
        match intrinsic {
            Intrinsic::Name => vec![text(&span.name)],
            Intrinsic::Kind => {
                SpanKind::ALL.into_iter().filter(|kind| kind.otlp() == span.kind).map(Static::Kind).collect()
            }
            Intrinsic::Status => {
                let code = span.status.as_ref().map_or(0, |status| status.code);
                StatusCode::ALL.into_iter().filter(|known| known.otlp() == code).map(Static::Status).collect()
            }
            Intrinsic::StatusMessage => {
                vec![text(span.status.as_ref().map_or("", |status| status.message.as_ref()))]
            }
            Intrinsic::Duration => vec![duration(span.duration_ns())],
            Intrinsic::SpanId => vec![text(&span.span_id.to_string())],
            Intrinsic::ParentSpanId => {
                vec![text(&span.parent_span_id.map(|id| id.to_string()).unwrap_or_default())]
            }
            Intrinsic::TraceId => vec![text(&span.trace_id.to_string())],
            Intrinsic::EventName => span.events.iter().map(|event| text(&event.name)).collect(),
            Intrinsic::EventTimeSinceStart => {
                let since = |time: u64| Static::Duration(time.wrapping_sub(span.start) as i64);
                span.events.iter().map(|event| since(event.time)).collect()
            }
            Intrinsic::LinkTraceId => {
                span.links.iter().map(|link| text(&link.trace_id.to_string())).collect()
            }
            Intrinsic::LinkSpanId => span.links.iter().map(|link| text(&link.span_id.to_string())).collect(),
            Intrinsic::InstrumentationName => vec![text(&scope.name)],
            Intrinsic::InstrumentationVersion => vec![text(&scope.version)],
        }
    }

    fn scoped(&self, scope: AttributeScope, name: &str) -> Vec<Static> {
        let SpanView { span, resource, scope: instrumentation } = self.0;
        match scope {
            AttributeScope::Span => values(&span.attributes, name),
            AttributeScope::Resource => values(&resource.attributes, name),
            AttributeScope::Any => {
                let own = values(&span.attributes, name);
                if own.is_empty() { values(&resource.attributes, name) } else { own }
            }
            AttributeScope::Event => {
                span.events.iter().flat_map(|event| values(&event.attributes, name)).collect()
            }
            AttributeScope::Link => {
                span.links.iter().flat_map(|link| values(&link.attributes, name)).collect()
            }
            AttributeScope::Instrumentation => {
                values(&decode_scope_attributes(&instrumentation.wire).unwrap_or_default(), name)
            }
        }
    }

    /// Every attribute that has a value: those sent with the span, its resource, its scope and its events, those derived,
    /// and the fields that are no ids, times or durations.
    #[must_use]
    pub fn all(&self) -> Vec<(Attribute, Vec<Static>)> {
        const FIELDS: [Intrinsic; 7] = [
            Intrinsic::Name,
            Intrinsic::Kind,
            Intrinsic::Status,
            Intrinsic::StatusMessage,
            Intrinsic::EventName,
            Intrinsic::InstrumentationName,
            Intrinsic::InstrumentationVersion,
        ];
        let SpanView { span, resource, scope } = self.0;
        let scope_attributes = decode_scope_attributes(&scope.wire).unwrap_or_default();
        let in_events = span.events.iter().flat_map(|event| &event.attributes);
        let keys = |scope: AttributeScope, attributes: &[OtlpAttribute<'_>]| -> Vec<Attribute> {
            let named = attributes.iter().filter(|attribute| !attribute.key.is_empty());
            named.map(|attribute| Attribute::Scoped { scope, name: attribute.key.to_string() }).collect()
        };
        let event_attributes: Vec<_> = in_events.cloned().collect();
        let mut attributes = keys(AttributeScope::Span, &span.attributes);
        attributes.extend(keys(AttributeScope::Resource, &resource.attributes));
        attributes.extend(keys(AttributeScope::Instrumentation, &scope_attributes));
        attributes.extend(keys(AttributeScope::Event, &event_attributes));
        attributes.extend(FIELDS.map(Attribute::Intrinsic));
        attributes.sort_unstable();
        attributes.dedup();
        let mut all: Vec<_> = attributes.into_iter().map(|one| (self.get(&one), one)).collect();
        let normal = normalise(self.0);
        let derived = DERIVED.iter().zip(derived_values(&normal));
        all.extend(
            derived.map(|(derived, value)| {
                (value.iter().flat_map(statics).collect(), Attribute::Derived(derived))
            }),
        );
        let known = all.into_iter().filter(|(values, _)| values.iter().any(|value| *value != text("")));
        known.map(|(values, attribute)| (attribute, values)).collect()
    }
}

fn text(text: &str) -> Static {
    Static::String(text.to_owned())
}

/// A duration in ns; beyond 292 years, the longest there is.
pub(super) fn duration(nanos: u64) -> Static {
    Static::Duration(i64::try_from(nanos).unwrap_or(i64::MAX))
}

fn values(attributes: &[OtlpAttribute<'_>], key: &str) -> Vec<Static> {
    let found = attributes.iter().find(|attribute| attribute.key == key);
    found.map_or_else(Vec::new, |attribute| statics(&attribute.value))
}

/// The TraceQL values of an OTLP value: arrays are several, bytes and maps none.
pub(crate) fn statics(value: &Value<'_>) -> Vec<Static> {
    match value {
        Value::String(value) => vec![text(value)],
        Value::Bool(flag) => vec![Static::Bool(*flag)],
        Value::Int(number) => vec![Static::Int(*number)],
        Value::Double(number) => vec![Static::Float(*number)],
        Value::Array(wire) => array_items(wire).flat_map(|item| statics(&item)).collect(),
        Value::Empty | Value::Bytes(_) | Value::KeyValueList(_) => Vec::new(),
    }
}
