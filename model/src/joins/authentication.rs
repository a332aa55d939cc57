//! Which lone `authentication` span belongs to which API request.
//!
//! kube-apiserver starts `authentication` before its server span, and gives the server span a trace of its own
//! unless the caller is privileged (kubernetes `pkg/server/config.go` DefaultBuildHandlerChain,
//! `pkg/endpoints/filters/traces.go`). The lone span has no attribute, so that only time and process tell.

mod nearby;

use std::collections::BTreeMap;

use proto::{SpanId, TraceId};

use super::matching::match_one_to_one;
use crate::SpanView;
use crate::sampling::trace_fraction;
use nearby::{Order, add_possible};

/// The name of the span.
const AUTHENTICATION: &str = "authentication";

/// A filter span that there is since Kubernetes 1.34, when `authentication` began to end after the whole request; in
/// 1.33 it ends before the server span starts.
const AUDIT: &str = "audit";

/// `Span.kind` of a server span.
const KIND_SERVER: i32 = 2;

/// Bits of `Span.flags`: the parent is known to be of the same process.
const PARENT_KNOWN: u32 = 0x100;
const PARENT_REMOTE: u32 = 0x200;

/// A sampler keeps trace ids below its rate. Seeing one above this shows that nearly all are kept.
const RATE_MIN: f64 = 0.9;

/// Seeing none above [`RATE_MIN`] among so many shows that they are not.
const TRACES_MIN: u64 = 100;

/// More server spans without a partner than one in so many, and more than [`AT_EDGES_MAX`], show that spans were lost.
/// Then one that lost its own may have taken that of another: with a tenth of the captured spans left out, 0.5 % of the
/// pairs that seem certain would be others, with half of them 8 %.
const UNPAIRED_ONE_IN: usize = 50;

/// So many server spans may lack a partner because that is outside the window.
const AT_EDGES_MAX: usize = 4;

/// How sure a pair is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// With any other pair, fewer requests of the window would find a partner.
    Only,
    /// The best of several, or possible for several; or spans seem to be lost, or are too few to tell that none is.
    Best {
        /// How many other `authentication` spans would fit the server span.
        rivals: usize,
    },
}

/// An `authentication` span and the server span of the same request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// Position of the `authentication` span.
    pub authentication: usize,
    /// Position of the server span.
    pub server: usize,
    /// How sure that is.
    pub fit: Fit,
}

/// What [`pair_authentications`] found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Authentications {
    /// The pairs, by server span.
    pub pairs: Vec<Pair>,
    /// Lone `authentication` spans that no request was found for, ascending.
    pub unpaired: Vec<usize>,
    /// Server spans of processes with lone `authentication` spans that could have one, but were given none, ascending.
    pub servers_unpaired: Vec<usize>,
    /// Processes left out because they sample: the two spans are then kept or not independently of each other.
    pub sampled_instances: usize,
}

