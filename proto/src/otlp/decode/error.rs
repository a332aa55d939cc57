//! The error of decoding: what is wrong, in which field, at which byte.

use crate::otlp::schema::{Kind, Message};
use crate::otlp::wire::{Fault, FaultKind, Field, Reader};

/// Bytes that are not the message they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} {path} at byte {offset}")]
pub struct DecodeError {
    kind: FaultKind,
    path: String,
    offset: usize,
}

impl DecodeError {
    /// Adds the path of the field to a fault found in `bytes`, a `message`.
    ///
    /// The decoder does not keep the path: it is walked once more when there is a fault.
    #[cold]
    pub(crate) fn new(fault: Fault, bytes: &[u8], message: &'static Message) -> Self {
        let mut path = String::new();
        find_path(Reader::new(bytes), message, fault.offset, &mut path);
        if path.is_empty() {
            path.push_str(message.name);
        }
        Self { kind: fault.kind, path, offset: fault.offset }
    }

    /// The byte of the request at which a faulty value starts; for a faulty tag, the byte after it.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The field it belongs to, such as `resource_spans.scope_spans.spans.name`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

/// Extends `path` to the field of `message` that holds the fault at `offset`; whether there is such a fault.
fn find_path(mut reader: Reader<'_>, message: &'static Message, offset: usize, path: &mut String) -> bool {
    while reader.position() <= offset {
        let length = path.len();
        let field = match reader.field() {
            Ok(Some(field)) => field,
            Ok(None) => return false,
            Err(_) => return true,
        };
        let found = match message.field(field.number()) {
            None => reader.skip(field).is_err(),
            Some(known) => {
                push_name(path, known.name);
                find_in_field(&mut reader, field, known.kind, offset, path)
            }
        };
        if found {
            return true;
        }
        path.truncate(length);
    }
    false
}

fn find_in_field(
    reader: &mut Reader<'_>,
    field: Field,
    kind: Kind,
    offset: usize,
    path: &mut String,
) -> bool {
    if field.wire_type() != kind.wire_type() {
        return true;
    }
    let Kind::Message(inner) = kind else {
        return reader.skip(field).is_err();
    };
    let Ok(content) = reader.message(field) else {
        return true;
    };
    // A fault at the very end of the content may be its own or the next field's.
    let found = reader.position() >= offset && find_path(content, inner, offset, path);
    found || reader.position() > offset
}

/// Appends a field's name as the .proto file spells it.
fn push_name(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            path.push('_');
        }
        path.push(character.to_ascii_lowercase());
    }
}
