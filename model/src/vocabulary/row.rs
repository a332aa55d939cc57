//! The rows of the tables.

use std::fmt;

use proto::otlp::Value;

use super::Pattern;
use crate::Component;

/// A minor version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version {
    /// The part before the dot.
    pub major: u16,
    /// The part behind it.
    pub minor: u16,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A range of versions, both ends included; an end that is `None` is open or not recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Versions {
    /// The first.
    pub since: Option<Version>,
    /// The last.
    pub until: Option<Version>,
}

impl Versions {
    /// Whether `version` lies in the range.
    #[must_use]
    pub fn contains(self, version: Version) -> bool {
        self.since.is_none_or(|since| since <= version) && self.until.is_none_or(|until| version <= until)
    }
}

/// The type of an attribute's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// `string_value`.
    String,
    /// `int_value`.
    Int,
    /// `bool_value`.
    Bool,
    /// `array_value`.
    Array,
}

impl ValueType {
    /// Whether `value` has this type.
    #[must_use]
    pub fn is_of(self, value: &Value<'_>) -> bool {
        matches!(
            (self, value),
            (Self::String, Value::String(_))
                | (Self::Int, Value::Int(_))
                | (Self::Bool, Value::Bool(_))
                | (Self::Array, Value::Array(_))
        )
    }
}

/// An attribute that a span or event has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeRow {
    /// The key, folded as [`crate::fold::attribute_key`] does.
    pub key: &'static str,
    /// The types it comes in.
    pub types: Vec<ValueType>,
    /// It may be missing.
    pub is_optional: bool,
    /// The versions that send it, within those of the span.
    pub versions: Versions,
}

/// The attributes of a span or event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attributes {
    /// Those with a row of their own.
    pub own: Vec<AttributeRow>,
    /// The groups of [`super::attribute_generations`] that come with them.
    pub groups: Vec<&'static str>,
}

/// A known span name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanName {
    /// Who sends it.
    pub component: Component,
    /// `span.kind`: 1 internal, 2 server, 3 client.
    pub kind: i32,
    /// The name, after [`crate::fold::span_name`].
    pub name: Pattern,
    /// The versions of the component that send it.
    pub versions: Versions,
    /// The name of its scope.
    pub scope: Option<&'static str>,
    /// The names its parent may have, if that is fixed; empty where it is not. Spans of other traces come without.
    pub parents: Vec<Pattern>,
    /// It never has a parent.
    pub is_root: bool,
    /// Its attributes.
    pub attributes: Attributes,
}

/// An attribute of one HTTP or RPC generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenerationAttribute {
    /// `http.server`, `http.client`, `rpc` or `rpc.message`.
    pub group: &'static str,
    /// `H0` to `H2`, `R0` to `R3`, `ttrpc`.
    pub generation: &'static str,
    /// The key.
    pub key: &'static str,
    /// Its type.
    pub value_type: ValueType,
    /// The versions of Kubernetes that send it.
    pub versions: Versions,
    /// The field of [`crate::Http`] or [`crate::Rpc`] it becomes.
    pub column: Option<&'static str>,
}

/// A known event name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventName {
    /// Who sends it; `None` for any.
    pub component: Option<Component>,
    /// The spans that have it.
    pub span_name: Pattern,
    /// Its name; `None` for a log line, whose text is the name.
    pub name: Option<Pattern>,
    /// The versions of the component that send it.
    pub versions: Versions,
    /// Its attributes.
    pub attributes: Attributes,
}

/// The releases of Kubernetes that carry a version of an instrumentation library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The last part of the scope's name: `otelhttp`, `otelgrpc`.
    pub library: &'static str,
    /// The scope's version.
    pub library_version: &'static str,
    /// The releases.
    pub versions: Versions,
}
