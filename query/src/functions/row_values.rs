//! The attributes of one row of the `spans` table, as a TraceQL filter sees them.
//!
//! The slow way that is right for every attribute: keys without a column, events, links, mixed types. What has a
//! column of the fitting type is compared by DataFusion directly and never comes here.

use std::cell::RefCell;
use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, AsArray, StructArray};
use arrow::datatypes::{Int32Type, Int64Type};
use datafusion::common::{DataFusionError, Result};
use model::attributes::{HotAttribute, HotType, span_attribute};
use proto::otlp::{self, decode_attributes, decode_resource};
use storage::schema::{column, layout};

use crate::traceql::{
    Attribute, AttributeScope, Intrinsic, SpanAttributes, SpanKind, Static, StatusCode, statics,
};

/// The columns that [`RowValues`] needs to answer for `attribute`.
pub(crate) fn columns_of(attribute: &Attribute) -> Vec<&'static str> {
    const SPAN: [&str; 3] = [column::ATTRIBUTES, column::ATTRIBUTE_LAYOUT, column::OTLP_RESIDUAL];
    let hot = |name: &str| span_attribute(name).map(|hot| hot.column);
    match attribute {
        Attribute::Derived(derived) => vec![derived.column],
        Attribute::Intrinsic(intrinsic) => vec![intrinsic_column(*intrinsic)],
        // No row knows its trace.
        Attribute::Trace(_) => Vec::new(),
        Attribute::Scoped { scope, name } => match scope {
            AttributeScope::Span => SPAN.into_iter().chain(hot(name)).collect(),
            AttributeScope::Any => SPAN.into_iter().chain(hot(name)).chain([column::RESOURCE]).collect(),
            AttributeScope::Resource => vec![column::RESOURCE],
            AttributeScope::Event => vec![column::EVENTS],
            AttributeScope::Link => vec![column::LINKS],
            AttributeScope::Instrumentation => vec![column::SCOPE],
        },
    }
}

const fn intrinsic_column(intrinsic: Intrinsic) -> &'static str {
    match intrinsic {
        Intrinsic::Name => column::NAME,
        Intrinsic::Kind => column::KIND,
        Intrinsic::Status => column::STATUS_CODE,
        Intrinsic::StatusMessage => column::STATUS_MESSAGE,
        Intrinsic::Duration => column::DURATION_NS,
        Intrinsic::SpanId => column::SPAN_ID,
        Intrinsic::ParentSpanId => column::PARENT_SPAN_ID,
        Intrinsic::TraceId => column::TRACE_ID,
        Intrinsic::EventName | Intrinsic::EventTimeSinceStart => column::EVENTS,
        Intrinsic::LinkTraceId | Intrinsic::LinkSpanId => column::LINKS,
        Intrinsic::InstrumentationName => column::SCOPE_NAME,
        Intrinsic::InstrumentationVersion => column::SCOPE_VERSION,
    }
}

/// Attributes by key.
type NamedValues = Vec<(String, Vec<Static>)>;

/// Columns of one batch by name, and a cursor.
pub(crate) struct RowValues<'a> {
    columns: HashMap<&'a str, &'a ArrayRef>,
    row: usize,
    /// The attributes of resources and scopes seen in this batch: few, and each stands in many rows.
    envelopes: RefCell<HashMap<Vec<u8>, NamedValues>>,
}

