//! Counting the values of columns: every row of a batch, a column at a time.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray, BinaryViewArray, Int64Array, RecordBatch, StringViewArray};
use arrow::datatypes::{Int32Type, Int64Type};
use hashbrown::HashMap;
use model::attributes::resource_attribute;
use proto::otlp::{Value, decode_resource};
use storage::schema::{column, layout};

use super::population::{Extract, Read};
use super::run::rows_of;
use super::tally::{Row, TALLY_BYTES, Tally};
use crate::span_rows::Texts;
use crate::traceql::{Attribute, AttributeScope, SpanKind, Static, StatusCode};

/// An attribute with more different values is not told apart by them.
pub(super) const VALUES_MAX: usize = 4096;

/// An attribute as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Name {
    /// One that TraceQL knows.
    Attribute(Attribute),
    /// Something else that a table has.
    Other(&'static str),
}

/// The values of one attribute.
#[derive(Debug, Default)]
pub(super) struct Values {
    texts: HashMap<Box<str>, usize>,
    integers: HashMap<i64, usize>,
    pub(super) tallies: Vec<(Static, Tally)>,
    /// Whole numbers by their size: [`bin_of`].
    pub(super) bins: BTreeMap<i8, Tally>,
    /// Rows that have the attribute.
    pub(super) present: Tally,
    /// Rows of values beyond [`VALUES_MAX`].
    pub(super) beyond: u64,
    /// What the texts take, in bytes.
    text_bytes: usize,
}

impl Values {
    pub(super) fn add_text(&mut self, text: &str, row: &Row) {
        let place = self.place_of_text(text);
        self.add(place, row);
    }

    fn place_of_text(&mut self, text: &str) -> Option<usize> {
        if let Some(place) = self.texts.get(text) {
            return Some(*place);
        }
        let place = self.new_place(|| Static::String(text.to_owned()))?;
        self.texts.insert(text.into(), place);
        // As a value and as its key.
        self.text_bytes += 2 * text.len();
        Some(place)
    }

    /// Counts a whole number, or what one stands for.
    pub(super) fn add_integer(&mut self, number: i64, value: impl FnOnce(i64) -> Static, row: &Row) {
        let place = match self.integers.get(&number) {
            Some(place) => Some(*place),
            None => {
                let place = self.new_place(|| value(number));
                self.integers.extend(place.map(|place| (number, place)));
                place
            }
        };
        self.add(place, row);
        self.bins.entry(bin_of(number)).or_default().add(row);
    }

    fn new_place(&mut self, value: impl FnOnce() -> Static) -> Option<usize> {
        if self.tallies.len() >= VALUES_MAX {
            return None;
        }
        self.tallies.push((value(), Tally::default()));
        Some(self.tallies.len() - 1)
    }

    fn add(&mut self, place: Option<usize>, row: &Row) {
        self.present.add(row);
        self.add_value(place, row);
    }

    /// Counts one of perhaps several values of a row.
    fn add_value(&mut self, place: Option<usize>, row: &Row) {
        match place.and_then(|place| self.tallies.get_mut(place)) {
            Some((_, tally)) => tally.add(row),
            None => self.beyond += 1,
        }
    }

