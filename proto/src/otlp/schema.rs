//! The messages of `trace.proto` as a table: what the strict check of rarely read parts, the error paths and the
//! JSON mapping share. (The hot path, [`super::decode`], is written out.)

use super::wire::wire_type;

/// What stands for a list of attribute values that lies in too many others.
pub(crate) const TOO_DEEP: &str = "(nested too deep)";
/// The same for a list that is shorter, so that a request of tiny lists does not grow to many times its size.
const TOO_DEEP_SHORT: &str = "…";
/// The field of `AnyValue` that holds a string.
pub(crate) const VALUE_STRING: u32 = 1;

/// What stands for a list of `length` bytes that lies in too many others.
pub(crate) const fn too_deep(length: usize) -> &'static str {
    if length < TOO_DEEP.len() { TOO_DEEP_SHORT } else { TOO_DEEP }
}

/// A message type.
#[derive(Debug)]
pub(crate) struct Message {
    /// Its name in the .proto file.
    pub(crate) name: &'static str,
    pub(crate) fields: &'static [FieldType],
    /// Whether it holds attribute values inside an attribute value, and so counts towards the depth.
    pub(crate) is_list: bool,
}

/// A field of a message type.
#[derive(Debug)]
pub(crate) struct FieldType {
    /// Its lowerCamelCase name.
    pub(crate) name: &'static str,
    pub(crate) number: u32,
    pub(crate) kind: Kind,
    pub(crate) repeated: bool,
}

/// The type of a field's value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// UTF-8 text.
    String,
    /// Bytes; base64 in JSON.
    Bytes,
    /// A trace or span id of this many bytes; hex in JSON.
    Id(usize),
    Bool,
    Int32,
    Int64,
    UInt32,
    Double,
    Fixed32,
    Fixed64,
    /// `int32` with names.
    Enum(&'static [(&'static str, i32)]),
    Message(&'static Message),
}

impl Kind {
    pub(crate) const fn wire_type(self) -> u8 {
        match self {
            Self::String | Self::Bytes | Self::Id(_) | Self::Message(_) => wire_type::LENGTH,
            Self::Bool | Self::Int32 | Self::Int64 | Self::UInt32 | Self::Enum(_) => wire_type::VARINT,
            Self::Double | Self::Fixed64 => wire_type::FIXED64,
            Self::Fixed32 => wire_type::FIXED32,
        }
    }
}

impl Message {
    pub(crate) fn field(&self, number: u32) -> Option<&'static FieldType> {
        self.fields.iter().find(|field| field.number == number)
    }

    /// Whether its texts, bytes and lists are values, and not names.
    pub(crate) fn has_values(&self) -> bool {
        std::ptr::eq(self, &raw const ANY_VALUE) || std::ptr::eq(self, &raw const STATUS)
    }

    pub(crate) fn field_named(&self, name: &[u8]) -> Option<&'static FieldType> {
        self.fields.iter().find(|field| field.name.as_bytes() == name)
    }
}

const fn one(number: u32, name: &'static str, kind: Kind) -> FieldType {
    FieldType { name, number, kind, repeated: false }
}

const fn many(number: u32, name: &'static str, kind: Kind) -> FieldType {
    FieldType { name, number, kind, repeated: true }
}

const fn message(name: &'static str, fields: &'static [FieldType]) -> Message {
    Message { name, fields, is_list: false }
}

const fn list(name: &'static str, fields: &'static [FieldType]) -> Message {
    Message { name, fields, is_list: true }
}

pub(crate) static TRACES_DATA: Message =
    message("TracesData", &[many(1, "resourceSpans", Kind::Message(&RESOURCE_SPANS))]);

pub(crate) static RESOURCE_SPANS: Message = message(
    "ResourceSpans",
    &[
        one(1, "resource", Kind::Message(&RESOURCE)),
        many(2, "scopeSpans", Kind::Message(&SCOPE_SPANS)),
        one(3, "schemaUrl", Kind::String),
    ],
);

pub(crate) static RESOURCE: Message = message(
    "Resource",
    &[
        many(1, "attributes", Kind::Message(&KEY_VALUE)),
        one(2, "droppedAttributesCount", Kind::UInt32),
        many(3, "entityRefs", Kind::Message(&ENTITY_REF)),
    ],
);

static ENTITY_REF: Message = message(
    "EntityRef",
    &[
        one(1, "schemaUrl", Kind::String),
        one(2, "type", Kind::String),
        many(3, "idKeys", Kind::String),
        many(4, "descriptionKeys", Kind::String),
    ],
);

