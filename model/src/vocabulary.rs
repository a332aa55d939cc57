//! Every span name, attribute and event known to be sent, with the versions that send it.
//!
//! The tables are data: `model/data/{span_names,attribute_generations,event_names,releases}.tsv`. Columns are separated by one
//! tab, `#` begins a comment line, `-` is nothing or not recorded. Versions are those of the component: Kubernetes' for
//! apiserver and kubelet. Names may be `prefix*`, `{method}`, `HTTP {method}`, `{method} {template}`, `{go function}`;
//! of an event, `{log line}`. Attributes are `key:type`, with `|` between types, `?` behind where it may be missing, `@1.29` or
//! `@1.29-1.35` for its versions; `$group` is any generation of that group.

mod deviation;
mod parse;
mod pattern;
mod recognise;
mod release;
mod row;

use std::sync::LazyLock;

pub use deviation::Deviation;
pub use parse::LineError;
pub use pattern::Pattern;
pub use recognise::{Recognition, Unrecognised, recognise, recognise_event};
pub use release::kubernetes_releases;
pub use row::{
    AttributeRow, Attributes, EventName, GenerationAttribute, Release, SpanName, ValueType, Version, Versions,
};

const SPAN_NAMES: &str = include_str!("../data/span_names.tsv");
const EVENT_NAMES: &str = include_str!("../data/event_names.tsv");
const ATTRIBUTE_GENERATIONS: &str = include_str!("../data/attribute_generations.tsv");

const RELEASES: &str = include_str!("../data/releases.tsv");

/// Every known span name, in the order of the file: exact names first where a pattern would match too.
#[must_use]
pub fn span_names() -> &'static [SpanName] {
    static ROWS: LazyLock<Vec<SpanName>> = LazyLock::new(|| known(parse::lines(SPAN_NAMES)));
    &ROWS
}

/// Every known event name.
#[must_use]
pub fn event_names() -> &'static [EventName] {
    static ROWS: LazyLock<Vec<EventName>> = LazyLock::new(|| known(parse::lines(EVENT_NAMES)));
    &ROWS
}

/// Every attribute of the HTTP and RPC generations.
#[must_use]
pub fn attribute_generations() -> &'static [GenerationAttribute] {
    static ROWS: LazyLock<Vec<GenerationAttribute>> =
        LazyLock::new(|| known(parse::lines(ATTRIBUTE_GENERATIONS)));
    &ROWS
}

/// Every known version of an instrumentation library that Kubernetes carries.
#[must_use]
pub fn releases() -> &'static [Release] {
    static ROWS: LazyLock<Vec<Release>> = LazyLock::new(|| known(parse::lines(RELEASES)));
    &ROWS
}

/// The rows that could be read; a test holds that all can.
fn known<T>(rows: impl Iterator<Item = Result<T, LineError>>) -> Vec<T> {
    rows.filter_map(Result::ok).collect()
}

#[cfg(test)]
mod tests;