    fn add_texts(&mut self, texts: &StringViewArray, rows: &[Row]) {
        // Equal views are equal texts; a dictionary page gives each of its texts one view.
        let mut known: HashMap<u128, Option<usize>> = HashMap::new();
        for (at, row) in rows.iter().enumerate().filter(|(at, _)| texts.is_valid(*at)) {
            let view = texts.views()[at];
            let place = *known.entry(view).or_insert_with(|| self.place_of_text(texts.value(at)));
            self.add(place, row);
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        let numbers: HashMap<usize, i64> =
            other.integers.iter().map(|(number, place)| (*place, *number)).collect();
        for (at, (value, tally)) in other.tallies.into_iter().enumerate() {
            let place = match (numbers.get(&at), &value) {
                (Some(number), _) => self.integers.get(number).copied().or_else(|| {
                    let place = self.new_place(|| value.clone());
                    self.integers.extend(place.map(|place| (*number, place)));
                    place
                }),
                (None, Static::String(text)) => self.place_of_text(text),
                (None, _) => None,
            };
            match place.and_then(|place| self.tallies.get_mut(place)) {
                Some((_, known)) => known.merge(&tally),
                None => self.beyond += tally.counts.selected + tally.counts.baseline,
            }
        }
        for (bin, tally) in other.bins {
            self.bins.entry(bin).or_default().merge(&tally);
        }
        self.present.merge(&other.present);
        self.beyond += other.beyond;
    }
}

/// Which power of two a number lies above: `1` for 1, `2` for 2 and 3, `3` for 4 to 7; 0 for 0, the negative of it below.
pub(super) fn bin_of(number: i64) -> i8 {
    let bits = 64 - number.unsigned_abs().leading_zeros();
    let bits = i8::try_from(bits).unwrap_or(i8::MAX);
    if number < 0 { -bits } else { bits }
}

/// The smallest number of a bin that is above 0, and the first beyond it, if there is one.
pub(super) fn bounds_of(bin: i8) -> (i64, Option<i64>) {
    let low = 1_i64 << (bin - 1).clamp(0, 62);
    (low, low.checked_mul(2))
}

/// The values of all attributes.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    pub(super) by_name: HashMap<Name, Values>,
    resources: HashMap<Box<[u8]>, Tally>,
    /// Rows of resources beyond [`VALUES_MAX`].
    resources_beyond: u64,
    pub(super) all: Tally,
}

impl Attributes {
    /// What the counts take of memory, in bytes, roughly: senders choose how many attributes and how long texts there are.
    pub(super) fn memory_bytes(&self) -> usize {
        let of_values = |values: &Values| {
            size_of::<(Name, Values)>()
                + values.text_bytes
                + (values.tallies.len() + values.bins.len() + 1) * TALLY_BYTES
        };
        let of_resources = self.resources.keys().map(|wire| wire.len() + TALLY_BYTES).sum::<usize>();
        self.by_name.values().map(of_values).sum::<usize>() + of_resources
    }

    /// Counts the rows of `batch`, as `read` says.
    pub(super) fn count(&mut self, batch: &RecordBatch, read: &Read) {
        let rows = rows_of(batch);
        rows.iter().for_each(|row| self.all.add(row));
        for Extract { name, from, how } in &read.extracts {
            let Some(array) = batch.column_by_name(from) else { continue };
            let values = self.by_name.entry(name.clone()).or_default();
            values.extract(array, how, &rows);
        }
        if let Some(resources) =
            batch.column_by_name(column::RESOURCE).and_then(|all| all.as_binary_view_opt())
        {
            self.count_resources(resources, &rows);
        }
        if read.has_map {
            self.count_map(batch, &rows);
        }
        if !read.phases.is_empty() {
            self.count_longest(batch, &read.phases, &rows);
        }
    }

    fn count_resources(&mut self, resources: &BinaryViewArray, rows: &[Row]) {
        for (at, row) in rows.iter().enumerate().filter(|(at, _)| resources.is_valid(*at)) {
            let wire = resources.value(at);
            if let Some(tally) = self.resources.get_mut(wire) {
                tally.add(row);
            } else if self.resources.len() < VALUES_MAX {
                self.resources.entry(wire.into()).or_default().add(row);
            } else {
                self.resources_beyond += 1;
            }
        }
    }

