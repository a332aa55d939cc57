//! A dictionary column: values interned once, a 32-bit key per row, nulls filled in lazily.

use std::fmt;
use std::hash::BuildHasher;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBufferBuilder, DictionaryArray, GenericByteBuilder, PrimitiveArray, UInt32Array,
};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::datatypes::{BinaryType, ByteArrayType, UInt32Type, Utf8Type};
use arrow::error::ArrowError;
use hashbrown::{DefaultHashBuilder, HashTable};
use storage::zeros;

/// A column that has a value at all has about so many.
const VALUES_EXPECTED: usize = 8;

/// Texts.
pub(super) type TextColumn = DictionaryColumn<Utf8Type>;
/// Any bytes.
pub(super) type BinaryColumn = DictionaryColumn<BinaryType>;

/// Values are kept in Arrow's own builder, which knows that a text is one and checks it no second time.
pub(super) struct DictionaryColumn<T: ByteArrayType<Offset = i32>> {
    rows_expected: usize,
    values: GenericByteBuilder<T>,
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    last: u32,
    keys: Vec<u32>,
    valid: Option<BooleanBufferBuilder>,
}

// Arrow's type markers are not `Debug`, which a derive would ask of them.
impl<T: ByteArrayType<Offset = i32>> fmt::Debug for DictionaryColumn<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DictionaryColumn").field("keys", &self.keys).finish_non_exhaustive()
    }
}

impl<T> DictionaryColumn<T>
where
    T: ByteArrayType<Offset = i32>,
    T::Native: AsRef<[u8]> + AsRef<T::Native>,
{
    /// Nothing yet; room for `rows_expected` keys is made when the first one comes.
    pub(super) fn new(rows_expected: usize) -> Self {
        Self {
            rows_expected,
            values: GenericByteBuilder::with_capacity(0, 0),
            index: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            last: 0,
            keys: Vec::new(),
            valid: None,
        }
    }

    /// The key of `value`, which is added when it is new.
    pub(super) fn intern(&mut self, value: &T::Native) -> u32 {
        let bytes: &[u8] = value.as_ref();
        if self.count() > 0 && value_of(&self.values, self.last) == bytes {
            return self.last;
        }
        let hash = self.hasher.hash_one(bytes);
        let found = self.index.find(hash, |key| value_of(&self.values, *key) == bytes).copied();
        self.last = found.unwrap_or_else(|| {
            if self.count() == 0 {
                self.values = GenericByteBuilder::with_capacity(
                    VALUES_EXPECTED,
                    bytes.len().saturating_mul(VALUES_EXPECTED),
                );
            }
            let key = self.count() as u32;
            self.values.append_value(value);
            let (values, hasher) = (&self.values, &self.hasher);
            self.index.insert_unique(hash, key, |key| hasher.hash_one(value_of(values, *key)));
            key
        });
        self.last
    }

    /// How many values there are.
    fn count(&self) -> usize {
        self.values.offsets_slice().len() - 1
    }

    /// Whether `row` has a value already.
    pub(super) fn has(&self, row: usize) -> bool {
        self.keys.len() > row
    }

    /// Sets `row`, filling the rows between the last one set and this one with nulls.
    pub(super) fn set(&mut self, row: usize, value: &T::Native) {
        self.pad(row);
        let key = self.intern(value);
        self.append_key(Some(key));
    }

    /// Sets `row` unless the value is empty, which is stored as null.
    pub(super) fn set_non_empty(&mut self, row: usize, value: &T::Native) {
        let bytes: &[u8] = value.as_ref();
        if !bytes.is_empty() {
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
        let values = self.count();
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
        Ok(Arc::new(DictionaryArray::<UInt32Type>::try_new(keys, Arc::new(self.values.finish()))?))
    }
}

fn value_of<T: ByteArrayType<Offset = i32>>(values: &GenericByteBuilder<T>, key: u32) -> &[u8] {
    let (key, offsets) = (key as usize, values.offsets_slice());
    &values.values_slice()[offsets[key] as usize..offsets[key + 1] as usize]
}
