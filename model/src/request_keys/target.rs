//! Request keys from an HTTP span: its path and query, or the template in its name.

use std::borrow::Cow;

use super::path::{ResourcePath, Special, is_probe, resource_path};
use super::query::{Query, query};
use super::verb::is_stream;
use super::{KeySource, RequestKeys, RequestScope, Verb};
use crate::normalise::Http;

/// The keys of an API server's server span.
pub(super) fn of_server<'a>(span_name: &'a str, http: &Http<'a>) -> RequestKeys<'a> {
    let keys = match &http.path {
        Some(path) => of_target(http.method, path, http.query, KeySource::Target),
        None => of_name(span_name).unwrap_or_else(|| RequestKeys::unknown(KeySource::Template)),
    };
    RequestKeys {
        client: http.client_address,
        code: http.status_code,
        ..keys.with_user_agent(http.user_agent)
    }
}

/// The keys of a client span, if it asks an API server for a resource.
pub(super) fn of_client<'a>(http: &Http<'a>) -> Option<RequestKeys<'a>> {
    let path = http.path.as_ref().filter(|path| path.starts_with("/api"))?;
    let keys = of_target(http.method, path, http.query, KeySource::Url);
    keys.is_resource_request()
        .then(|| RequestKeys { code: http.status_code, ..keys.with_user_agent(http.user_agent) })
}

/// The keys in a server span's name: `PATCH /api/v1/nodes/{:name}/status`.
pub(super) fn of_name(span_name: &str) -> Option<RequestKeys<'_>> {
    let (method, template) = span_name.split_once(' ')?;
    let path = resource_path(template)?;
    let mut keys = keys(method, path, None, KeySource::Template, Cow::Borrowed);
    for text in [&mut keys.namespace, &mut keys.name] {
        text.take_if(|text| text.starts_with("{:"));
    }
    Some(keys)
}

fn of_target<'a>(
    method: &str,
    path: &Cow<'a, str>,
    query_text: Option<&'a str>,
    source: KeySource,
) -> RequestKeys<'a> {
    let found = match path {
        Cow::Borrowed(path) => {
            resource_path(path).map(|found| keys(method, found, query_text, source, Cow::Borrowed))
        }
        Cow::Owned(path) => resource_path(path)
            .map(|found| keys(method, found, query_text, source, |text| Cow::Owned(text.to_owned()))),
    };
    found.unwrap_or_else(|| of_other_path(method, path, source))
}

/// The keys of a request for no resource.
fn of_other_path<'a>(method: &str, path: &str, source: KeySource) -> RequestKeys<'a> {
    let none = || Some(Cow::Borrowed(""));
    RequestKeys {
        verb: if matches!(method, "GET" | "HEAD") { Verb::Get } else { Verb::Other },
        group: none(),
        version: none(),
        resource: none(),
        subresource: none(),
        namespace: none(),
        name: none(),
        is_long_running: path.starts_with("/debug/pprof/"),
        is_probe: is_probe(path),
        ..RequestKeys::unknown(source)
    }
}

/// The keys of `method` on `path`; `keep` makes its texts the keys'.
pub(super) fn keys<'a, 'p>(
    method: &str,
    path: ResourcePath<'p>,
    query_text: Option<&'a str>,
    source: KeySource,
    keep: impl Fn(&'p str) -> Cow<'a, str>,
) -> RequestKeys<'a> {
    let asked = query_text.map(query).unwrap_or_default();
    let is_collection = path.name.is_empty();
    let verb = verb(method, &path, &asked);
    // A GET of a collection narrowed to one name is for that name (endpoints/request/requestinfo.go).
    let name = match asked.name {
        Some(name) if is_collection && matches!(verb, Verb::List | Verb::Watch) => name,
        _ => keep(path.name),
    };
    RequestKeys {
        verb,
        scope: scope(verb, &name, path.namespace),
        group: Some(keep(path.group)),
        version: Some(keep(path.version)),
        resource: Some(keep(path.resource)),
        subresource: Some(keep(path.subresource)),
        namespace: Some(keep(path.namespace)),
        name: Some(name),
        dry_run: asked.is_dry_run,
        is_watch: verb == Verb::Watch,
        is_long_running: matches!(verb, Verb::Watch | Verb::Connect),
        ..RequestKeys::unknown(source)
    }
}

fn verb(method: &str, path: &ResourcePath<'_>, asked: &Query<'_>) -> Verb {
    match path.special {
        Some(Special::Watch) => return Verb::Watch,
        Some(Special::Proxy) => return Verb::Connect,
        None if is_stream(path.subresource) => return Verb::Connect,
        None => {}
    }
    match Verb::of_method(method, path.name.is_empty()) {
        Verb::List if asked.is_watch => Verb::Watch,
        Verb::Patch if asked.is_apply => Verb::Apply,
        verb => verb,
    }
}

/// Kubernetes' `CleanScope` (endpoints/metrics/metrics.go).
pub(super) fn scope(verb: Verb, name: &str, namespace: &str) -> RequestScope {
    if !name.is_empty() || verb == Verb::Create {
        RequestScope::Resource
    } else if namespace.is_empty() {
        RequestScope::Cluster
    } else {
        RequestScope::Namespace
    }
}
