//! Notebooks as JSON.

use proto::{ErrorKind, UnixNanos};
use serde::Serialize;
use serde_json::value::RawValue;
use storage::documents::{Heading, Notebook, Revision, Summary};

use crate::api::json::Text;
use crate::notebook::BuiltIn;

#[derive(Serialize)]
pub(super) struct ListJson {
    /// The built-in ones by id, then those that are kept, the one saved last first.
    pub(super) notebooks: Vec<SummaryJson>,
    /// So many may be kept, of all tenants together.
    pub(super) limit: usize,
}

#[derive(Serialize)]
pub(super) struct SummaryJson {
    id: String,
    title: String,
    about: String,
    tags: Vec<String>,
    /// None of a built-in one.
    revision: Option<u64>,
    updated_at: Option<Text<UnixNanos>>,
    is_built_in: bool,
}

impl From<&BuiltIn> for SummaryJson {
    fn from(built_in: &BuiltIn) -> Self {
        let Heading { title, about, tags } = built_in.heading.clone();
        Self {
            id: built_in.id.clone(),
            title,
            about,
            tags,
            revision: None,
            updated_at: None,
            is_built_in: true,
        }
    }
}

impl From<Summary> for SummaryJson {
    fn from(summary: Summary) -> Self {
        let Heading { title, about, tags } = summary.heading;
        let Revision { revision, updated_at } = summary.revisions[0];
        Self {
            id: summary.id.to_string(),
            title,
            about,
            tags,
            revision: Some(revision),
            updated_at: Some(Text(updated_at)),
            is_built_in: false,
        }
    }
}

#[derive(Serialize)]
pub(super) struct NotebookJson<'a> {
    id: String,
    revision: Option<u64>,
    updated_at: Option<Text<UnixNanos>>,
    is_built_in: bool,
    notebook: &'a RawValue,
}

impl<'a> From<&'a BuiltIn> for NotebookJson<'a> {
    fn from(built_in: &'a BuiltIn) -> Self {
        let BuiltIn { id, heading: _, body } = built_in;
        Self { id: id.clone(), revision: None, updated_at: None, is_built_in: true, notebook: body }
    }
}

impl<'a> From<&'a Notebook> for NotebookJson<'a> {
    fn from(notebook: &'a Notebook) -> Self {
        let Notebook { id, revision, updated_at, body } = notebook;
        Self {
            id: id.to_string(),
            revision: Some(*revision),
            updated_at: Some(Text(*updated_at)),
            is_built_in: false,
            notebook: body,
        }
    }
}

#[derive(Serialize)]
pub(super) struct RevisionsJson {
    /// The latest first.
    revisions: Vec<RevisionJson>,
}

#[derive(Serialize)]
struct RevisionJson {
    revision: u64,
    updated_at: Text<UnixNanos>,
}

impl From<Summary> for RevisionsJson {
    fn from(summary: Summary) -> Self {
        let revisions = summary.revisions.into_iter();
        let revisions = revisions
            .map(|Revision { revision, updated_at }| RevisionJson { revision, updated_at: Text(updated_at) });
        Self { revisions: revisions.collect() }
    }
}

/// Why a change was not kept, and what is there instead.
#[derive(Serialize)]
pub(super) struct ConflictJson<'a> {
    error: ErrorJson,
    latest: NotebookJson<'a>,
}

#[derive(Serialize)]
struct ErrorJson {
    kind: &'static str,
    message: String,
}

impl<'a> ConflictJson<'a> {
    pub(super) fn new(expected: u64, latest: &'a Notebook) -> Self {
        let message = format!(
            "revision {expected} is not the latest any more: somebody saved revision {} meanwhile",
            latest.revision
        );
        Self { error: ErrorJson { kind: ErrorKind::Invalid.name(), message }, latest: latest.into() }
    }
}
