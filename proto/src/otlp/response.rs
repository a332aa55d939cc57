//! The answers to an export: partial success, and google.rpc.Status with RetryInfo.

use std::time::Duration;

use super::decode::DecodeError;
use super::schema::{FieldType, Kind, Message};
use super::wire::{Fault, Reader, put_bytes, put_message, put_varint};

/// The type of the detail that says when to retry.
pub(crate) const RETRY_INFO_TYPE_URL: &str = "type.googleapis.com/google.rpc.RetryInfo";
/// The type of the detail that says which field is at fault.
pub(crate) const BAD_REQUEST_TYPE_URL: &str = "type.googleapis.com/google.rpc.BadRequest";

/// What a `google.rpc.Status` says beyond its code and message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StatusDetails<'a> {
    /// When to try again: a `google.rpc.RetryInfo`.
    pub retry_after: Option<Duration>,
    /// The field at fault: a `google.rpc.BadRequest` with one violation, which the message describes.
    pub field: Option<&'a str>,
}

static EXPORT_RESPONSE: Message = Message {
    name: "ExportTraceServiceResponse",
    fields: &[FieldType {
        name: "partialSuccess",
        number: 1,
        kind: Kind::Message(&PARTIAL_SUCCESS),
        repeated: false,
    }],
    is_list: false,
};

static PARTIAL_SUCCESS: Message = Message {
    name: "ExportTracePartialSuccess",
    fields: &[
        FieldType { name: "rejectedSpans", number: 1, kind: Kind::Int64, repeated: false },
        FieldType { name: "errorMessage", number: 2, kind: Kind::String, repeated: false },
    ],
    is_list: false,
};

/// An `ExportTraceServiceResponse`: empty for full success, with `partial_success` when spans were rejected or
/// `message` warns.
#[must_use]
pub fn encode_partial_success(rejected: u64, message: &str) -> Vec<u8> {
    let mut out = Vec::new();
    if rejected > 0 || !message.is_empty() {
        put_message(&mut out, 1, |out| {
            if rejected > 0 {
                put_varint(out, 1, rejected);
            }
            if !message.is_empty() {
                put_bytes(out, 2, message.as_bytes());
            }
        });
    }
    out
}

/// The count of rejected spans and the message of an `ExportTraceServiceResponse`; zero and empty for full success.
///
/// # Errors
/// When the bytes are not such a message.
pub fn decode_partial_success(response: &[u8]) -> Result<(u64, String), DecodeError> {
    let read = || -> Result<_, Fault> {
        let (mut rejected, mut message) = (0, String::new());
        let mut reader = Reader::new(response);
        while let Some(field) = reader.field()? {
            if field.number() != 1 {
                reader.skip(field)?;
                continue;
            }
            let mut partial = reader.message(field)?;
            while let Some(field) = partial.field()? {
                match field.number() {
                    1 => rejected = partial.varint(field)?,
                    2 => message = String::from_utf8_lossy(partial.bytes(field)?).into_owned(),
                    _ => partial.skip(field)?,
                }
            }
        }
        Ok((rejected, message))
    };
    read().map_err(|fault| DecodeError::new(fault, response, &EXPORT_RESPONSE))
}

/// A `google.rpc.Status` with its details.
#[must_use]
pub fn encode_status(code: i32, message: &str, details: StatusDetails<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    put_varint(&mut out, 1, i64::from(code) as u64);
    put_bytes(&mut out, 2, message.as_bytes());
    if let Some(field) = details.field {
        put_detail(&mut out, BAD_REQUEST_TYPE_URL, &encode_bad_request(field, message));
    }
    if let Some(retry_after) = details.retry_after {
        put_detail(&mut out, RETRY_INFO_TYPE_URL, &encode_retry_info(retry_after));
    }
    out
}

/// Appends a `google.protobuf.Any` to the details of a status.
fn put_detail(out: &mut Vec<u8>, type_url: &str, value: &[u8]) {
    put_message(out, 3, |out| {
        put_bytes(out, 1, type_url.as_bytes());
        put_bytes(out, 2, value);
    });
}

/// A `google.rpc.BadRequest` with one field violation.
fn encode_bad_request(field: &str, description: &str) -> Vec<u8> {
    let mut out = Vec::new();
    put_message(&mut out, 1, |out| {
        put_bytes(out, 1, field.as_bytes());
        put_bytes(out, 2, description.as_bytes());
    });
    out
}

/// A `google.rpc.RetryInfo`, as the `google.rpc.retryinfo-bin` trailer carries it too.
#[must_use]
pub fn encode_retry_info(retry_after: Duration) -> Vec<u8> {
    let mut out = Vec::new();
    put_message(&mut out, 1, |out| {
        put_varint(out, 1, retry_after.as_secs());
        put_varint(out, 2, u64::from(retry_after.subsec_nanos()));
    });
    out
}

/// The delay in the `google.rpc.RetryInfo` of a `google.rpc.Status`, if it has a legal one.
#[must_use]
pub fn decode_retry_after(status: &[u8]) -> Option<Duration> {
    let mut reader = Reader::new(status);
    while let Some(field) = reader.field().ok()? {
        if field.number() != 3 {
            reader.skip(field).ok()?;
            continue;
        }
        let (type_url, value) = any(reader.message(field).ok()?).ok()?;
        if type_url.ends_with(b"/google.rpc.RetryInfo") {
            return decode_retry_info(value);
        }
    }
    None
}

/// The delay in a `google.rpc.RetryInfo`, if it has a legal one.
#[must_use]
pub fn decode_retry_info(retry_info: &[u8]) -> Option<Duration> {
    let (seconds, nanos) = delay(Reader::new(retry_info)).ok()??;
    let nanos = u32::try_from(nanos).ok().filter(|nanos| *nanos < 1_000_000_000)?;
    Some(Duration::new(u64::try_from(seconds).ok()?, nanos))
}

/// The type and the bytes of a `google.protobuf.Any`.
fn any(mut reader: Reader<'_>) -> Result<(&[u8], &[u8]), Fault> {
    let (mut type_url, mut value): (&[u8], &[u8]) = (&[], &[]);
    while let Some(field) = reader.field()? {
        match field.number() {
            1 => type_url = reader.bytes(field)?,
            2 => value = reader.bytes(field)?,
            _ => reader.skip(field)?,
        }
    }
    Ok((type_url, value))
}

/// The seconds and nanoseconds of a RetryInfo's delay; `None` when it names none.
fn delay(mut reader: Reader<'_>) -> Result<Option<(i64, i32)>, Fault> {
    let mut delay = None;
    while let Some(field) = reader.field()? {
        if field.number() != 1 {
            reader.skip(field)?;
            continue;
        }
        let (seconds, nanos) = delay.get_or_insert_default();
        let mut duration = reader.message(field)?;
        while let Some(field) = duration.field()? {
            match field.number() {
                1 => *seconds = duration.varint(field)? as i64,
                2 => *nanos = duration.int32(field)?,
                _ => duration.skip(field)?,
            }
        }
    }
    Ok(delay)
}

#[cfg(test)]
mod tests;
