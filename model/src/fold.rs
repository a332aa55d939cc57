//! Names without their unbounded parts, for grouping; the raw names stay in the spans.

mod event_name;

use std::borrow::Cow;

pub use event_name::event_name;

use crate::Component;

/// What stands for a folded part.
const PLACEHOLDER: &str = "*";

/// The name to group a span of `component` by.
///
/// CRI-O calls spans after Go functions, which move and are inlined between releases:
/// `github.com/cri-o/cri-o/internal/oci.(*Runtime).CreateContainer.func1` folds to `oci.(*Runtime).CreateContainer`.
#[must_use]
pub fn span_name(component: Component, name: &str) -> Cow<'_, str> {
    if component == Component::Crio && name.contains('.') && !name.starts_with('/') {
        return go_function(name);
    }
    Cow::Borrowed(name)
}

/// Package, receiver and function, without the package's path, closures and type parameters.
fn go_function(name: &str) -> Cow<'_, str> {
    if !name.starts_with("github.com/") && !name.starts_with("main.") {
        return Cow::Borrowed(name);
    }
    let path_end = name.split(['(', '[']).next().and_then(|path| path.rfind('/'));
    let mut function = &name[path_end.map_or(0, |slash| slash + 1)..];
    while let Some((before, last)) = function.rsplit_once('.') {
        if !is_closure(last) {
            break;
        }
        function = before;
    }
    match (function.find('['), function.rfind(']')) {
        (Some(open), Some(close)) if open < close => {
            Cow::Owned(format!("{}{}", &function[..open], &function[close + 1..]))
        }
        _ => Cow::Borrowed(function),
    }
}

/// `func1`, `gowrap2`, `3`: names that the compiler made.
fn is_closure(part: &str) -> bool {
    let digits = part.strip_prefix("func").or_else(|| part.strip_prefix("gowrap")).unwrap_or(part);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The name to group a service by: a containerd shim says `containerd-shim-<id>`.
#[must_use]
pub fn service_name(name: &str) -> &str {
    if name.starts_with("containerd-shim-") { "containerd-shim" } else { name }
}

/// The key to group an attribute by: containerd numbers `descriptor.child.0`, `.1` and so on.
#[must_use]
pub fn attribute_key(key: &str) -> &str {
    match key.strip_prefix("descriptor.child.") {
        Some(number) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => {
            "descriptor.child.*"
        }
        _ => key,
    }
}

/// The target to group a request by: the value of `continue`, another for every page, folded.
#[must_use]
pub fn target(target: &str) -> Cow<'_, str> {
    let Some(value) = ["?continue=", "&continue="]
        .iter()
        .find_map(|key| target.find(key).map(|at| at + key.len()))
        .filter(|value| !target[*value..].starts_with('&'))
    else {
        return Cow::Borrowed(target);
    };
    let rest = target[value..].find('&').map_or("", |end| &target[value + end..]);
    if value == target.len() {
        return Cow::Borrowed(target);
    }
    Cow::Owned(format!("{}{PLACEHOLDER}{rest}", &target[..value]))
}

#[cfg(test)]
mod tests;
