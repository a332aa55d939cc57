//! Spans into columns: a [`SpanSink`] that builds one [`SpanBatch`] of the live schema.
//!
//! The hot part of ingest. Hot attribute columns are padded with nulls only when they are next written, and a
//! dictionary first compares with the value it saw last, since neighbouring spans repeat themselves.

mod attributes;
mod builders;
mod dictionary;
mod envelope;
mod hot;
mod nested;

use std::sync::Arc;

use arrow::array::{ArrayRef, FixedSizeBinaryArray, Int64Array, RecordBatch, TimestampMicrosecondArray};
use arrow::buffer::{Buffer, ScalarBuffer};
use arrow::error::ArrowError;
use model::derived::{DERIVED, derived_values};
use model::{SpanView, normalise};
use proto::otlp::{Resource, Scope, Span, SpanSink};
use storage::{SpanBatch, SpanTimes, schema, zeros};

use self::attributes::AttributeColumns;
use self::builders::{OptionalIds, OptionalInts};
use self::dictionary::TextColumn;
use self::envelope::EnvelopeColumns;
use self::hot::HotColumn;
use self::nested::{EventColumn, LinkColumn};

/// Where the spans of a request came from: the same for all of them.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The exporter's address, without the port.
    pub peer_address: &'a str,
    /// `grpc`, `http_protobuf` or `http_json`.
    pub transport: &'a str,
    /// The exporter's user agent.
    pub exporter: &'a str,
}

/// However many spans are announced, no column is made longer than this before they come.
const ROWS_EXPECTED_MAX: usize = 8_192;

/// Builds the columns of some requests.
#[derive(Debug)]
pub struct SpanColumns {
    times: SpanTimes,
    trace_id: Vec<u8>,
    span_id: Vec<u8>,
    parent_span_id: OptionalIds,
    start_time: Vec<i64>,
    start_nanos: Vec<i16>,
    duration_ns: Vec<i64>,
    name: TextColumn,
    kind: Vec<i32>,
    status_code: OptionalInts<i32>,
    status_message: TextColumn,
    trace_state: TextColumn,
    flags: Vec<i64>,
    dropped_attributes: Vec<i64>,
    dropped_events: Vec<i64>,
    dropped_links: Vec<i64>,
    envelope: EnvelopeColumns,
    attributes: AttributeColumns,
    events: EventColumn,
    links: LinkColumn,
    derived: Vec<HotColumn>,
    /// Of the spans to come.
    resource: Resource<'static>,
    scope: Scope<'static>,
    /// Address, transport and user agent, and the keys for the spans to come.
    origin: [(TextColumn, Option<u32>); 3],
}

impl SpanColumns {
    /// Columns for about `spans` spans; only speed depends on the number.
    #[must_use]
    pub fn new(spans: usize) -> Self {
        let rows = spans.min(ROWS_EXPECTED_MAX);
        let text = || TextColumn::new(rows);
        Self {
            times: SpanTimes::NONE,
            trace_id: Vec::with_capacity(rows * 16),
            span_id: Vec::with_capacity(rows * 8),
            parent_span_id: OptionalIds::new(rows),
            start_time: Vec::with_capacity(rows),
            start_nanos: Vec::with_capacity(rows),
            duration_ns: Vec::with_capacity(rows),
            name: text(),
            kind: Vec::with_capacity(rows),
            status_code: OptionalInts::new(rows),
            status_message: text(),
            trace_state: text(),
            flags: Vec::with_capacity(rows),
            dropped_attributes: Vec::with_capacity(rows),
            dropped_events: Vec::with_capacity(rows),
            dropped_links: Vec::with_capacity(rows),
            envelope: EnvelopeColumns::new(rows),
            attributes: AttributeColumns::new(rows),
            events: EventColumn::new(rows),
            links: LinkColumn::new(rows),
            derived: DERIVED.iter().map(|hot| HotColumn::new(hot.value_type, rows)).collect(),
            resource: Resource::default(),
            scope: Scope::default(),
            origin: [(text(), None), (text(), None), (text(), None)],
        }
    }

    /// Where the spans to come were sent from.
    pub fn origin(&mut self, origin: &Origin<'_>) {
        let texts = [origin.peer_address, origin.transport, origin.exporter];
        for ((column, current), text) in self.origin.iter_mut().zip(texts) {
            *current = (!text.is_empty()).then(|| column.intern(text));
        }
    }

