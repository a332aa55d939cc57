//! The columns of a batch, each found once, from which spans are read that borrow from them.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, FixedSizeBinaryArray, Int16Array, Int32Array, Int64Array,
    ListArray, MapArray, RecordBatch, StringArray, StructArray, TimestampMicrosecondArray,
};
use model::attributes::{HotType, SPAN_ATTRIBUTES};
use proto::otlp::{Attribute, Event, Link, Resource, Scope, Span, Status, Value, decode_attributes};
use proto::{ErrorKind, SpanId, TraceId, UnixNanos};
use storage::schema::{column, layout};

use super::texts::{Binaries, Texts};
use super::{Envelopes, damaged};
use crate::{Error, Result};

/// What spans are read from, beside the columns of their attributes ([`SPAN_ATTRIBUTES`]).
pub(crate) const SPAN_COLUMNS: [&str; 25] = [
    column::TRACE_ID,
    column::SPAN_ID,
    column::PARENT_SPAN_ID,
    column::START_TIME,
    column::START_NANOS,
    column::DURATION_NS,
    column::NAME,
    column::KIND,
    column::STATUS_CODE,
    column::STATUS_MESSAGE,
    column::TRACE_STATE,
    column::FLAGS,
    column::DROPPED_ATTRIBUTES_COUNT,
    column::DROPPED_EVENTS_COUNT,
    column::DROPPED_LINKS_COUNT,
    column::RESOURCE,
    column::RESOURCE_SCHEMA_URL,
    column::SCOPE,
    column::SCOPE_SCHEMA_URL,
    column::PEER_ADDRESS,
    column::ATTRIBUTES,
    column::ATTRIBUTE_LAYOUT,
    column::OTLP_RESIDUAL,
    column::EVENTS,
    column::LINKS,
];

/// Spans as columns: in the types of files or of queries.
pub(crate) struct SpanColumns<'a> {
    trace_ids: &'a FixedSizeBinaryArray,
    span_ids: &'a FixedSizeBinaryArray,
    parent_span_ids: &'a FixedSizeBinaryArray,
    start_times: &'a TimestampMicrosecondArray,
    start_nanos: &'a Int16Array,
    durations_ns: &'a Int64Array,
    names: Texts<'a>,
    kinds: &'a Int32Array,
    status_codes: &'a Int32Array,
    status_messages: Texts<'a>,
    trace_states: Texts<'a>,
    flags: &'a Int64Array,
    dropped_attributes: &'a Int64Array,
    dropped_events: &'a Int64Array,
    dropped_links: &'a Int64Array,
    resources: Binaries<'a>,
    resource_schema_urls: Texts<'a>,
    scopes: Binaries<'a>,
    scope_schema_urls: Texts<'a>,
    peers: Texts<'a>,
    /// In the order of [`SPAN_ATTRIBUTES`].
    hot: Vec<Hot<'a>>,
    attributes: &'a MapArray,
    attribute_keys: &'a StringArray,
    attribute_texts: &'a StringArray,
    layouts: Binaries<'a>,
    residuals: Binaries<'a>,
    events: Items<'a>,
    links: Items<'a>,
}

/// The column of an attribute.
enum Hot<'a> {
    Text(Texts<'a>),
    Int(&'a Int64Array),
    Bool(&'a BooleanArray),
}

/// A column of lists of structs.
struct Items<'a> {
    list: &'a ListArray,
    fields: &'a StructArray,
}

impl<'a> Items<'a> {
    fn of(list: &'a ListArray) -> Option<Self> {
        Some(Self { list, fields: list.values().as_struct_opt()? })
    }

    fn range(&self, row: usize) -> Range<usize> {
        let offsets = self.list.value_offsets();
        offsets[row] as usize..offsets[row + 1] as usize
    }
}

/// Finds columns by name and type.
struct Batch<'a>(&'a RecordBatch);

