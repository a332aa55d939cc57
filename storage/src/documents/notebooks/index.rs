//! Which notebooks there are: small, and written whole with each save.

use proto::Tenant;
use serde::{Deserialize, Serialize};

use super::{Heading, NotebookId, Revision, Summary};

/// The document.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Index {
    notebooks: Vec<Entry>,
}

/// One notebook.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    id: NotebookId,
    tenant: String,
    heading: Heading,
    /// Of the revisions that are kept the latest; all others follow from it.
    latest: Revision,
    /// The earlier ones, the latest first.
    earlier: Vec<Revision>,
}

impl Entry {
    pub(super) fn new(tenant: &Tenant, id: NotebookId, heading: Heading, first: Revision) -> Self {
        Self { id, tenant: tenant.to_string(), heading, latest: first, earlier: Vec::new() }
    }

    pub(super) const fn latest(&self) -> Revision {
        self.latest
    }

    /// Takes the next revision in, and gives those that are too many then.
    pub(super) fn push(&mut self, heading: Heading, next: Revision, revisions_max: usize) -> Vec<Revision> {
        self.heading = heading;
        self.earlier.insert(0, std::mem::replace(&mut self.latest, next));
        let kept = revisions_max.saturating_sub(1).min(self.earlier.len());
        self.earlier.split_off(kept)
    }

    pub(super) fn summary(&self) -> Summary {
        let revisions = std::iter::once(self.latest).chain(self.earlier.iter().copied()).collect();
        Summary { id: self.id, heading: self.heading.clone(), revisions }
    }

    fn is(&self, tenant: &Tenant, id: NotebookId) -> bool {
        self.tenant == tenant.as_str() && self.id == id
    }
}

impl Index {
    /// Every revision that is kept, of all tenants.
    pub(super) fn revisions(&self) -> impl Iterator<Item = (NotebookId, u64)> {
        self.notebooks.iter().flat_map(|entry| {
            let kept = std::iter::once(&entry.latest).chain(&entry.earlier);
            kept.map(|kept| (entry.id, kept.revision))
        })
    }

    pub(super) const fn len(&self) -> usize {
        self.notebooks.len()
    }

    pub(super) fn list(&self, tenant: &Tenant) -> Vec<Summary> {
        let own = self.notebooks.iter().filter(|entry| entry.tenant == tenant.as_str());
        let mut list: Vec<Summary> = own.map(Entry::summary).collect();
        list.sort_by_key(|summary| std::cmp::Reverse((summary.revisions[0].updated_at, summary.id)));
        list
    }

    pub(super) fn find(&self, tenant: &Tenant, id: NotebookId) -> Option<&Entry> {
        self.notebooks.iter().find(|entry| entry.is(tenant, id))
    }

    pub(super) fn find_mut(&mut self, tenant: &Tenant, id: NotebookId) -> Option<&mut Entry> {
        self.notebooks.iter_mut().find(|entry| entry.is(tenant, id))
    }

    pub(super) fn add(&mut self, entry: Entry) {
        self.notebooks.push(entry);
    }

    pub(super) fn remove(&mut self, tenant: &Tenant, id: NotebookId) -> Option<Summary> {
        let place = self.notebooks.iter().position(|entry| entry.is(tenant, id))?;
        Some(self.notebooks.remove(place).summary())
    }
}
