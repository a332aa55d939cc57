//! The table of span names that says which phase a span's time belongs to (`data/phases.tsv`, `data/phase_events.tsv`).

use std::collections::HashSet;
use std::sync::LazyLock;

use super::Phase;
use crate::Component;

const SPANS: &str = include_str!("../../data/phases.tsv");
const EVENTS: &str = include_str!("../../data/phase_events.tsv");

/// The name in `phase_events.tsv` for the end of the span.
pub(super) const SPAN_END: &str = "end";

/// The name in `phase_events.tsv` for the start of a call of etcd below the span.
pub(super) const ETCD_CALL: &str = "etcd call";

/// What one line of `phases.tsv` says of the spans it names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SpanRule {
    component: Component,
    kind: i32,
    /// The phase of the span's own time; `None` is the phase of the span it lies in.
    pub(super) phase: Option<Phase>,
    /// Whether everything below the span belongs to its phase.
    pub(super) reaches_below: bool,
    /// The names of the siblings it runs inside of.
    pub(super) inside: Vec<&'static str>,
    /// Whether some siblings run inside it.
    pub(super) is_host: bool,
    /// The phase of its own time once its first child has begun, unless that is the request's handler.
    pub(super) later: Option<Phase>,
    /// The phases of its own time between two events.
    pub(super) events: Vec<EventRule>,
    pub(crate) role: Role,
}

/// What a span tells of its request, beyond where the time went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The request's handler: its keys.
    Handler,
    /// The handler of a watch that begins with the objects there are: it ends when the watch goes on.
    WatchHandler,
    /// The response being written.
    Response,
    /// A call of a mutating admission webhook.
    MutatingWebhook,
    /// A call of a validating admission webhook.
    ValidatingWebhook,
    /// The storage layer.
    Storage,
    /// A read through the watch cache.
    Cache,
    /// A watch of the watch cache.
    WatchCache,
    /// A call of etcd.
    EtcdCall,
    /// A call of another API server, or of the API server itself.
    ApiCall,
    /// A filter of the handler chain.
    Filter,
    /// Authentication.
    Authentication,
    /// Nothing.
    None,
}

impl Role {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "handler" => Self::Handler,
            "watch_handler" => Self::WatchHandler,
            "response" => Self::Response,
            "mutating_webhook" => Self::MutatingWebhook,
            "validating_webhook" => Self::ValidatingWebhook,
            "storage" => Self::Storage,
            "cache" => Self::Cache,
            "watch_cache" => Self::WatchCache,
            "etcd_call" => Self::EtcdCall,
            "api_call" => Self::ApiCall,
            "filter" => Self::Filter,
            "authentication" => Self::Authentication,
            "-" => Self::None,
            _ => return None,
        })
    }
}

/// The phase of a span's own time from one event to the next.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct EventRule {
    pub(super) from: &'static str,
    pub(super) to: &'static str,
    pub(super) phase: Phase,
}

struct Rules {
    /// By length and name: most spans are told by the length alone.
    exact: Vec<(&'static str, SpanRule)>,
    /// Longest first.
    prefixes: Vec<(&'static str, SpanRule)>,
}

static RULES: LazyLock<Rules> = LazyLock::new(load);

/// The rule for a span of `component` called `name`; `kind` is OTLP's number.
pub(super) fn rule(component: Component, kind: i32, name: &str) -> Option<&'static SpanRule> {
    let component =
        if component == Component::AggregatedApiserver { Component::Apiserver } else { component };
    let applies = |rule: &SpanRule| rule.component == component && rule.kind == kind;
    let first = RULES.exact.partition_point(|(known, _)| order(known) < order(name));
    let exact = RULES.exact[first..].iter().take_while(|(known, _)| *known == name);
    let by_prefix = RULES.prefixes.iter().filter(|(prefix, rule)| applies(rule) && name.starts_with(prefix));
    exact.chain(by_prefix).map(|(_, rule)| rule).find(|rule| applies(rule))
}

fn order(name: &str) -> (usize, &str) {
    (name.len(), name)
}

fn load() -> Rules {
    let mut rules = Rules { exact: Vec::new(), prefixes: Vec::new() };
    for (name, mut rule) in lines(SPANS).filter_map(span_rule) {
        rule.events =
            lines(EVENTS).filter(|line| line.starts_with(name)).filter_map(event_rule(name)).collect();
        match name.strip_suffix('*') {
            Some(prefix) => rules.prefixes.push((prefix, rule)),
            None => rules.exact.push((name, rule)),
        }
    }
    let hosts: HashSet<&str> = rules.exact.iter().flat_map(|(_, rule)| rule.inside.clone()).collect();
    rules.exact.iter_mut().for_each(|(name, rule)| rule.is_host = hosts.contains(name));
    rules.exact.sort_by_key(|(name, _)| order(name));
    rules.prefixes.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
    rules
}

/// The lines of a table, without comments and its header.
pub(super) fn lines(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).skip(1)
}

/// One line of `phases.tsv`; `None` when it is none.
pub(super) fn span_rule(line: &'static str) -> Option<(&'static str, SpanRule)> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [name, component, kind, phase, reach, inside, later, role, _since, _until] = fields[..] else {
        return None;
    };
    let rule = SpanRule {
        component: Component::ALL.into_iter().find(|known| known.name() == component)?,
        kind: match kind {
            "internal" => 1,
            "server" => 2,
            "client" => 3,
            _ => return None,
        },
        phase: if phase == "parent" { None } else { Some(Phase::from_name(phase)?) },
        reaches_below: match reach {
            "own" => false,
            "all" => true,
            _ => return None,
        },
        inside: inside.split('|').filter(|name| *name != "-").collect(),
        is_host: false,
        later: if later == "-" { None } else { Some(Phase::from_name(later)?) },
        events: Vec::new(),
        role: Role::from_name(role)?,
    };
    Some((name, rule))
}

/// Reads a line of `phase_events.tsv` that is about the spans called `name`.
pub(super) fn event_rule(name: &str) -> impl Fn(&'static str) -> Option<EventRule> {
    move |line| {
        let fields: Vec<&str> = line.split('\t').collect();
        let [span, from, to, phase, _since, _until] = fields[..] else { return None };
        (span == name).then_some(EventRule { from, to, phase: Phase::from_name(phase)? })
    }
}

#[cfg(test)]
mod tests;
