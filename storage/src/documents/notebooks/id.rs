//! What a notebook is told apart by.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::env::Env;

/// The id of a notebook that is kept: a random UUID, as its usual text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NotebookId(Uuid);

/// A text that is no id of a notebook.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no id of a notebook, which is a UUID")]
pub struct InvalidNotebookId(String);

impl NotebookId {
    pub(super) fn random(env: &Env) -> Self {
        Self(env.random_uuid())
    }
}

impl fmt::Display for NotebookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for NotebookId {
    type Err = InvalidNotebookId;

    fn from_str(text: &str) -> Result<Self, InvalidNotebookId> {
        let shown = || InvalidNotebookId(text.chars().take(80).collect());
        Uuid::try_parse(text).map(Self).map_err(|_| shown())
    }
}

impl TryFrom<String> for NotebookId {
    type Error = InvalidNotebookId;

    fn try_from(text: String) -> Result<Self, InvalidNotebookId> {
        text.parse()
    }
}

impl From<NotebookId> for String {
    fn from(id: NotebookId) -> Self {
        id.to_string()
    }
}
