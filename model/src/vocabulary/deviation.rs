//! How a span's attributes differ from what its name's row expects.

use proto::otlp::Attribute;

use super::row::{Attributes, GenerationAttribute, SpanName, Version};
use super::{EventName, attribute_generations};
use crate::fold;

/// One difference between a span or event and its row.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Deviation {
    /// This key should be there.
    Missing(&'static str),
    /// This key is not in the row.
    Unexpected(String),
    /// This key's value has a type the row does not allow.
    Type(String),
}

impl SpanName {
    /// How `attributes` differ from this row, for a component of `version`; without one, keys of any version may be
    /// there or missing.
    #[must_use]
    pub fn deviations(&self, attributes: &[Attribute<'_>], version: Option<Version>) -> Vec<Deviation> {
        deviations(&self.attributes, attributes, version)
    }
}

impl EventName {
    /// How `attributes` differ from this row; see [`SpanName::deviations`].
    #[must_use]
    pub fn deviations(&self, attributes: &[Attribute<'_>], version: Option<Version>) -> Vec<Deviation> {
        // The fields of a log line are free.
        let found = deviations(&self.attributes, attributes, version);
        let is_free = self.name.is_none() || self.component == Some(crate::Component::Crio);
        found.into_iter().filter(|one| !(is_free && matches!(one, Deviation::Unexpected(_)))).collect()
    }
}

fn deviations(expected: &Attributes, found: &[Attribute<'_>], version: Option<Version>) -> Vec<Deviation> {
    let missing = expected.own.iter().filter(|row| {
        let is_required =
            version.map_or(row.versions == <_>::default(), |version| row.versions.contains(version));
        is_required && !row.is_optional && !found.iter().any(|one| fold::attribute_key(&one.key) == row.key)
    });
    let mut all: Vec<Deviation> = missing.map(|row| Deviation::Missing(row.key)).collect();
    for attribute in found {
        let key = fold::attribute_key(&attribute.key);
        let own = expected.own.iter().find(|row| row.key == key);
        let mut general = generations(expected, key).peekable();
        if own.is_some_and(|row| row.types.iter().any(|one| one.is_of(&attribute.value)))
            || general.peek().is_some() && general.any(|row| row.value_type.is_of(&attribute.value))
        {
            continue;
        }
        let is_known = own.is_some() || generations(expected, key).next().is_some();
        let key = key.to_owned();
        all.push(if is_known { Deviation::Type(key) } else { Deviation::Unexpected(key) });
    }
    all
}

/// The rows of `key` in the groups of `expected`.
fn generations(expected: &Attributes, key: &str) -> impl Iterator<Item = &'static GenerationAttribute> {
    attribute_generations().iter().filter(move |row| row.key == key && expected.groups.contains(&row.group))
}
