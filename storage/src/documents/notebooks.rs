//! Kept notebooks: an index of them, and each of their revisions as a document of its own (`docs/formats.md`).

mod id;
mod index;

use std::sync::Arc;

use proto::{ErrorKind, Tenant, UnixNanos};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::Mutex;

pub use self::id::NotebookId;
use self::index::{Entry, Index};
use super::file::{Documents, Fault};
use super::to_its_end;
use crate::env::Env;
use crate::stores::TableStores;
use crate::{Config, Error, Result};

/// The name of the index.
const INDEX: &str = "notebooks.json";

/// What a list of notebooks says of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heading {
    /// What it is called.
    pub title: String,
    /// What it is for, in a line.
    pub about: String,
    /// What it is found by.
    pub tags: Vec<String>,
}

/// A notebook as it was saved.
#[derive(Debug, Clone)]
pub struct Notebook {
    /// Which.
    pub id: NotebookId,
    /// How often it was saved.
    pub revision: u64,
    /// When this revision was.
    pub updated_at: UnixNanos,
    /// The document, as it was given.
    pub body: Box<RawValue>,
}

/// What is known of a notebook without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Which.
    pub id: NotebookId,
    /// What the latest revision says of itself.
    pub heading: Heading,
    /// The revisions that are kept, the latest first: never none.
    pub revisions: Vec<Revision>,
}

/// One save.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revision {
    /// Counts from 1.
    pub revision: u64,
    /// When it was.
    pub updated_at: UnixNanos,
}

/// What became of a save.
#[derive(Debug)]
pub enum Saved {
    /// It is the latest revision now.
    As(Notebook),
    /// Somebody else had saved meanwhile: this is theirs, and nothing was written.
    Conflict(Notebook),
}

/// The notebooks of one storage. Cheap to clone; clones are the same.
#[derive(Debug, Clone)]
pub struct Notebooks {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    documents: Documents,
    env: Env,
    limits: NotebookLimits,
    /// The index as it is in the store, once it was read; held by whoever writes.
    index: Mutex<Option<Index>>,
}

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotebookLimits {
    /// `storage.notebooks_max`.
    pub notebooks_max: usize,
    /// `storage.notebook_revisions_max`.
    pub revisions_max: usize,
    /// `storage.notebook_bytes_max`.
    pub bytes_max: usize,
}

impl NotebookLimits {
    pub(crate) fn of(config: &Config) -> Self {
        Self {
            notebooks_max: config.notebooks_max,
            revisions_max: config.notebook_revisions_max,
            bytes_max: usize::try_from(config.notebook_bytes_max.as_u64()).unwrap_or(usize::MAX),
        }
    }
}

impl Notebooks {
    /// Those beside the tables of `stores`. Nothing is read yet: damage of the index stops nobody but who asks for it.
    pub(crate) fn open(stores: &TableStores, limits: NotebookLimits) -> Result<Self> {
        Ok(Self::new(Documents::open(stores)?, limits, stores.env.clone()))
    }

    /// Those of no folder, gone with the process.
    #[must_use]
    pub fn in_memory(limits: NotebookLimits, env: Env) -> Self {
        Self::new(Documents::in_memory(), limits, env)
    }

    fn new(documents: Documents, limits: NotebookLimits, env: Env) -> Self {
        Self { shared: Arc::new(Shared { documents, env, limits, index: Mutex::default() }) }
    }

    /// How much is kept.
    #[must_use]
    pub fn limits(&self) -> NotebookLimits {
        self.shared.limits
    }

    /// The notebooks of `tenant`, the one saved last first.
    ///
    /// # Errors
    /// `Corrupt` when the index is damaged, `Unavailable` when it cannot be read.
    pub async fn list(&self, tenant: &Tenant) -> Result<Vec<Summary>> {
        let mut held = self.shared.index.lock().await;
        Ok(self.index(&mut held).await?.list(tenant))
    }

    /// How many are kept, of all tenants together.
    ///
    /// # Errors
    /// As [`Self::list`].
    pub async fn count(&self) -> Result<usize> {
        let mut held = self.shared.index.lock().await;
        Ok(self.index(&mut held).await?.len())
    }

    /// What is known of one, if it is there.
    ///
    /// # Errors
    /// As [`Self::list`].
    pub async fn summary(&self, tenant: &Tenant, id: NotebookId) -> Result<Option<Summary>> {
        let mut held = self.shared.index.lock().await;
        Ok(self.index(&mut held).await?.find(tenant, id).map(Entry::summary))
    }

