//! Which series there are: every combination of key values that spans have.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, AsArray, BooleanArray, Int32Array, Int64Array, PrimitiveArray, RecordBatch, StringArray,
};
use arrow::datatypes::{DataType, Int32Type, Int64Type, UInt32Type};
use model::Component;
use proto::ErrorKind;

use crate::schema::rollup::{INSTANCE, KEYS};
use crate::{Error, Result};

/// One value of a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum KeyValue {
    Null,
    Text(Arc<str>),
    Int(i64),
    Bool(bool),
}

/// The values of [`KEYS`]; none at all for what is beyond the limit.
pub(super) type SeriesKey = Box<[KeyValue]>;

/// A row's values as numbers that only its batch understands.
type Codes = [u32; KEYS.len()];

/// What stands for null among codes, and no dictionary is so large.
const NULL_CODE: u32 = u32::MAX;

/// Where among [`KEYS`] they stand.
const COMPONENT_AT: usize = 0;
const STATUS_AT: usize = KEYS.len() - 1;
/// OTLP's status code for an error.
const STATUS_ERROR: u32 = 2;

/// A row's place in a rollup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Member {
    /// The number of its series.
    pub(crate) series: u32,
    /// Whether its status is error.
    pub(crate) is_error: bool,
}

/// The series met so far, numbered.
#[derive(Debug)]
pub(crate) struct Series {
    numbers: HashMap<SeriesKey, u32>,
    keys: Vec<SeriesKey>,
    series_max: usize,
}

impl Series {
    /// None yet, and `series_max` at most, with one more for all beyond.
    pub(crate) fn new(series_max: usize) -> Self {
        Self { numbers: HashMap::new(), keys: Vec::new(), series_max }
    }

    pub(super) fn key(&self, number: u32) -> &SeriesKey {
        &self.keys[number as usize]
    }

    /// From now on what is not known is beyond the limit.
    pub(super) fn close(&mut self) {
        self.series_max = self.keys.len();
    }

    /// The number of what is beyond the limit, if there is something.
    pub(super) fn overflow(&self) -> Option<u32> {
        self.numbers.get(&SeriesKey::default()).copied()
    }

    /// The values that a series has, for people.
    pub(super) fn label(&self, number: u32) -> String {
        let values = KEYS.iter().zip(self.key(number)).filter_map(|(name, value)| match value {
            KeyValue::Null => None,
            KeyValue::Text(text) => Some(format!("{name}={text:?}")),
            KeyValue::Int(number) => Some(format!("{name}={number}")),
            KeyValue::Bool(flag) => Some(format!("{name}={flag}")),
        });
        let values: Vec<String> = values.collect();
        if values.is_empty() { "series beyond the limit".to_owned() } else { values.join(" ") }
    }

    /// Which series each row belongs to.
    pub(crate) fn of_rows(&mut self, batch: &RecordBatch) -> Result<Vec<Member>> {
        let columns: Vec<KeyColumn<'_>> =
            KEYS.iter().map(|name| KeyColumn::of(batch, name)).collect::<Result<_>>()?;
        let mut known: HashMap<Codes, u32> = HashMap::new();
        let members = (0..batch.num_rows()).map(|row| {
            let codes: Codes = std::array::from_fn(|at| columns[at].code(row));
            let series = *known.entry(codes).or_insert_with(|| self.number(key(&columns, row)));
            Member { series, is_error: codes[STATUS_AT] == STATUS_ERROR }
        });
        Ok(members.collect())
    }

    /// The number of the series called `key`.
    pub(super) fn number(&mut self, key: SeriesKey) -> u32 {
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        let is_overflow = key.is_empty();
        if self.keys.len() >= self.series_max && !is_overflow {
            return self.number(SeriesKey::default());
        }
        let number = self.keys.len() as u32;
        self.keys.push(key.clone());
        self.numbers.insert(key, number);
        number
    }
}

/// The values of a row.
pub(super) fn key(columns: &[KeyColumn<'_>], row: usize) -> SeriesKey {
    let mut key: SeriesKey = columns.iter().map(|column| column.value(row)).collect();
    let is_few = |component: &Component| matches!(&key[COMPONENT_AT], KeyValue::Text(name) if **name == *component.name());
    if ![Component::Apiserver, Component::Etcd].iter().any(is_few)
        && let Some(at) = KEYS.iter().position(|name| *name == INSTANCE)
    {
        key[at] = KeyValue::Null;
    }
    key
}

/// A key's column in one batch, in whatever form the batch has it.
pub(super) enum KeyColumn<'a> {
    Absent,
    Dictionary(&'a PrimitiveArray<UInt32Type>, &'a StringArray),
    /// With each row's code.
    Text(&'a StringArray, Vec<u32>),
    Int32(&'a Int32Array),
    Int64(&'a Int64Array),
    Bool(&'a BooleanArray),
}

impl<'a> KeyColumn<'a> {
    pub(super) fn of(batch: &'a RecordBatch, name: &str) -> Result<Self> {
        let unexpected = |what: String| Error::new(ErrorKind::Internal, format!("column {name} is {what}"));
        // Segments of earlier versions have fewer columns.
        let Some(column) = batch.column_by_name(name) else { return Ok(Self::Absent) };
        Ok(match column.data_type() {
            DataType::Dictionary(_, _) => {
                let dictionary = column.as_dictionary::<UInt32Type>();
                Self::Dictionary(dictionary.keys(), dictionary.values().as_string())
            }
            DataType::Utf8 => Self::Text(column.as_string(), codes_of(column.as_string())),
            DataType::Int32 => Self::Int32(column.as_primitive::<Int32Type>()),
            DataType::Int64 => Self::Int64(column.as_primitive::<Int64Type>()),
            DataType::Boolean => Self::Bool(column.as_boolean()),
            other => return Err(unexpected(format!("of type {other}"))),
        })
    }

    /// A number for the value: equal numbers mean equal values within the batch.
    fn code(&self, row: usize) -> u32 {
        match self {
            Self::Dictionary(codes, _) if codes.is_valid(row) => codes.value(row),
            Self::Text(_, codes) => codes[row],
            Self::Int32(numbers) if numbers.is_valid(row) => numbers.value(row) as u32,
            // Status codes of HTTP, which the model reads as 16 bits.
            Self::Int64(numbers) if numbers.is_valid(row) => numbers.value(row) as u32,
            Self::Bool(flags) if flags.is_valid(row) => u32::from(flags.value(row)),
            _ => NULL_CODE,
        }
    }

    fn value(&self, row: usize) -> KeyValue {
        match self {
            Self::Dictionary(codes, texts) if codes.is_valid(row) => {
                KeyValue::Text(texts.value(codes.value(row) as usize).into())
            }
            Self::Text(texts, _) if texts.is_valid(row) => KeyValue::Text(texts.value(row).into()),
            Self::Int32(numbers) if numbers.is_valid(row) => KeyValue::Int(i64::from(numbers.value(row))),
            Self::Int64(numbers) if numbers.is_valid(row) => KeyValue::Int(numbers.value(row)),
            Self::Bool(flags) if flags.is_valid(row) => KeyValue::Bool(flags.value(row)),
            _ => KeyValue::Null,
        }
    }
}

fn codes_of(texts: &StringArray) -> Vec<u32> {
    let mut known: HashMap<&str, u32> = HashMap::new();
    let mut code = |text| {
        let next = known.len() as u32;
        *known.entry(text).or_insert(next)
    };
    texts.iter().map(|text| text.map_or(NULL_CODE, &mut code)).collect()
}