impl<'a> RowValues<'a> {
    pub(crate) fn new(names: &'a [&'static str], arrays: &'a [ArrayRef]) -> Self {
        let columns = names.iter().copied().zip(arrays).collect();
        Self { columns, row: 0, envelopes: RefCell::default() }
    }

    pub(crate) const fn move_to(&mut self, row: usize) {
        self.row = row;
    }

    fn column(&self, name: &str) -> Option<&'a ArrayRef> {
        self.columns.get(name).copied().filter(|array| array.is_valid(self.row))
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.column(name).map(|array| array.as_string_view().value(self.row))
    }

    fn bytes(&self, name: &str) -> Option<&'a [u8]> {
        self.column(name).map(|array| array.as_binary_view().value(self.row))
    }

    fn hex(&self, name: &str) -> String {
        self.column(name).map_or_else(String::new, |array| hex(array.as_fixed_size_binary().value(self.row)))
    }

    fn int32(&self, name: &str) -> Option<i32> {
        self.column(name).map(|array| array.as_primitive::<Int32Type>().value(self.row))
    }

    fn intrinsic(&self, intrinsic: Intrinsic) -> Vec<Static> {
        let text = |name: &str| vec![Static::String(self.text(name).unwrap_or_default().to_owned())];
        match intrinsic {
            Intrinsic::Name | Intrinsic::StatusMessage => text(intrinsic_column(intrinsic)),
            Intrinsic::InstrumentationName | Intrinsic::InstrumentationVersion => {
                text(intrinsic_column(intrinsic))
            }
            Intrinsic::Kind => {
                let kind = self.int32(column::KIND).unwrap_or(0);
                SpanKind::ALL.into_iter().filter(|known| known.otlp() == kind).map(Static::Kind).collect()
            }
            Intrinsic::Status => {
                let code = self.int32(column::STATUS_CODE).unwrap_or(0);
                StatusCode::ALL.into_iter().filter(|known| known.otlp() == code).map(Static::Status).collect()
            }
            Intrinsic::Duration => {
                let duration = self.column(column::DURATION_NS);
                let value = duration.map_or(0, |array| array.as_primitive::<Int64Type>().value(self.row));
                vec![Static::Duration(value.max(0))]
            }
            Intrinsic::SpanId | Intrinsic::ParentSpanId | Intrinsic::TraceId => {
                vec![Static::String(self.hex(intrinsic_column(intrinsic)))]
            }
            Intrinsic::EventName => self.each(column::EVENTS, |events, row| {
                let names = events.column(1).as_string::<i32>();
                vec![Static::String(if names.is_valid(row) { names.value(row) } else { "" }.to_owned())]
            }),
            Intrinsic::EventTimeSinceStart => self.each(column::EVENTS, |events, row| {
                vec![Static::Duration(events.column(0).as_primitive::<Int64Type>().value(row))]
            }),
            Intrinsic::LinkTraceId | Intrinsic::LinkSpanId => {
                let place = usize::from(intrinsic == Intrinsic::LinkSpanId);
                self.each(column::LINKS, |links, row| {
                    vec![Static::String(hex(links.column(place).as_fixed_size_binary().value(row)))]
                })
            }
        }
    }

    /// What `of` finds on each event or link of this row.
    fn each(&self, name: &str, of: impl Fn(&StructArray, usize) -> Vec<Static>) -> Vec<Static> {
        let Some(list) = self.column(name).map(|array| array.as_list::<i32>()) else { return Vec::new() };
        let offsets = list.value_offsets();
        let items = list.values().as_struct();
        (offsets[self.row] as usize..offsets[self.row + 1] as usize)
            .flat_map(|item| of(items, item))
            .collect()
    }

    /// The values of `key` on each event or link, whose attributes are the struct's field `place`.
    fn nested(&self, name: &str, place: usize, key: &str) -> Vec<Static> {
        self.each(name, |items, row| {
            let attributes = items.column(place).as_binary::<i32>();
            if attributes.is_null(row) {
                return Vec::new();
            }
            let decoded = decode_attributes(attributes.value(row)).unwrap_or_default();
            decoded
                .iter()
                .filter(|attribute| attribute.key == key)
                .flat_map(|found| statics(&found.value))
                .collect()
        })
    }

    fn span_attribute(&self, key: &str) -> Vec<Static> {
        match span_attribute(key).and_then(|hot| self.hot_value(hot)) {
            Some(value) => vec![value],
            None => self.map_attribute(key).unwrap_or_default(),
        }
    }

    /// The value in the column of `hot`.
    pub(crate) fn hot_value(&self, hot: &HotAttribute) -> Option<Static> {
        let array = self.column(hot.column)?;
        Some(match hot.value_type {
            HotType::String => Static::String(array.as_string_view().value(self.row).to_owned()),
            HotType::Int => Static::Int(array.as_primitive::<Int64Type>().value(self.row)),
            HotType::Bool => Static::Bool(array.as_boolean().value(self.row)),
        })
    }

    fn map_attribute(&self, key: &str) -> Option<Vec<Static>> {
        let map = self.column(column::ATTRIBUTES)?.as_map();
        let offsets = map.value_offsets();
        let first = offsets[self.row] as usize;
        let keys = map.keys().as_string::<i32>();
        let place = (first..offsets[self.row + 1] as usize).find(|entry| keys.value(*entry) == key)?;
        let text = map.values().as_string::<i32>().value(place);
        let tags = self.bytes(column::ATTRIBUTE_LAYOUT)?;
        let in_map = |tag: &u8| (layout::MAP_STRING..=layout::RESIDUAL_SHOWN).contains(tag);
        let (position, tag) = tags.iter().enumerate().filter(|(_, tag)| in_map(tag)).nth(place - first)?;
        match *tag {
            layout::MAP_STRING => Some(vec![Static::String(text.to_owned())]),
            layout::MAP_INT => text.parse().ok().map(|number| vec![Static::Int(number)]),
            layout::MAP_DOUBLE => text.parse().ok().map(|number| vec![Static::Float(number)]),
            layout::MAP_BOOL => Some(vec![Static::Bool(text == "true")]),
            _ => {
                let residuals = tags[..position].iter().filter(|tag| **tag >= layout::RESIDUAL_SHOWN).count();
                let decoded = decode_attributes(self.bytes(column::OTLP_RESIDUAL)?).ok()?;
                decoded.get(residuals).map(|attribute| statics(&attribute.value))
            }
        }
    }

    /// The values of `key` among the attributes of a resource or scope.
    fn envelope(&self, wire: &[u8], key: &str, decode: impl Fn(&[u8]) -> NamedValues) -> Vec<Static> {
        let mut known = self.envelopes.borrow_mut();
        if !known.contains_key(wire) {
            known.insert(wire.to_vec(), decode(wire));
        }
        let attributes = known.get(wire).map(Vec::as_slice).unwrap_or_default();
        attributes.iter().find(|(name, _)| name == key).map(|(_, values)| values.clone()).unwrap_or_default()
    }

    fn resource_attribute(&self, key: &str) -> Vec<Static> {
        let Some(wire) = self.bytes(column::RESOURCE) else { return Vec::new() };
        self.envelope(wire, key, |wire| {
            decode_resource(wire).map(|resource| named(&resource.attributes)).unwrap_or_default()
        })
    }

    fn scope_attribute(&self, key: &str) -> Vec<Static> {
        let Some(wire) = self.bytes(column::SCOPE) else { return Vec::new() };
        self.envelope(wire, key, |wire| {
            otlp::decode_scope_attributes(wire).map(|attributes| named(&attributes)).unwrap_or_default()
        })
    }
}

