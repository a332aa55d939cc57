//! Rows of the `spans` table back into OTLP spans: the inverse of what ingest writes.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, FixedSizeBinaryArray, RecordBatch, StringArray,
    StringViewArray, StructArray,
};
use arrow::datatypes::{Int16Type, Int32Type, Int64Type, TimestampMicrosecondType};
use model::attributes::{HotType, SPAN_ATTRIBUTES};
use proto::otlp::{
    Attribute, Event, Link, Resource, Scope, Span, Status, Value, decode_attributes, decode_resource,
    decode_scope,
};
use proto::{ErrorKind, SpanId, TraceId};
use storage::schema::{column, layout};

use crate::{Error, Result};

/// A span with its envelope.
#[derive(Debug, Clone)]
pub struct StoredSpan {
    /// The span, as OTLP has it.
    pub span: Span<'static>,
    /// Its resource, shared between spans.
    pub resource: Arc<Resource<'static>>,
    /// Its scope, shared between spans.
    pub scope: Arc<Scope<'static>>,
    /// The address it came from, shared between spans.
    pub peer_address: Option<Arc<str>>,
}

/// The spans of `batches`, which have every column of the table, in row order.
pub(crate) fn read_spans(batches: &[RecordBatch]) -> Result<Vec<StoredSpan>> {
    let mut envelopes = Envelopes::default();
    let mut spans = Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
    for batch in batches {
        for row in 0..batch.num_rows() {
            spans.push(read_span(batch, row, &mut envelopes)?);
        }
    }
    Ok(spans)
}

/// The span in one row of a batch that has every column of the table.
pub(crate) fn read_span(batch: &RecordBatch, row: usize, envelopes: &mut Envelopes) -> Result<StoredSpan> {
    let rows = Rows { batch };
    let span = rows.span(row)?;
    let resource = envelopes.resource(
        rows.bytes(column::RESOURCE, row)?.unwrap_or_default(),
        rows.text(column::RESOURCE_SCHEMA_URL, row)?.unwrap_or_default(),
    )?;
    let scope = envelopes.scope(
        rows.bytes(column::SCOPE, row)?.unwrap_or_default(),
        rows.text(column::SCOPE_SCHEMA_URL, row)?.unwrap_or_default(),
    )?;
    let peer_address = rows.text(column::PEER_ADDRESS, row)?.map(|peer| envelopes.peer(peer));
    Ok(StoredSpan { span, resource, scope, peer_address })
}

/// Resources, scopes and addresses met so far: few, and shared by many spans.
#[derive(Default)]
pub(crate) struct Envelopes {
    resources: HashMap<(Vec<u8>, String), Arc<Resource<'static>>>,
    scopes: HashMap<(Vec<u8>, String), Arc<Scope<'static>>>,
    peers: HashSet<Arc<str>>,
}

impl Envelopes {
    fn resource(&mut self, wire: &[u8], schema_url: &str) -> Result<Arc<Resource<'static>>> {
        let key = (wire.to_vec(), schema_url.to_owned());
        if let Some(known) = self.resources.get(&key) {
            return Ok(Arc::clone(known));
        }
        let mut resource = decode_resource(wire).map_err(|error| damaged("resource", &error))?.into_owned();
        resource.schema_url = Cow::Owned(key.1.clone());
        let resource = Arc::new(resource);
        self.resources.insert(key, Arc::clone(&resource));
        Ok(resource)
    }

    fn peer(&mut self, address: &str) -> Arc<str> {
        if let Some(known) = self.peers.get(address) {
            return Arc::clone(known);
        }
        let address: Arc<str> = address.into();
        self.peers.insert(Arc::clone(&address));
        address
    }

    fn scope(&mut self, wire: &[u8], schema_url: &str) -> Result<Arc<Scope<'static>>> {
        let key = (wire.to_vec(), schema_url.to_owned());
        if let Some(known) = self.scopes.get(&key) {
            return Ok(Arc::clone(known));
        }
        let mut scope = decode_scope(wire).map_err(|error| damaged("scope", &error))?.into_owned();
        scope.schema_url = Cow::Owned(key.1.clone());
        let scope = Arc::new(scope);
        self.scopes.insert(key, Arc::clone(&scope));
        Ok(scope)
    }
}