/// Pairs lone `authentication` spans with the server spans of their requests, within each process (`service.name` and
/// `service.instance.id`).
///
/// `spans` holds whatever arrived in a window of time. Since Kubernetes 1.34 the first encloses the second and ends at
/// most 100 ms after it; in 1.33 it ends at most 100 ms before the second starts. Near the edges of the window a partner
/// may not be here. Takes O(n log n).
#[must_use]
pub fn pair_authentications(spans: &[SpanView<'_>]) -> Authentications {
    let mut found = Authentications::default();
    for instance in instances(spans).into_values() {
        if instance.authentications.is_empty() {
            continue;
        }
        let rate = instance.rate_at_least(spans);
        let roots = (instance.authentications.len() + instance.servers.len()) as u64;
        if rate < RATE_MIN && roots >= TRACES_MIN {
            found.sampled_instances += 1;
            found.unpaired.extend(instance.authentications);
            found.servers_unpaired.extend(instance.servers);
        } else {
            instance.pair(spans, rate >= RATE_MIN, &mut found);
        }
    }
    found.pairs.sort_unstable_by_key(|pair| pair.server);
    found.unpaired.sort_unstable();
    found.servers_unpaired.sort_unstable();
    found
}

/// The spans of one process that matter here, by position.
#[derive(Default)]
struct Instance {
    authentications: Vec<usize>,
    servers: Vec<usize>,
    has_filter_spans: bool,
}

fn instances<'a>(spans: &[SpanView<'a>]) -> BTreeMap<(&'a str, &'a str), Instance> {
    let is_authentication = |view: &SpanView<'_>| view.span.name == AUTHENTICATION;
    let ids = spans.iter().filter(|view| is_authentication(view));
    let mut known: Vec<(TraceId, SpanId)> = ids.map(|view| (view.span.trace_id, view.span.span_id)).collect();
    known.sort_unstable();
    let mut has_children = vec![false; known.len()];
    for view in spans {
        let parent = view.span.parent_span_id.map(|parent| (view.span.trace_id, parent));
        if let Some(at) = parent.and_then(|parent| known.binary_search(&parent).ok()) {
            has_children[at] = true;
        }
    }
    let mut instances: BTreeMap<(&str, &str), Instance> = BTreeMap::new();
    for (index, view) in spans.iter().enumerate() {
        let span = view.span;
        let is_audit = span.name == AUDIT;
        if !(is_authentication(view) || is_audit || span.kind == KIND_SERVER) {
            continue;
        }
        let text = |key| view.resource_text(key).unwrap_or_default();
        let instance = instances.entry((text("service.name"), text("service.instance.id"))).or_default();
        let id = (span.trace_id, span.span_id);
        if is_audit {
            instance.has_filter_spans = true;
        } else if is_authentication(view) {
            let is_lone =
                span.parent_span_id.is_none() && known.binary_search(&id).is_ok_and(|at| !has_children[at]);
            if is_lone && span.attributes.is_empty() {
                instance.authentications.push(index);
            }
        } else {
            let is_child = span.parent_span_id.is_some_and(|parent| {
                span.flags & (PARENT_KNOWN | PARENT_REMOTE) == PARENT_KNOWN
                    || known.binary_search(&(span.trace_id, parent)).is_ok()
            });
            if !is_child {
                instance.servers.push(index);
            }
        }
    }
    instances
}

impl Instance {
    /// The process keeps at least this part of the traces that it begins.
    fn rate_at_least(&self, spans: &[SpanView<'_>]) -> f64 {
        let servers = self.servers.iter().filter(|index| spans[**index].span.parent_span_id.is_none());
        let begun = self.authentications.iter().chain(servers);
        let largest = begun.map(|index| trace_fraction(spans[*index].span.trace_id)).max();
        largest.unwrap_or_default() as f64 / (1_u64 << 63) as f64
    }

    fn pair(mut self, spans: &[SpanView<'_>], is_sure: bool, found: &mut Authentications) {
        let interval = |index: usize| (spans[index].span.start, spans[index].span.end);
        self.authentications.sort_by_key(|index| interval(*index).1);
        let intervals: Vec<_> = self.authentications.iter().map(|index| interval(*index)).collect();
        let order = if self.has_filter_spans { Order::Around } else { Order::Before };
        let mut edges = Vec::new();
        let mut is_cut = Vec::with_capacity(self.servers.len());
        for (left, server) in self.servers.iter().enumerate() {
            let is_whole = add_possible(&intervals, interval(*server), order, left, &mut edges);
            is_cut.push(!is_whole);
        }
        let mut is_server_paired = vec![false; self.servers.len()];
        let mut is_paired = vec![false; self.authentications.len()];
        let matches = match_one_to_one(is_cut, self.authentications.len(), &edges);
        let unpaired = self.servers.len() - matches.len();
        let is_whole = unpaired <= AT_EDGES_MAX || unpaired * UNPAIRED_ONE_IN <= self.servers.len();
        for one in matches {
            is_server_paired[one.left] = true;
            is_paired[one.right] = true;
            let is_certain = one.is_certain && is_sure && is_whole;
            let fit = if is_certain { Fit::Only } else { Fit::Best { rivals: one.rivals } };
            let (authentication, server) = (self.authentications[one.right], self.servers[one.left]);
            found.pairs.push(Pair { authentication, server, fit });
        }
        let rest = |all: Vec<usize>, is_paired: Vec<bool>| {
            all.into_iter().zip(is_paired).filter(|(_, paired)| !paired).map(|(index, _)| index)
        };
        found.unpaired.extend(rest(self.authentications, is_paired));
        found.servers_unpaired.extend(rest(self.servers, is_server_paired));
    }
}
