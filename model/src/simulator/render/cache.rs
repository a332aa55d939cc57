//! The watch cache: reads and lists it serves, and the setting up of watches.

use proto::{SpanId, UnixNanos};

use super::super::plan::{Call, Operation};
use super::super::profile::{CacherGet, ConsistentList, Filters};
use super::super::span::{Parent, ScopeName, event, event_with, integer, text};
use super::super::truth::Phase;
use super::Writer;
use super::handler::Handler;

impl Writer<'_, '_> {
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
        let mut revision = revision;
        let mut start = handler.at;
        if self.kubernetes.consistent_list == ConsistentList::ListBefore
            && let Some((ahead, call, behind)) = revision.take()
        {
            start = self.revision(handler.span, start, (*ahead, call, *behind), false);
        }
        let id = self.id();
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
            self.spend(Phase::EtcdClient, Phase::EtcdClient, ahead + behind);
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

    /// Up to 1.35 the setting up of a watch leaves no span, but asking etcd for the revision does.
    fn unseen_watch_setup(&mut self, handler: &mut Handler<'_>, revision: Option<&Call>, setup: u64) {
        if let Some(call) = revision {
            handler.at = self.revision(handler.span, handler.at, (0, call, 0), false);
        }
        self.spend(Phase::Cache, Phase::Own, setup);
        handler.at += setup;
        if revision.is_some() {
            let writing = self.initial_events_ns();
            self.spend(Phase::Serialization, Phase::Own, writing);
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
        self.spend(Phase::Serialization, Phase::Serialization, writing);
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
