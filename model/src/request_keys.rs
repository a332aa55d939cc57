//! Which API request a span belongs to: verb, resource, object, client, as far as the span says.
//!
//! Sources, in the order they count: the attributes of a handler span, `http.target`, the span name's template; and,
//! with less in them, the spans of webhook calls, storage, cache and serialisation.

mod handler;
mod path;
mod query;
mod storage;
mod target;
mod user_agent;
mod verb;

use std::borrow::Cow;

use proto::otlp::Span;

use crate::Component;
use crate::normalise::{CLIENT, Fields, Http, SERVER};

pub use user_agent::short_user_agent;
pub use verb::Verb;

/// What part of the API a request is for (kubernetes `CleanScope`, endpoints/metrics/metrics.go).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RequestScope {
    /// One object, or a create.
    Resource,
    /// A namespace's collection.
    Namespace,
    /// A collection of the whole cluster.
    Cluster,
    /// No resource request, or the span does not say.
    None,
}

impl RequestScope {
    /// `resource`, `namespace`, `cluster`; empty for none.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::Namespace => "namespace",
            Self::Cluster => "cluster",
            Self::None => "",
        }
    }
}

/// Where a span's request keys were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeySource {
    /// The attributes of a handler span (`Create`, `List`, `WatchList` …).
    Handler,
    /// Path and query of an API server's server span.
    Target,
    /// The template in the server span's name: neither namespace nor name nor query, so a watch looks like a list.
    Template,
    /// The URL of a client span: what the client asked for.
    Url,
    /// Method and path on an inner span (`SerializeObject`, `WatchServer.HandleHTTP`), without the query.
    Path,
    /// A webhook call: the verb is the admission operation (an apply that creates is a create).
    Webhook,
    /// A storage or cache span: the object, not the verb.
    Storage,
}

impl KeySource {
    /// The lower-case name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Handler => "handler",
            Self::Target => "target",
            Self::Template => "template",
            Self::Url => "url",
            Self::Path => "path",
            Self::Webhook => "webhook",
            Self::Storage => "storage",
        }
    }
}

/// What one span says of its API request. Of the texts, `None` is "the span does not say" and `Some("")` is "there is
/// none": the core group, no subresource, a collection.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestKeys<'a> {
    /// What is done.
    pub verb: Verb,
    /// API group; empty for core.
    pub group: Option<Cow<'a, str>>,
    /// API version.
    pub version: Option<Cow<'a, str>>,
    /// Plural resource; empty for requests that are for no resource (`/readyz`, discovery).
    pub resource: Option<Cow<'a, str>>,
    /// Subresource.
    pub subresource: Option<Cow<'a, str>>,
    /// How much is asked for.
    pub scope: RequestScope,
    /// Namespace; of a Namespace object, its own name.
    pub namespace: Option<Cow<'a, str>>,
    /// The object's name.
    pub name: Option<Cow<'a, str>>,
    /// The `User-Agent`, as sent (handler spans cut it after 1,024 bytes).
    pub user_agent: Option<&'a str>,
    /// The `User-Agent` without versions ([`short_user_agent`]).
    pub user_agent_short: Option<Cow<'a, str>>,
    /// The client's address.
    pub client: Option<&'a str>,
    /// The response's status code.
    pub code: Option<u16>,
    /// Nothing is to be stored; only a query says so.
    pub dry_run: bool,
    /// The verb is watch.
    pub is_watch: bool,
    /// The API server gives it no deadline: watches, exec and its like, logs, `/debug/pprof/`.
    pub is_long_running: bool,
    /// A health check: `/livez`, `/readyz`, `/healthz`.
    pub is_probe: bool,
    /// Where this was read.
    pub source: KeySource,
}

impl<'a> RequestKeys<'a> {
    /// Keys that say nothing yet.
    fn unknown(source: KeySource) -> Self {
        Self {
            verb: Verb::Unknown,
            group: None,
            version: None,
            resource: None,
            subresource: None,
            scope: RequestScope::None,
            namespace: None,
            name: None,
            user_agent: None,
            user_agent_short: None,
            client: None,
            code: None,
            dry_run: false,
            is_watch: false,
            is_long_running: false,
            is_probe: false,
            source,
        }
    }

    /// Whether the request is for a resource: not for health, metrics, discovery and the like.
    #[must_use]
    pub fn is_resource_request(&self) -> bool {
        self.resource.as_deref().is_some_and(|resource| !resource.is_empty())
    }

    /// Whether the span says all of verb, group, version, resource, subresource, scope, namespace and name.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let texts =
            [&self.group, &self.version, &self.resource, &self.subresource, &self.namespace, &self.name];
        self.verb != Verb::Unknown
            && self.scope != RequestScope::None
            && texts.iter().all(|text| text.is_some())
    }

    fn with_user_agent(mut self, user_agent: Option<&'a str>) -> Self {
        self.user_agent = user_agent;
        self.user_agent_short = user_agent.map(short_user_agent);
        self
    }
}

/// The keys on `span` from `component`, whose attributes are `fields` and whose HTTP exchange is `http`.
pub(crate) fn request_keys<'a>(
    component: Component,
    span: &'a Span<'a>,
    fields: &Fields<'a>,
    http: Option<&Http<'a>>,
) -> Option<RequestKeys<'a>> {
    if let Some(http) = http {
        return match span.kind {
            SERVER if component == Component::Apiserver => Some(target::of_server(&span.name, http)),
            CLIENT => target::of_client(http),
            _ => None,
        };
    }
    if component != Component::Apiserver {
        return None;
    }
    let says = &fields.handler;
    if says.verb.is_some() {
        Some(handler::of_handler(span, fields))
    } else if says.operation.is_some() && says.webhook.is_some() {
        Some(handler::of_webhook(says))
    } else if says.key.is_some() || says.object_type.is_some() {
        storage::of_storage(&span.name, says)
    } else if span.kind == SERVER {
        target::of_name(&span.name)
    } else {
        handler::of_path(&span.name, says)
    }
}

#[cfg(test)]
mod tests;
