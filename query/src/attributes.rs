//! Which attributes the spans have, and which values: for completion and for the group-by menu.

mod names;
mod values;

use proto::{Tenant, TimeRange};

use crate::latency::Stats;
use crate::traceql::{Attribute, SpanFilter};

pub(crate) use names::attribute_names;
pub(crate) use values::attribute_values;

/// A question for attribute names.
#[derive(Debug, Clone)]
pub struct AttributesQuery {
    /// Whose spans.
    pub tenant: Tenant,
    /// Which spans.
    pub filter: SpanFilter,
    /// Spans that end in this range.
    pub range: TimeRange,
}

/// The attributes of some spans.
#[derive(Debug, Clone)]
pub struct AttributesAnswer {
    /// Each attribute once, most frequent first.
    pub attributes: Vec<AttributeInfo>,
    /// How the answer came about.
    pub stats: Stats,
}

/// One attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeInfo {
    /// Its TraceQL name, such as `span.http.target`.
    pub name: String,
    /// `span`, `resource` or `intrinsic`.
    pub scope: &'static str,
    /// `string`, `int`, `double`, `bool`, `duration`, `kind`, `status`, or `mixed`.
    pub value_type: &'static str,
    /// Spans that have it.
    pub count: u64,
    /// Its different values, when they were counted.
    pub distinct: Option<u64>,
}

/// A question for the values of an attribute.
#[derive(Debug, Clone)]
pub struct AttributeValuesQuery {
    /// Whose spans.
    pub tenant: Tenant,
    /// Which attribute.
    pub attribute: Attribute,
    /// Which spans.
    pub filter: SpanFilter,
    /// Spans that end in this range.
    pub range: TimeRange,
    /// Only values whose text begins so.
    pub prefix: String,
    /// At most so many values.
    pub limit: usize,
}

/// The values of an attribute.
#[derive(Debug, Clone)]
pub struct AttributeValuesAnswer {
    /// The values, most frequent first.
    pub values: Vec<AttributeValue>,
    /// Whether there are more.
    pub truncated: bool,
    /// How the answer came about.
    pub stats: Stats,
}

/// One value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeValue {
    /// The value as text.
    pub text: String,
    /// Its type, as in [`AttributeInfo::value_type`].
    pub value_type: &'static str,
    /// Spans that have it.
    pub count: u64,
}
