//! The watch cache and the storage layer: reads, lists, writes, and the setting up of watches.

use proto::otlp::Attribute;
use proto::{SpanId, UnixNanos};

use super::super::plan::{Attempt, Call, Operation, WebhookAnswer};
use super::super::profile::{CacherGet, ConsistentList, Filters};
use super::super::span::{Draft, Parent, ScopeName, event, event_with, integer, text};
use super::super::truth::Phase;
use super::Writer;
use super::handler::Handler;

impl Writer<'_, '_> {
    /// The key of what a call is about, without `/registry`.
    pub(super) fn storage_key(&self, operation: Operation) -> String {
        let request = &self.plan.request;
        let Some(resource) = request.resource.map(|index| &self.planner.catalog.resources[index]) else {
            return String::new();
        };
        let mut key =
            if request.subresource == "token" { "/serviceaccounts" } else { resource.key }.to_owned();
        let single = !matches!(operation, Operation::Revision | Operation::Page { .. });
        if operation != Operation::Revision && !request.namespace.is_empty() {
            key = format!("{key}/{}", request.namespace);
        }
        match (single, request.name.is_empty()) {
            (true, false) => format!("{key}/{}", request.name),
            (true, true) => format!("{key}/{}", &request.audit_id[..8]),
            (false, _) => key,
        }
    }

