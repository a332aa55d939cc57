//! The inputs to begin with: what is checked in under `corpus/{target}/`.

use std::path::PathBuf;

use anyhow::Context;

/// The folder of `target`'s inputs.
#[must_use]
pub fn folder(target: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target)
}

/// Every input of `target`, in order of their names.
///
/// # Errors
/// When the folder or a file cannot be read.
pub fn inputs(target: &str) -> anyhow::Result<Vec<Vec<u8>>> {
    let folder = folder(target);
    let entries = folder.read_dir().with_context(|| format!("no corpus in {}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    files.sort();
    files.iter().map(|file| std::fs::read(file).with_context(|| format!("{}", file.display()))).collect()
}
