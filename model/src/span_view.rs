//! What the model reads: a span with the envelope it came in.

use proto::otlp::{Attribute, Event, Resource, Scope, Span, Value};

/// A span beside its resource and scope. Decoded and stored spans look the same through it.
#[derive(Debug, Clone, Copy)]
pub struct SpanView<'a> {
    /// The span.
    pub span: &'a Span<'a>,
    /// The resource it came under.
    pub resource: &'a Resource<'a>,
    /// The instrumentation scope it came under.
    pub scope: &'a Scope<'a>,
}

impl<'a> SpanView<'a> {
    /// The value of span attribute `key`; of duplicates, the first.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<&'a Value<'a>> {
        find(&self.span.attributes, key)
    }

    /// Span attribute `key`, if it is a string.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&'a str> {
        text(self.attribute(key)?)
    }

    /// Span attribute `key` as an integer, which some generations send as a string of digits.
    #[must_use]
    pub fn integer(&self, key: &str) -> Option<i64> {
        integer(self.attribute(key)?)
    }

    /// Resource attribute `key`, if it is a string.
    #[must_use]
    pub fn resource_text(&self, key: &str) -> Option<&'a str> {
        text(find(&self.resource.attributes, key)?)
    }

    /// The first event called `name`.
    #[must_use]
    pub fn event(&self, name: &str) -> Option<&'a Event<'a>> {
        self.span.events.iter().find(|event| event.name == name)
    }
}

/// The value of `key` among `attributes`; of duplicates, the first.
#[must_use]
pub fn find<'a>(attributes: &'a [Attribute<'a>], key: &str) -> Option<&'a Value<'a>> {
    attributes.iter().find(|attribute| attribute.key == key).map(|attribute| &attribute.value)
}

/// `value`, if it is a string.
#[must_use]
pub fn text<'a>(value: &'a Value<'a>) -> Option<&'a str> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// `value` as an integer, also when it came as a string of digits.
#[must_use]
pub fn integer(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}