    /// Attributes without a column of their own.
    fn count_map(&mut self, batch: &RecordBatch, rows: &[Row]) {
        let map = batch.column_by_name(column::ATTRIBUTES).and_then(|map| map.as_map_opt());
        let layouts = batch.column_by_name(column::ATTRIBUTE_LAYOUT).and_then(|all| all.as_binary_view_opt());
        let (Some(map), Some(layouts)) = (map, layouts) else { return };
        let (keys, texts) = (map.keys().as_string::<i32>(), map.values().as_string::<i32>());
        for (at, row) in rows.iter().enumerate().filter(|(at, _)| layouts.is_valid(*at)) {
            let entries = map.value_offsets()[at] as usize..map.value_offsets()[at + 1] as usize;
            let tags = layouts.value(at).iter();
            let tags = tags.filter(|tag| (layout::MAP_STRING..=layout::RESIDUAL_SHOWN).contains(*tag));
            for (entry, tag) in entries.zip(tags) {
                if !matches!(*tag, layout::MAP_STRING | layout::MAP_INT | layout::MAP_BOOL) {
                    continue;
                }
                let attribute =
                    Attribute::Scoped { scope: AttributeScope::Span, name: keys.value(entry).to_owned() };
                let values = self.by_name.entry(Name::Attribute(attribute)).or_default();
                let text = texts.value(entry);
                match *tag {
                    layout::MAP_INT => match text.parse() {
                        Ok(number) => values.add_integer(number, Static::Int, row),
                        Err(_) => values.add_text(text, row),
                    },
                    layout::MAP_BOOL => values.add_integer(i64::from(text == "true"), as_bool, row),
                    _ => values.add_text(text, row),
                }
            }
        }
    }