    /// The spans so far.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.kind.len()
    }

    /// The batch.
    ///
    /// # Errors
    /// Only when a column does not fit Arrow's 32-bit offsets, which a request within its size limit cannot cause.
    pub fn finish(self) -> Result<SpanBatch, ArrowError> {
        let rows = self.rows();
        let times = self.times;
        let mut columns: Vec<ArrayRef> = vec![
            ids(16, self.trace_id)?,
            ids(8, self.span_id)?,
            self.parent_span_id.finish()?,
            Arc::new(TimestampMicrosecondArray::from(self.start_time).with_timezone("UTC")),
            Arc::new(arrow::array::Int16Array::from(self.start_nanos)),
            Arc::new(Int64Array::from(self.duration_ns)),
            self.name.finish(rows)?,
            Arc::new(arrow::array::Int32Array::from(self.kind)),
            self.status_code.finish_int32(),
            self.status_message.finish(rows)?,
            self.trace_state.finish(rows)?,
            Arc::new(Int64Array::from(self.flags)),
            counts(self.dropped_attributes),
            counts(self.dropped_events),
            counts(self.dropped_links),
        ];
        columns.extend(self.envelope.finish(rows)?);
        for (column, _) in self.origin {
            columns.push(column.finish(rows)?);
        }
        columns.extend(self.attributes.finish(rows)?);
        columns.push(self.events.finish()?);
        columns.push(self.links.finish()?);
        for column in self.derived {
            columns.push(column.finish(rows)?);
        }
        Ok(SpanBatch::new(RecordBatch::try_new(schema::live_schema(), columns)?, times))
    }
}

impl SpanSink for SpanColumns {
    fn resource(&mut self, resource: &Resource<'_>) {
        self.envelope.resource(resource);
        self.resource = resource.clone().into_owned();
    }

    fn scope(&mut self, scope: &Scope<'_>) {
        self.envelope.scope(scope);
        self.scope = scope.clone().into_owned();
    }

    fn span(&mut self, span: &Span<'_>) {
        let row = self.rows();
        self.times = self.times.including(span.start, span.end);
        self.trace_id.extend_from_slice(&span.trace_id.0);
        self.span_id.extend_from_slice(&span.span_id.0);
        self.parent_span_id.append(span.parent_span_id.map(|id| id.0));
        self.start_time.push((span.start / 1_000) as i64);
        self.start_nanos.push((span.start % 1_000) as i16);
        self.duration_ns.push(span.end.wrapping_sub(span.start) as i64);
        self.name.set(row, &span.name);
        self.kind.push(span.kind);
        self.status_code.append(span.status.as_ref().map(|status| status.code));
        if let Some(status) = &span.status {
            self.status_message.set_non_empty(row, &status.message);
        }
        self.trace_state.set_non_empty(row, &span.trace_state);
        self.flags.push(i64::from(span.flags));
        self.dropped_attributes.push(i64::from(span.dropped_attributes_count));
        self.dropped_events.push(i64::from(span.dropped_events_count));
        self.dropped_links.push(i64::from(span.dropped_links_count));
        self.envelope.append_row();
        self.origin.iter_mut().for_each(|(column, current)| column.append_key(*current));
        self.attributes.append(row, &span.attributes);
        self.events.append(span.start, &span.events);
        self.links.append(&span.links);
        let normal = normalise(SpanView { span, resource: &self.resource, scope: &self.scope });
        for (column, value) in self.derived.iter_mut().zip(derived_values(&normal)) {
            if let Some(value) = value {
                column.set(row, &value);
            }
        }
    }
}

/// A column that is zero in most batches.
fn counts(values: Vec<i64>) -> ArrayRef {
    if values.iter().all(|value| *value == 0) {
        let zeros = ScalarBuffer::new(zeros(values.len() * size_of::<i64>()), 0, values.len());
        return Arc::new(Int64Array::new(zeros, None));
    }
    Arc::new(Int64Array::from(values))
}

fn ids(width: i32, bytes: Vec<u8>) -> Result<ArrayRef, ArrowError> {
    Ok(Arc::new(FixedSizeBinaryArray::try_new(width, Buffer::from_vec(bytes), None)?))
}

#[cfg(test)]
mod tests;
