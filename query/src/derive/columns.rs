//! Pieces that the columns of derived tables are made of.

use std::sync::Arc;

use arrow::array::{
    ArrayBuilder, ArrayRef, FixedSizeBinaryBuilder, Int16Array, Int64Array, RecordBatch, StringArray,
    StructBuilder, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, SchemaRef};
use proto::{ErrorKind, SpanId, TraceId, UnixNanos};

use crate::{Error, Result};

/// A batch of these columns.
pub(super) fn batch_of(schema: SchemaRef, columns: Vec<ArrayRef>) -> Result<RecordBatch> {
    RecordBatch::try_new(schema, columns)
        .map_err(|error| Error::new(ErrorKind::Internal, format!("derived rows of another shape: {error}")))
}

/// What names the root of a row, and when it was: ids, start, duration.
pub(super) fn span_columns(
    roots: impl ExactSizeIterator<Item = (TraceId, SpanId, UnixNanos, u64)>,
) -> Vec<ArrayRef> {
    let mut trace_ids = FixedSizeBinaryBuilder::with_capacity(roots.len(), 16);
    let mut span_ids = FixedSizeBinaryBuilder::with_capacity(roots.len(), 8);
    let (mut micros, mut nanos, mut durations) = (Vec::new(), Vec::new(), Vec::new());
    for (trace_id, span_id, start, duration_ns) in roots {
        // The widths are the builders'.
        let _fits = trace_ids.append_value(trace_id.0).and_then(|()| span_ids.append_value(span_id.0));
        micros.push((start / 1_000) as i64);
        nanos.push((start % 1_000) as i16);
        durations.push(count(duration_ns));
    }
    vec![
        Arc::new(trace_ids.finish()),
        Arc::new(span_ids.finish()),
        Arc::new(TimestampMicrosecondArray::from(micros).with_timezone("UTC")),
        Arc::new(Int16Array::from(nanos)),
        Arc::new(Int64Array::from(durations)),
    ]
}

/// A column of texts.
pub(super) fn texts<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(texts.collect::<StringArray>())
}

/// A count as tables have it; what is above 2^63 - 1 is held there.
pub(super) fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// What a list's items are called.
pub(super) fn element(fields: Fields) -> FieldRef {
    Arc::new(Field::new("element", DataType::Struct(fields), false))
}

/// Appends to the field at `place`, whose builder is a `B`.
pub(super) fn append<B: ArrayBuilder>(
    builder: &mut StructBuilder,
    place: usize,
    append: impl FnOnce(&mut B),
) {
    if let Some(field) = builder.field_builder::<B>(place) {
        append(field);
    }
}
