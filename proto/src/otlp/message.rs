//! The messages of `opentelemetry/proto/trace/v1/trace.proto` and `common/v1/common.proto` (v1.11), borrowed or owned.

use std::borrow::Cow;

use crate::{SpanId, TraceId, UnixNanos};

/// An attribute value (`AnyValue`).
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value<'a> {
    /// No value was set.
    #[default]
    Empty,
    /// `string_value`, repaired where it was not UTF-8.
    String(Cow<'a, str>),
    /// `bool_value`.
    Bool(bool),
    /// `int_value`.
    Int(i64),
    /// `double_value`.
    Double(f64),
    /// `bytes_value`.
    Bytes(Cow<'a, [u8]>),
    /// `array_value`: the validated bytes of the `ArrayValue` message.
    Array(Cow<'a, [u8]>),
    /// `kvlist_value`: the validated bytes of the `KeyValueList` message.
    KeyValueList(Cow<'a, [u8]>),
}

/// One attribute (`KeyValue`).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Attribute<'a> {
    /// The key; may be empty.
    pub key: Cow<'a, str>,
    /// The value.
    pub value: Value<'a>,
}

/// A span's status.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Status<'a> {
    /// `code`: 0 unset, 1 ok, 2 error; others are kept.
    pub code: i32,
    /// `message`.
    pub message: Cow<'a, str>,
}

/// A span event.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Event<'a> {
    /// `time_unix_nano`.
    pub time: UnixNanos,
    /// `name`.
    pub name: Cow<'a, str>,
    /// `attributes`, in the order they came.
    pub attributes: Vec<Attribute<'a>>,
    /// `dropped_attributes_count`.
    pub dropped_attributes_count: u32,
}

/// A span link.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Link<'a> {
    /// `trace_id`.
    pub trace_id: TraceId,
    /// `span_id`.
    pub span_id: SpanId,
    /// `trace_state`.
    pub trace_state: Cow<'a, str>,
    /// `attributes`, in the order they came.
    pub attributes: Vec<Attribute<'a>>,
    /// `dropped_attributes_count`.
    pub dropped_attributes_count: u32,
    /// `flags`.
    pub flags: u32,
}

/// A span whose ids are valid.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Span<'a> {
    /// `trace_id`, never zero.
    pub trace_id: TraceId,
    /// `span_id`, never zero.
    pub span_id: SpanId,
    /// `parent_span_id`; `None` for a root.
    pub parent_span_id: Option<SpanId>,
    /// `trace_state`.
    pub trace_state: Cow<'a, str>,
    /// `flags`, all 32 bits.
    pub flags: u32,
    /// `name`.
    pub name: Cow<'a, str>,
    /// `kind`: 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer; others are kept.
    pub kind: i32,
    /// `start_time_unix_nano`.
    pub start: UnixNanos,
    /// `end_time_unix_nano`; may lie before `start`.
    pub end: UnixNanos,
    /// `attributes`, in the order they came.
    pub attributes: Vec<Attribute<'a>>,
    /// `dropped_attributes_count`.
    pub dropped_attributes_count: u32,
    /// `events`, in the order they came.
    pub events: Vec<Event<'a>>,
    /// `dropped_events_count`.
    pub dropped_events_count: u32,
    /// `links`, in the order they came.
    pub links: Vec<Link<'a>>,
    /// `dropped_links_count`.
    pub dropped_links_count: u32,
    /// `status`; `None` when the field was absent.
    pub status: Option<Status<'a>>,
}

/// A resource, with the `schema_url` of its `ResourceSpans`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resource<'a> {
    /// Decoded attributes, in the order they came.
    pub attributes: Vec<Attribute<'a>>,
    /// The validated bytes of the whole `Resource` message (entity references included).
    pub wire: Cow<'a, [u8]>,
    /// `ResourceSpans.schema_url`.
    pub schema_url: Cow<'a, str>,
}

/// An instrumentation scope, with the `schema_url` of its `ScopeSpans`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scope<'a> {
    /// `name`.
    pub name: Cow<'a, str>,
    /// `version`.
    pub version: Cow<'a, str>,
    /// The validated bytes of the whole `InstrumentationScope` message.
    pub wire: Cow<'a, [u8]>,
    /// `ScopeSpans.schema_url`.
    pub schema_url: Cow<'a, str>,
}

impl Span<'_> {
    /// `end - start`; zero when the end lies before the start.
    #[must_use]
    pub const fn duration_ns(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }
}

impl<'a> Resource<'a> {
    /// The string value of `key`, if it has one.
    #[must_use]
    pub fn string(&self, key: &str) -> Option<&str> {
        self.attributes.iter().find(|attribute| attribute.key == key).and_then(|attribute| {
            match &attribute.value {
                Value::String(text) => Some(text.as_ref()),
                _ => None,
            }
        })
    }
}
