//! Request keys from attributes of the API server's own spans: handlers, webhook calls, serialisation.

use std::borrow::Cow;

use proto::otlp::Span;

use super::path::resource_path;
use super::verb::is_stream;
use super::{KeySource, RequestKeys, RequestScope, Verb, target};
use crate::normalise::{Fields, HandlerFields};

/// The keys of a handler span. Before Kubernetes 1.29 it has no group, version, namespace, name and subresource: its
/// `url` (the path) gives them.
pub(super) fn of_handler<'a>(span: &'a Span<'a>, fields: &Fields<'a>) -> RequestKeys<'a> {
    let says = &fields.handler;
    let path = if says.version.is_none() {
        says.url.and_then(resource_path).unwrap_or_default()
    } else {
        <_>::default()
    };
    let namespace = says.namespace.unwrap_or(path.namespace);
    let name = says.name.unwrap_or(path.name);
    let subresource = says.subresource.unwrap_or(path.subresource);
    let scope = match says.scope {
        Some("resource") => RequestScope::Resource,
        Some("namespace") => RequestScope::Namespace,
        Some("cluster") => RequestScope::Cluster,
        _ => RequestScope::None,
    };
    let verb = verb(&span.name, says.verb.unwrap_or_default(), scope, subresource);
    let keep = |text: &'a str| Some(Cow::Borrowed(text));
    let keys = RequestKeys {
        verb,
        group: keep(says.group.unwrap_or(path.group)),
        version: keep(says.version.unwrap_or(path.version)),
        resource: keep(says.resource.unwrap_or(path.resource)),
        subresource: keep(subresource),
        scope,
        namespace: keep(namespace),
        name: keep(name),
        client: says.client,
        is_watch: verb == Verb::Watch,
        is_long_running: matches!(verb, Verb::Watch | Verb::Connect),
        ..RequestKeys::unknown(KeySource::Handler)
    };
    keys.with_user_agent(fields.user_agent)
}

/// The verb behind a handler span's name and its `verb` (HTTP methods, and the metrics' LIST, WATCH, APPLY, CONNECT).
fn verb(span_name: &str, written: &str, scope: RequestScope, subresource: &str) -> Verb {
    match written {
        "WATCH" | "WATCHLIST" => Verb::Watch,
        "APPLY" => Verb::Apply,
        "CONNECT" => Verb::Connect,
        "DELETECOLLECTION" => Verb::DeleteCollection,
        _ if is_stream(subresource) => Verb::Connect,
        // A list narrowed to one name has scope resource, and so the verb GET.
        "LIST" => Verb::List,
        "GET" if span_name == "List" => Verb::List,
        "GET" if span_name == "WatchList" => Verb::Watch,
        method => Verb::of_method(method, matches!(scope, RequestScope::Namespace | RequestScope::Cluster)),
    }
}

/// The keys of a webhook call; `resource` is written `apps/v1, Resource=deployments`.
pub(super) fn of_webhook<'a>(says: &HandlerFields<'a>) -> RequestKeys<'a> {
    let verb = match says.operation {
        Some("CREATE") => Verb::Create,
        Some("UPDATE") => Verb::Update,
        Some("DELETE") => Verb::Delete,
        Some("CONNECT") => Verb::Connect,
        _ => Verb::Unknown,
    };
    let (group_version, resource) = says.resource.and_then(|text| text.split_once(", Resource=")).unzip();
    let (group, version) = group_version.and_then(|text| text.split_once('/')).unzip();
    RequestKeys {
        verb,
        group: group.map(Cow::Borrowed),
        version: version.map(Cow::Borrowed),
        resource: resource.map(Cow::Borrowed),
        subresource: says.subresource.map(Cow::Borrowed),
        is_long_running: verb == Verb::Connect,
        ..RequestKeys::unknown(KeySource::Webhook)
    }
}

/// The keys of an inner span that says method and path.
pub(super) fn of_path<'a>(span_name: &str, says: &HandlerFields<'a>) -> Option<RequestKeys<'a>> {
    let path = resource_path(says.url?)?;
    // What serves watches and nothing else says its verb by its name.
    let query = (span_name == "WatchServer.HandleHTTP").then_some("watch");
    Some(target::keys(says.method?, path, query, KeySource::Path, Cow::Borrowed))
}
