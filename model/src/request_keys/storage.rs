//! Request keys from storage and cache spans: the object behind an etcd key, the resource behind a type.

use std::borrow::Cow;

use super::{KeySource, RequestKeys};
use crate::normalise::HandlerFields;

/// The keys of the API server's storage or cache span called `span_name`; `None` when it is neither.
pub(super) fn of_storage<'a>(span_name: &str, says: &HandlerFields<'a>) -> Option<RequestKeys<'a>> {
    let is_storage = span_name.ends_with(" etcd3");
    if !is_storage && !span_name.starts_with("cacher") {
        return None;
    }
    let mut keys = RequestKeys::unknown(KeySource::Storage);
    if !is_storage && says.key.is_none() {
        // kubernetes `GroupResource.String()`: `pods`, `deployments.apps`.
        let written = says.object_type?;
        let (resource, group) = written.split_once('.').unwrap_or((written, ""));
        keys.resource = Some(Cow::Borrowed(resource));
        keys.group = Some(Cow::Borrowed(group));
        return Some(keys);
    }
    let key = object_key(says.key?)?;
    keys.resource = Some(Cow::Borrowed(says.resource.unwrap_or(key.resource)));
    keys.group = says.group.or(key.group).map(Cow::Borrowed);
    let is_list = span_name.starts_with("List(recursive=true)");
    (keys.namespace, keys.name) = match (key.first, key.second) {
        (None, _) => (None, None),
        (Some(namespace), None) if is_list => (Some(Cow::Borrowed(namespace)), None),
        (Some(name), None) => (Some(Cow::Borrowed("")), Some(Cow::Borrowed(name))),
        (Some(namespace), Some(name)) => (Some(Cow::Borrowed(namespace)), Some(Cow::Borrowed(name))),
    };
    Some(keys)
}

/// A storage key, taken apart.
struct ObjectKey<'a> {
    resource: &'a str,
    group: Option<&'a str>,
    first: Option<&'a str>,
    second: Option<&'a str>,
}

/// Takes `/pods/prod/web-0` apart; a custom resource's key has its group in front: `/example.com/widgets/prod/a`.
fn object_key(key: &str) -> Option<ObjectKey<'_>> {
    let mut parts = key.strip_prefix("/registry").unwrap_or(key).split('/').filter(|part| !part.is_empty());
    let first = parts.next()?;
    let (resource, group) = match first {
        // pkg/registry/core/rest/storage_core.go: where the key's word is not the resource.
        "minions" => ("nodes", None),
        "services" => match parts.next()? {
            "endpoints" => ("endpoints", None),
            _ => ("services", None),
        },
        group if group.contains('.') => (parts.next()?, Some(group)),
        resource => (resource, None),
    };
    Some(ObjectKey { resource, group, first: parts.next(), second: parts.next() })
}
