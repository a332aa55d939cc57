//! Erasing by TraceQL: which rows a purge is about, and what is left of their spans.

mod told;

use std::sync::Arc;

use arrow::array::{BooleanArray, RecordBatch};
use proto::ErrorKind;
use proto::otlp::{Attribute as OtlpAttribute, DecodeError, RequestEncoder, SpanSink};
use storage::{Erase, Left};

use self::told::Condition;
use crate::span_rows::{StoredSpan, read_spans};
use crate::traceql::{Attribute, AttributeScope, SpanFilter, parse_attribute};
use crate::{Error, Result};

/// Erases spans that meet a filter, or only some attributes of theirs.
#[derive(Debug, Clone)]
pub struct Erasure {
    filter: SpanFilter,
    attributes: Vec<ErasedAttribute>,
}

/// An attribute to be erased, wherever its scope says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ErasedAttribute {
    scope: AttributeScope,
    name: String,
}

impl Erasure {
    /// Of the spans that meet `filter` erases the attributes named in `attributes`, as TraceQL writes them; the whole spans if
    /// there are none. A name without a scope (`.x` or `x`) is meant in every scope: span, resource, events, links and
    /// instrumentation scope.
    ///
    /// # Errors
    /// `Invalid` for what names no attribute that a sender wrote.
    pub fn new(filter: SpanFilter, attributes: &[String]) -> Result<Self> {
        let attributes = attributes.iter().map(|text| ErasedAttribute::parse(text)).collect::<Result<_>>()?;
        Ok(Self { filter, attributes })
    }

    /// What is left of a span; `None` where it has nothing to erase.
    fn left_of_span(&self, stored: &StoredSpan) -> Result<Option<StoredSpan>> {
        let mut left = stored.clone();
        let mut has_changed = false;
        for attribute in &self.attributes {
            has_changed |= attribute.erase(&mut left)?;
        }
        Ok(has_changed.then_some(left))
    }
}

impl Erase for Erasure {
    fn columns(&self) -> Vec<&'static str> {
        told::columns(&self.filter)
    }

    fn meets(&self, rows: &RecordBatch) -> storage::Result<BooleanArray> {
        let attributes = self.attributes.iter().map(|attribute| (attribute.scope, attribute.name.as_str()));
        let condition = Condition::of(&self.filter, attributes, rows);
        condition.map(|condition| condition.outcomes(rows.num_rows())).map_err(of_storage)
    }

    fn left_of(&self, rows: &RecordBatch) -> storage::Result<Left> {
        if self.attributes.is_empty() {
            return Ok(Left { erased: vec![true; rows.num_rows()].into(), request: None });
        }
        let mut request = RequestEncoder::default();
        let mut erased = Vec::with_capacity(rows.num_rows());
        for stored in read_spans(std::slice::from_ref(rows)).map_err(of_storage)? {
            let left = self.left_of_span(&stored).map_err(of_storage)?;
            erased.push(left.is_some());
            if let Some(left) = left {
                request.resource(&left.resource);
                request.scope(&left.scope);
                request.span(&left.span);
            }
        }
        Ok(Left { erased: erased.into(), request: Some(request.finish()) })
    }
}

impl ErasedAttribute {
    fn parse(text: &str) -> Result<Self> {
        let parsed = match parse_attribute(text) {
            // A key of several words, or a word without a meaning.
            Err(error) => parse_attribute(&format!(".{text}")).map_err(|_| error)?,
            Ok(parsed) => parsed,
        };
        match parsed {
            Attribute::Scoped { scope, name } => Ok(Self { scope, name }),
            Attribute::Intrinsic(_) => Err(Error::invalid(format!(
                "{text} is a field that every span has and keeps: erase the spans whole, or write .{text} for an attribute \
                 of that name"
            ))),
            Attribute::Derived(_) | Attribute::Trace(_) => Err(Error::invalid(format!(
                "{text} is read out of other attributes, such as url.path: erase those"
            ))),
        }
    }

    fn is_in(&self, scope: AttributeScope) -> bool {
        self.scope == AttributeScope::Any || self.scope == scope
    }

    /// Erases it; false if it is not there.
    fn erase(&self, stored: &mut StoredSpan) -> Result<bool> {
        let mut has_changed = false;
        if self.is_in(AttributeScope::Span) {
            has_changed |= self.erase_from(&mut stored.span.attributes);
        }
        if self.is_in(AttributeScope::Event) {
            for event in &mut stored.span.events {
                has_changed |= self.erase_from(&mut event.attributes);
            }
        }
        if self.is_in(AttributeScope::Link) {
            for link in &mut stored.span.links {
                has_changed |= self.erase_from(&mut link.attributes);
            }
        }
        if self.is_in(AttributeScope::Resource)
            && let Some(left) = stored.resource.without(&self.name).map_err(damaged)?
        {
            stored.resource = Arc::new(left);
            has_changed = true;
        }
        if self.is_in(AttributeScope::Instrumentation)
            && let Some(left) = stored.scope.without(&self.name).map_err(damaged)?
        {
            stored.scope = Arc::new(left);
            has_changed = true;
        }
        Ok(has_changed)
    }

    fn erase_from(&self, attributes: &mut Vec<OtlpAttribute<'static>>) -> bool {
        let before = attributes.len();
        attributes.retain(|attribute| attribute.key != self.name);
        attributes.len() < before
    }
}

fn damaged(error: DecodeError) -> Error {
    Error::new(ErrorKind::Corrupt, format!("a stored resource or scope does not decode: {error}"))
}

fn of_storage(error: Error) -> storage::Error {
    storage::Error::new(error.kind, error.message)
}

#[cfg(test)]
mod tests;
