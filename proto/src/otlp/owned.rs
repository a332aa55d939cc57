//! Copies that borrow nothing, for what outlives the bytes it was decoded from.

use std::borrow::Cow;

use super::{Attribute, Resource, Scope, Value};

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
