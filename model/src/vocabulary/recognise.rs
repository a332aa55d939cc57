//! Whether a span is known, and if not, why not.

use std::collections::HashMap;
use std::sync::LazyLock;

use proto::otlp::Event;

use super::{EventName, Pattern, SpanName, event_names, span_names};
use crate::{Component, SpanView, fold};

/// Whether a span is in the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recognition {
    /// It is: by this row.
    Known(&'static SpanName),
    /// It is not, for this reason.
    Unknown(Unrecognised),
}

/// Why a span is not recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unrecognised {
    /// No known component made it.
    Component,
    /// Its component is known, its name is not.
    Name,
    /// Its name is known with another kind.
    Kind,
    /// Its name and kind are known from another scope.
    Scope,
}

/// Looks `view` up in the tables of names.
#[must_use]
pub fn recognise(view: SpanView<'_>) -> Recognition {
    let component = Component::of(view);
    if component == Component::Other {
        return Recognition::Unknown(Unrecognised::Component);
    }
    let name = fold::span_name(component, &view.span.name);
    let mut reason = Unrecognised::Name;
    for row in rows(component, &name) {
        if row.kind != view.span.kind {
            reason = reason.max(Unrecognised::Kind);
        } else if row.scope.is_some_and(|scope| scope != view.scope.name) {
            reason = Unrecognised::Scope;
        } else {
            return Recognition::Known(row);
        }
    }
    Recognition::Unknown(reason)
}

/// The rows of `component` whose name matches `name`: the exact ones, then the patterns.
fn rows(component: Component, name: &str) -> impl Iterator<Item = &'static SpanName> {
    static EXACT: LazyLock<HashMap<&'static str, Vec<&'static SpanName>>> = LazyLock::new(|| {
        let mut exact: HashMap<_, Vec<_>> = HashMap::new();
        for row in span_names() {
            if let Pattern::Exact(name) = row.name {
                exact.entry(name).or_default().push(row);
            }
        }
        exact
    });
    static PATTERNS: LazyLock<Vec<&'static SpanName>> =
        LazyLock::new(|| span_names().iter().filter(|row| !matches!(row.name, Pattern::Exact(_))).collect());
    let exact = EXACT.get(name).into_iter().flatten();
    exact
        .chain(PATTERNS.iter().filter(move |row| row.name.matches(name)))
        .copied()
        .filter(move |row| row.component == component)
}

/// The row of `event` on `view`'s span, if it is known.
///
/// containerd makes every log line an event; what tells them from its own events is the attribute `level`.
#[must_use]
pub fn recognise_event(view: SpanView<'_>, event: &Event<'_>) -> Option<&'static EventName> {
    let component = Component::of(view);
    let is_log_line = || event.attributes.iter().any(|attribute| attribute.key == "level");
    event_names().iter().find(|row| {
        row.component.is_none_or(|owner| owner == component)
            && row.name.map_or_else(is_log_line, |name| name.matches(&event.name))
            && row.span_name.matches(&view.span.name)
    })
}
