//! Shared by the tests of this room: batches of small spans.

use std::sync::Arc;

use arrow::array::{
    ArrayData, ArrayRef, FixedSizeBinaryArray, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray, make_array, new_null_array,
};
use arrow::compute::cast;
use arrow::datatypes::DataType;

use crate::schema::{column, live_schema};
use crate::{SpanBatch, SpanTimes};

/// A span of 1970.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Row {
    pub(crate) trace: u8,
    pub(crate) span_id: u64,
    pub(crate) start_us: i64,
    pub(crate) name: &'static str,
    pub(crate) peer_address: &'static str,
    pub(crate) duration_ns: i64,
    /// 0 for a root.
    pub(crate) parent: u64,
    pub(crate) service: &'static str,
    /// 0 for none.
    pub(crate) status_code: i32,
}

/// Zeros and empty lists.
pub(crate) fn zeros(data_type: &DataType, rows: usize) -> ArrayRef {
    make_array(ArrayData::new_null(data_type, rows).into_builder().nulls(None).build().unwrap())
}

/// The spans as ingest would hand them over.
pub(crate) fn span_batch(rows: &[Row]) -> SpanBatch {
    let schema = live_schema();
    let columns = schema.fields().iter().map(|field| -> ArrayRef {
        let text = |texts: Vec<&str>| cast(&StringArray::from(texts), field.data_type()).unwrap();
        let ids = |ids: Vec<Vec<u8>>| Arc::new(FixedSizeBinaryArray::try_from_iter(ids.into_iter()).unwrap());
        match field.name().as_str() {
            column::TRACE_ID => ids(rows.iter().map(|row| vec![row.trace; 16]).collect()),
            column::SPAN_ID => ids(rows.iter().map(|row| row.span_id.to_be_bytes().to_vec()).collect()),
            column::NAME => text(rows.iter().map(|row| row.name).collect()),
            column::PEER_ADDRESS => text(rows.iter().map(|row| row.peer_address).collect()),
            column::START_TIME => cast(
                &TimestampMicrosecondArray::from_iter_values(rows.iter().map(|row| row.start_us)),
                field.data_type(),
            )
            .unwrap(),
            column::PARENT_SPAN_ID => {
                let parents = rows.iter().map(|row| (row.parent > 0).then(|| row.parent.to_be_bytes()));
                Arc::new(FixedSizeBinaryArray::try_from_sparse_iter_with_size(parents, 8).unwrap())
            }
            column::SERVICE_NAME => {
                let services = rows.iter().map(|row| Some(row.service).filter(|text| !text.is_empty()));
                cast(&StringArray::from_iter(services), field.data_type()).unwrap()
            }
            column::STATUS_CODE => {
                let codes = rows.iter().map(|row| Some(row.status_code).filter(|code| *code > 0));
                Arc::new(Int32Array::from_iter(codes))
            }
            column::DURATION_NS => {
                Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.duration_ns)))
            }
            _ if field.is_nullable() => new_null_array(field.data_type(), rows.len()),
            _ => zeros(field.data_type(), rows.len()),
        }
    });
    let columns: Vec<ArrayRef> = columns.collect();
    let times = rows.iter().fold(SpanTimes::NONE, |times, row| {
        let start = row.start_us as u64 * 1_000;
        times.including(start, start + row.duration_ns as u64)
    });
    SpanBatch::new(RecordBatch::try_new(schema, columns).unwrap(), times)
}
