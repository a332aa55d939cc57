//! Spans on their way out: drafts, clocks, and the encoded spans that wait for their end to come.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use proto::otlp::{Attribute, Event, Link, Span, Status, Value, encode_span};
use proto::{SpanId, TraceId, UnixNanos};

use super::ProcessId;
use super::profile::Flags;
use super::random::Random;

pub(crate) const INTERNAL: i32 = 1;
pub(crate) const SERVER: i32 = 2;
pub(crate) const CLIENT: i32 = 3;
pub(crate) const STATUS_OK: i32 = 1;
pub(crate) const STATUS_ERROR: i32 = 2;

/// The instrumentation scopes; the number is an index into a process's table of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScopeName {
    Tracing,
    FilterLatency,
    OtelHttp,
    OtelGrpc,
    Etcd,
    Kubelet,
    KubeRuntime,
    OtelRestful,
    SdkTracer,
    OtelTtrpc,
    Crio,
}

/// The most events of a span: of more, the SDK keeps the last (opentelemetry-go `sdk/trace/span_limits.go`).
const EVENTS_MAX: usize = 128;

/// The span above. One without an id is none, though it marks the span as having a remote context: otelttrpc takes
/// whatever it finds in a request for one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parent {
    pub(crate) id: SpanId,
    pub(crate) remote: bool,
}

impl Parent {
    pub(crate) const fn local(id: SpanId) -> Option<Self> {
        Some(Self { id, remote: false })
    }

    pub(crate) const fn remote(id: SpanId) -> Option<Self> {
        Some(Self { id, remote: true })
    }
}

/// A span in true time.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    pub(crate) process: ProcessId,
    pub(crate) scope: ScopeName,
    pub(crate) flags: Flags,
    pub(crate) trace_id: TraceId,
    pub(crate) id: SpanId,
    pub(crate) parent: Option<Parent>,
    pub(crate) name: Cow<'a, str>,
    pub(crate) kind: i32,
    pub(crate) start: UnixNanos,
    pub(crate) end: UnixNanos,
    pub(crate) attributes: Vec<Attribute<'a>>,
    pub(crate) events: Vec<Event<'a>>,
    pub(crate) link: Option<(TraceId, SpanId)>,
    pub(crate) status: Status<'a>,
}

pub(crate) fn text<'a>(key: &'static str, value: impl Into<Cow<'a, str>>) -> Attribute<'a> {
    Attribute { key: Cow::Borrowed(key), value: Value::String(value.into()) }
}

pub(crate) fn integer(key: &'static str, value: impl TryInto<i64>) -> Attribute<'static> {
    Attribute { key: Cow::Borrowed(key), value: Value::Int(value.try_into().unwrap_or(i64::MAX)) }
}

pub(crate) fn boolean(key: &'static str, value: bool) -> Attribute<'static> {
    Attribute { key: Cow::Borrowed(key), value: Value::Bool(value) }
}

pub(crate) fn event<'a>(time: UnixNanos, name: impl Into<Cow<'a, str>>) -> Event<'a> {
    Event { time, name: name.into(), ..Event::default() }
}

pub(crate) fn event_with<'a>(
    time: UnixNanos,
    name: impl Into<Cow<'a, str>>,
    attributes: Vec<Attribute<'a>>,
) -> Event<'a> {
    Event { time, name: name.into(), attributes, dropped_attributes_count: 0 }
}

/// An encoded span that ends at `end`, true time.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) end: UnixNanos,
    sequence: u64,
    pub(crate) process: ProcessId,
    pub(crate) scope: ScopeName,
    /// Which of the process's versions sent it: a process that was upgraded has two resources.
    pub(crate) revision: u8,
    pub(crate) bytes: Box<[u8]>,
}

impl Ended {
    fn order(&self) -> Reverse<(UnixNanos, u64)> {
        Reverse((self.end, self.sequence))
    }
}

impl PartialEq for Ended {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl Eq for Ended {}

impl PartialOrd for Ended {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ended {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}

/// The spans that were made and have not ended yet, in order of their end.
#[derive(Debug)]
pub(crate) struct Outbox {
    heap: BinaryHeap<Ended>,
    sequence: u64,
    scratch: Vec<u8>,
    lost_share: f64,
    chance: Random,
    /// Spans lost since this was last set to zero.
    pub(crate) lost: u64,
}

impl Outbox {
    pub(crate) fn new(lost_share: f64, seed: u64) -> Self {
        Self {
            heap: BinaryHeap::new(),
            sequence: 0,
            scratch: Vec::new(),
            lost_share,
            chance: Random::new(seed ^ 0x006c_6f73_7400),
            lost: 0,
        }
    }

    /// Takes a span, whose host's clock is `skew_ns` ahead.
    pub(crate) fn push(&mut self, draft: Draft<'_>, skew_ns: i64, revision: u8) {
        if self.lost_share > 0.0 && self.chance.chance(self.lost_share) {
            self.lost += 1;
            return;
        }
        let dropped_events = draft.events.len().saturating_sub(EVENTS_MAX);
        let shown = |time: UnixNanos| time.saturating_add_signed(skew_ns);
        let Draft { mut events, process, scope, end, .. } = draft;
        events.drain(..dropped_events);
        if skew_ns != 0 {
            events.iter_mut().for_each(|event| event.time = shown(event.time));
        }
        let links = draft.link.map(|(trace_id, span_id)| Link {
            trace_id,
            span_id,
            flags: draft.flags.of(true),
            ..Link::default()
        });
        let span = Span {
            trace_id: draft.trace_id,
            span_id: draft.id,
            parent_span_id: draft.parent.map(|parent| parent.id).filter(|id| *id != SpanId::default()),
            flags: draft.flags.of(draft.parent.is_some_and(|parent| parent.remote)),
            name: draft.name,
            kind: draft.kind,
            start: shown(draft.start),
            end: shown(end),
            attributes: draft.attributes,
            events,
            dropped_events_count: dropped_events as u32,
            links: links.into_iter().collect(),
            status: Some(draft.status),
            ..Span::default()
        };
        self.scratch.clear();
        encode_span(&span, &mut self.scratch);
        self.sequence += 1;
        self.heap.push(Ended {
            end,
            sequence: self.sequence,
            process,
            scope,
            revision,
            bytes: self.scratch.as_slice().into(),
        });
    }

    /// When the next span ends.
    pub(crate) fn next_end(&self) -> Option<UnixNanos> {
        self.heap.peek().map(|ended| ended.end)
    }

    /// The span that ends next.
    pub(crate) fn pop(&mut self) -> Option<Ended> {
        self.heap.pop()
    }

    /// How many spans are under way.
    pub(crate) fn len(&self) -> usize {
        self.heap.len()
    }
}