    /// One at a revision, or at the latest. `None` when it is not there, or that revision is not kept any more.
    ///
    /// # Errors
    /// As [`Self::list`], for the index and for the document.
    pub async fn read(
        &self,
        tenant: &Tenant,
        id: NotebookId,
        revision: Option<u64>,
    ) -> Result<Option<Notebook>> {
        loop {
            let Some(kept) = self.kept(tenant, id, revision).await? else { return Ok(None) };
            match self.read_kept(id, kept).await {
                // Somebody saved or removed it meanwhile.
                Err(_) if self.kept(tenant, id, revision).await? != Some(kept) => {}
                found => return found.map(Some),
            }
        }
    }

    /// The revision that is asked for, or the latest, if it is kept.
    async fn kept(&self, tenant: &Tenant, id: NotebookId, revision: Option<u64>) -> Result<Option<Revision>> {
        let kept = self.summary(tenant, id).await?.map(|summary| summary.revisions).unwrap_or_default();
        Ok(match revision {
            None => kept.first().copied(),
            Some(asked) => kept.into_iter().find(|kept| kept.revision == asked),
        })
    }

    /// Keeps a new one, durably, as revision 1.
    ///
    /// # Errors
    /// `TooLarge` when the document is, or when `storage.notebooks_max` are kept; `Unavailable` when nothing can be written.
    pub async fn create(&self, tenant: &Tenant, heading: Heading, body: Box<RawValue>) -> Result<Notebook> {
        self.check_size(&body)?;
        let (this, tenant) = (self.clone(), tenant.clone());
        let change = async move { this.create_now(&tenant, heading, body).await };
        to_its_end(&self.shared.env, change).await
    }

    async fn create_now(&self, tenant: &Tenant, heading: Heading, body: Box<RawValue>) -> Result<Notebook> {
        let mut held = self.shared.index.lock().await;
        let mut index = self.index(&mut held).await?.clone();
        let (kept, notebooks_max) = (index.len(), self.shared.limits.notebooks_max);
        if kept >= notebooks_max {
            let message = format!(
                "{kept} notebooks are kept, and storage.notebooks_max allows {notebooks_max}: remove one first"
            );
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        let first = Revision { revision: 1, updated_at: self.shared.env.now() };
        let id = NotebookId::random(&self.shared.env);
        index.add(Entry::new(tenant, id, heading, first));
        let notebook = self.write(id, first, body).await?;
        self.save_index(&mut held, index).await?;
        Ok(notebook)
    }

    /// Keeps the next revision, durably, where `expected` is the latest. `None` when there is no such notebook.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub async fn save(
        &self,
        tenant: &Tenant,
        id: NotebookId,
        expected: u64,
        heading: Heading,
        body: Box<RawValue>,
    ) -> Result<Option<Saved>> {
        self.check_size(&body)?;
        let (this, tenant) = (self.clone(), tenant.clone());
        let change = async move { this.save_now(&tenant, id, expected, heading, body).await };
        to_its_end(&self.shared.env, change).await
    }

    async fn save_now(
        &self,
        tenant: &Tenant,
        id: NotebookId,
        expected: u64,
        heading: Heading,
        body: Box<RawValue>,
    ) -> Result<Option<Saved>> {
        let mut held = self.shared.index.lock().await;
        let mut index = self.index(&mut held).await?.clone();
        let Some(entry) = index.find_mut(tenant, id) else { return Ok(None) };
        let latest = entry.latest();
        if latest.revision != expected {
            return self.read_kept(id, latest).await.map(|theirs| Some(Saved::Conflict(theirs)));
        }
        let next = Revision { revision: latest.revision + 1, updated_at: self.shared.env.now() };
        let dropped = entry.push(heading, next, self.shared.limits.revisions_max);
        let notebook = self.write(id, next, body).await?;
        self.save_index(&mut held, index).await?;
        self.remove_files(id, &dropped).await;
        Ok(Some(Saved::As(notebook)))
    }

    /// Removes one with all revisions, durably. `None` when there is none.
    ///
    /// # Errors
    /// `Unavailable` when nothing can be written.
    pub async fn remove(&self, tenant: &Tenant, id: NotebookId) -> Result<Option<Summary>> {
        let (this, tenant) = (self.clone(), tenant.clone());
        to_its_end(&self.shared.env, async move { this.remove_now(&tenant, id).await }).await
    }