    fn traced<'a>(
        &self,
        name: &'a str,
        id: SpanId,
        parent: SpanId,
        times: (UnixNanos, UnixNanos),
        attributes: Vec<Attribute<'a>>,
    ) -> Draft<'a> {
        let mut draft = self.draft(ScopeName::Tracing, name, id, Parent::local(parent), times);
        draft.attributes.push(text("audit-id", self.plan.request.audit_id.clone()));
        draft.attributes.extend(attributes);
        draft
    }

    fn qualified(&self) -> String {
        let request = &self.plan.request;
        request
            .resource
            .map_or(String::new(), |index| self.planner.catalog.resources[index].qualified.clone())
    }

    pub(super) fn cache_get(&mut self, handler: &mut Handler<'_>, nanoseconds: u64) {
        self.from_cache = true;
        let (start, end) = (handler.at, handler.at + nanoseconds);
        handler.at = end;
        let cacher_get = self.kubernetes.cacher_get;
        let shown = if cacher_get == CacherGet::None { Phase::Own } else { Phase::Cache };
        self.spend(Phase::Cache, shown, nanoseconds);
        if cacher_get == CacherGet::None {
            return;
        }
        let id = self.id();
        let attributes = vec![text("key", self.storage_key(Operation::Get)), text("resource-version", "0")];
        let mut draft = self.traced("cacher.Get", id, handler.span, (start, end), attributes);
        if cacher_get == CacherGet::Wrapping {
            draft.events.push(event(start, "About to fetch object from cache"));
        }
        draft.events.push(event(start + nanoseconds / 2, "watchCache locked acquired"));
        draft.events.push(event(end, "watchCache fresh enough"));
        if cacher_get == CacherGet::CacheOnly {
            draft.events.push(event(end, "GetByKey success"));
        }
        self.push(draft);
    }

    pub(super) fn etcd_get(&mut self, handler: &mut Handler<'_>, before: u64, call: &Call, after: u64) {
        let start = handler.at;
        let end = start + before + call.total() + after;
        handler.at = end;
        let (name, shown) = match (self.kubernetes.cacher_get, self.kubernetes.get_etcd3) {
            (_, true) => (Some("Get etcd3"), Phase::EtcdClient),
            (CacherGet::Wrapping, false) => (Some("cacher.Get"), Phase::Cache),
            _ => (None, if handler.is_spanned { Phase::Own } else { Phase::Authorization }),
        };
        self.spend(Phase::EtcdClient, shown, before + after);
        let id = if name.is_some() { self.id() } else { handler.span };
        self.etcd(id, call, start + before);
        let Some(name) = name else { return };
        let mut attributes = vec![text("key", self.storage_key(Operation::Get))];
        if self.kubernetes.get_etcd3 {
            attributes.extend(self.group_and_resource());
        } else {
            attributes.push(text("resource-version", ""));
        }
        let mut draft = self.traced(name, id, handler.span, (start, end), attributes);
        if self.kubernetes.get_etcd3 {
            draft.events.push(event(end - after, "Get call succeeded"));
            draft.events.push(event(end - after / 2, "TransformFromStorage succeeded"));
            draft.events.push(event_with(end, "Decode succeeded", vec![integer("len", call.received_bytes)]));
        } else {
            draft.events.push(event(start, "About to Get from underlying storage"));
        }
        self.push(draft);
    }

    fn group_and_resource<'a>(&self) -> Vec<Attribute<'a>> {
        let resource = self.plan.request.resource.map(|index| &self.planner.catalog.resources[index]);
        let group = text("group", resource.map_or("", |resource| resource.group));
        let resource = text("resource", resource.map_or("", |resource| resource.resource));
        if self.kubernetes.group_on_storage { vec![group, resource] } else { vec![resource] }
    }

    pub(super) fn cache_list(
        &mut self,
        handler: &mut Handler<'_>,
        before: u64,
        revision: Option<&(u64, Call, u64)>,
        scan: u64,
    ) {
        let reads_etcd = revision.is_some() && self.kubernetes.consistent_list == ConsistentList::Etcd;
        self.from_cache = !reads_etcd;
        let (name, shown) = if reads_etcd {
            ("List(recursive=true) etcd3", Phase::EtcdClient)
        } else {
            (self.kubernetes.list_span(), Phase::Cache)
        };
        let (id, start) = (self.id(), handler.at);
        let mut at = start + before;
        let mut events = vec![event(at, "Ready")];
        self.spend(Phase::Cache, shown, before + scan);
        if let Some((ahead, call, behind)) = revision {
            at = self.revision(id, at, (*ahead, call, *behind), reads_etcd);
            if self.kubernetes.consistent_list == ConsistentList::Range {
                events.push(event(at, "getCurrentRV success"));
            }
        }
        let end = at + scan;
        handler.at = end;
        let request = &self.plan.request;
        events.push(event(at + scan / 20, "watchCache locked acquired"));
        events.push(event(at + scan / 10, "watchCache fresh enough"));
        let count = |name, at, count: u64| event_with(at, name, vec![integer("count", count)]);
        events.push(count("Listed items from cache", at + scan / 5, request.listed));
        if request.listed > 0 {
            events.push(event(at + scan / 2, "Resized result"));
        }
        events.push(count("Filtered items", end, request.returned));
        let mut draft = if reads_etcd {
            let attributes = self.list_attributes(Operation::Page { limit: 0 }, 0);
            self.traced(name, id, handler.span, (start, end), attributes)
        } else {
            self.traced(name, id, handler.span, (start, end), vec![text("type", self.qualified())])
        };
        if !reads_etcd {
            draft.events = events;
        }
        if self.kubernetes.internal_spans() {
            self.push(draft);
        }
    }

    /// Reads the current revision for a consistent list, or in older versions the list itself.
    fn revision(
        &mut self,
        parent: SpanId,
        at: UnixNanos,
        (ahead, call, behind): (u64, &Call, u64),
        reads_etcd: bool,
    ) -> UnixNanos {
        let end = at + ahead + call.total() + behind;
        if !self.kubernetes.internal_spans() {
            self.spend(Phase::EtcdClient, Phase::Own, ahead + behind);
            self.etcd(self.server_span, call, at + ahead);
            return end;
        }
        if reads_etcd || self.kubernetes.consistent_list == ConsistentList::Range {
            let shown = if reads_etcd { Phase::EtcdClient } else { Phase::Cache };
            self.spend(Phase::EtcdClient, shown, ahead + behind);
            self.etcd(parent, call, at + ahead);
            return end;
        }
        self.spend(Phase::EtcdClient, Phase::EtcdClient, ahead + behind);
        let id = self.id();
        self.etcd(id, call, at + ahead);
        let attributes = self.list_attributes(Operation::Revision, 1);
        let draft = self.traced("List(recursive=false) etcd3", id, parent, (at, end), attributes);
        self.push(draft);
        end
    }

    fn list_attributes<'a>(&self, operation: Operation, limit: u64) -> Vec<Attribute<'a>> {
        let follows = self.plan.request.query.contains("continue=");
        vec![
            text("key", self.storage_key(operation)),
            text("resourceVersion", ""),
            text("resourceVersionMatch", ""),
            integer("limit", limit),
            text(
                "continue",
                if follows && limit != 1 { self.plan.request.audit_id.clone() } else { String::new() },
            ),
        ]
    }

    pub(super) fn etcd_list(&mut self, handler: &mut Handler<'_>, before: u64, pages: &[(Call, u64)]) {
        let spanned = self.kubernetes.internal_spans();
        let id = if spanned { self.id() } else { handler.span };
        let (start, mut at) = (handler.at, handler.at + before);
        self.spend(Phase::EtcdClient, Phase::EtcdClient, before);
        let streamed: Vec<(Call, u64)>;
        let pages = if pages.first().is_some_and(|(call, _)| self.streams(call)) {
            streamed = pages.iter().copied().reduce(one_stream).into_iter().collect();
            streamed.as_slice()
        } else {
            pages
        };
        for (call, after) in pages {
            at = self.etcd(id, call, at) + after;
            self.spend(Phase::EtcdClient, Phase::EtcdClient, *after);
        }
        handler.at = at;
        if spanned {
            let request = &self.plan.request;
            let limit = if request.listed > request.returned { request.returned } else { 0 };
            let attributes = self.list_attributes(Operation::Page { limit }, limit);
            let draft = self.traced("List(recursive=true) etcd3", id, handler.span, (start, at), attributes);
            self.push(draft);
        }
    }

    fn storage_attributes<'a>(&self) -> Vec<Attribute<'a>> {
        let resource = self.plan.request.resource.map(|index| &self.planner.catalog.resources[index]);
        let mut attributes = vec![
            text("key", self.storage_key(Operation::Update)),
            text("type", resource.map_or("", |resource| resource.go_type)),
        ];
        attributes.extend(self.group_and_resource());
        attributes
    }

    fn decoded(&self) -> &'static str {
        if self.kubernetes.capital_decode { "Decode succeeded" } else { "decode succeeded" }
    }

    pub(super) fn create(
        &mut self,
        handler: &mut Handler<'_>,
        (before, encode, transform, after): (u64, u64, u64, u64),
        call: &Call,
    ) {
        let spanned = self.kubernetes.internal_spans();
        let id = if spanned { self.id() } else { handler.span };
        let start = handler.at;
        let encoding = start + before;
        let transforming = encoding + encode;
        let calling = transforming + transform;
        let called = self.etcd(id, call, calling);
        handler.at = called + after;
        self.spend(Phase::EtcdClient, Phase::EtcdClient, before + after);
        self.spend(Phase::StorageEncode, Phase::StorageEncode, encode);
        self.encryption(id, (transforming, calling));
        if !spanned {
            return;
        }
        let length = || vec![integer("len", call.sent_bytes)];
        let attributes = self.storage_attributes();
        let times = (start, handler.at);
        let mut draft = self.traced("Create etcd3", id, handler.span, times, attributes);
        draft.events = vec![
            event(encoding, "About to Encode"),
            event_with(transforming, "Encode succeeded", length()),
            event(calling, "TransformToStorage succeeded"),
            event(called, "Txn call succeeded"),
            event_with(handler.at, self.decoded(), length()),
        ];
        self.push(draft);
    }

    /// Encrypting an object; a KMS provider that is asked for it has a span.
    fn encryption(&mut self, parent: SpanId, (start, end): (UnixNanos, UnixNanos)) {
        self.spend(Phase::Encryption, Phase::Encryption, end - start);
        if end - start < 1_000_000 || !self.kubernetes.envelope || !self.kubernetes.internal_spans() {
            return;
        }
        let id = self.id();
        let name = "TransformToStorage with envelopeTransformer";
        let mut draft = self.draft(ScopeName::Tracing, name, id, Parent::local(parent), (start, end));
        draft.attributes.push(text("transformer.provider.name", "kms-provider"));
        draft.events = vec![
            event(start + 1_000, "About to encrypt data using DEK"),
            event(end - 4_000, "Data encryption succeeded"),
            event(end - 3_000, "About to encode encrypted object"),
            event(end - 1_000, "Encoded encrypted object"),
        ];
        self.push(draft);
    }

    pub(super) fn update(&mut self, handler: &mut Handler<'_>, before: u64, attempts: &[Attempt]) {
        let spanned = self.kubernetes.internal_spans();
        let id = if spanned { self.id() } else { handler.span };
        let patches = matches!(self.plan.request.verb, "patch" | "apply");
        let start = handler.at;
        handler.at += before;
        self.spend(Phase::EtcdClient, Phase::EtcdClient, before);
        let mut events = vec![event(handler.at, "initial value restored")];
        for (index, attempt) in attempts.iter().enumerate() {
            if patches {
                handler.note("About to apply patch");
            }
            // The new object is made inside the storage call, so its span is what this time is seen in.
            let shown = if spanned { Phase::EtcdClient } else { Phase::Own };
            self.spend(Phase::Own, shown, attempt.admission);
            handler.at += attempt.admission;
            if patches {
                handler.note("About to check admission control");
            }
            attempt.mutating.iter().for_each(|call| self.mutating(handler, call));
            if !attempt.validating.is_empty() {
                self.validating(handler, &attempt.validating);
            }
            let calls = attempt.mutating.iter().chain(&attempt.validating);
            if calls.clone().any(|call| call.answer == WebhookAnswer::Failed) {
                break;
            }
            let length = vec![integer("len", attempt.call.sent_bytes)];
            events.push(event(handler.at, "About to Encode"));
            self.spend(Phase::StorageEncode, Phase::StorageEncode, attempt.encode);
            handler.at += attempt.encode;
            events.push(event_with(handler.at, "Encode succeeded", length.clone()));
            self.encryption(id, (handler.at, handler.at + attempt.transform));
            handler.at += attempt.transform;
            events.push(event(handler.at, "TransformToStorage succeeded"));
            events.push(event(handler.at, "Transaction prepared"));
            handler.at = self.etcd(id, &attempt.call, handler.at);
            events.push(event(handler.at, "Txn call completed"));
            events.push(event(handler.at, "Transaction committed"));
            self.spend(Phase::EtcdClient, Phase::EtcdClient, attempt.after);
            handler.at += attempt.after;
            let conflict = index + 1 < attempts.len();
            self.conflicts += u32::from(conflict);
            events.push(if conflict {
                event(handler.at, "Retry value restored")
            } else {
                event_with(handler.at, self.decoded(), length)
            });
        }
        self.updated(handler, (id, start), events, spanned);
    }

    fn updated(
        &mut self,
        handler: &Handler<'_>,
        (id, start): (SpanId, UnixNanos),
        events: Vec<proto::otlp::Event<'static>>,
        spanned: bool,
    ) {
        if spanned {
            let attributes = self.storage_attributes();
            let times = (start, handler.at);
            let mut draft = self.traced("GuaranteedUpdate etcd3", id, handler.span, times, attributes);
            draft.events = events;
            self.push(draft);
        }
    }

    pub(super) fn update_refused(&mut self, handler: &mut Handler<'_>, before: u64, call: &Call, after: u64) {
        let spanned = self.kubernetes.internal_spans();
        let id = if spanned { self.id() } else { handler.span };
        if matches!(self.plan.request.verb, "patch" | "apply") {
            handler.note("About to apply patch");
        }
        let start = handler.at;
        let events = vec![event(start + before, "initial value restored")];
        self.spend(Phase::EtcdClient, Phase::EtcdClient, before + after);
        handler.at = self.etcd(id, call, start + before) + after;
        self.updated(handler, (id, start), events, spanned);
    }

    pub(super) fn watch_setup(&mut self, handler: &mut Handler<'_>, revision: Option<&Call>, setup: u64) {
        let spans = self.kubernetes.watch_spans && self.kubernetes.filters != Filters::None;
        let total = setup + revision.map_or(0, Call::total);
        let start = handler.at;
        if !spans {
            self.unseen_watch_setup(handler, revision, setup);
            return;
        }
        let list = revision.map(|_| self.id());
        let parent = list.unwrap_or(handler.span);
        let id = self.id();
        self.spend(Phase::Cache, Phase::Cache, setup);
        if let Some(call) = revision {
            self.revision(id, start, (0, call, 0), false);
        }
        let end = start + total;
        handler.at = end;
        let attributes = vec![text("type", self.qualified())];
        let mut draft = self.traced("cacher.Watch", id, parent, (start, end), attributes);
        draft.events.push(event(end - setup / 2, "watchCache locked acquired"));
        draft.events.push(event(end, "watchCache fresh enough"));
        self.push(draft);
        if let Some(list) = list {
            self.watch_list(handler, list, start);
        }
    }

    /// Up to 1.35 the setting up of a watch takes its time but leaves no span.
    fn unseen_watch_setup(&mut self, handler: &mut Handler<'_>, revision: Option<&Call>, setup: u64) {
        let mut unseen = |phase, nanoseconds| {
            self.spend(phase, Phase::Authorization, nanoseconds);
            handler.at += nanoseconds;
        };
        unseen(Phase::Cache, setup);
        if let Some(call) = revision {
            let refused = call.refused_at_server();
            unseen(Phase::EtcdWire, call.wire_before + call.wire_after + call.refused - refused);
            unseen(Phase::EtcdServer, call.server_before + call.server_after + refused);
            unseen(Phase::EtcdInner, call.inner);
            let writing = self.initial_events_ns();
            self.spend(Phase::Serialization, Phase::Authorization, writing);
            handler.at += writing;
        }
    }

    /// How long the objects there are take to write.
    fn initial_events_ns(&self) -> u64 {
        25_000 + 12 * self.plan.request.response_bytes.min(200_000)
    }

    /// A watch that begins with the objects there are: the one kind whose writing has a span.
    fn watch_list(&mut self, handler: &mut Handler<'_>, list: SpanId, start: UnixNanos) {
        let writing = self.initial_events_ns();
        let (from, end) = (handler.at, handler.at + writing);
        // Two spans that no phase of the request is named after.
        self.spend(Phase::Serialization, Phase::Own, writing);
        handler.at = end;
        let id = self.id();
        let attributes = self.serializer_attributes();
        let mut draft =
            self.draft(ScopeName::Tracing, "WatchServer.HandleHTTP", id, Parent::local(list), (from, end));
        draft.attributes = attributes;
        draft.events.push(event(from + writing / 4, "About to start writing response"));
        draft.events.push(event(end, "Writing initial events done"));
        self.push(draft);
        let attributes = self.handler_attributes();
        let parent = Parent::local(handler.span);
        let mut draft = self.draft(ScopeName::Tracing, "WatchList", list, parent, (start, end));
        draft.attributes = attributes;
        self.push(draft);
    }
}

/// Two pages as one stream: the way there of the first, the way back of the last, and all work in between.
fn one_stream((first, first_after): (Call, u64), (next, next_after): (Call, u64)) -> (Call, u64) {
    let call = Call {
        refused: first.refused + next.refused,
        wire_after: first.wire_after + next.wire_after,
        wire_before: first.wire_before + next.wire_before,
        server_before: first.server_before + next.server_before,
        server_after: first.server_after + next.server_after,
        inner: first.inner + next.inner,
        received_bytes: first.received_bytes + next.received_bytes,
        ..first
    };
    (call, first_after + next_after)
}