    /// What a row waited for most.
    fn count_longest(&mut self, batch: &RecordBatch, phases: &[(String, &'static str)], rows: &[Row]) {
        let columns: Vec<(&Int64Array, &str)> = phases
            .iter()
            .filter_map(|(column, phase)| {
                Some((batch.column_by_name(column)?.as_primitive_opt::<Int64Type>()?, *phase))
            })
            .collect();
        let values = self.by_name.entry(Name::Other(super::population::LONGEST_PHASE)).or_default();
        for (at, row) in rows.iter().enumerate() {
            let longest = columns.iter().max_by_key(|(times, _)| times.value(at));
            if let Some((_, phase)) = longest {
                values.add_text(phase, row);
            }
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (name, values) in other.by_name {
            self.by_name.entry(name).or_default().merge(values);
        }
        for (wire, tally) in other.resources {
            if self.resources.len() < VALUES_MAX || self.resources.contains_key(&wire) {
                self.resources.entry(wire).or_default().merge(&tally);
            } else {
                self.resources_beyond += tally.counts.selected + tally.counts.baseline;
            }
        }
        self.resources_beyond += other.resources_beyond;
        self.all.merge(&other.all);
    }

    /// Every attribute with its values; those of resources among them.
    pub(super) fn into_values(mut self) -> HashMap<Name, Values> {
        for (wire, tally) in &self.resources {
            let Ok(resource) = decode_resource(wire) else { continue };
            let without_column =
                |attribute: &&proto::otlp::Attribute<'_>| resource_attribute(&attribute.key).is_none();
            for attribute in resource.attributes.iter().filter(without_column) {
                let name = attribute.key.clone().into_owned();
                let attribute_name =
                    Name::Attribute(Attribute::Scoped { scope: AttributeScope::Resource, name });
                let values = self.by_name.entry(attribute_name).or_default();
                let place = match &attribute.value {
                    Value::String(text) => values.place_of_text(text),
                    Value::Int(number) => values.place_of_text(&number.to_string()),
                    Value::Bool(flag) => values.place_of_text(&flag.to_string()),
                    _ => continue,
                };
                values.present.merge(tally);
                values.beyond += self.resources_beyond;
                if let Some((_, known)) = place.and_then(|place| values.tallies.get_mut(place)) {
                    known.merge(tally);
                }
            }
        }
        self.by_name
    }
}

/// How the values of a column are read.
#[derive(Debug, Clone)]
pub(super) enum How {
    /// Texts, whole numbers or booleans.
    Plain,
    /// OTLP's numbers of span kinds.
    Kind,
    /// OTLP's numbers of statuses.
    Status,
    /// The texts at this place of each struct of a list, each once a row.
    TextsOfList(usize),
    /// The text at the first place of that struct of a list whose number at the second is the largest, and not 0.
    TextOfLargest(usize, usize),
}

impl Values {
    fn extract(&mut self, array: &ArrayRef, how: &How, rows: &[Row]) {
        match how {
            How::Plain => self.add_plain(array, rows),
            How::Kind => self.add_codes(array, rows, |code| {
                SpanKind::ALL.into_iter().find(|kind| i64::from(kind.otlp()) == code).map(Static::Kind)
            }),
            How::Status => self.add_codes(array, rows, |code| {
                StatusCode::ALL
                    .into_iter()
                    .find(|status| i64::from(status.otlp()) == code)
                    .map(Static::Status)
            }),
            How::TextsOfList(field) => self.add_lists(array, *field, rows),
            How::TextOfLargest(field, number) => self.add_largest(array, *field, *number, rows),
        }
    }

    fn add_plain(&mut self, array: &ArrayRef, rows: &[Row]) {
        if let Some(texts) = array.as_string_view_opt() {
            self.add_texts(texts, rows);
        } else if let Some(numbers) = array.as_primitive_opt::<Int64Type>() {
            for (at, row) in rows.iter().enumerate().filter(|(at, _)| numbers.is_valid(*at)) {
                self.add_integer(numbers.value(at), Static::Int, row);
            }
        } else if let Some(flags) = array.as_boolean_opt() {
            for (at, row) in rows.iter().enumerate().filter(|(at, _)| flags.is_valid(*at)) {
                self.add_integer(i64::from(flags.value(at)), as_bool, row);
            }
        }
    }

    fn add_codes(&mut self, array: &ArrayRef, rows: &[Row], value: impl Fn(i64) -> Option<Static>) {
        let Some(codes) = array.as_primitive_opt::<Int32Type>() else { return };
        for (at, row) in rows.iter().enumerate() {
            let code = if codes.is_valid(at) { i64::from(codes.value(at)) } else { 0 };
            if let Some(known) = value(code) {
                self.add_integer(code, |_| known, row);
            }
        }
    }

    fn add_lists(&mut self, array: &ArrayRef, field: usize, rows: &[Row]) {
        let Some(list) = array.as_list_opt::<i32>() else { return };
        let Some(texts) = list.values().as_struct_opt().and_then(|items| items.columns().get(field)) else {
            return;
        };
        let Some(texts) = Texts::of(texts) else { return };
        for (at, row) in rows.iter().enumerate().filter(|(at, _)| list.is_valid(*at)) {
            let items = list.value_offsets()[at] as usize..list.value_offsets()[at + 1] as usize;
            let mut seen: Vec<&str> = items.filter_map(|item| texts.get(item)).collect();
            seen.sort_unstable();
            seen.dedup();
            if !seen.is_empty() {
                self.present.add(row);
            }
            for text in seen {
                let place = self.place_of_text(text);
                self.add_value(place, row);
            }
        }
    }
}

impl Values {
    fn add_largest(&mut self, array: &ArrayRef, field: usize, number: usize, rows: &[Row]) {
        let Some(list) = array.as_list_opt::<i32>() else { return };
        let Some(items) = list.values().as_struct_opt() else { return };
        let texts = items.columns().get(field).and_then(Texts::of);
        let numbers = items.columns().get(number).and_then(|column| column.as_primitive_opt::<Int64Type>());
        let (Some(texts), Some(numbers)) = (texts, numbers) else { return };
        for (at, row) in rows.iter().enumerate().filter(|(at, _)| list.is_valid(*at)) {
            let items = list.value_offsets()[at] as usize..list.value_offsets()[at + 1] as usize;
            let largest =
                items.max_by_key(|item| numbers.value(*item)).filter(|item| numbers.value(*item) > 0);
            if let Some(text) = largest.and_then(|item| texts.get(item)) {
                self.add_text(text, row);
            }
        }
    }
}

const fn as_bool(number: i64) -> Static {
    Static::Bool(number == 1)
}