    async fn remove_now(&self, tenant: &Tenant, id: NotebookId) -> Result<Option<Summary>> {
        let mut held = self.shared.index.lock().await;
        let mut index = self.index(&mut held).await?.clone();
        let Some(removed) = index.remove(tenant, id) else { return Ok(None) };
        self.save_index(&mut held, index).await?;
        self.remove_files(id, &removed.revisions).await;
        Ok(Some(removed))
    }

    /// The index as the store has it. What this process writes it knows; what another writes has to be read each time.
    async fn index<'a>(&self, held: &'a mut Option<Index>) -> Result<&'a Index> {
        let documents = &self.shared.documents;
        if held.is_none() || !documents.is_writable {
            *held = Some(documents.read(INDEX).await?.unwrap_or_default());
        }
        Ok(held.get_or_insert_default())
    }

    async fn save_index(&self, held: &mut Option<Index>, index: Index) -> Result<()> {
        self.shared.documents.write(INDEX, &index).await?;
        *held = Some(index);
        Ok(())
    }

    async fn read_kept(&self, id: NotebookId, kept: Revision) -> Result<Notebook> {
        let name = file_name(id, kept.revision);
        let body = self.shared.documents.read(&name).await?.ok_or_else(|| {
            let message =
                format!("documents/{name} is gone, though {INDEX} names it: restore it from a copy, or remove the notebook");
            Error::new(ErrorKind::Corrupt, message)
        })?;
        Ok(Notebook { id, revision: kept.revision, updated_at: kept.updated_at, body })
    }

    async fn write(&self, id: NotebookId, revision: Revision, body: Box<RawValue>) -> Result<Notebook> {
        let Revision { revision, updated_at } = revision;
        self.shared.documents.write(&file_name(id, revision), &body).await?;
        Ok(Notebook { id, revision, updated_at, body })
    }

    /// Files that no index names take room and do no harm: what cannot be removed stays.
    async fn remove_files(&self, id: NotebookId, revisions: &[Revision]) {
        for Revision { revision, .. } in revisions {
            let name = file_name(id, *revision);
            if let Err(error) = self.shared.documents.remove(&name).await {
                tracing::warn!(%error, name, "a revision of a notebook that is not kept any more cannot be removed");
            }
        }
    }

    fn check_size(&self, body: &RawValue) -> Result<()> {
        let (bytes, bytes_max) = (body.get().len(), self.shared.limits.bytes_max);
        if bytes <= bytes_max {
            return Ok(());
        }
        let message = format!(
            "the notebook has {bytes} bytes, and storage.notebook_bytes_max allows {bytes_max}: remove pinned results, or parts of it"
        );
        Err(Error::new(ErrorKind::TooLarge, message))
    }
}

/// The documents of notebooks among `documents`, by name, and what is wrong with each: the index, and every revision that it names.
pub(super) async fn examine(documents: &Documents) -> Result<Vec<(String, Option<Fault>)>> {
    let index = match documents.examine::<Index>(INDEX).await? {
        Ok(index) => index.unwrap_or_default(),
        Err(fault) => return Ok(vec![(INDEX.to_owned(), Some(fault))]),
    };
    let mut examined = vec![(INDEX.to_owned(), None)];
    for name in index.revisions().map(|(id, revision)| file_name(id, revision)) {
        let fault = match documents.examine::<Box<RawValue>>(&name).await? {
            // A running server may have dropped it since.
            Ok(None) if !still_names(documents, &name).await? => continue,
            Ok(None) => Some(Fault::Damaged(format!("it is gone, though {INDEX} names it"))),
            Ok(Some(_)) => None,
            Err(fault) => Some(fault),
        };
        examined.push((name, fault));
    }
    Ok(examined)
}

async fn still_names(documents: &Documents, name: &str) -> Result<bool> {
    let index = documents.examine::<Index>(INDEX).await?.ok().flatten().unwrap_or_default();
    Ok(index.revisions().any(|(id, revision)| file_name(id, revision) == name))
}

fn file_name(id: NotebookId, revision: u64) -> String {
    format!("notebooks/{id}/{revision:010}.json")
}

#[cfg(test)]
mod tests;
