//! Copies that borrow nothing, for what outlives the bytes it was decoded from.

use std::borrow::Cow;

use super::{Attribute, Event, Link, Resource, Scope, Span, Status, Value};

fn text(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}

fn bytes(bytes: Cow<'_, [u8]>) -> Cow<'static, [u8]> {
    Cow::Owned(bytes.into_owned())
}

impl Value<'_> {
    /// This value, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Empty => Value::Empty,
            Self::String(value) => Value::String(text(value)),
            Self::Bool(value) => Value::Bool(value),
            Self::Int(value) => Value::Int(value),
            Self::Double(value) => Value::Double(value),
            Self::Bytes(value) => Value::Bytes(bytes(value)),
            Self::Array(value) => Value::Array(bytes(value)),
            Self::KeyValueList(value) => Value::KeyValueList(bytes(value)),
        }
    }
}

impl Attribute<'_> {
    /// This attribute, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Attribute<'static> {
        Attribute { key: text(self.key), value: self.value.into_owned() }
    }
}

impl Resource<'_> {
    /// This resource, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Resource<'static> {
        Resource {
            attributes: self.attributes.into_iter().map(Attribute::into_owned).collect(),
            wire: bytes(self.wire),
            schema_url: text(self.schema_url),
        }
    }
}

impl Scope<'_> {
    /// This scope, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Scope<'static> {
        Scope {
            name: text(self.name),
            version: text(self.version),
            wire: bytes(self.wire),
            schema_url: text(self.schema_url),
        }
    }
}

fn attributes(attributes: Vec<Attribute<'_>>) -> Vec<Attribute<'static>> {
    attributes.into_iter().map(Attribute::into_owned).collect()
}

impl Event<'_> {
    /// This event, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Event<'static> {
        Event {
            name: text(self.name),
            attributes: attributes(self.attributes),
            time: self.time,
            dropped_attributes_count: self.dropped_attributes_count,
        }
    }
}

impl Link<'_> {
    /// This link, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Link<'static> {
        Link {
            trace_state: text(self.trace_state),
            attributes: attributes(self.attributes),
            trace_id: self.trace_id,
            span_id: self.span_id,
            dropped_attributes_count: self.dropped_attributes_count,
            flags: self.flags,
        }
    }
}

impl Span<'_> {
    /// This span, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Span<'static> {
        Span {
            trace_state: text(self.trace_state),
            name: text(self.name),
            attributes: attributes(self.attributes),
            events: self.events.into_iter().map(Event::into_owned).collect(),
            links: self.links.into_iter().map(Link::into_owned).collect(),
            status: self.status.map(|status| Status { code: status.code, message: text(status.message) }),
            trace_id: self.trace_id,
            span_id: self.span_id,
            parent_span_id: self.parent_span_id,
            flags: self.flags,
            kind: self.kind,
            start: self.start,
            end: self.end,
            dropped_attributes_count: self.dropped_attributes_count,
            dropped_events_count: self.dropped_events_count,
            dropped_links_count: self.dropped_links_count,
        }
    }
}
