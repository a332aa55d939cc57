//! What storage, cache and response spans say of a request: conflicts, where the data came from, how much of it.

use proto::otlp::Event;

use super::DataSource;
use crate::phase::{Member, Role};
use crate::span_view;

/// What the spans below a server span say.
#[derive(Debug, Default)]
pub(super) struct Storage {
    pub(super) conflicts: u32,
    reads_cache: bool,
    asks_etcd: bool,
    /// A list of one object was read from etcd: a list of one, or the current revision for the cache.
    lists_one: bool,
    pub(super) listed_items: Option<u64>,
    /// What the cache returned.
    returned_items: Option<u64>,
    /// What the handler of a list says it wrote.
    written_items: Option<u64>,
    /// How large a body the handler says it read, if there was one.
    pub(super) read_bytes: Option<u64>,
    /// What the response writer says it wrote.
    pub(super) written_bytes: Option<u64>,
    /// Some storage span says that it called etcd, and no call is below it.
    pub(super) is_etcd_call_missing: bool,
}

impl Storage {
    /// Reads `members`, as far as they belong to this request itself.
    pub(super) fn of(members: &[Member<'_>]) -> Self {
        let mut found = Self::default();
        // Reads that only ask for the current revision, to know whether the cache is fresh enough.
        let mut asks_revision = vec![false; members.len()];
        let mut calls = vec![false; members.len()];
        for (position, member) in members.iter().enumerate().skip(1) {
            asks_revision[position] = asks_revision[member.parent];
            if members[member.parent].sealed {
                continue;
            }
            match member.role() {
                Role::Cache => asks_revision[position] |= found.read_cache(member),
                Role::WatchCache => asks_revision[position] = true,
                Role::EtcdCall => {
                    calls[member.parent] = true;
                    let lists_one = lists_one(&members[member.parent]);
                    found.lists_one |= !asks_revision[position] && lists_one;
                    found.asks_etcd |= !asks_revision[position] && !lists_one;
                }
                Role::Storage => found.conflicts += count(member, "Retry value restored"),
                // Kubernetes 1.26 to 1.35: `Writing http response done`{count} of a list.
                Role::Handler => {
                    found.written_items = number(member.view.event("Writing http response done"), "count");
                    found.read_bytes = number(member.view.event("limitedReadBody succeeded"), "len")
                        .filter(|bytes| *bytes > 0);
                }
                Role::Response => {
                    add(&mut found.written_bytes, number(member.view.event("Write call succeeded"), "size"));
                }
                _ => {}
            }
        }
        found.is_etcd_call_missing = members
            .iter()
            .zip(calls)
            .any(|(member, called)| member.role() == Role::Storage && !called && says_it_called(member));
        found
    }

    /// Reads a span of the watch cache; whether the cache had the data.
    fn read_cache(&mut self, member: &Member<'_>) -> bool {
        let listed = member.view.event("Listed items from cache");
        let is_from_cache = listed.is_some()
            || member.view.event("About to fetch object from cache").is_some()
            || member.view.event("GetByKey success").is_some();
        self.reads_cache |= is_from_cache;
        add(&mut self.listed_items, number(listed, "count"));
        add(&mut self.returned_items, number(member.view.event("Filtered items"), "count"));
        is_from_cache
    }

    /// How many objects a list returned.
    pub(super) fn returned_items(&self) -> Option<u64> {
        self.written_items.or(self.returned_items)
    }

    /// Where the data came from. Up to Kubernetes 1.35 the cache's list asks etcd for the current revision before its
    /// span begins. A watch asks for nothing else, whatever spans lie around that.
    pub(super) fn data_source(&self, is_watch: bool) -> DataSource {
        let asks_etcd = !is_watch && (self.asks_etcd || (self.lists_one && !self.reads_cache));
        match (self.reads_cache, asks_etcd) {
            (false, false) => DataSource::None,
            (true, false) => DataSource::Cache,
            (false, true) => DataSource::Etcd,
            (true, true) => DataSource::Both,
        }
    }
}

/// Whether this is a list from etcd of what has one key, or of as much as tells the current revision (kubernetes
/// `storage.GetCurrentResourceVersionFromStorage`: limit 1, no revision).
fn lists_one(member: &Member<'_>) -> bool {
    member.view.span.name == "List(recursive=false) etcd3" && member.view.integer("limit") == Some(1)
}

/// Events of storage spans that only a call of etcd can bring about.
fn says_it_called(member: &Member<'_>) -> bool {
    ["Txn call succeeded", "Txn call completed", "Get call succeeded"]
        .iter()
        .any(|name| member.view.event(name).is_some())
}

fn count(member: &Member<'_>, event: &str) -> u32 {
    let events = member.view.span.events.iter().filter(|found| found.name == event).count();
    u32::try_from(events).unwrap_or(u32::MAX)
}

fn number(event: Option<&Event<'_>>, key: &str) -> Option<u64> {
    let value = span_view::find(&event?.attributes, key).and_then(span_view::integer)?;
    u64::try_from(value).ok()
}

fn add(sum: &mut Option<u64>, number: Option<u64>) {
    if let Some(number) = number {
        *sum = Some(sum.unwrap_or(0).saturating_add(number));
    }
}
