//! Stored pieces of a request, read again: attributes, nested values, resources and scopes.

mod to_json;

pub use to_json::value_to_json;

use super::decode::{Context, DecodeError, DecodeLimits};
use super::schema::{self, Message};
use super::wire::{Fault, Reader};
use super::{Attribute, Resource, Scope, Value};

/// No limit but the stack's: what is read here has passed the limits of its request.
const STORED: DecodeLimits = DecodeLimits {
    value_depth_max: DecodeLimits::VALUE_DEPTH_CEILING,
    attributes_per_span_max: usize::MAX,
    events_per_span_max: usize::MAX,
    links_per_span_max: usize::MAX,
    value_bytes_max: usize::MAX,
    name_bytes_max: usize::MAX,
};

/// The attributes in `wire`, which [`super::encode_attributes`] wrote (the form of a `KeyValueList`).
///
/// # Errors
/// When the bytes are damaged.
pub fn decode_attributes(wire: &[u8]) -> Result<Vec<Attribute<'_>>, DecodeError> {
    read_all(wire, 1, &schema::KEY_VALUE_LIST)
}

/// The resource whose message bytes are `wire`, without its `schema_url`, which is not part of them.
///
/// # Errors
/// When the bytes are damaged.
pub fn decode_resource(wire: &[u8]) -> Result<Resource<'_>, DecodeError> {
    let mut resource = Resource::default();
    Context::new(&STORED)
        .resource(Reader::new(wire), &mut resource)
        .map_err(|fault| DecodeError::new(fault, wire, &schema::RESOURCE))?;
    Ok(resource)
}

/// The scope whose message bytes are `wire`, without its `schema_url`, which is not part of them.
///
/// # Errors
/// When the bytes are damaged.
pub fn decode_scope(wire: &[u8]) -> Result<Scope<'_>, DecodeError> {
    let mut scope = Scope::default();
    Context::new(&STORED)
        .scope(Reader::new(wire), &mut scope)
        .map_err(|fault| DecodeError::new(fault, wire, &schema::SCOPE))?;
    Ok(scope)
}

/// The attributes of the scope whose message bytes are `wire`.
///
/// # Errors
/// When the bytes are damaged.
pub fn decode_scope_attributes(wire: &[u8]) -> Result<Vec<Attribute<'_>>, DecodeError> {
    read_all(wire, 3, &schema::SCOPE)
}

/// The elements of [`Value::Array`]. Bytes that were not validated end the walk where they are damaged.
pub fn array_items(wire: &[u8]) -> impl Iterator<Item = Value<'_>> {
    Elements(Reader::new(wire)).filter_map(|element| {
        let mut value = Value::Empty;
        Context::new(&STORED).value(element, &mut value).ok().map(|()| value)
    })
}

/// The attributes of [`Value::KeyValueList`]. Bytes that were not validated end the walk where they are damaged.
pub fn key_values(wire: &[u8]) -> impl Iterator<Item = Attribute<'_>> {
    Elements(Reader::new(wire)).filter_map(|element| {
        let mut attribute = Vec::with_capacity(1);
        Context::new(&STORED).attribute(element, &mut attribute).ok()?;
        attribute.pop()
    })
}

/// The messages in field 1.
struct Elements<'a>(Reader<'a>);

impl<'a> Iterator for Elements<'a> {
    type Item = Reader<'a>;

    fn next(&mut self) -> Option<Reader<'a>> {
        loop {
            let field = self.0.field().ok()??;
            if field.number() == 1 {
                return self.0.message(field).ok();
            }
            self.0.skip(field).ok()?;
        }
    }
}

/// The `KeyValue`s in field `number` of a `message`.
fn read_all<'a>(
    wire: &'a [u8],
    number: u32,
    message: &'static Message,
) -> Result<Vec<Attribute<'a>>, DecodeError> {
    let read = || -> Result<_, Fault> {
        let mut attributes = Vec::new();
        let mut context = Context::new(&STORED);
        let mut reader = Reader::new(wire);
        while let Some(field) = reader.field()? {
            if field.number() == number {
                context.attribute(reader.message(field)?, &mut attributes)?;
            } else {
                reader.skip(field)?;
            }
        }
        Ok(attributes)
    };
    read().map_err(|fault| DecodeError::new(fault, wire, message))
}

#[cfg(test)]
mod tests;
