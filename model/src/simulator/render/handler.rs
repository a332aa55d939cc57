//! The handler's span with its events, and the steps inside it.

use proto::otlp::{Attribute, Event};
use proto::{SpanId, UnixNanos};

use super::super::plan::{Call, Step};
use super::super::span::{Parent, ScopeName, event, event_with, integer, text};
use super::super::truth::Phase;
use super::Writer;

/// A handler under way: its span's id, and where its children hang.
pub(super) struct Handler<'a> {
    /// The parent of what the handler calls: its span, or where there is none, the one above.
    pub(super) span: SpanId,
    /// The parent of `SerializeObject`.
    pub(super) serializes_under: SpanId,
    pub(super) events: Vec<Event<'a>>,
    pub(super) at: UnixNanos,
    /// Whether there is a handler span.
    pub(super) is_spanned: bool,
    /// Whether a span has begun below `span`.
    has_child: bool,
    /// The time before that, where there is no handler span.
    before_child: u64,
}

/// A handler that has ended.
pub(super) struct Handled {
    pub(super) end: UnixNanos,
    /// As what the work of the authorization filter is seen: from 1.34 on the last span around the handler is its own,
    /// and says when the filter let the request through only by its first child.
    pub(super) authorization_before: Phase,
    /// The same for what it does in the end.
    pub(super) authorization_after: Phase,
}

impl Handler<'_> {
    pub(super) fn note(&mut self, name: &'static str) {
        if self.is_spanned {
            self.events.push(event(self.at, name));
        }
    }

    fn note_with(&mut self, name: &'static str, attributes: Vec<Attribute<'static>>) {
        if self.is_spanned {
            self.events.push(event_with(self.at, name, attributes));
        }
    }
}

/// The name of a handler's span.
fn span_name(verb: &str) -> Option<&'static str> {
    match verb {
        "get" => Some("Get"),
        "list" => Some("List"),
        "create" => Some("Create"),
        "update" => Some("Update"),
        "patch" | "apply" => Some("Patch"),
        "delete" | "deletecollection" => Some("Delete"),
        _ => None,
    }
}

impl Writer<'_, '_> {
    /// Runs the handler from `at`.
    pub(super) fn handler(&mut self, parent: SpanId, at: UnixNanos) -> Handled {
        let plan = self.plan;
        let refused = matches!(plan.request.code, 403 | 429);
        let name = span_name(plan.request.verb)
            .filter(|_| self.kubernetes.internal_spans() && !refused && plan.inner.is_none());
        let id = if name.is_some() { self.id() } else { parent };
        let mut handler = Handler {
            span: id,
            serializes_under: if self.kubernetes.serialize_inside { id } else { self.server_span },
            events: Vec::new(),
            at,
            is_spanned: name.is_some(),
            has_child: false,
            before_child: 0,
        };
        self.own(&mut handler, plan.handler);
        if plan.request.verb == "get" {
            handler.note("About to Get from storage");
        } else if plan.request.verb == "list" && !self.kubernetes.quiet_list {
            handler.note("About to List from storage");
        }
        for step in &plan.steps {
            handler.has_child |= self.has_span(step);
            self.step(&mut handler, step);
        }
        let Handler { events, at: end, has_child, before_child, .. } = handler;
        let before = if name.is_some() || has_child { Phase::Authorization } else { Phase::Own };
        self.spend(Phase::Own, before, before_child);
        let is_last = name.is_some() || refused;
        let after = if is_last { Phase::Authorization } else { Phase::Own };
        if let Some(name) = name {
            let attributes = self.handler_attributes();
            let mut draft = self.draft(ScopeName::Tracing, name, id, Parent::local(parent), (at, end));
            draft.attributes = attributes;
            draft.events = events;
            self.push(draft);
        }
        Handled { end, authorization_before: before, authorization_after: after }
    }

    /// The handler's own time. A request that is refused has no handler: it is the filter that answers.
    pub(super) fn own(&mut self, handler: &mut Handler<'_>, nanoseconds: u64) {
        match self.plan.request.code {
            403 => self.spend(Phase::Authorization, Phase::Authorization, nanoseconds),
            429 => self.spend(Phase::PriorityAndFairness, Phase::PriorityAndFairness, nanoseconds),
            _ if handler.is_spanned || handler.has_child => {
                self.spend(Phase::Own, Phase::Own, nanoseconds);
            }
            _ => handler.before_child += nanoseconds,
        }
        handler.at += nanoseconds;
    }

