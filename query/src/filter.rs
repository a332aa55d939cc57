//! A TraceQL filter as a DataFusion expression over the `spans` table.
//!
//! A comparison with a column of the fitting type becomes that comparison, so that statistics and bloom filters can
//! prune; everything else becomes [`condition`], which evaluates [`crate::traceql::matches`] row by row. SQL's
//! null means "false" here, which is right under `AND` and `OR`; a `NOT` makes it so.
//!
//! One difference from `matches` is accepted for speed: where a key has an integer column, a comparison with an integer
//! or duration does not see doubles that were sent under the same key (no known exporter sends any).

mod column_of;

use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Operator, binary_expr, utils::disjunction, when};
use datafusion::prelude::{Expr, cast, coalesce, col, lit};
use proto::{SpanId, TraceId};
use storage::schema::column;

use self::column_of::{Column, column_of};
use crate::Result;
use crate::functions::{attribute_text, condition};
use crate::traceql::{
    Attribute, AttributeScope, CompareOp, Expression, Intrinsic, Operand, SpanFilter, Static,
};

/// The filter as an expression; `None` when every span meets it.
pub(crate) fn filter_expression(filter: &SpanFilter) -> Result<Option<Expr>> {
    filter.expression.as_ref().map(translate).transpose()
}

/// The value of an attribute as text, for grouping; null where it is missing.
pub(crate) fn group_expression(attribute: &Attribute) -> Result<Expr> {
    let text = arrow::datatypes::DataType::Utf8View;
    Ok(match (attribute, column_of(attribute)) {
        (Attribute::Intrinsic(Intrinsic::Name), _) => col(column::NAME),
        (Attribute::Derived(derived), _) => cast(col(derived.column), text),
        (_, Some(Column::Text(name))) => or_else(name, col(name), attribute_text(attribute))?,
        (_, Some(Column::Int(name) | Column::Bool(name))) => {
            or_else(name, cast(col(name), text), attribute_text(attribute))?
        }
        _ => attribute_text(attribute),
    })
}

/// `expression` where the column has a value, else `otherwise`, which is then the only part evaluated.
fn or_else(name: &str, expression: Expr, otherwise: Expr) -> Result<Expr> {
    Ok(when(col(name).is_not_null(), expression).otherwise(otherwise)?)
}

fn translate(expression: &Expression) -> Result<Expr> {
    match expression {
        Expression::And(conditions) => fold(conditions, Expr::and, true),
        Expression::Or(conditions) => {
            let translated: Vec<Expr> = conditions.iter().map(translate).collect::<Result<_>>()?;
            Ok(disjunction(translated).unwrap_or_else(|| lit(false)))
        }
        Expression::Not(inner) => Ok(!translate(inner)?.is_true()),
        Expression::Static(value) => Ok(lit(*value)),
        Expression::Compare { left: Operand::Attribute(left), op, right: Operand::Static(value) } => {
            compare(left, *op, value).map(|found| found.unwrap_or_else(|| condition(expression)))
        }
        Expression::Compare { .. } => Ok(condition(expression)),
        Expression::Matches { attribute, negated, pattern } => {
            let op = if *negated { Operator::RegexNotMatch } else { Operator::RegexMatch };
            let native = |text: Expr| binary_expr(text, op, lit(pattern.anchored()));
            match text_column(attribute) {
                Some(text) => Ok(native(text)),
                None => any_scope(attribute, expression, native),
            }
        }
        Expression::Exists(attribute) => exists(attribute, expression),
        Expression::Absent(attribute) => {
            Ok(!exists(attribute, &Expression::Exists(attribute.clone()))?.is_true())
        }
    }
}

fn fold(conditions: &[Expression], join: fn(Expr, Expr) -> Expr, empty: bool) -> Result<Expr> {
    let translated: Vec<Expr> = conditions.iter().map(translate).collect::<Result<_>>()?;
    Ok(translated.into_iter().reduce(join).unwrap_or_else(|| lit(empty)))
}

fn exists(attribute: &Attribute, expression: &Expression) -> Result<Expr> {
    if let Attribute::Derived(derived) = attribute {
        return Ok(col(derived.column).is_not_null());
    }
    match column_of(attribute) {
        Some(Column::Text(name) | Column::Int(name) | Column::Bool(name)) => {
            or_else(name, lit(true), condition(expression))
        }
        None => Ok(condition(expression)),
    }
}