impl<'a> Batch<'a> {
    fn typed<T>(&self, name: &str, of: impl FnOnce(&'a ArrayRef) -> Option<T>) -> Result<T> {
        let internal = |what: &str| Error::new(ErrorKind::Internal, format!("spans {what} column {name}"));
        let column = self.0.column_by_name(name).ok_or_else(|| internal("without"))?;
        of(column).ok_or_else(|| internal("with another type of"))
    }

    fn texts(&self, name: &str) -> Result<Texts<'a>> {
        self.typed(name, Texts::of)
    }

    fn binaries(&self, name: &str) -> Result<Binaries<'a>> {
        self.typed(name, Binaries::of)
    }

    fn ids(&self, name: &str) -> Result<&'a FixedSizeBinaryArray> {
        self.typed(name, |column| column.as_fixed_size_binary_opt())
    }

    fn integers(&self, name: &str) -> Result<&'a Int64Array> {
        self.typed(name, |column| column.as_primitive_opt())
    }

    fn codes(&self, name: &str) -> Result<&'a Int32Array> {
        self.typed(name, |column| column.as_primitive_opt())
    }

    fn items(&self, name: &str) -> Result<Items<'a>> {
        self.typed(name, |column| Items::of(column.as_list_opt()?))
    }
}

impl<'a> SpanColumns<'a> {
    /// The columns of `rows`.
    ///
    /// # Errors
    /// `Internal` when one is missing or of another type.
    pub(crate) fn of(rows: &'a RecordBatch) -> Result<Self> {
        let batch = Batch(rows);
        let attributes: &MapArray = batch.typed(column::ATTRIBUTES, |column| column.as_map_opt())?;
        let text_of_map = |texts: &'a ArrayRef| {
            texts
                .as_string_opt()
                .ok_or_else(|| Error::new(ErrorKind::Internal, "attributes that are not texts"))
        };
        Ok(Self {
            trace_ids: batch.ids(column::TRACE_ID)?,
            span_ids: batch.ids(column::SPAN_ID)?,
            parent_span_ids: batch.ids(column::PARENT_SPAN_ID)?,
            start_times: batch.typed(column::START_TIME, |column| column.as_primitive_opt())?,
            start_nanos: batch.typed(column::START_NANOS, |column| column.as_primitive_opt())?,
            durations_ns: batch.integers(column::DURATION_NS)?,
            names: batch.texts(column::NAME)?,
            kinds: batch.codes(column::KIND)?,
            status_codes: batch.codes(column::STATUS_CODE)?,
            status_messages: batch.texts(column::STATUS_MESSAGE)?,
            trace_states: batch.texts(column::TRACE_STATE)?,
            flags: batch.integers(column::FLAGS)?,
            dropped_attributes: batch.integers(column::DROPPED_ATTRIBUTES_COUNT)?,
            dropped_events: batch.integers(column::DROPPED_EVENTS_COUNT)?,
            dropped_links: batch.integers(column::DROPPED_LINKS_COUNT)?,
            resources: batch.binaries(column::RESOURCE)?,
            resource_schema_urls: batch.texts(column::RESOURCE_SCHEMA_URL)?,
            scopes: batch.binaries(column::SCOPE)?,
            scope_schema_urls: batch.texts(column::SCOPE_SCHEMA_URL)?,
            peers: batch.texts(column::PEER_ADDRESS)?,
            hot: SPAN_ATTRIBUTES
                .iter()
                .map(|hot| match hot.value_type {
                    HotType::String => batch.texts(hot.column).map(Hot::Text),
                    HotType::Int => batch.integers(hot.column).map(Hot::Int),
                    HotType::Bool => batch.typed(hot.column, |column| column.as_boolean_opt()).map(Hot::Bool),
                })
                .collect::<Result<_>>()?,
            attributes,
            attribute_keys: text_of_map(attributes.keys())?,
            attribute_texts: text_of_map(attributes.values())?,
            layouts: batch.binaries(column::ATTRIBUTE_LAYOUT)?,
            residuals: batch.binaries(column::OTLP_RESIDUAL)?,
            events: batch.items(column::EVENTS)?,
            links: batch.items(column::LINKS)?,
        })
    }

    /// When the span in `row` began.
    pub(crate) fn start(&self, row: usize) -> UnixNanos {
        let micros = self.start_times.value(row) as u64;
        micros.wrapping_mul(1_000).wrapping_add(self.start_nanos.value(row) as u64)
    }

    /// When it ended.
    pub(crate) fn end(&self, row: usize) -> UnixNanos {
        self.start(row).wrapping_add(self.durations_ns.value(row) as u64)
    }

    /// Its trace's id.
    pub(crate) fn trace_id(&self, row: usize) -> &'a [u8] {
        self.trace_ids.value(row)
    }

    /// Its own id.
    pub(crate) fn span_id(&self, row: usize) -> &'a [u8] {
        self.span_ids.value(row)
    }

    /// Its parent's id.
    pub(crate) fn parent_span_id(&self, row: usize) -> Option<&'a [u8]> {
        self.parent_span_ids.is_valid(row).then(|| self.parent_span_ids.value(row))
    }

    /// OTLP's kind of it.
    pub(crate) fn kind(&self, row: usize) -> i32 {
        self.kinds.value(row)
    }

    /// How long it took, in nanoseconds.
    pub(crate) fn duration_ns(&self, row: usize) -> u64 {
        self.durations_ns.value(row) as u64
    }

    /// Its name.
    pub(crate) fn name(&self, row: usize) -> &'a str {
        self.names.get(row).unwrap_or_default()
    }

    /// The address it came from.
    pub(crate) fn peer(&self, row: usize) -> Option<&'a str> {
        self.peers.get(row)
    }

    /// Its resource.
    ///
    /// # Errors
    /// `Corrupt` when it does not decode.
    pub(crate) fn resource(&self, row: usize, known: &mut Envelopes) -> Result<Arc<Resource<'static>>> {
        let schema_url = self.resource_schema_urls.get(row).unwrap_or_default();
        known.resource(self.resources.get(row).unwrap_or_default(), schema_url)
    }

    /// Its scope.
    ///
    /// # Errors
    /// `Corrupt` when it does not decode.
    pub(crate) fn scope(&self, row: usize, known: &mut Envelopes) -> Result<Arc<Scope<'static>>> {
        let schema_url = self.scope_schema_urls.get(row).unwrap_or_default();
        known.scope(self.scopes.get(row).unwrap_or_default(), schema_url)
    }

    /// The span in `row`.
    ///
    /// # Errors
    /// `Corrupt` when its attributes do not decode.
    pub(crate) fn span(&self, row: usize) -> Result<Span<'a>> {
        let start = self.start(row);
        let count = |counts: &Int64Array| counts.value(row) as u32;
        let status = self.status_codes.is_valid(row).then(|| Status {
            code: self.status_codes.value(row),
            message: borrowed(self.status_messages.get(row)),
        });
        Ok(Span {
            trace_id: TraceId::from_slice(self.trace_id(row)).unwrap_or_default(),
            span_id: SpanId::from_slice(self.span_id(row)).unwrap_or_default(),
            parent_span_id: self.parent_span_id(row).and_then(SpanId::from_slice),
            trace_state: borrowed(self.trace_states.get(row)),
            flags: count(self.flags),
            name: borrowed(self.names.get(row)),
            kind: self.kind(row),
            start,
            end: self.end(row),
            attributes: self.attributes(row)?,
            dropped_attributes_count: count(self.dropped_attributes),
            events: self.events(row, start)?,
            dropped_events_count: count(self.dropped_events),
            links: self.links(row)?,
            dropped_links_count: count(self.dropped_links),
            status,
        })
    }

    /// The attributes in the order the layout remembers.
    fn attributes(&self, row: usize) -> Result<Vec<Attribute<'a>>> {
        let Some(tags) = self.layouts.get(row) else { return Ok(Vec::new()) };
        let (keys, texts) = (self.attribute_keys, self.attribute_texts);
        let mut entry = self.attributes.value_offsets()[row] as usize;
        let mut residual = stored_attributes(self.residuals.get(row))?.into_iter();
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
            attributes.push(Attribute { key: Cow::Borrowed(keys.value(entry)), value });
            entry += 1;
        }
        Ok(attributes)
    }

    fn hot_attribute(&self, position: usize, row: usize) -> Result<Attribute<'a>> {
        let (Some(hot), Some(values)) = (SPAN_ATTRIBUTES.get(position), self.hot.get(position)) else {
            return Err(damaged("attribute layout", &format!("position {position} is of a newer version")));
        };
        let value = match values {
            Hot::Text(texts) => Value::String(borrowed(texts.get(row))),
            Hot::Int(integers) => Value::Int(integers.value(row)),
            Hot::Bool(flags) => Value::Bool(flags.value(row)),
        };
        Ok(Attribute { key: Cow::Borrowed(hot.key), value })
    }

    fn events(&self, row: usize, start: u64) -> Result<Vec<Event<'a>>> {
        let events = self.events.fields;
        let event = |item| {
            let number = |place: usize| integer(events, place, item);
            Ok(Event {
                time: start.wrapping_add(number(0) as u64),
                name: borrowed_item(events, 1, item),
                attributes: nested_attributes(events, 2, item)?,
                dropped_attributes_count: number(3) as u32,
            })
        };
        self.events.range(row).map(event).collect()
    }

    fn links(&self, row: usize) -> Result<Vec<Link<'a>>> {
        let links = self.links.fields;
        let link = |item| {
            let id = |place: usize| links.column(place).as_fixed_size_binary().value(item);
            Ok(Link {
                trace_id: TraceId::from_slice(id(0)).unwrap_or_default(),
                span_id: SpanId::from_slice(id(1)).unwrap_or_default(),
                trace_state: borrowed_item(links, 2, item),
                attributes: nested_attributes(links, 3, item)?,
                dropped_attributes_count: integer(links, 4, item) as u32,
                flags: integer(links, 5, item) as u32,
            })
        };
        self.links.range(row).map(link).collect()
    }
}

