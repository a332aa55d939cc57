//! A rollup as a Parquet file: minutes first, then longer slots, each sorted by series and time.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, BinaryBuilder, BooleanArray, BooleanBuilder, Int32Array, Int32Builder, Int64Builder,
    RecordBatch, StringBuilder, TimestampMicrosecondArray,
};
use arrow::compute::kernels::cmp::eq;
use arrow::compute::{filter_record_batch, not};
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type, TimestampMicrosecondType};
use bytes::Bytes;
use model::latency::State;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use proto::{ErrorKind, UnixNanos};

use super::series::{KeyColumn, KeyValue, Series, SeriesKey, key};
use super::{MINUTE_NS, Rollup, SLOTS_NS};
use crate::schema::rollup::{
    DURATIONS, IS_OVERFLOW, KEYS, SLOT_SECONDS, SLOT_START, SPAN_COUNT, rollup_schema,
};
use crate::{Error, Result};

/// Rows of a page: what one series has in some hours, so that a query of one series reads little else.
const PAGE_ROWS: usize = 512;
const ZSTD_LEVEL: i32 = 3;
const SECOND_NS: u64 = 1_000_000_000;

/// A row to be: its series, the start of its slot, its spans.
type Row<'a> = (&'a SeriesKey, UnixNanos, &'a State);

impl Rollup {
    /// The bytes of the file. Series keep their numbers' keys in `series`.
    pub(crate) fn encode(&self, series: &Series) -> Result<Vec<u8>> {
        let longer = self.longer();
        let schema = rollup_schema();
        let mut writer = ArrowWriter::try_new(Vec::new(), Arc::clone(&schema), Some(properties()))
            .map_err(cannot_encode)?;
        for (slot_ns, slots) in SLOTS_NS.into_iter().zip([&self.minutes].into_iter().chain(&longer)) {
            let mut rows: Vec<Row<'_>> =
                slots.iter().map(|((number, slot), state)| (series.key(*number), *slot, state)).collect();
            rows.sort_by(|one, other| (one.0, one.1).cmp(&(other.0, other.1)));
            let columns = columns(slot_ns, &rows);
            let batch = RecordBatch::try_new(Arc::clone(&schema), columns).map_err(cannot_encode)?;
            writer.write(&batch).map_err(cannot_encode)?;
            // Row groups of their own, so that nobody reads minutes to find longer slots.
            writer.flush().map_err(cannot_encode)?;
        }
        writer.into_inner().map_err(cannot_encode)
    }

    /// Adds the minutes of the file `bytes`.
    pub(super) fn read(&mut self, bytes: Bytes, series: &mut Series) -> Result<()> {
        rows(bytes, series, |row| {
            if row.slot_ns == MINUTE_NS {
                self.merge(row.series, row.slot, row.state()?);
            }
            Ok(())
        })
    }
}

/// A row of a rollup file.
#[derive(Debug, Clone, Copy)]
pub(super) struct StoredRow<'a> {
    pub(super) slot_ns: u64,
    pub(super) series: u32,
    /// The start of its slot.
    pub(super) slot: UnixNanos,
    /// The spans that its count says.
    pub(super) spans: i64,
    durations: &'a [u8],
}

impl StoredRow<'_> {
    pub(super) fn state(&self) -> Result<State> {
        State::from_summary(self.durations, self.slot).map_err(damaged)
    }
}

/// Hands over each row of the file `bytes`, whose series are numbered by `series`.
pub(super) fn rows(
    bytes: Bytes,
    series: &mut Series,
    mut take: impl FnMut(StoredRow<'_>) -> Result<()>,
) -> Result<()> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes).map_err(damaged)?;
    for batch in builder.build().map_err(damaged)? {
        let batch = batch.map_err(damaged)?;
        let column =
            |name: &str| batch.column_by_name(name).ok_or_else(|| damaged(format!("no column {name}")));
        let slot_seconds = column(SLOT_SECONDS)?.as_primitive::<Int32Type>();
        let slots = column(SLOT_START)?.as_primitive::<TimestampMicrosecondType>();
        let overflows = column(IS_OVERFLOW)?.as_boolean();
        let counts = column(SPAN_COUNT)?.as_primitive::<Int64Type>();
        let durations = column(DURATIONS)?.as_binary::<i32>();
        let keys: Vec<KeyColumn<'_>> =
            KEYS.iter().map(|name| KeyColumn::of(&batch, name)).collect::<Result<_>>()?;
        for row in 0..batch.num_rows() {
            let key = if overflows.value(row) { SeriesKey::default() } else { key(&keys, row) };
            take(StoredRow {
                slot_ns: u64::try_from(slot_seconds.value(row)).unwrap_or(0) * SECOND_NS,
                series: series.number(key),
                slot: (slots.value(row) as u64).wrapping_mul(1_000),
                spans: counts.value(row),
                durations: durations.value(row),
            })?;
        }
    }
    Ok(())
}