/// The expression that holds all string values of the attribute, when one does.
fn text_column(attribute: &Attribute) -> Option<Expr> {
    match attribute {
        Attribute::Intrinsic(Intrinsic::Name) => Some(col(column::NAME)),
        Attribute::Intrinsic(Intrinsic::StatusMessage) => Some(or_empty(column::STATUS_MESSAGE)),
        Attribute::Intrinsic(Intrinsic::InstrumentationName) => Some(or_empty(column::SCOPE_NAME)),
        Attribute::Intrinsic(Intrinsic::InstrumentationVersion) => Some(or_empty(column::SCOPE_VERSION)),
        Attribute::Derived(_)
        | Attribute::Scoped { scope: AttributeScope::Span | AttributeScope::Resource, .. } => {
            match column_of(attribute) {
                Some(Column::Text(name)) => Some(col(name)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Text columns are null where the text is empty, which TraceQL does not call missing for intrinsics.
fn or_empty(name: &str) -> Expr {
    coalesce(vec![col(name), lit(ScalarValue::Utf8View(Some(String::new())))])
}

/// An unscoped attribute: its span column decides where it has a value, the slow way elsewhere.
fn any_scope(attribute: &Attribute, expression: &Expression, native: impl Fn(Expr) -> Expr) -> Result<Expr> {
    if let Attribute::Scoped { scope: AttributeScope::Any, name } = attribute {
        let in_span = Attribute::Scoped { scope: AttributeScope::Span, name: name.clone() };
        if let Some(Column::Text(name)) = column_of(&in_span) {
            return or_else(name, native(col(name)), condition(expression));
        }
    }
    Ok(condition(expression))
}

/// The comparison over columns; `None` when no column holds every value it could be true for.
fn compare(left: &Attribute, op: CompareOp, value: &Static) -> Result<Option<Expr>> {
    let compared = |expression: Expr, value: Expr| binary_expr(expression, operator(op), value);
    if let Static::String(text) = value {
        if let Some(id) = id_comparison(left, op, text) {
            return Ok(Some(id));
        }
        let literal = || lit(ScalarValue::Utf8View(Some(text.clone())));
        if let Some(column) = text_column(left) {
            return Ok(Some(compared(column, literal())));
        }
        if let Attribute::Scoped { scope: AttributeScope::Any, .. } = left {
            let (left_side, right) = (Operand::Attribute(left.clone()), Operand::Static(value.clone()));
            let expression = Expression::Compare { left: left_side, op, right };
            return any_scope(left, &expression, |column| compared(column, literal())).map(Some);
        }
        return Ok(None);
    }
    Ok(match (left, value) {
        (Attribute::Intrinsic(Intrinsic::Kind), Static::Kind(kind)) => {
            Some(coded(col(column::KIND), op, kind.otlp(), 5))
        }
        (Attribute::Intrinsic(Intrinsic::Status), Static::Status(status)) => {
            Some(coded(coalesce(vec![col(column::STATUS_CODE), lit(0_i32)]), op, status.otlp(), 2))
        }
        // A span that ended before it began lasted 0 ns; only a comparison with 0 or less can tell.
        (Attribute::Intrinsic(Intrinsic::Duration), Static::Duration(nanos) | Static::Int(nanos))
            if *nanos > 0 =>
        {
            Some(compared(col(column::DURATION_NS), lit(*nanos)))
        }
        (Attribute::Derived(_) | Attribute::Scoped { scope: AttributeScope::Span, .. }, value) => {
            match (column_of(left), value) {
                (Some(Column::Int(name)), Static::Int(number) | Static::Duration(number)) => {
                    Some(compared(col(name), lit(*number)))
                }
                (Some(Column::Bool(name)), Static::Bool(flag)) => Some(compared(col(name), lit(*flag))),
                _ => None,
            }
        }
        _ => None,
    })
}

/// A kind or status, of which numbers above `known_max` are no value at all.
fn coded(column: Expr, op: CompareOp, code: i32, known_max: i32) -> Expr {
    let compared = binary_expr(column.clone(), operator(op), lit(code));
    if op == CompareOp::NotEqual {
        compared.and(column.between(lit(0_i32), lit(known_max)))
    } else {
        compared
    }
}

/// `trace:id = "…"` and the like: bytes, which statistics and the bloom filter know.
fn id_comparison(left: &Attribute, op: CompareOp, text: &str) -> Option<Expr> {
    let (column, bytes) = match left {
        Attribute::Intrinsic(Intrinsic::TraceId) => {
            (column::TRACE_ID, text.parse::<TraceId>().ok()?.0.to_vec())
        }
        Attribute::Intrinsic(Intrinsic::SpanId) => (column::SPAN_ID, text.parse::<SpanId>().ok()?.0.to_vec()),
        _ => return None,
    };
    // The stored text is lower-case hex; upper-case digits equal nothing.
    if op != CompareOp::Equal || text.bytes().any(|digit| digit.is_ascii_uppercase()) {
        return None;
    }
    let width = i32::try_from(bytes.len()).ok()?;
    Some(col(column).eq(lit(ScalarValue::FixedSizeBinary(width, Some(bytes)))))
}

const fn operator(op: CompareOp) -> Operator {
    match op {
        CompareOp::Equal => Operator::Eq,
        CompareOp::NotEqual => Operator::NotEq,
        CompareOp::Less => Operator::Lt,
        CompareOp::LessOrEqual => Operator::LtEq,
        CompareOp::Greater => Operator::Gt,
        CompareOp::GreaterOrEqual => Operator::GtEq,
    }
}
