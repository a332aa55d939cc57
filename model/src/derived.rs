//! The columns that are not sent but read out of a span: `k8s:verb` in TraceQL, `k8s_verb` in SQL.
//!
//! Only what one span alone says, and what has few values: an object's name and what needs the trace (the verb of an etcd
//! call, say) are in request rows.

use std::borrow::Cow;

use proto::otlp::Value;

use crate::attributes::{HotAttribute, HotType};
use crate::{KeySource, Normal, RequestKeys, RequestScope, Verb};

/// The derived columns; `key` is the word after `k8s:`.
pub const DERIVED: [HotAttribute; 13] = [
    column("component", "k8s_component", HotType::String),
    column("verb", "k8s_verb", HotType::String),
    column("group", "k8s_group", HotType::String),
    column("version", "k8s_version", HotType::String),
    column("resource", "k8s_resource", HotType::String),
    column("subresource", "k8s_subresource", HotType::String),
    column("scope", "k8s_scope", HotType::String),
    column("namespace", "k8s_namespace", HotType::String),
    column("user_agent", "k8s_user_agent", HotType::String),
    column("code", "k8s_code", HotType::Int),
    column("rpc_code", "k8s_rpc_code", HotType::String),
    column("watch", "k8s_watch", HotType::Bool),
    column("probe", "k8s_probe", HotType::Bool),
];

const fn column(key: &'static str, column: &'static str, value_type: HotType) -> HotAttribute {
    HotAttribute { key, column, value_type }
}

/// The derived column called `k8s:` and `key`.
#[must_use]
pub fn derived_attribute(key: &str) -> Option<&'static HotAttribute> {
    DERIVED.iter().find(|derived| derived.key == key)
}

/// The values of `normal`'s span, in the order of [`DERIVED`]. `None`: the span does not say. An empty text: there is
/// none (the core group, no subresource, a collection).
#[must_use]
pub fn derived_values<'a>(normal: &'a Normal<'_>) -> [Option<Value<'a>>; DERIVED.len()] {
    let text = |text: &'a str| Some(Value::String(Cow::Borrowed(text)));
    let keys = normal.keys.as_ref().filter(|keys| is_of_the_request(keys.source));
    let some_text = |value: Option<&'a Cow<'_, str>>| value.and_then(|value| text(value));
    let code = keys
        .and_then(|keys| keys.code)
        .or_else(|| normal.http.as_ref().and_then(|http| http.status_code))
        .map(|code| Value::Int(i64::from(code)));
    let flag = |of: fn(&RequestKeys<'_>) -> bool| keys.map(|keys| Value::Bool(of(keys)));
    [
        text(normal.component.name()),
        keys.filter(|keys| keys.verb != Verb::Unknown).and_then(|keys| text(keys.verb.name())),
        some_text(keys.and_then(|keys| keys.group.as_ref())),
        some_text(keys.and_then(|keys| keys.version.as_ref())),
        some_text(keys.and_then(|keys| keys.resource.as_ref())),
        some_text(keys.and_then(|keys| keys.subresource.as_ref())),
        keys.filter(|keys| keys.scope != RequestScope::None).and_then(|keys| text(keys.scope.name())),
        some_text(keys.and_then(|keys| keys.namespace.as_ref())),
        some_text(keys.and_then(|keys| keys.user_agent_short.as_ref())),
        code,
        normal.rpc.as_ref().and_then(|rpc| rpc.status).and_then(|status| text(status.name())),
        flag(|keys| keys.is_watch),
        flag(|keys| keys.is_probe),
    ]
}

/// Whether keys from there are the request's own: webhook, storage and serialisation spans name the object, in
/// attributes of theirs, and say less of what is done to it.
const fn is_of_the_request(source: KeySource) -> bool {
    matches!(source, KeySource::Handler | KeySource::Target | KeySource::Template | KeySource::Url)
}

#[cfg(test)]
mod tests;
