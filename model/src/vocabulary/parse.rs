//! The tables' text into rows.

use super::Pattern;
use super::row::{
    AttributeRow, Attributes, EventName, GenerationAttribute, Release, SpanName, ValueType, Version, Versions,
};
use crate::Component;

/// A line of a table that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what} is not understood: {text:?}")]
pub struct LineError {
    /// Its number, from 1.
    pub line: usize,
    /// The column.
    pub what: &'static str,
    /// What stands there.
    pub text: String,
}

/// A column that cannot be read.
type Fault = (&'static str, &'static str);

/// A row that a line's columns make.
pub(super) trait Row: Sized {
    fn parse(columns: &[&'static str]) -> Result<Self, Fault>;
}

/// The rows of `text`, or why a line is none.
pub(super) fn lines<R: Row>(text: &'static str) -> impl Iterator<Item = Result<R, LineError>> {
    text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#')).map(
        |(index, line)| {
            let columns: Vec<&'static str> = line.split('\t').collect();
            R::parse(&columns).map_err(|(what, text)| LineError {
                line: index + 1,
                what,
                text: text.to_owned(),
            })
        },
    )
}

impl Row for SpanName {
    fn parse(columns: &[&'static str]) -> Result<Self, Fault> {
        let &[component, kind, name, since, until, scope, parents, attributes] = columns else {
            return Err(("number of columns", columns.first().copied().unwrap_or_default()));
        };
        let kind = match kind {
            "internal" => 1,
            "server" => 2,
            "client" => 3,
            _ => return Err(("kind", kind)),
        };
        let is_root = parents == "root";
        Ok(Self {
            component: Component::from_name(component).ok_or(("component", component))?,
            kind,
            name: Pattern::parse(name),
            versions: versions(since, until)?,
            scope: present(scope),
            parents: present(parents)
                .filter(|_| !is_root)
                .map(|parents| parents.split('|').map(Pattern::parse).collect())
                .unwrap_or_default(),
            is_root,
            attributes: parse_attributes(attributes)?,
        })
    }
}

impl Row for EventName {
    fn parse(columns: &[&'static str]) -> Result<Self, Fault> {
        let &[component, span_name, name, since, until, attributes] = columns else {
            return Err(("number of columns", columns.first().copied().unwrap_or_default()));
        };
        Ok(Self {
            component: match component {
                "*" => None,
                name => Some(Component::from_name(name).ok_or(("component", component))?),
            },
            span_name: Pattern::parse(span_name),
            name: (name != "{log line}").then(|| Pattern::parse(name)),
            versions: versions(since, until)?,
            attributes: parse_attributes(attributes)?,
        })
    }
}

impl Row for GenerationAttribute {
    fn parse(columns: &[&'static str]) -> Result<Self, Fault> {
        let &[group, generation, key, value_type, since, until, column] = columns else {
            return Err(("number of columns", columns.first().copied().unwrap_or_default()));
        };
        Ok(Self {
            group,
            generation,
            key,
            value_type: parse_type(value_type)?,
            versions: versions(since, until)?,
            column: present(column),
        })
    }
}

impl Row for Release {
    fn parse(columns: &[&'static str]) -> Result<Self, Fault> {
        let &[library, library_version, since, until] = columns else {
            return Err(("number of columns", columns.first().copied().unwrap_or_default()));
        };
        Ok(Self { library, library_version, versions: versions(since, until)? })
    }
}

fn present(text: &'static str) -> Option<&'static str> {
    (text != "-").then_some(text)
}

fn versions(since: &'static str, until: &'static str) -> Result<Versions, Fault> {
    let parse = |text| present(text).map(version).transpose();
    Ok(Versions { since: parse(since)?, until: parse(until)? })
}

fn version(text: &'static str) -> Result<Version, Fault> {
    text.split_once('.')
        .and_then(|(major, minor)| Some(Version { major: major.parse().ok()?, minor: minor.parse().ok()? }))
        .ok_or(("version", text))
}

fn parse_type(text: &'static str) -> Result<ValueType, Fault> {
    match text {
        "string" => Ok(ValueType::String),
        "int" => Ok(ValueType::Int),
        "bool" => Ok(ValueType::Bool),
        "array" => Ok(ValueType::Array),
        _ => Err(("type", text)),
    }
}

fn parse_attributes(text: &'static str) -> Result<Attributes, Fault> {
    let mut attributes = Attributes::default();
    for part in present(text).into_iter().flat_map(|text| text.split(',')) {
        match part.strip_prefix('$') {
            Some(group) => attributes.groups.push(group),
            None => attributes.own.push(attribute(part)?),
        }
    }
    Ok(attributes)
}

fn attribute(text: &'static str) -> Result<AttributeRow, Fault> {
    let (written, range) = text.split_once('@').unwrap_or((text, "-"));
    let (since, until) = match range.split_once('-') {
        Some((since, until)) if !since.is_empty() => (since, until),
        _ => (range, "-"),
    };
    let (written, is_optional) =
        written.strip_suffix('?').map_or((written, false), |written| (written, true));
    let (key, types) = written.rsplit_once(':').ok_or(("attribute", text))?;
    let types = types.split('|').map(parse_type).collect::<Result<_, _>>()?;
    Ok(AttributeRow { key, types, is_optional, versions: versions(since, until)? })
}
