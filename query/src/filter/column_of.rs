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

/// The column of a derived value, or of a span or resource attribute.
pub(super) fn column_of(attribute: &Attribute) -> Option<Column> {
    let hot = match attribute {
        Attribute::Derived(derived) => Some(*derived),
        Attribute::Scoped { scope: AttributeScope::Span, name } => span_attribute(name),
        Attribute::Scoped { scope: AttributeScope::Resource, name } => resource_attribute(name),
        _ => None,
    }?;
    Some(match hot.value_type {
        HotType::String => Column::Text(hot.column),
        HotType::Int => Column::Int(hot.column),
        HotType::Bool => Column::Bool(hot.column),
    })
}
