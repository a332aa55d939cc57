//! One thing that is wrong, or worth knowing, and what mends it.

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Severity {
    /// Something is wrong: spans are lost, late or unreadable.
    Fault,
    /// Worth knowing; nothing is lost.
    Note,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub severity: Severity,
    /// A component, an address, a step: what it is about.
    pub about: String,
    /// What is so.
    pub what: String,
    /// What mends it.
    pub remedy: String,
    /// Where that is written, with more.
    pub see: &'static str,
}

impl Finding {
    pub(super) fn fault(
        about: impl Into<String>,
        what: impl Into<String>,
        remedy: impl Into<String>,
        see: &'static str,
    ) -> Self {
        let (about, what, remedy) = (about.into(), what.into(), remedy.into());
        Self { severity: Severity::Fault, about, what, remedy, see }
    }

    pub(super) fn note(
        about: impl Into<String>,
        what: impl Into<String>,
        remedy: impl Into<String>,
        see: &'static str,
    ) -> Self {
        Self { severity: Severity::Note, ..Self::fault(about, what, remedy, see) }
    }
}