    /// Whether `step` has a span.
    fn has_span(&self, step: &Step) -> bool {
        match step {
            Step::Own(_) | Step::ReadBody(_) | Step::Convert(_) | Step::Hold(_) => false,
            Step::Aggregate => self.kubernetes.template_names,
            Step::WatchSetup { revision, .. } => self.kubernetes.watch_spans || revision.is_some(),
            _ => true,
        }
    }

    fn step(&mut self, handler: &mut Handler<'_>, step: &Step) {
        match step {
            Step::Own(nanoseconds) => self.own(handler, *nanoseconds),
            Step::ReadBody(nanoseconds) => self.read_body(handler, *nanoseconds),
            Step::Convert(nanoseconds) => {
                handler.note("About to convert to expected version");
                self.spend(Phase::Conversion, Phase::Conversion, *nanoseconds);
                handler.at += nanoseconds;
                handler.note("Conversion done");
                handler.note("About to store object in database");
            }
            Step::Mutating(call) => self.mutating(handler, call),
            Step::Validating(calls) => self.validating(handler, calls),
            Step::CacheGet(nanoseconds) => self.cache_get(handler, *nanoseconds),
            Step::EtcdGet { before, call, after } => self.etcd_get(handler, *before, call, *after),
            Step::CacheList { before, revision, scan } => {
                self.cache_list(handler, *before, revision.as_ref(), *scan);
            }
            Step::EtcdList { before, pages } => self.etcd_list(handler, *before, pages),
            Step::Create { before, encode, transform, call, after } => {
                self.create(handler, (*before, *encode, *transform, *after), call);
            }
            Step::Update { before, attempts } => self.update(handler, *before, attempts),
            Step::UpdateRefused { before, attempt, call, after } => {
                self.update_refused(handler, (*before, *attempt, *after), call);
            }
            Step::DeleteKey(call) => handler.at = self.etcd(handler.span, call, handler.at),
            Step::Serialize { encode, write } => self.serialize(handler, *encode, *write),
            Step::Aggregate => self.aggregate(handler),
            Step::WatchSetup { revision, setup } => self.watch_setup(handler, revision.as_ref(), *setup),
            Step::EtcdWatch(call) => {
                let inner = call.inner.min(self.until_stop(handler.at + call.total() - call.inner));
                handler.at = self.etcd(handler.span, &Call { inner, ..*call }, handler.at);
            }
            Step::Hold(nanoseconds) => {
                let held = *nanoseconds.min(&self.until_stop(handler.at));
                self.own(handler, held);
            }
        }
    }

    fn read_body(&mut self, handler: &mut Handler<'_>, nanoseconds: u64) {
        self.own(handler, nanoseconds);
        let request = &self.plan.request;
        handler.note_with("limitedReadBody succeeded", vec![integer("len", request.request_bytes)]);
        match request.verb {
            "patch" | "apply" => handler.note("Recorded the audit event"),
            "delete" => {
                if request.request_bytes > 0 {
                    handler.note("Decoded delete options");
                    handler.note("Recorded the audit event");
                }
                handler.note("About to delete object from database");
            }
            _ => {}
        }
    }

    /// How long from `at` the API server is there: what it holds open ends when it goes away.
    fn until_stop(&self, at: UnixNanos) -> u64 {
        let apiserver = self.plan.apiserver;
        let stops = [
            self.planner.faults.apiserver_stop(apiserver, at),
            self.versions.apiserver_upgrade(apiserver, at),
        ];
        stops.into_iter().flatten().min().unwrap_or(UnixNanos::MAX) - at
    }

