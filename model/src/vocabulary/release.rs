//! Which release of Kubernetes sent a span: no span says so, the version of its instrumentation library does.

use super::{Versions, releases};
use crate::{Component, SpanView};

/// The releases of Kubernetes that `view`'s span can be of: one or two. `None` for spans of other programs, those that
/// Kubernetes makes without a library, and library versions that no release carries (a distribution's).
#[must_use]
pub fn kubernetes_releases(view: SpanView<'_>) -> Option<Versions> {
    if !matches!(Component::of(view), Component::Apiserver | Component::Kubelet) {
        return None;
    }
    let library = view.scope.name.rsplit('/').next()?;
    let version = view.scope.version.trim_start_matches("semver:");
    let release = |row: &&super::Release| row.library == library && row.library_version == version;
    releases().iter().find(release).map(|row| row.versions)
}