impl SpanAttributes for RowValues<'_> {
    fn get(&self, attribute: &Attribute) -> Vec<Static> {
        match attribute {
            Attribute::Intrinsic(intrinsic) => self.intrinsic(*intrinsic),
            Attribute::Derived(derived) => self.hot_value(derived).into_iter().collect(),
            Attribute::Trace(_) => Vec::new(),
            Attribute::Scoped { scope, name } => match scope {
                AttributeScope::Span => self.span_attribute(name),
                AttributeScope::Resource => self.resource_attribute(name),
                AttributeScope::Event => self.nested(column::EVENTS, 2, name),
                AttributeScope::Link => self.nested(column::LINKS, 3, name),
                AttributeScope::Instrumentation => self.scope_attribute(name),
                AttributeScope::Any => {
                    let values = self.span_attribute(name);
                    if values.is_empty() { self.resource_attribute(name) } else { values }
                }
            },
        }
    }
}

fn named(attributes: &[otlp::Attribute<'_>]) -> NamedValues {
    attributes
        .iter()
        .map(|attribute| (attribute.key.clone().into_owned(), statics(&attribute.value)))
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        for digit in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(digit), 16));
        }
        text
    })
}

/// An internal error about arguments that our own plans never give.
pub(super) fn wrong_arguments(function: &str) -> DataFusionError {
    DataFusionError::Internal(format!("{function} was planned with other columns than it needs"))
}

/// Checks that as many arrays came as were asked for.
pub(super) fn check_arguments(function: &str, names: &[&str], arrays: &[ArrayRef]) -> Result<()> {
    if names.len() == arrays.len() { Ok(()) } else { Err(wrong_arguments(function)) }
}
