//! New ids and times for a captured request, in place: both have fixed sizes on the wire.

use crate::UnixNanos;
use crate::otlp::DecodeError;
use crate::otlp::schema::TRACES_DATA;
use crate::otlp::wire::{Fault, Reader};

/// What makes a copy of a request another one. The same values keep the traces of several files together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rewrite {
    /// Is XORed into every trace id.
    pub trace_id_xor: [u8; 16],
    /// Is XORed into every span id, parents and links included.
    pub span_id_xor: [u8; 8],
    /// Is added to every time, in nanoseconds; times stop at zero and at the largest time.
    pub time_shift_ns: i64,
}

/// Gives `request` other ids and times. Ids of a wrong length or all zero, and times of zero, stay as they are.
///
/// # Errors
/// When `request` is not an `ExportTraceServiceRequest`; it is then unchanged.
pub fn rewrite(request: &mut [u8], change: &Rewrite) -> Result<(), DecodeError> {
    let mut items = Vec::new();
    walk(request, &mut |item| items.push(item))?;
    for item in items {
        match item {
            Item::TraceId(offset) => xor_id(&mut request[offset..offset + 16], &change.trace_id_xor),
            Item::SpanId(offset) => xor_id(&mut request[offset..offset + 8], &change.span_id_xor),
            Item::Start(offset) | Item::End(offset) | Item::EventTime(offset) => {
                shift_time(&mut request[offset..offset + 8], change.time_shift_ns);
            }
            Item::Span => {}
        }
    }
    Ok(())
}

/// The first start and the last end among the spans of `request`, and their number. `None` when it has no span with a
/// time, or is not an `ExportTraceServiceRequest`.
#[must_use]
pub fn span_times(request: &[u8]) -> Option<(UnixNanos, UnixNanos, u64)> {
    let (mut first_start, mut last_end, mut spans) = (u64::MAX, 0, 0);
    let time_at =
        |offset: usize| request[offset..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    walk(request, &mut |item| match item {
        Item::Start(offset) if time_at(offset) != 0 => first_start = first_start.min(time_at(offset)),
        Item::End(offset) => last_end = last_end.max(time_at(offset)),
        Item::Span => spans += 1,
        _ => {}
    })
    .ok()?;
    (first_start != u64::MAX && last_end != 0).then_some((first_start, last_end, spans))
}

fn xor_id(id: &mut [u8], mask: &[u8]) {
    if id.iter().any(|byte| *byte != 0) {
        id.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    }
}

fn shift_time(bytes: &mut [u8], shift_ns: i64) {
    if let Some(bytes) = bytes.first_chunk_mut() {
        let time = u64::from_le_bytes(*bytes);
        if time != 0 {
            *bytes = time.saturating_add_signed(shift_ns).to_le_bytes();
        }
    }
}

/// Something in a request that can be rewritten, and its offset.
#[derive(Debug, Clone, Copy)]
enum Item {
    Span,
    TraceId(usize),
    SpanId(usize),
    Start(usize),
    End(usize),
    EventTime(usize),
}

/// Shows `visit` every item of `request`.
fn walk(request: &[u8], visit: &mut impl FnMut(Item)) -> Result<(), DecodeError> {
    walk_nested(Reader::new(request), &[1, 2, 2], visit)
        .map_err(|fault| DecodeError::new(fault, request, &TRACES_DATA))
}

/// Follows the fields `path` down to the spans.
fn walk_nested(mut reader: Reader<'_>, path: &[u32], visit: &mut impl FnMut(Item)) -> Result<(), Fault> {
    let Some((number, deeper)) = path.split_first() else {
        visit(Item::Span);
        return walk_span(reader, visit);
    };
    while let Some(field) = reader.field()? {
        if field.number() == *number {
            walk_nested(reader.message(field)?, deeper, visit)?;
        } else {
            reader.skip(field)?;
        }
    }
    Ok(())
}

fn walk_span(mut reader: Reader<'_>, visit: &mut impl FnMut(Item)) -> Result<(), Fault> {
    while let Some(field) = reader.field()? {
        match field.number() {
            1 if reader.bytes(field)?.len() == 16 => visit(Item::TraceId(reader.position() - 16)),
            2 | 4 if reader.bytes(field)?.len() == 8 => visit(Item::SpanId(reader.position() - 8)),
            1 | 2 | 4 => {}
            7 => {
                reader.fixed64(field)?;
                visit(Item::Start(reader.position() - 8));
            }
            8 => {
                reader.fixed64(field)?;
                visit(Item::End(reader.position() - 8));
            }
            11 => walk_event(reader.message(field)?, visit)?,
            13 => walk_link(reader.message(field)?, visit)?,
            _ => reader.skip(field)?,
        }
    }
    Ok(())
}

fn walk_event(mut reader: Reader<'_>, visit: &mut impl FnMut(Item)) -> Result<(), Fault> {
    while let Some(field) = reader.field()? {
        if field.number() == 1 {
            reader.fixed64(field)?;
            visit(Item::EventTime(reader.position() - 8));
        } else {
            reader.skip(field)?;
        }
    }
    Ok(())
}

fn walk_link(mut reader: Reader<'_>, visit: &mut impl FnMut(Item)) -> Result<(), Fault> {
    while let Some(field) = reader.field()? {
        match field.number() {
            1 if reader.bytes(field)?.len() == 16 => visit(Item::TraceId(reader.position() - 16)),
            2 if reader.bytes(field)?.len() == 8 => visit(Item::SpanId(reader.position() - 8)),
            1 | 2 => {}
            _ => reader.skip(field)?,
        }
    }
    Ok(())
}
