//! Span attributes: a hot column where the key has one and the type fits, else the map, with the layout beside them.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryBuilder, MapArray, StringBuilder, StructArray};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::Field;
use arrow::error::ArrowError;
use model::attributes::SPAN_ATTRIBUTES;
use proto::otlp::{Attribute, Value, encode_attributes, value_to_json};
use storage::schema::{layout, map_entry_fields};

use super::dictionary::BinaryColumn;
use super::hot::HotColumn;

#[derive(Debug)]
pub(super) struct AttributeColumns {
    hot: Vec<HotColumn>,
    positions: KeyPositions,
    map_keys: StringBuilder,
    map_values: StringBuilder,
    map_offsets: Vec<i32>,
    /// The map keys of the row being built, as positions in `map_keys`.
    row_keys: Vec<String>,
    layout: BinaryColumn,
    row_layout: Vec<u8>,
    residual: BinaryBuilder,
    row_residual: Vec<u8>,
}

impl AttributeColumns {
    pub(super) fn new(rows: usize) -> Self {
        let hot = SPAN_ATTRIBUTES.iter().map(|hot| HotColumn::new(hot.value_type, rows)).collect();
        Self {
            hot,
            positions: KeyPositions::default(),
            map_keys: StringBuilder::new(),
            map_values: StringBuilder::new(),
            map_offsets: vec![0],
            row_keys: Vec::new(),
            layout: BinaryColumn::new(rows),
            row_layout: Vec::new(),
            residual: BinaryBuilder::with_capacity(rows, 0),
            row_residual: Vec::new(),
        }
    }

    pub(super) fn append(&mut self, row: usize, attributes: &[Attribute<'_>]) {
        self.row_keys.clear();
        self.row_layout.clear();
        self.row_residual.clear();
        for (place, attribute) in attributes.iter().enumerate() {
            let tag = match self.positions.find(place, &attribute.key) {
                Some(position) => self.append_hot(row, position, attribute),
                None => self.append_to_map(attribute),
            };
            self.row_layout.push(tag);
        }
        self.map_offsets.push(self.map_offsets[self.map_offsets.len() - 1] + self.row_keys.len() as i32);
        self.layout.set_non_empty(row, &self.row_layout);
        self.residual.append_option((!self.row_residual.is_empty()).then_some(&self.row_residual));
    }

    /// Puts the attribute into its column, or, when the type is another or the row has one, where any key may go.
    fn append_hot(&mut self, row: usize, position: u8, attribute: &Attribute<'_>) -> u8 {
        let column = &mut self.hot[usize::from(position)];
        if column.has(row) {
            return self.hide(attribute);
        }
        if column.set(row, &attribute.value) { position } else { self.append_to_map(attribute) }
    }

    fn append_to_map(&mut self, attribute: &Attribute<'_>) -> u8 {
        if self.row_keys.iter().any(|key| *key == attribute.key) {
            return self.hide(attribute);
        }
        let tag = match &attribute.value {
            Value::String(text) => {
                self.map_values.append_value(text);
                layout::MAP_STRING
            }
            Value::Int(number) => {
                self.map_values.append_value(number.to_string());
                layout::MAP_INT
            }
            Value::Double(number) if number.is_finite() => {
                self.map_values.append_value(format!("{number:?}"));
                layout::MAP_DOUBLE
            }
            Value::Bool(flag) => {
                self.map_values.append_value(if *flag { "true" } else { "false" });
                layout::MAP_BOOL
            }
            Value::Empty => return self.hide(attribute),
            value @ (Value::Double(_) | Value::Bytes(_) | Value::Array(_) | Value::KeyValueList(_)) => {
                self.map_values.append_value(value_to_json(value).to_string());
                encode_attributes(std::slice::from_ref(attribute), &mut self.row_residual);
                layout::RESIDUAL_SHOWN
            }
        };
        self.map_keys.append_value(&attribute.key);
        self.row_keys.push(attribute.key.clone().into_owned());
        tag
    }

    fn hide(&mut self, attribute: &Attribute<'_>) -> u8 {
        encode_attributes(std::slice::from_ref(attribute), &mut self.row_residual);
        layout::RESIDUAL_HIDDEN
    }

    /// The hot columns, then `attributes`, `attribute_layout` and `otlp_residual`.
    pub(super) fn finish(mut self, rows: usize) -> Result<Vec<ArrayRef>, ArrowError> {
        let mut columns = Vec::with_capacity(self.hot.len() + 3);
        for column in self.hot {
            columns.push(column.finish(rows)?);
        }
        let entries = StructArray::try_new(
            map_entry_fields(),
            vec![Arc::new(self.map_keys.finish()), Arc::new(self.map_values.finish())],
            None,
        )?;
        let entry_field = Arc::new(Field::new("key_value", entries.data_type().clone(), false));
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.map_offsets));
        columns.push(Arc::new(MapArray::try_new(entry_field, offsets, entries, None, false)?));
        columns.push(self.layout.finish(rows)?);
        columns.push(Arc::new(self.residual.finish()));
        Ok(columns)
    }
}

use arrow::array::Array as _;

/// Finds the hot position of a key, guessing first that the attribute at this place has the key it had last time.
#[derive(Debug)]
struct KeyPositions {
    guesses: Vec<(String, Option<u8>)>,
    known: hashbrown::HashMap<&'static str, u8>,
}

impl Default for KeyPositions {
    fn default() -> Self {
        let known =
            SPAN_ATTRIBUTES.iter().enumerate().map(|(position, hot)| (hot.key, position as u8)).collect();
        Self { guesses: Vec::new(), known }
    }
}

impl KeyPositions {
    /// Places beyond this are looked up each time, so that a hostile span cannot grow the guesses.
    const GUESSES_MAX: usize = 64;

    fn find(&mut self, place: usize, key: &str) -> Option<u8> {
        if let Some((guess, position)) = self.guesses.get(place)
            && guess == key
        {
            return *position;
        }
        let position = self.known.get(key).copied();
        if place < Self::GUESSES_MAX {
            self.guesses.resize_with(self.guesses.len().max(place + 1), Default::default);
            let guess = &mut self.guesses[place];
            guess.0.clear();
            guess.0.push_str(key);
            guess.1 = position;
        }
        position
    }
}
