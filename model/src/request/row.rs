//! Making the rows of a trace.

use super::calls::calls;
use super::fragments::{self, audit_id};
use super::storage::Storage;
use super::{Excluded, Gap, Gaps, RequestRow, RequestRows, keys};
use crate::phase::{Attribution, Member, Phase, Role, members};
use crate::trace::Trace;
use crate::{Component, Http, RequestKeys, SpanView, Verb, normalise};

const SERVER: i32 = 2;

/// How many server spans of API servers may lie around another: each is read with all that is below it.
const NESTING_MAX: usize = 8;

/// The rows of `trace`. `authentication` is asked for the time of authentication of a server span that has none in its
/// trace: how long before, in ns, as [`authentication_before`] gives it for a span of another trace that was joined.
#[must_use]
pub fn request_rows<'a>(
    trace: &Trace<'a>,
    authentication: impl Fn(SpanView<'a>) -> Option<u64>,
) -> RequestRows<'a> {
    let mut found = RequestRows::default();
    // Where the subtrees of the server spans around the present one end.
    let mut around: Vec<usize> = Vec::new();
    for server in 0..trace.nodes.len() {
        let Some(component) = server_of_api(trace, server) else { continue };
        around.retain(|end| server < *end);
        if around.len() == NESTING_MAX {
            found.excluded.count(Excluded::NestedTooDeep);
            continue;
        }
        around.push(trace.subtree(server).end);
        let view = trace.nodes[server].view;
        let normal = normalise(view);
        let Some(keys) = normal.keys else {
            found.excluded.count(Excluded::PathUnknown);
            continue;
        };
        match under_api(view, normal.http.as_ref(), &keys) {
            Err(reason) => found.excluded.count(reason),
            Ok(()) => {
                let mut row = row(trace, server, component, normal.http, keys);
                row.authentication_ns = row.authentication_ns.or_else(|| authentication(view));
                found.rows.push(row);
            }
        }
    }
    fragments::place(trace, &mut found.rows, &mut found.excluded);
    found
}

/// How long authentication took, in ns, by an `authentication` span that is no part of the server span. Since
/// Kubernetes 1.34 that span lasts as long as the request: what lies before the server span counts.
#[must_use]
pub fn authentication_before(authentication: SpanView<'_>, server: SpanView<'_>) -> u64 {
    let span = authentication.span;
    span.end.min(server.span.start).saturating_sub(span.start)
}

/// Which API server made node `server`, if it is the server span of one.
fn server_of_api(trace: &Trace<'_>, server: usize) -> Option<Component> {
    let node = &trace.nodes[server];
    if node.view.span.kind != SERVER {
        return None;
    }
    let mut above = trace.ancestors(server).map(|ancestor| trace.nodes[ancestor].view);
    let component = Component::in_trace(node.view, above.next(), above.next());
    matches!(component, Component::Apiserver | Component::AggregatedApiserver).then_some(component)
}

/// Whether the path lies under `/api` or `/apis`; else why there is no row.
fn under_api(view: SpanView<'_>, http: Option<&Http<'_>>, keys: &RequestKeys<'_>) -> Result<(), Excluded> {
    if keys.is_probe {
        return Err(Excluded::Probe);
    }
    let template = view.span.name.split_once(' ').map(|(_, template)| template);
    let path = http.and_then(|http| http.path.as_deref()).or(template).ok_or(Excluded::PathUnknown)?;
    let rest = path.strip_prefix("/api").map(|rest| rest.strip_prefix('s').unwrap_or(rest));
    match rest {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => Ok(()),
        _ => Err(Excluded::NotUnderApi),
    }
}

