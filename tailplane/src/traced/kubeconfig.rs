//! The kubeconfig of the traced command: our proxy, and the namespace of the caller's context.

use std::fs::{OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::json;
use tempfile::TempDir;

/// What the command gets to use, in a folder for this user alone that is removed when this is dropped.
#[derive(Debug)]
pub(super) struct Surroundings {
    folder: TempDir,
}

impl Surroundings {
    /// An empty folder.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(super) fn new() -> anyhow::Result<Self> {
        let for_us_alone = Permissions::from_mode(0o700);
        let folder = tempfile::Builder::new().prefix("tailplane-trace-").permissions(for_us_alone).tempdir();
        Ok(Self { folder: folder.context("no temporary folder (TMPDIR)")? })
    }

    /// Where `kubectl proxy` is to listen.
    #[must_use]
    pub(super) fn socket(&self) -> PathBuf {
        self.folder.path().join("kubectl.sock")
    }

    /// Where the command keeps what it learns of the API: kubectl has a cache for each address, and ours is never seen
    /// again.
    #[must_use]
    pub(super) fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    /// Writes a kubeconfig whose only cluster is at `url`, and says where.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn write(&self, url: &str, context: &str, namespace: Option<&str>) -> anyhow::Result<PathBuf> {
        let path = self.folder.path().join("config");
        let write = |path: &Path| {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
            file.write_all(kubeconfig(url, context, namespace).as_bytes())
        };
        write(&path).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }
}

/// JSON is YAML, too.
fn kubeconfig(url: &str, context: &str, namespace: Option<&str>) -> String {
    let mut inner = json!({ "cluster": context });
    if let Some(namespace) = namespace {
        inner["namespace"] = namespace.into();
    }
    let kubeconfig = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": context,
        "clusters": [{ "name": context, "cluster": { "server": url } }],
        "contexts": [{ "name": context, "context": inner }],
    });
    kubeconfig.to_string()
}

#[cfg(test)]
mod tests;
