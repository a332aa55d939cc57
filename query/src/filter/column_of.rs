//! Which column, if any, holds the values of an attribute that have the column's type.

use model::attributes::{HotType, resource_attribute, span_attribute};

use crate::traceql::{Attribute, AttributeScope};

/// A column and the type of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Text(&'static str),
    Int(&'static str),
    Bool(&'static str),
}

/// The column of a span or resource attribute.
pub(super) fn column_of(attribute: &Attribute) -> Option<Column> {
    let Attribute::Scoped { scope, name } = attribute else { return None };
    let hot = match scope {
        AttributeScope::Span => span_attribute(name),
        AttributeScope::Resource => resource_attribute(name),
        _ => None,
    }?;
    Some(match hot.value_type {
        HotType::String => Column::Text(hot.column),
        HotType::Int => Column::Int(hot.column),
        HotType::Bool => Column::Bool(hot.column),
    })
}
