//! A dictionary column: values interned once, a 32-bit key per row, nulls filled in lazily.

use std::hash::BuildHasher;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanBufferBuilder, DictionaryArray, PrimitiveArray, StringArray, UInt32Array,
};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::UInt32Type;
use arrow::error::ArrowError;
use hashbrown::{DefaultHashBuilder, HashTable};
use storage::zeros;

/// A column that has a value at all has about so many.
const VALUES_EXPECTED: usize = 8;

/// What the values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueKind {
    /// UTF-8, which the decoder has checked.
    Text,
    /// Any bytes.
    Binary,
}

#[derive(Debug)]
pub(super) struct DictionaryColumn {
    kind: ValueKind,
    rows_expected: usize,
    bytes: Vec<u8>,
    offsets: Vec<i32>,
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    last: u32,
    keys: Vec<u32>,
    valid: Option<BooleanBufferBuilder>,
}

impl DictionaryColumn {
    /// Nothing yet; room for `rows_expected` keys is made when the first one comes.
    pub(super) fn new(kind: ValueKind, rows_expected: usize) -> Self {
        Self {
            kind,
            rows_expected,
            bytes: Vec::new(),
            offsets: vec![0],
            index: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            last: 0,
            keys: Vec::new(),
            valid: None,
        }
    }

    /// A column that says the same text, or null, in every row.
    pub(super) fn constant(value: Option<&str>, rows: usize) -> Result<ArrayRef, ArrowError> {
        let mut column = Self::new(ValueKind::Text, rows);
        if let Some(value) = value {
            let key = column.intern(value.as_bytes());
            column.keys.resize(rows, key);
        }
        column.finish(rows)
    }

    /// The key of `value`, which is added when it is new.
    pub(super) fn intern(&mut self, value: &[u8]) -> u32 {
        if self.offsets.len() > 1 && self.value(self.last) == value {
            return self.last;
        }
        let hash = self.hasher.hash_one(value);
        let found = self.index.find(hash, |key| value_of(&self.bytes, &self.offsets, *key) == value).copied();
        self.last = found.unwrap_or_else(|| {
            if self.bytes.is_empty() {
                self.bytes.reserve(value.len().saturating_mul(VALUES_EXPECTED));
                self.offsets.reserve(VALUES_EXPECTED);
            }
            let key = (self.offsets.len() - 1) as u32;
            self.bytes.extend_from_slice(value);
            self.offsets.push(self.bytes.len() as i32);
            let (bytes, offsets, hasher) = (&self.bytes, &self.offsets, &self.hasher);
            self.index.insert_unique(hash, key, |key| hasher.hash_one(value_of(bytes, offsets, *key)));
            key
        });
        self.last
    }

    fn value(&self, key: u32) -> &[u8] {
        value_of(&self.bytes, &self.offsets, key)
    }

    /// Whether `row` has a value already.
    pub(super) fn has(&self, row: usize) -> bool {
        self.keys.len() > row
    }

    /// Sets `row`, filling the rows between the last one set and this one with nulls.
    pub(super) fn set(&mut self, row: usize, value: &[u8]) {
        self.pad(row);
        let key = self.intern(value);
        self.append_key(Some(key));
    }

    /// Sets `row` unless the value is empty, which is stored as null.
    pub(super) fn set_non_empty(&mut self, row: usize, value: &[u8]) {
        if !value.is_empty() {
            self.set(row, value);
        }
    }

    pub(super) fn append_key(&mut self, key: Option<u32>) {
        self.make_room();
        match (key, &mut self.valid) {
            (Some(_), None) => {}
            (Some(_), Some(valid)) => valid.append(true),
            (None, _) => self.validity().append(false),
        }
        self.keys.push(key.unwrap_or(0));
    }

    fn make_room(&mut self) {
        if self.keys.is_empty() {
            self.keys.reserve_exact(self.rows_expected);
        }
    }

    fn pad(&mut self, rows: usize) {
        let missing = rows.saturating_sub(self.keys.len());
        if missing > 0 {
            self.make_room();
            self.validity().append_n(missing, false);
            self.keys.resize(rows, 0);
        }
    }

    fn validity(&mut self) -> &mut BooleanBufferBuilder {
        let rows = self.keys.len();
        self.valid.get_or_insert_with(|| {
            let mut valid = BooleanBufferBuilder::new(self.rows_expected.max(rows + 1));
            valid.append_n(rows, true);
            valid
        })
    }

    /// The array. Columns without a value, or with one, share their keys.
    pub(super) fn finish(mut self, rows: usize) -> Result<ArrayRef, ArrowError> {
        let values = self.offsets.len() - 1;
        let nulls = if values == 0 {
            Some(NullBuffer::new_null(rows))
        } else {
            self.pad(rows);
            self.valid.map(|mut valid| NullBuffer::new(valid.finish()))
        };
        let keys = if values <= 1 {
            ScalarBuffer::new(zeros(rows * size_of::<u32>()), 0, rows)
        } else {
            ScalarBuffer::from(self.keys)
        };
        let keys: UInt32Array = PrimitiveArray::try_new(keys, nulls)?;
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.offsets));
        let bytes = Buffer::from_vec(self.bytes);
        let values: ArrayRef = match self.kind {
            ValueKind::Text => Arc::new(StringArray::try_new(offsets, bytes, None)?),
            ValueKind::Binary => Arc::new(BinaryArray::try_new(offsets, bytes, None)?),
        };
        Ok(Arc::new(DictionaryArray::<UInt32Type>::try_new(keys, values)?))
    }
}

fn value_of<'a>(bytes: &'a [u8], offsets: &[i32], key: u32) -> &'a [u8] {
    let key = key as usize;
    &bytes[offsets[key] as usize..offsets[key + 1] as usize]
}
