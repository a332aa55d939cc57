//! `[model]`: what the spans do not say.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What the operator tells about the cluster, because no span does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// The output of `kubectl get nodes -o json`, from which zones and addresses of nodes are known. Read again when it
    /// changes.
    pub nodes_file: Option<PathBuf>,
}
