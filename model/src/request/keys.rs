//! The keys of a request, joined from its server span and its handler's.

use crate::{RequestKeys, Verb};

/// What the handler says of the request, and what only the server span says: code, dry run, the whole user agent.
/// The handler knows best: a server span does not tell an apply from a patch.
pub(super) fn joined<'a>(server: RequestKeys<'a>, handler: Option<RequestKeys<'a>>) -> RequestKeys<'a> {
    let Some(handler) = handler else { return server };
    let verb = match (handler.verb, server.verb) {
        (Verb::Unknown | Verb::Other, verb) => verb,
        (verb, _) => verb,
    };
    let knows_scope = handler.scope != crate::RequestScope::None;
    RequestKeys {
        verb,
        group: handler.group.or(server.group),
        version: handler.version.or(server.version),
        resource: handler.resource.filter(|text| !text.is_empty()).or(server.resource),
        subresource: handler.subresource.or(server.subresource),
        scope: if knows_scope { handler.scope } else { server.scope },
        namespace: handler.namespace.or(server.namespace),
        // A create has no name in its path, but a list may be narrowed to one by its query.
        name: handler.name.filter(|name| !name.is_empty()).or(server.name),
        user_agent: server.user_agent.or(handler.user_agent),
        user_agent_short: server.user_agent_short.or(handler.user_agent_short),
        client: handler.client.or(server.client),
        code: server.code,
        dry_run: server.dry_run || handler.dry_run,
        is_watch: server.is_watch || handler.is_watch,
        is_long_running: server.is_long_running || handler.is_long_running,
        is_probe: server.is_probe,
        source: handler.source,
    }
}