    fn serialize(&mut self, handler: &mut Handler<'_>, encode: u64, write: u64) {
        let request = &self.plan.request;
        let succeeded = request.code < 400;
        self.before_response(handler, succeeded);
        let (start, end) = (handler.at, handler.at + encode + write);
        if self.kubernetes.internal_spans() {
            self.spend(Phase::Serialization, Phase::Serialization, encode + write);
            let id = self.id();
            let attributes = self.serializer_attributes();
            let parent = Parent::local(handler.serializes_under);
            let mut draft = self.draft(ScopeName::Tracing, "SerializeObject", id, parent, (start, end));
            draft.attributes = attributes;
            draft.events = vec![
                event_with(
                    start + encode,
                    "About to start writing response",
                    vec![
                        text("writer", "responsewriter.outerWithCloseNotifyAndFlush"),
                        integer("size", request.response_bytes.min(131_072)),
                    ],
                ),
                event_with(end, "Write call succeeded", vec![integer("size", request.response_bytes)]),
            ];
            self.push(draft);
        } else {
            self.spend(Phase::Serialization, Phase::Own, encode + write);
        }
        handler.at = end;
        if succeeded && request.verb == "list" {
            if !self.kubernetes.quiet_list {
                handler.note_with("Writing http response done", vec![integer("count", request.returned)]);
            }
        } else if succeeded {
            handler.note("Writing http response done");
        }
    }

    /// The events between the work and the answer.
    fn before_response(&mut self, handler: &mut Handler<'_>, succeeded: bool) {
        let request = &self.plan.request;
        let length = || integer("len", request.request_bytes);
        match (request.verb, succeeded) {
            ("create" | "update", true) => {
                handler.note_with("Write to database call succeeded", vec![length()]);
            }
            ("create" | "update", false) => {
                let error = vec![
                    length(),
                    text("err", "Operation cannot be fulfilled: the object has been modified"),
                ];
                handler.note_with("Write to database call failed", error);
            }
            ("patch" | "apply", true) => handler.note("Object stored in database"),
            ("delete", true) => handler.note("Object deleted from database"),
            ("list", true) if !self.kubernetes.quiet_list => {
                handler.note("Listing from storage done");
                return;
            }
            _ => {}
        }
        if succeeded && request.verb != "list" {
            handler.note("About to write a response");
        }
    }

    /// The attributes of handler spans (kubernetes pkg/endpoints/handlers/trace_util.go).
    pub(super) fn handler_attributes<'a>(&self) -> Vec<Attribute<'a>> {
        let request = &self.plan.request;
        let resource = request.resource.map(|index| &self.planner.catalog.resources[index]);
        let mut to = Vec::with_capacity(14);
        to.extend([
            text("accept", accept(request.user_agent)),
            text("audit-id", request.audit_id.clone()),
            text("client", request.client_address.clone()),
        ]);
        if self.kubernetes.long_handler_attributes {
            to.extend([
                text("api-group", resource.map_or("", |resource| resource.group)),
                text("api-version", resource.map_or("", |resource| resource.version)),
                text("name", request.name.clone()),
                text("subresource", request.subresource),
                text("namespace", request.namespace.clone()),
            ]);
        }
        let verb = match request.verb {
            "list" => "LIST",
            "apply" => "APPLY",
            "watch" => "WATCH",
            _ => request.method,
        };
        to.extend([
            text("protocol", "HTTP/2.0"),
            text("resource", resource.map_or("", |resource| resource.resource)),
            text("scope", request.scope()),
            text("url", request.path.clone()),
            text("user-agent", request.user_agent),
            text("verb", verb),
        ]);
        to
    }

    pub(super) fn serializer_attributes<'a>(&self) -> Vec<Attribute<'a>> {
        let request = &self.plan.request;
        let media_type = if request.verb == "watch" {
            "application/vnd.kubernetes.protobuf;stream=watch"
        } else {
            "application/vnd.kubernetes.protobuf"
        };
        vec![
            text("audit-id", request.audit_id.clone()),
            text("method", request.method),
            text("url", request.path.clone()),
            text("protocol", "HTTP/2.0"),
            text("mediaType", media_type),
            text("encoder", r#"{"encodeGV":"v1","encoder":"protobuf","name":"versioning"}"#),
        ]
    }
}

/// What clients accept: those of Kubernetes itself prefer protobuf.
fn accept(user_agent: &str) -> &'static str {
    if user_agent.starts_with("kube") && !user_agent.starts_with("kubectl") {
        "application/vnd.kubernetes.protobuf,application/json"
    } else {
        "application/json"
    }
}
