//! Small column builders: optional ids, optional numbers and flags, byte strings.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, ArrowPrimitiveType, BooleanArray, BooleanBufferBuilder, FixedSizeBinaryArray, Int32Array,
    Int64Array, PrimitiveArray,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, ScalarBuffer};
use arrow::error::ArrowError;
use storage::zeros;

/// Eight-byte ids of which some are absent.
#[derive(Debug)]
pub(super) struct OptionalIds {
    bytes: Vec<u8>,
    valid: BooleanBufferBuilder,
}

impl OptionalIds {
    /// Room for `rows` ids.
    pub(super) fn new(rows: usize) -> Self {
        Self { bytes: Vec::with_capacity(rows * 8), valid: BooleanBufferBuilder::new(rows) }
    }

    pub(super) fn append(&mut self, id: Option<[u8; 8]>) {
        self.valid.append(id.is_some());
        self.bytes.extend_from_slice(&id.unwrap_or_default());
    }

    pub(super) fn finish(mut self) -> Result<ArrayRef, ArrowError> {
        let nulls = NullBuffer::new(self.valid.finish());
        Ok(Arc::new(FixedSizeBinaryArray::try_new(8, Buffer::from_vec(self.bytes), Some(nulls))?))
    }
}

/// Numbers of which some are absent; rows that are not set are filled with nulls lazily.
#[derive(Debug)]
pub(super) struct OptionalInts<T> {
    values: Vec<T>,
    valid: BooleanBufferBuilder,
    rows_expected: usize,
}

impl<T: Copy + Default> OptionalInts<T> {
    /// Nothing yet; room for `rows_expected` numbers is made when the first one comes.
    pub(super) fn new(rows_expected: usize) -> Self {
        Self { values: Vec::new(), valid: BooleanBufferBuilder::new(0), rows_expected }
    }

    pub(super) fn has(&self, row: usize) -> bool {
        self.values.len() > row
    }

    pub(super) fn append(&mut self, value: Option<T>) {
        self.make_room();
        self.valid.append(value.is_some());
        self.values.push(value.unwrap_or_default());
    }

    pub(super) fn set(&mut self, row: usize, value: T) {
        self.pad(row);
        self.append(Some(value));
    }

    fn make_room(&mut self) {
        if self.values.is_empty() {
            self.values.reserve_exact(self.rows_expected);
            self.valid.reserve(self.rows_expected);
        }
    }

    fn pad(&mut self, rows: usize) {
        self.make_room();
        let missing = rows.saturating_sub(self.values.len());
        self.valid.append_n(missing, false);
        self.values.resize(self.values.len() + missing, T::default());
    }

    fn into_primitive<P: ArrowPrimitiveType<Native = T>>(mut self) -> PrimitiveArray<P>
    where
        T: arrow::datatypes::ArrowNativeType,
    {
        let nulls = NullBuffer::new(self.valid.finish());
        PrimitiveArray::new(ScalarBuffer::from(self.values), Some(nulls))
    }
}

impl OptionalInts<i32> {
    pub(super) fn finish_int32(self) -> ArrayRef {
        let array: Int32Array = self.into_primitive();
        Arc::new(array)
    }
}

impl OptionalInts<i64> {
    pub(super) fn finish_int64(mut self, rows: usize) -> ArrayRef {
        if self.values.is_empty() {
            let values = ScalarBuffer::new(zeros(rows * size_of::<i64>()), 0, rows);
            return Arc::new(Int64Array::new(values, Some(NullBuffer::new_null(rows))));
        }
        self.pad(rows);
        let array: Int64Array = self.into_primitive();
        Arc::new(array)
    }
}

impl OptionalInts<bool> {
    pub(super) fn finish_boolean(mut self, rows: usize) -> ArrayRef {
        if self.values.is_empty() {
            let values = BooleanBuffer::new(zeros(rows.div_ceil(8)), 0, rows);
            return Arc::new(BooleanArray::new(values, Some(NullBuffer::new_null(rows))));
        }
        self.pad(rows);
        let nulls = NullBuffer::new(self.valid.finish());
        Arc::new(BooleanArray::new(self.values.into(), Some(nulls)))
    }
}