static SCOPE_SPANS: Message = message(
    "ScopeSpans",
    &[
        one(1, "scope", Kind::Message(&SCOPE)),
        many(2, "spans", Kind::Message(&SPAN)),
        one(3, "schemaUrl", Kind::String),
    ],
);

pub(crate) static SCOPE: Message = message(
    "InstrumentationScope",
    &[
        one(1, "name", Kind::String),
        one(2, "version", Kind::String),
        many(3, "attributes", Kind::Message(&KEY_VALUE)),
        one(4, "droppedAttributesCount", Kind::UInt32),
    ],
);

pub(crate) static SPAN: Message = message(
    "Span",
    &[
        one(1, "traceId", Kind::Id(16)),
        one(2, "spanId", Kind::Id(8)),
        one(3, "traceState", Kind::String),
        one(4, "parentSpanId", Kind::Id(8)),
        one(5, "name", Kind::String),
        one(6, "kind", Kind::Enum(SPAN_KINDS)),
        one(7, "startTimeUnixNano", Kind::Fixed64),
        one(8, "endTimeUnixNano", Kind::Fixed64),
        many(9, "attributes", Kind::Message(&KEY_VALUE)),
        one(10, "droppedAttributesCount", Kind::UInt32),
        many(11, "events", Kind::Message(&EVENT)),
        one(12, "droppedEventsCount", Kind::UInt32),
        many(13, "links", Kind::Message(&LINK)),
        one(14, "droppedLinksCount", Kind::UInt32),
        one(15, "status", Kind::Message(&STATUS)),
        one(16, "flags", Kind::Fixed32),
    ],
);

const SPAN_KINDS: &[(&str, i32)] = &[
    ("SPAN_KIND_UNSPECIFIED", 0),
    ("SPAN_KIND_INTERNAL", 1),
    ("SPAN_KIND_SERVER", 2),
    ("SPAN_KIND_CLIENT", 3),
    ("SPAN_KIND_PRODUCER", 4),
    ("SPAN_KIND_CONSUMER", 5),
];

pub(crate) static EVENT: Message = message(
    "Event",
    &[
        one(1, "timeUnixNano", Kind::Fixed64),
        one(2, "name", Kind::String),
        many(3, "attributes", Kind::Message(&KEY_VALUE)),
        one(4, "droppedAttributesCount", Kind::UInt32),
    ],
);

pub(crate) static LINK: Message = message(
    "Link",
    &[
        one(1, "traceId", Kind::Id(16)),
        one(2, "spanId", Kind::Id(8)),
        one(3, "traceState", Kind::String),
        many(4, "attributes", Kind::Message(&KEY_VALUE)),
        one(5, "droppedAttributesCount", Kind::UInt32),
        one(6, "flags", Kind::Fixed32),
    ],
);

pub(crate) static STATUS: Message =
    message("Status", &[one(2, "message", Kind::String), one(3, "code", Kind::Enum(STATUS_CODES))]);

const STATUS_CODES: &[(&str, i32)] =
    &[("STATUS_CODE_UNSET", 0), ("STATUS_CODE_OK", 1), ("STATUS_CODE_ERROR", 2)];

pub(crate) static KEY_VALUE: Message = message(
    "KeyValue",
    &[
        one(1, "key", Kind::String),
        one(2, "value", Kind::Message(&ANY_VALUE)),
        one(3, "keyStrindex", Kind::Int32),
    ],
);

pub(crate) static ANY_VALUE: Message = message(
    "AnyValue",
    &[
        one(1, "stringValue", Kind::String),
        one(2, "boolValue", Kind::Bool),
        one(3, "intValue", Kind::Int64),
        one(4, "doubleValue", Kind::Double),
        one(5, "arrayValue", Kind::Message(&ARRAY_VALUE)),
        one(6, "kvlistValue", Kind::Message(&KEY_VALUE_LIST)),
        one(7, "bytesValue", Kind::Bytes),
        one(8, "stringValueStrindex", Kind::Int32),
    ],
);

pub(crate) static ARRAY_VALUE: Message = list("ArrayValue", &[many(1, "values", Kind::Message(&ANY_VALUE))]);

pub(crate) static KEY_VALUE_LIST: Message =
    list("KeyValueList", &[many(1, "values", Kind::Message(&KEY_VALUE))]);
