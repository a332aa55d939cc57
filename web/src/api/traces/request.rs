//! An API request within a trace as JSON: who asked for what, and where the time went.

use model::request::{WebhookCall, WebhookKind};
use model::{Phase, RequestRow};
use proto::SpanId;
use serde::Serialize;

use crate::api::json::Text;

#[derive(Serialize)]
pub(super) struct RequestJson<'a> {
    span_id: Text<SpanId>,
    verb: &'static str,
    group: &'a str,
    version: &'a str,
    resource: &'a str,
    subresource: &'a str,
    namespace: &'a str,
    name: &'a str,
    user_agent: Option<&'a str>,
    client: Option<&'a str>,
    code: Option<u16>,
    watch: bool,
    dry_run: bool,
    duration_ns: u64,
    sli_duration_ns: u64,
    authentication_ns: Option<u64>,
    phases: Vec<PhaseJson>,
    webhooks: Vec<WebhookJson<'a>>,
    conflicts: u32,
    data_source: &'static str,
    listed_items: Option<u64>,
    returned_items: Option<u64>,
    request_bytes: Option<u64>,
    response_bytes: Option<u64>,
    complete: bool,
    gaps: Vec<&'static str>,
}

#[derive(Serialize)]
struct PhaseJson {
    phase: &'static str,
    duration_ns: u64,
}

#[derive(Serialize)]
struct WebhookJson<'a> {
    name: &'a str,
    configuration: &'a str,
    kind: &'static str,
    duration_ns: u64,
    waited_ns: u64,
    failed: bool,
}

impl<'a> RequestJson<'a> {
    pub(super) fn new(row: &'a RequestRow<'a>) -> Self {
        let keys = &row.keys;
        Self {
            span_id: Text(row.span_id),
            verb: keys.verb.name(),
            group: keys.group.as_deref().unwrap_or_default(),
            version: keys.version.as_deref().unwrap_or_default(),
            resource: keys.resource.as_deref().unwrap_or_default(),
            subresource: keys.subresource.as_deref().unwrap_or_default(),
            namespace: keys.namespace.as_deref().unwrap_or_default(),
            name: keys.name.as_deref().unwrap_or_default(),
            user_agent: keys.user_agent,
            client: keys.client,
            code: keys.code,
            watch: keys.is_watch,
            dry_run: keys.dry_run,
            duration_ns: row.duration_ns,
            sli_duration_ns: row.sli_duration_ns,
            authentication_ns: row.authentication_ns,
            phases: phases(row),
            webhooks: row.webhooks.iter().map(webhook).collect(),
            conflicts: row.conflicts,
            data_source: row.data_source.name(),
            listed_items: row.listed_items,
            returned_items: row.returned_items,
            request_bytes: row.request_bytes,
            response_bytes: row.response_bytes,
            complete: row.is_complete(),
            gaps: row.gaps.iter().map(model::request::Gap::sentence).collect(),
        }
    }
}

/// The phases that took any time, largest first; they add up to the duration.
fn phases(row: &RequestRow<'_>) -> Vec<PhaseJson> {
    let mut phases: Vec<(Phase, u64)> = row.phases.iter().filter(|(_, time_ns)| *time_ns > 0).collect();
    phases.sort_by_key(|(phase, time_ns)| (std::cmp::Reverse(*time_ns), *phase));
    phases.into_iter().map(|(phase, duration_ns)| PhaseJson { phase: phase.name(), duration_ns }).collect()
}

fn webhook<'a>(call: &'a WebhookCall<'a>) -> WebhookJson<'a> {
    WebhookJson {
        name: call.name,
        configuration: call.configuration,
        kind: match call.kind {
            WebhookKind::Mutating => "mutating",
            WebhookKind::Validating => "validating",
        },
        duration_ns: call.duration_ns,
        waited_ns: call.path_ns,
        failed: call.is_failed,
    }
}
