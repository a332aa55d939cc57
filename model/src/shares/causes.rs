//! What to rank: the observations in rows by phase, webhook, client, verb and resource, etcd member, node.

use std::collections::{BTreeMap, BTreeSet};

use super::parts::{PARTS, component};
use crate::RequestRow;
use crate::phase::Phase;
use crate::request::EtcdCalls;

/// A kind of suspect. Its observations are a key and a time in ns, or 1 where only the count matters, for [`super::rank_over_baseline`] and
/// [`super::rank_over_peers`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// The phases of each request; by [`Phase::name`].
    Phase,
    /// The components that each request waited for, as [`super::component_shares`] tells them apart; by
    /// [`crate::Component::name`].
    Component,
    /// Calls of webhooks, by name, with the time that the request waited.
    Webhook,
    /// Calls of webhooks that got no answer, by name. Each counts 1.
    WebhookFailure,
    /// Requests by the short user agent.
    Client,
    /// Requests by verb and resource with its group: `list pods`, `patch deployments.apps/status`.
    Resource,
    /// Calls of etcd by member, with the time that the request waited.
    EtcdMember,
    /// Requests by API server instance.
    Instance,
    /// Requests that failed in the API server (5xx), by code and instance: `503 apiserver-…`. Each counts 1: they are
    /// often quick.
    Failure,
}

/// The observations of `cause` in `rows`.
#[must_use]
pub fn causes(rows: &[&RequestRow<'_>], cause: Cause) -> Vec<(String, u64)> {
    let members = if cause == Cause::EtcdMember { Members::of(rows) } else { Members::default() };
    rows.iter().flat_map(|row| of_row(row, cause, &members)).collect()
}

fn of_row(row: &RequestRow<'_>, cause: Cause, members: &Members<'_>) -> Vec<(String, u64)> {
    let whole = |key: String| vec![(key, row.duration_ns)];
    match cause {
        Cause::Phase => {
            row.phases.iter().map(|(phase, time_ns)| (Phase::name(phase).to_owned(), time_ns)).collect()
        }
        Cause::Component => {
            let time_ns = |part| row.phases.sum_ns(|phase| component(phase) == part);
            PARTS.iter().map(|part| (part.name().to_owned(), time_ns(*part))).collect()
        }
        Cause::Webhook => {
            row.webhooks.iter().map(|webhook| (webhook.name.to_owned(), webhook.path_ns)).collect()
        }
        Cause::WebhookFailure => {
            let failed = row.webhooks.iter().filter(|webhook| webhook.is_failed);
            failed.map(|webhook| (webhook.name.to_owned(), 1)).collect()
        }
        Cause::Client => whole(row.keys.user_agent_short.as_deref().unwrap_or_default().to_owned()),
        Cause::Resource => whole(verb_and_resource(row)),
        Cause::EtcdMember => row.etcd.iter().map(|calls| (members.name(row, calls), calls.path_ns)).collect(),
        Cause::Instance => whole(row.instance.unwrap_or_default().to_owned()),
        Cause::Failure => {
            let code = row.keys.code.filter(|code| *code >= 500);
            code.map(|code| (format!("{code} {}", row.instance.unwrap_or_default()), 1)).into_iter().collect()
        }
    }
}

/// `list pods`, `patch deployments.apps/status`; the verb alone for requests for no resource.
fn verb_and_resource(row: &RequestRow<'_>) -> String {
    let keys = &row.keys;
    let text = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().unwrap_or_default().to_owned();
    let mut name = keys.verb.name().to_owned();
    let marked = [(" ", text(&keys.resource)), (".", text(&keys.group)), ("/", text(&keys.subresource))];
    for (mark, part) in marked.iter().filter(|(_, part)| !part.is_empty()) {
        name.push_str(mark);
        name.push_str(part);
    }
    name
}

/// Who asks, and where: an API server instance, an address and a port.
type Asked<'a> = (Option<&'a str>, &'a str, Option<u16>);

/// etcd's own names of the members behind addresses, from the calls that etcd's span came for.
#[derive(Debug, Default)]
struct Members<'a>(BTreeMap<Asked<'a>, BTreeSet<&'a str>>);

impl<'a> Members<'a> {
    fn of(rows: &[&RequestRow<'a>]) -> Self {
        let mut members = Self::default();
        for row in rows {
            for calls in &row.etcd {
                let names = members.0.entry((row.instance, calls.address, calls.port)).or_default();
                names.extend(calls.instance);
            }
        }
        members
    }

    /// The name of the member that was called: etcd's own, also when another call tells it; else the address. On the
    /// loopback interface that is another member for every API server.
    fn name(&self, row: &RequestRow<'_>, calls: &EtcdCalls<'_>) -> String {
        let known = self.0.get(&(row.instance, calls.address, calls.port)).filter(|names| names.len() == 1);
        if let Some(name) = calls.instance.or_else(|| known?.first().copied()) {
            return name.to_owned();
        }
        let port = calls.port.map(|port| format!(":{port}")).unwrap_or_default();
        let is_loopback = calls.address.starts_with("127.") || matches!(calls.address, "::1" | "localhost");
        match row.instance.filter(|_| is_loopback) {
            Some(instance) => format!("{}{port} of {instance}", calls.address),
            None => format!("{}{port}", calls.address),
        }
    }
}
