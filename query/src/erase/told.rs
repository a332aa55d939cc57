//! Whether rows meet a filter, as far as the columns they have can tell: rollups and derived rows have few of a span's.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use model::attributes::{HotAttribute, resource_attribute};
use proto::ErrorKind;
use storage::schema::column;

use crate::functions::{RowValues, columns_of};
use crate::traceql::{Attribute, AttributeScope, Expression, SpanAttributes, SpanFilter, Static, matches};
use crate::{Error, Result};

/// The columns of the spans table that tell whether a span meets `filter`.
pub(super) fn columns(filter: &SpanFilter) -> Vec<&'static str> {
    let mut attributes = Vec::new();
    filter.expression.iter().for_each(|expression| add_attributes(expression, &mut attributes));
    let mut names: Vec<_> = attributes.into_iter().flat_map(columns_of).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn add_attributes<'a>(expression: &'a Expression, found: &mut Vec<&'a Attribute>) {
    match expression {
        Expression::And(parts) | Expression::Or(parts) => {
            parts.iter().for_each(|part| add_attributes(part, found));
        }
        Expression::Not(part) => add_attributes(part, found),
        leaf => found.extend(leaf.attributes()),
    }
}

/// A filter over the columns of one batch, and attributes one of which has to be there too, if there are any.
pub(super) struct Condition {
    filter: Tree,
    names: Vec<&'static str>,
    arrays: Vec<ArrayRef>,
    has_resource: bool,
    /// Columns that hold one of the attributes; `None` if none is asked for.
    attributes: Option<Vec<ArrayRef>>,
}

/// A filter whose parts the columns tell, or not.
enum Tree {
    And(Vec<Self>),
    Or(Vec<Self>),
    Not(Box<Self>),
    Told(SpanFilter),
    Untold,
}

impl Condition {
    pub(super) fn of<'a>(
        filter: &SpanFilter,
        attributes: impl ExactSizeIterator<Item = (AttributeScope, &'a str)>,
        rows: &RecordBatch,
    ) -> Result<Self> {
        let has_resource = rows.column_by_name(column::RESOURCE).is_some();
        let tree = filter
            .expression
            .as_ref()
            .map_or(Tree::Told(SpanFilter { expression: None }), |expression| Tree::of(expression, rows));
        let mut attributes_read = Vec::new();
        filter.expression.iter().for_each(|expression| add_attributes(expression, &mut attributes_read));
        let stand_ins = attributes_read.into_iter().filter_map(stand_in).map(|hot| hot.column);
        let mut names = columns(filter);
        names.extend(stand_ins);
        names.retain(|name| rows.column_by_name(name).is_some());
        let arrays = names.iter().filter_map(|name| rows.column_by_name(name)).map(as_view);
        let arrays = arrays.collect::<Result<_>>()?;
        let attributes = (attributes.len() > 0).then(|| {
            let hot = attributes.filter_map(|(scope, name)| {
                matches!(scope, AttributeScope::Any | AttributeScope::Resource)
                    .then(|| resource_attribute(name))
                    .flatten()
            });
            hot.filter_map(|hot| rows.column_by_name(hot.column).cloned()).collect()
        });
        Ok(Self { filter: tree, names, arrays, has_resource, attributes })
    }

    /// Of each row whether it meets the condition; null where that is not told.
    pub(super) fn outcomes(&self, rows: usize) -> BooleanArray {
        let mut row_values =
            Values { values: RowValues::new(&self.names, &self.arrays), has_resource: self.has_resource };
        let outcomes = (0..rows).map(|row| {
            row_values.values.move_to(row);
            match self.filter.outcome(&row_values) {
                Some(true) if !self.has_attribute(row) => None,
                outcome => outcome,
            }
        });
        outcomes.collect()
    }

    /// Whether one of the attributes is known to be there.
    fn has_attribute(&self, row: usize) -> bool {
        let Some(columns) = &self.attributes else { return true };
        columns.iter().any(|column| column.is_valid(row))
    }
}

impl Tree {
    fn of(expression: &Expression, rows: &RecordBatch) -> Self {
        let of_all = |parts: &[Expression]| parts.iter().map(|part| Self::of(part, rows)).collect();
        match expression {
            Expression::And(parts) => Self::And(of_all(parts)),
            Expression::Or(parts) => Self::Or(of_all(parts)),
            Expression::Not(part) => Self::Not(Box::new(Self::of(part, rows))),
            leaf if leaf.attributes().into_iter().all(|attribute| is_told(attribute, rows)) => {
                Self::Told(SpanFilter { expression: Some(leaf.clone()) })
            }
            _ => Self::Untold,
        }
    }

    fn outcome(&self, span: &dyn SpanAttributes) -> Option<bool> {
        match self {
            Self::And(parts) => decided(parts, span, false),
            Self::Or(parts) => decided(parts, span, true),
            Self::Not(part) => part.outcome(span).map(|outcome| !outcome),
            Self::Told(filter) => Some(matches(filter, span)),
            Self::Untold => None,
        }
    }
}

/// `decides` as soon as one part says so; the contrary if all parts do; else it is open.
fn decided(parts: &[Tree], span: &dyn SpanAttributes, decides: bool) -> Option<bool> {
    let mut outcome = Some(!decides);
    for part in parts {
        match part.outcome(span) {
            Some(told) if told == decides => return Some(decides),
            Some(_) => {}
            None => outcome = None,
        }
    }
    outcome
}

/// Whether the columns of `rows` tell all about `attribute`.
fn is_told(attribute: &Attribute, rows: &RecordBatch) -> bool {
    let has = |name: &str| rows.column_by_name(name).is_some();
    columns_of(attribute).into_iter().all(has) || stand_in(attribute).is_some_and(|hot| has(hot.column))
}

/// The column that holds a resource attribute where the resource itself is not.
fn stand_in(attribute: &Attribute) -> Option<&'static HotAttribute> {
    match attribute {
        Attribute::Scoped { scope: AttributeScope::Resource, name } => resource_attribute(name),
        _ => None,
    }
}

/// The values of a row that may lack its resource.
struct Values<'a> {
    values: RowValues<'a>,
    has_resource: bool,
}

impl SpanAttributes for Values<'_> {
    fn get(&self, attribute: &Attribute) -> Vec<Static> {
        match stand_in(attribute) {
            Some(hot) if !self.has_resource => self.values.hot_value(hot).into_iter().collect(),
            _ => self.values.get(attribute),
        }
    }
}

/// The column in the type that [`RowValues`] reads.
fn as_view(column: &ArrayRef) -> Result<ArrayRef> {
    let view = match column.data_type() {
        DataType::Utf8 => DataType::Utf8View,
        DataType::Binary => DataType::BinaryView,
        _ => return Ok(Arc::clone(column)),
    };
    cast(column, &view)
        .map_err(|error| Error::new(ErrorKind::Internal, format!("a column of another shape: {error}")))
}
