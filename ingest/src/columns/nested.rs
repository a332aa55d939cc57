//! Events and links as lists of structs.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryBuilder, FixedSizeBinaryArray, Int64Array, ListArray, StructArray};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, Fields};
use arrow::error::ArrowError;
use proto::UnixNanos;
use proto::otlp::{Attribute, Event, Link, encode_attributes};
use storage::schema::{live_event_fields, live_link_fields};

use super::dictionary::TextColumn;

#[derive(Debug)]
pub(super) struct EventColumn {
    offsets: Vec<i32>,
    offset_ns: Vec<i64>,
    name: TextColumn,
    attributes: AttributeBytes,
    dropped: Vec<i64>,
}

impl EventColumn {
    /// Events of `spans` spans: about one each.
    pub(super) fn new(spans: usize) -> Self {
        Self {
            offsets: offsets(spans),
            offset_ns: Vec::with_capacity(spans),
            name: TextColumn::new(spans),
            attributes: AttributeBytes::default(),
            dropped: Vec::with_capacity(spans),
        }
    }

    pub(super) fn append(&mut self, start: UnixNanos, events: &[Event<'_>]) {
        for event in events {
            self.name.set_non_empty(self.offset_ns.len(), &event.name);
            self.offset_ns.push(event.time.wrapping_sub(start) as i64);
            self.attributes.append(&event.attributes);
            self.dropped.push(i64::from(event.dropped_attributes_count));
        }
        self.offsets.push(self.offset_ns.len() as i32);
    }

    pub(super) fn finish(self) -> Result<ArrayRef, ArrowError> {
        let events = self.offset_ns.len();
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from(self.offset_ns)),
            self.name.finish(events)?,
            self.attributes.finish(),
            Arc::new(Int64Array::from(self.dropped)),
        ];
        list(live_event_fields(), columns, self.offsets)
    }
}

#[derive(Debug)]
pub(super) struct LinkColumn {
    offsets: Vec<i32>,
    trace_id: Vec<u8>,
    span_id: Vec<u8>,
    trace_state: TextColumn,
    attributes: AttributeBytes,
    dropped: Vec<i64>,
    flags: Vec<i64>,
}

impl LinkColumn {
    /// Links of `spans` spans: few have any.
    pub(super) fn new(spans: usize) -> Self {
        Self {
            offsets: offsets(spans),
            trace_id: Vec::new(),
            span_id: Vec::new(),
            trace_state: TextColumn::new(0),
            attributes: AttributeBytes::default(),
            dropped: Vec::new(),
            flags: Vec::new(),
        }
    }

    pub(super) fn append(&mut self, links: &[Link<'_>]) {
        for link in links {
            self.trace_state.set_non_empty(self.flags.len(), &link.trace_state);
            self.trace_id.extend_from_slice(&link.trace_id.0);
            self.span_id.extend_from_slice(&link.span_id.0);
            self.attributes.append(&link.attributes);
            self.dropped.push(i64::from(link.dropped_attributes_count));
            self.flags.push(i64::from(link.flags));
        }
        self.offsets.push(self.flags.len() as i32);
    }

    pub(super) fn finish(self) -> Result<ArrayRef, ArrowError> {
        let links = self.flags.len();
        let columns: Vec<ArrayRef> = vec![
            Arc::new(FixedSizeBinaryArray::try_new(16, Buffer::from_vec(self.trace_id), None)?),
            Arc::new(FixedSizeBinaryArray::try_new(8, Buffer::from_vec(self.span_id), None)?),
            self.trace_state.finish(links)?,
            self.attributes.finish(),
            Arc::new(Int64Array::from(self.dropped)),
            Arc::new(Int64Array::from(self.flags)),
        ];
        list(live_link_fields(), columns, self.offsets)
    }
}

/// Attributes of an event or link as repeated OTLP `KeyValue`; null when there are none.
#[derive(Debug, Default)]
struct AttributeBytes {
    column: BinaryBuilder,
    scratch: Vec<u8>,
}

impl AttributeBytes {
    fn append(&mut self, attributes: &[Attribute<'_>]) {
        self.scratch.clear();
        encode_attributes(attributes, &mut self.scratch);
        self.column.append_option((!self.scratch.is_empty()).then_some(&self.scratch));
    }

    fn finish(mut self) -> ArrayRef {
        Arc::new(self.column.finish())
    }
}

/// The offsets of a list column, with room for `spans` lists.
fn offsets(spans: usize) -> Vec<i32> {
    let mut offsets = Vec::with_capacity(spans + 1);
    offsets.push(0);
    offsets
}

fn list(fields: Fields, columns: Vec<ArrayRef>, offsets: Vec<i32>) -> Result<ArrayRef, ArrowError> {
    let values = StructArray::try_new(fields.clone(), columns, None)?;
    let element = Arc::new(Field::new("element", DataType::Struct(fields), false));
    let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
    Ok(Arc::new(ListArray::try_new(element, offsets, Arc::new(values), None)?))
}
