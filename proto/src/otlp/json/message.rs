//! JSON objects and arrays to protobuf messages, by the schema, without a tree in between.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::scalar::ScalarSeed;
use crate::otlp::decode::DecodeLimits;
use crate::otlp::schema::{FieldType, Kind, Message, TOO_DEEP, VALUE_STRING};
use crate::otlp::wire::{put_bytes, put_message};

/// Appends the content of a message; null is an empty one.
pub(super) struct MessageSeed<'o> {
    pub(super) message: &'static Message,
    pub(super) out: &'o mut Vec<u8>,
    /// How many lists of attribute values this message lies in.
    pub(super) depth: usize,
}

impl<'de> DeserializeSeed<'de> for MessageSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for MessageSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object ({})", self.message.name)
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let depth = self.depth + usize::from(self.message.is_list);
        while let Some(field) = map.next_key_seed(NameSeed(self.message))? {
            match field {
                Some(field) => map.next_value_seed(FieldSeed { field, out: self.out, depth })?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// A key of an object: a field of the message, or a name to be ignored.
struct NameSeed(&'static Message);

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = Option<&'static FieldType>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_bytes(self)
    }
}

impl Visitor<'_> for NameSeed {
    type Value = Option<&'static FieldType>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a field name of {}", self.0.name)
    }

    fn visit_bytes<E>(self, name: &[u8]) -> Result<Self::Value, E> {
        Ok(self.0.field_named(name))
    }
}

/// Appends a field: nothing for null, one for each element of an array when the field is repeated.
struct FieldSeed<'o> {
    field: &'static FieldType,
    out: &'o mut Vec<u8>,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for FieldSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for FieldSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.repeated {
            write!(f, "an array in {}", self.field.name)
        } else {
            write!(f, "a value of {}", self.field.name)
        }
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.field.repeated {
            deserializer.deserialize_seq(self)
        } else {
            ElementSeed { field: self.field, out: self.out, depth: self.depth }.deserialize(deserializer)
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let Self { field, out, depth } = self;
        while elements.next_element_seed(ElementSeed { field, out, depth })?.is_some() {}
        Ok(())
    }
}

/// Appends a field with one value.
struct ElementSeed<'o> {
    field: &'static FieldType,
    out: &'o mut Vec<u8>,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for ElementSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Self { field, out, depth } = self;
        match field.kind {
            Kind::Message(message) if message.is_list && depth >= DecodeLimits::VALUE_DEPTH_CEILING => {
                // Skipped without recursion.
                deserializer.deserialize_ignored_any(IgnoredAny)?;
                put_bytes(out, VALUE_STRING, TOO_DEEP.as_bytes());
                Ok(())
            }
            Kind::Message(message) => put_message(out, field.number, |out| {
                MessageSeed { message, out, depth }.deserialize(deserializer)
            }),
            _ => ScalarSeed { field, out }.deserialize(deserializer),
        }
    }
}