fn damaged(what: &str, error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::Corrupt, format!("a stored {what} does not decode: {error}"))
}

struct Rows<'a> {
    batch: &'a RecordBatch,
}

impl<'a> Rows<'a> {
    fn column(&self, name: &str) -> Result<&'a ArrayRef> {
        let column = self.batch.column_by_name(name);
        column.ok_or_else(|| Error::new(ErrorKind::Internal, format!("the scan left out column {name}")))
    }

    fn text(&self, name: &str, row: usize) -> Result<Option<&'a str>> {
        let array: &StringViewArray = self.column(name)?.as_string_view();
        Ok(array.is_valid(row).then(|| array.value(row)))
    }

    fn bytes(&self, name: &str, row: usize) -> Result<Option<&'a [u8]>> {
        let array: &BinaryViewArray = self.column(name)?.as_binary_view();
        Ok(array.is_valid(row).then(|| array.value(row)))
    }

    fn id(&self, name: &str, row: usize) -> Result<Option<&'a [u8]>> {
        let array: &FixedSizeBinaryArray = self.column(name)?.as_fixed_size_binary();
        Ok(array.is_valid(row).then(|| array.value(row)))
    }

    fn int64(&self, name: &str, row: usize) -> Result<i64> {
        Ok(self.column(name)?.as_primitive::<Int64Type>().value(row))
    }

    fn count(&self, name: &str, row: usize) -> Result<u32> {
        Ok(self.int64(name, row)? as u32)
    }

    fn owned(&self, name: &str, row: usize) -> Result<Cow<'static, str>> {
        Ok(Cow::Owned(self.text(name, row)?.unwrap_or_default().to_owned()))
    }

    fn span(&self, row: usize) -> Result<Span<'static>> {
        let micros = self.column(column::START_TIME)?.as_primitive::<TimestampMicrosecondType>().value(row);
        let nanos = self.column(column::START_NANOS)?.as_primitive::<Int16Type>().value(row);
        let start = (micros as u64).wrapping_mul(1_000).wrapping_add(nanos as u64);
        let status_code = self.column(column::STATUS_CODE)?.as_primitive::<Int32Type>();
        let status = if status_code.is_valid(row) {
            Some(Status { code: status_code.value(row), message: self.owned(column::STATUS_MESSAGE, row)? })
        } else {
            None
        };
        Ok(Span {
            trace_id: self.id(column::TRACE_ID, row)?.and_then(TraceId::from_slice).unwrap_or_default(),
            span_id: self.id(column::SPAN_ID, row)?.and_then(SpanId::from_slice).unwrap_or_default(),
            parent_span_id: self.id(column::PARENT_SPAN_ID, row)?.and_then(SpanId::from_slice),
            trace_state: self.owned(column::TRACE_STATE, row)?,
            flags: self.count(column::FLAGS, row)?,
            name: self.owned(column::NAME, row)?,
            kind: self.column(column::KIND)?.as_primitive::<Int32Type>().value(row),
            start,
            end: start.wrapping_add(self.int64(column::DURATION_NS, row)? as u64),
            attributes: self.attributes(row)?,
            dropped_attributes_count: self.count(column::DROPPED_ATTRIBUTES_COUNT, row)?,
            events: self.events(row, start)?,
            dropped_events_count: self.count(column::DROPPED_EVENTS_COUNT, row)?,
            links: self.links(row)?,
            dropped_links_count: self.count(column::DROPPED_LINKS_COUNT, row)?,
            status,
        })
    }

    /// The attributes in the order the layout remembers.
    fn attributes(&self, row: usize) -> Result<Vec<Attribute<'static>>> {
        let Some(tags) = self.bytes(column::ATTRIBUTE_LAYOUT, row)? else { return Ok(Vec::new()) };
        let map = self.column(column::ATTRIBUTES)?.as_map();
        let keys = map.keys().as_string::<i32>();
        let texts = map.values().as_string::<i32>();
        let mut entry = map.value_offsets()[row] as usize;
        let mut residual = owned_attributes(self.bytes(column::OTLP_RESIDUAL, row)?)?.into_iter();
        let short = || damaged("attribute layout", &"it names more attributes than the row has");
        let mut attributes = Vec::with_capacity(tags.len());
        for tag in tags {
            if *tag < layout::MAP_STRING {
                attributes.push(self.hot_attribute(usize::from(*tag), row)?);
                continue;
            }
            if *tag >= layout::RESIDUAL_SHOWN {
                attributes.push(residual.next().ok_or_else(short)?);
                entry += usize::from(*tag == layout::RESIDUAL_SHOWN);
                continue;
            }
            if entry >= keys.len() {
                return Err(short());
            }
            let value = map_value(*tag, texts.value(entry))?;
            attributes.push(Attribute { key: Cow::Owned(keys.value(entry).to_owned()), value });
            entry += 1;
        }
        Ok(attributes)
    }

    fn hot_attribute(&self, position: usize, row: usize) -> Result<Attribute<'static>> {
        let hot = SPAN_ATTRIBUTES.get(position).ok_or_else(|| {
            damaged("attribute layout", &format!("position {position} is of a newer version"))
        })?;
        let array = self.column(hot.column)?;
        let value = match hot.value_type {
            HotType::String => Value::String(self.owned(hot.column, row)?),
            HotType::Int => Value::Int(array.as_primitive::<Int64Type>().value(row)),
            HotType::Bool => Value::Bool(array.as_boolean().value(row)),
        };
        Ok(Attribute { key: Cow::Borrowed(hot.key), value })
    }

    /// The structs of a list column in this row.
    fn items(&self, name: &str, row: usize) -> Result<(&'a StructArray, std::ops::Range<usize>)> {
        let list = self.column(name)?.as_list::<i32>();
        let offsets = list.value_offsets();
        Ok((list.values().as_struct(), offsets[row] as usize..offsets[row + 1] as usize))
    }

    fn events(&self, row: usize, start: u64) -> Result<Vec<Event<'static>>> {
        let (events, range) = self.items(column::EVENTS, row)?;
        range
            .map(|item| {
                let offset = events.column(0).as_primitive::<Int64Type>().value(item);
                Ok(Event {
                    time: start.wrapping_add(offset as u64),
                    name: owned_text(events.column(1).as_string(), item),
                    attributes: nested_attributes(events.column(2), item)?,
                    dropped_attributes_count: events.column(3).as_primitive::<Int64Type>().value(item) as u32,
                })
            })
            .collect()
    }

    fn links(&self, row: usize) -> Result<Vec<Link<'static>>> {
        let (links, range) = self.items(column::LINKS, row)?;
        range
            .map(|item| {
                let id = |place: usize| links.column(place).as_fixed_size_binary().value(item);
                let number =
                    |place: usize| links.column(place).as_primitive::<Int64Type>().value(item) as u32;
                Ok(Link {
                    trace_id: TraceId::from_slice(id(0)).unwrap_or_default(),
                    span_id: SpanId::from_slice(id(1)).unwrap_or_default(),
                    trace_state: owned_text(links.column(2).as_string(), item),
                    attributes: nested_attributes(links.column(3), item)?,
                    dropped_attributes_count: number(4),
                    flags: number(5),
                })
            })
            .collect()
    }
}

