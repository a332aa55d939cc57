//! Resources and scopes without one of their attributes, all else byte for byte.

use super::decode::DecodeError;
use super::schema;
use super::value::{decode_resource, decode_scope};
use super::wire::{Fault, Reader, wire_type};
use super::{Resource, Scope};

impl Resource<'_> {
    /// The resource without its attributes called `key`; `None` when it has none.
    ///
    /// # Errors
    /// When its bytes are damaged.
    pub fn without(&self, key: &str) -> Result<Option<Resource<'static>>, DecodeError> {
        let kept = without(&self.wire, 1, key)
            .map_err(|fault| DecodeError::new(fault, &self.wire, &schema::RESOURCE))?;
        let Some(kept) = kept else { return Ok(None) };
        let mut resource = decode_resource(&kept)?.into_owned();
        resource.schema_url = self.schema_url.clone().into_owned().into();
        Ok(Some(resource))
    }
}

impl Scope<'_> {
    /// The scope without its attributes called `key`; `None` when it has none.
    ///
    /// # Errors
    /// When its bytes are damaged.
    pub fn without(&self, key: &str) -> Result<Option<Scope<'static>>, DecodeError> {
        let kept = without(&self.wire, 3, key)
            .map_err(|fault| DecodeError::new(fault, &self.wire, &schema::SCOPE))?;
        let Some(kept) = kept else { return Ok(None) };
        let mut scope = decode_scope(&kept)?.into_owned();
        scope.schema_url = self.schema_url.clone().into_owned().into();
        Ok(Some(scope))
    }
}

/// The message `wire` without those of its `KeyValue`s in field `number` whose key is `key`; `None` when there is none.
fn without(wire: &[u8], number: u32, key: &str) -> Result<Option<Vec<u8>>, Fault> {
    let mut reader = Reader::new(wire);
    let mut kept = Vec::with_capacity(wire.len());
    loop {
        let start = reader.position();
        let Some(field) = reader.field()? else { break };
        if field.number() == number && field.wire_type() == wire_type::LENGTH {
            if has_key(reader.bytes(field)?, key)? {
                continue;
            }
        } else {
            reader.skip(field)?;
        }
        kept.extend_from_slice(reader.since(start));
    }
    Ok((kept.len() < wire.len()).then_some(kept))
}

fn has_key(attribute: &[u8], key: &str) -> Result<bool, Fault> {
    let mut reader = Reader::new(attribute);
    let mut found: &[u8] = &[];
    while let Some(field) = reader.field()? {
        match (field.number(), field.wire_type()) {
            (1, wire_type::LENGTH) => found = reader.bytes(field)?,
            _ => reader.skip(field)?,
        }
    }
    // As the decoder repairs it.
    Ok(String::from_utf8_lossy(found) == key)
}

#[cfg(test)]
mod tests;