/// The rollup `bytes` without the rows that `is_erased` tells of a batch, and how many rows it has; `None` when it has none of
/// them.
///
/// # Errors
/// `Corrupt` when it is damaged; else what `is_erased` gives.
pub(crate) fn without(
    bytes: Bytes,
    mut is_erased: impl FnMut(&RecordBatch) -> Result<BooleanArray>,
) -> Result<Option<(Vec<u8>, u64)>> {
    let (mut kept, mut has_changed) = (Vec::new(), false);
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).and_then(|builder| builder.build());
    for batch in reader.map_err(damaged)? {
        let batch = batch.map_err(damaged)?;
        let erased = is_erased(&batch)?;
        has_changed |= erased.has_true();
        kept.push(not(&erased).and_then(|kept| filter_record_batch(&batch, &kept)).map_err(damaged)?);
    }
    if !has_changed {
        return Ok(None);
    }
    let schema = rollup_schema();
    let mut writer =
        ArrowWriter::try_new(Vec::new(), Arc::clone(&schema), Some(properties())).map_err(cannot_encode)?;
    for slot_ns in SLOTS_NS {
        let seconds = Int32Array::new_scalar((slot_ns / SECOND_NS) as i32);
        for batch in &kept {
            let slots = batch.column_by_name(SLOT_SECONDS).ok_or_else(|| damaged("no slots"))?;
            let of_slot = eq(slots, &seconds).and_then(|is_so| filter_record_batch(batch, &is_so));
            let columns = of_slot.map_err(damaged)?.columns().to_vec();
            let batch = RecordBatch::try_new(Arc::clone(&schema), columns).map_err(damaged)?;
            writer.write(&batch).map_err(cannot_encode)?;
        }
        writer.flush().map_err(cannot_encode)?;
    }
    let rows = kept.iter().map(|batch| batch.num_rows() as u64).sum();
    Ok(Some((writer.into_inner().map_err(cannot_encode)?, rows)))
}

/// Keys are short as they are, run lengths of a few numbers: to take them apart would cost a query more than the rest of it.
fn properties() -> WriterProperties {
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::UNCOMPRESSED)
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_write_batch_size(PAGE_ROWS)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_created_by(format!("tailplane {}", env!("CARGO_PKG_VERSION")));
    let zstd = Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL).unwrap_or_default());
    for name in [DURATIONS, SLOT_START] {
        let column = ColumnPath::from(name);
        builder =
            builder.set_column_dictionary_enabled(column.clone(), false).set_column_compression(column, zstd);
    }
    builder.set_column_statistics_enabled(ColumnPath::from(DURATIONS), EnabledStatistics::None).build()
}

/// The columns of `rows`, in the schema's order.
fn columns(slot_ns: u64, rows: &[Row<'_>]) -> Vec<ArrayRef> {
    let seconds = (slot_ns / SECOND_NS) as i32;
    let mut slot_seconds = Int32Builder::new();
    slot_seconds.append_value_n(seconds, rows.len());
    let starts: TimestampMicrosecondArray =
        rows.iter().map(|(_, slot, _)| Some((slot / 1_000) as i64)).collect();
    let overflows: BooleanArray = rows.iter().map(|(key, ..)| Some(key.is_empty())).collect();
    let mut columns: Vec<ArrayRef> =
        vec![Arc::new(slot_seconds.finish()), Arc::new(starts.with_timezone("UTC")), Arc::new(overflows)];
    let schema = rollup_schema();
    let fields = KEYS.iter().filter_map(|name| schema.field_with_name(name).ok());
    columns.extend(fields.enumerate().map(|(at, field)| {
        let values = rows.iter().map(|(key, ..)| key.get(at).unwrap_or(&KeyValue::Null));
        key_column(field, values)
    }));
    let mut counts = Int64Builder::new();
    let mut durations = BinaryBuilder::new();
    for (_, slot, state) in rows {
        counts.append_value(state.count() as i64);
        durations.append_value(state.to_summary(*slot));
    }
    columns.extend([Arc::new(counts.finish()) as ArrayRef, Arc::new(durations.finish())]);
    columns
}

fn key_column<'a>(field: &Field, values: impl Iterator<Item = &'a KeyValue>) -> ArrayRef {
    match field.data_type() {
        DataType::Int32 => {
            let mut column = Int32Builder::new();
            values.for_each(|value| column.append_option(integer(value).map(|number| number as i32)));
            Arc::new(column.finish())
        }
        DataType::Int64 => {
            let mut column = Int64Builder::new();
            values.for_each(|value| column.append_option(integer(value)));
            Arc::new(column.finish())
        }
        DataType::Boolean => {
            let mut column = BooleanBuilder::new();
            values.for_each(|value| {
                column.append_option(match value {
                    KeyValue::Bool(flag) => Some(*flag),
                    _ => None,
                });
            });
            Arc::new(column.finish())
        }
        _ => {
            let mut column = StringBuilder::new();
            values.for_each(|value| {
                column.append_option(match value {
                    KeyValue::Text(text) => Some(text.as_ref()),
                    _ => None,
                });
            });
            Arc::new(column.finish())
        }
    }
}

const fn integer(value: &KeyValue) -> Option<i64> {
    match value {
        KeyValue::Int(number) => Some(*number),
        _ => None,
    }
}

fn cannot_encode(source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Internal, format!("cannot encode a rollup: {source}")).caused_by(source)
}

fn damaged(what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Corrupt, format!("a rollup cannot be read: {what}"))
}