fn owned_text(array: &StringArray, row: usize) -> Cow<'static, str> {
    Cow::Owned(if array.is_valid(row) { array.value(row).to_owned() } else { String::new() })
}

fn map_value(tag: u8, text: &str) -> Result<Value<'static>> {
    let wrong = || damaged("attribute", &format!("{text:?} is not of the type its layout says"));
    Ok(match tag {
        layout::MAP_STRING => Value::String(Cow::Owned(text.to_owned())),
        layout::MAP_INT => Value::Int(text.parse().map_err(|_| wrong())?),
        layout::MAP_DOUBLE => Value::Double(text.parse().map_err(|_| wrong())?),
        _ => Value::Bool(text.parse().map_err(|_| wrong())?),
    })
}

fn nested_attributes(array: &ArrayRef, row: usize) -> Result<Vec<Attribute<'static>>> {
    let array = array.as_binary::<i32>();
    owned_attributes(array.is_valid(row).then(|| array.value(row)))
}

fn owned_attributes(wire: Option<&[u8]>) -> Result<Vec<Attribute<'static>>> {
    let decoded =
        decode_attributes(wire.unwrap_or_default()).map_err(|error| damaged("attribute", &error))?;
    Ok(decoded.into_iter().map(Attribute::into_owned).collect())
}