fn borrowed(text: Option<&str>) -> Cow<'_, str> {
    Cow::Borrowed(text.unwrap_or_default())
}

fn integer(items: &StructArray, place: usize, item: usize) -> i64 {
    items.column(place).as_primitive::<arrow::datatypes::Int64Type>().value(item)
}

fn borrowed_item(items: &StructArray, place: usize, item: usize) -> Cow<'_, str> {
    let texts: &StringArray = items.column(place).as_string();
    borrowed(texts.is_valid(item).then(|| texts.value(item)))
}

fn map_value(tag: u8, text: &str) -> Result<Value<'_>> {
    let wrong = || damaged("attribute", &format!("{text:?} is not of the type its layout says"));
    Ok(match tag {
        layout::MAP_STRING => Value::String(Cow::Borrowed(text)),
        layout::MAP_INT => Value::Int(text.parse().map_err(|_| wrong())?),
        layout::MAP_DOUBLE => Value::Double(text.parse().map_err(|_| wrong())?),
        _ => Value::Bool(text.parse().map_err(|_| wrong())?),
    })
}

fn nested_attributes(items: &StructArray, place: usize, item: usize) -> Result<Vec<Attribute<'_>>> {
    let wire = items.column(place).as_binary::<i32>();
    stored_attributes(wire.is_valid(item).then(|| wire.value(item)))
}

fn stored_attributes(wire: Option<&[u8]>) -> Result<Vec<Attribute<'_>>> {
    match wire {
        Some(wire) => decode_attributes(wire).map_err(|error| damaged("attribute", &error)),
        None => Ok(Vec::new()),
    }
}