fn row<'a>(
    trace: &Trace<'a>,
    server: usize,
    component: Component,
    http: Option<Http<'a>>,
    keys: RequestKeys<'a>,
) -> RequestRow<'a> {
    let view = trace.nodes[server].view;
    let (start, server_end) = trace.nodes[server].interval();
    let mut members = members(trace, server, server_end);
    let handler = handler(&members);
    let handler_end = handler.map(|handler| members[handler].end);
    let cut_short = handler_end.filter(|end| keys.code.is_none() && *end > server_end);
    if let Some(end) = cut_short {
        members[0].end = end;
    }
    let handler_view = handler.map(|handler| members[handler].view);
    let keys = keys::joined(keys, handler_view.and_then(|view| normalise(view).keys));
    let attribution = Attribution::of(&members);
    let storage = Storage::of(&members);
    let calls = calls(&members, &attribution.path_ns);
    let (duration_ns, phases) = (members[0].end - start, attribution.times);
    let data_source = storage.data_source(keys.is_watch);
    let waits = |phase: Phase| phase.is_webhook() || phase == Phase::PriorityAndFairness;

    let mut gaps = Gaps::default();
    gaps.note(Gap::ServerSpanCutShort, cut_short.is_some());
    gaps.note(Gap::CodeMissing, keys.code.is_none() && cut_short.is_none());
    gaps.note(Gap::HandlerMissing, handler.is_none() && expects_handler(&keys, view, &members));
    gaps.note(Gap::EtcdCallMissing, storage.is_etcd_call_missing);
    gaps.note(Gap::KeysUnknown, keys.verb == Verb::Unknown || keys.resource.is_none());
    gaps.note(Gap::DetailsDropped, members.iter().any(drops_details));
    gaps.note(Gap::Inverted, view.span.end < view.span.start);

    RequestRow {
        trace_id: view.span.trace_id,
        span_id: view.span.span_id,
        caller: caller(view),
        audit_id: audit_id(view)
            .or_else(|| handler_view.and_then(audit_id))
            .or_else(|| audit_id_below(&members)),
        instance: view.resource_text("service.instance.id"),
        component,
        keys,
        request_bytes: http.as_ref().and_then(|http| http.request_bytes).or(storage.read_bytes),
        response_bytes: http.as_ref().and_then(|http| http.response_bytes).or(storage.written_bytes),
        start,
        duration_ns,
        ends_with_handler: cut_short.is_some(),
        sli_duration_ns: duration_ns.saturating_sub(phases.sum_ns(waits)),
        authentication_ns: authentication_in_trace(trace, server, &members),
        phases,
        webhooks: calls.webhooks,
        etcd: calls.etcd,
        is_etcd_undivided: calls.is_etcd_undivided,
        conflicts: storage.conflicts,
        data_source,
        listed_items: storage.listed_items,
        returned_items: storage.returned_items(),
        spans: members.len(),
        gaps,
    }
}

/// The member that is the request's own handler.
fn handler(members: &[Member<'_>]) -> Option<usize> {
    let handles = |member: &Member<'_>| matches!(member.role(), Role::Handler | Role::WatchHandler);
    members.iter().position(|member| handles(member) && !member.sealed)
}

/// The API groups of metrics servers, which are always aggregated. Up to Kubernetes 1.30 the call of the aggregated API
/// server has no span.
const METRICS_GROUP: &str = "metrics.k8s.io";

/// Whether a request with `keys` reaches a handler that has a span: not when it was refused before, passed on to
/// another API server, or is a watch or a stream; and none has before Kubernetes 1.26.
fn expects_handler(keys: &RequestKeys<'_>, server: SpanView<'_>, members: &[Member<'_>]) -> bool {
    let has_span = !matches!(keys.verb, Verb::Watch | Verb::Connect | Verb::Other | Verb::Unknown);
    has_span
        && keys.is_resource_request()
        && keys.code.is_some_and(|code| code < 300)
        && !keys.group.as_deref().unwrap_or_default().ends_with(METRICS_GROUP)
        && has_handler_spans(server)
        && !members.iter().any(|member| member.role() == Role::ApiCall && member.phase == Phase::Aggregation)
}

/// Kubernetes up to 1.25 carries otelhttp 0.20 (go.mod of kubernetes/apiserver), and has no handler spans.
fn has_handler_spans(server: SpanView<'_>) -> bool {
    let version = server.scope.version.trim_start_matches("semver:");
    let minor = version.strip_prefix("0.").and_then(|rest| rest.split('.').next());
    minor.and_then(|minor| minor.parse::<u32>().ok()).is_none_or(|minor| minor > 20)
}

/// Storage, cache and response spans have the id too, where there is no handler span.
fn audit_id_below<'a>(members: &[Member<'a>]) -> Option<&'a str> {
    let own = members.iter().skip(1).filter(|member| !members[member.parent].sealed);
    own.filter(|member| member.role() != Role::None).find_map(|member| audit_id(member.view))
}

fn drops_details(member: &Member<'_>) -> bool {
    let span = member.view.span;
    !member.sealed
        && (span.dropped_events_count > 0 || span.dropped_attributes_count > 0)
        && matches!(member.role(), Role::Handler | Role::Storage | Role::Cache | Role::Response)
}

/// The parent, or what the first link points to: the API server starts a new trace for callers it does not trust.
fn caller(view: SpanView<'_>) -> Option<(proto::TraceId, proto::SpanId)> {
    let parent = view.span.parent_span_id.map(|parent| (view.span.trace_id, parent));
    parent.or_else(|| view.span.links.first().map(|link| (link.trace_id, link.span_id)))
}

/// Authentication around the server span (since Kubernetes 1.34, callers the API server trusts), or below it (1.26 to
/// 1.32).
fn authentication_in_trace(trace: &Trace<'_>, server: usize, members: &[Member<'_>]) -> Option<u64> {
    let around = trace.nodes[server].parent.map(|parent| trace.nodes[parent].view);
    let around = around.filter(|view| view.span.name == "authentication");
    let below = || {
        let is_own = |member: &&Member<'_>| member.parent == 0 && member.role() == Role::Authentication;
        members.iter().skip(1).find(is_own).map(|member| member.end - member.start)
    };
    around.map(|view| authentication_before(view, trace.nodes[server].view)).or_else(below)
}
