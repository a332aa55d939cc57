//! The storage layer: reads, lists and writes of etcd.

use proto::otlp::Attribute;
use proto::{SpanId, UnixNanos};

use super::super::plan::{Attempt, Call, Operation, WebhookAnswer};
use super::super::profile::CacherGet;
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
        let single = !matches!(operation, Operation::Revision | Operation::Page { .. } | Operation::Watch);
        if operation != Operation::Revision && !request.namespace.is_empty() {
            key = format!("{key}/{}", request.namespace);
        }
        match (single, request.name.is_empty()) {
            (true, false) => format!("{key}/{}", request.name),
            (true, true) => format!("{key}/{}", &request.audit_id[..8]),
            (false, _) => key,
        }
    }

    pub(super) fn traced<'a>(
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

    pub(super) fn etcd_get(&mut self, handler: &mut Handler<'_>, before: u64, call: &Call, after: u64) {
        let start = handler.at;
        let end = start + before + call.total() + after;
        handler.at = end;
        let (name, shown) = match (self.kubernetes.cacher_get, self.kubernetes.get_etcd3) {
            (_, true) => (Some("Get etcd3"), Phase::EtcdClient),
            // Its event says that it asks etcd.
            (CacherGet::Wrapping, false) => (Some("cacher.Get"), Phase::EtcdClient),
            _ => (None, Phase::Own),
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

    pub(super) fn list_attributes<'a>(&self, operation: Operation, limit: u64) -> Vec<Attribute<'a>> {
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
            // The new object is made inside the storage call: its events say when.
            self.spend(Phase::Own, Phase::Own, attempt.admission);
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

    /// The new object is refused for what the cache has, etcd is asked, and has the same.
    pub(super) fn update_refused(
        &mut self,
        handler: &mut Handler<'_>,
        (before, attempt, after): (u64, u64, u64),
        call: &Call,
    ) {
        let spanned = self.kubernetes.internal_spans();
        let id = if spanned { self.id() } else { handler.span };
        if matches!(self.plan.request.verb, "patch" | "apply") {
            handler.note("About to apply patch");
        }
        let start = handler.at;
        let events = vec![event(start + before, "initial value restored")];
        self.spend(Phase::EtcdClient, Phase::EtcdClient, before + after);
        self.spend(Phase::Own, Phase::Own, attempt);
        handler.at = self.etcd(id, call, start + before + attempt) + after;
        self.updated(handler, (id, start), events, spanned);
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
