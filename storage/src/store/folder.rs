//! Files put into a folder so that name and bytes are both durable: stage, sync, link or rename, sync the folder.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use uuid::Uuid;

/// Staged files begin with this.
const STAGED_PREFIX: &str = ".tmp-";

/// Staged files end with this: `LocalFileSystem` neither lists nor addresses a name that ends in `#` and digits.
const STAGED_SUFFIX: &str = "#1";

/// How many folders are remembered as durable; above, they are forgotten and synced once more.
const SYNCED_FOLDERS_MAX: usize = 4096;

/// What happens when the final name is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placement {
    /// It is an error.
    New,
    /// The old file goes.
    Replace,
}

/// A folder and the folders below it that are known to be durable.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    synced: Mutex<HashSet<PathBuf>>,
}

impl Folder {
    /// The folder `root`, made durably when absent.
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        let absent: Vec<&Path> =
            root.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.is_dir()).collect();
        for path in absent.into_iter().rev() {
            create_and_sync(path)?;
        }
        Ok(Self::at(root.canonicalize()?))
    }

    /// The folder `root`, which is there.
    pub(super) fn at(root: PathBuf) -> Self {
        Self { synced: Mutex::new(HashSet::from([root.clone()])), root }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// An empty file beside `destination` that listings do not show, its folders durable.
    pub(super) fn stage(&self, destination: &Path, name: Uuid) -> io::Result<(File, PathBuf)> {
        let staged = self.staged_path(destination, name)?;
        Ok((OpenOptions::new().write(true).create_new(true).open(&staged)?, staged))
    }

    /// A second name of the file `source` beside `destination` that listings do not show.
    pub(super) fn stage_link(&self, source: &Path, destination: &Path, name: Uuid) -> io::Result<PathBuf> {
        let staged = self.staged_path(destination, name)?;
        fs::hard_link(source, &staged)?;
        Ok(staged)
    }

    /// Syncs `file` (whose name is `staged`), gives it its final name and makes that name durable.
    ///
    /// After an error the final name is as it was, except that a failed sync of the folder cannot undo a replacement.
    pub(super) fn place(
        &self,
        file: &File,
        staged: &Path,
        to: &Path,
        placement: Placement,
    ) -> io::Result<()> {
        file.sync_all()?;
        let folder = parent(to)?;
        match placement {
            Placement::Replace => {
                fs::rename(staged, to)?;
                // Two names of one file: then the rename above did nothing and the staged name is still there.
                remove_if_there(staged)?;
                sync_folder(folder)
            }
            Placement::New => {
                fs::hard_link(staged, to)?;
                // A name that may vanish at a power cut must not be seen as committed: take it back.
                let synced = remove_if_there(staged).and_then(|()| sync_folder(folder));
                if synced.is_err() {
                    remove_if_there(to)?;
                }
                synced
            }
        }
    }

    /// Removes the staged file when what was to be done with it failed. Returns `outcome`.
    pub(super) fn discard_if_failed(&self, outcome: io::Result<()>, staged: &Path) -> io::Result<()> {
        if outcome.is_err()
            && let Err(error) = remove_if_there(staged)
        {
            tracing::warn!(%error, file = %staged.display(), "cannot remove a staged file; the next start will");
        }
        outcome
    }

    /// Makes all that is seen below the root durable, and removes staged files. Returns how many there were.
    ///
    /// A process killed between giving a file its name and syncing the folder leaves a name that a later power cut may
    /// still take away: it must be durable before anything relies on it (the WAL is trimmed by what the log says).
    pub(super) fn recover(&self) -> io::Result<u64> {
        let mut removed = 0;
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder)? {
                let entry = entry?;
                let name = entry.file_name();
                let name = name.to_string_lossy();
                if entry.file_type()?.is_dir() {
                    folders.push(entry.path());
                } else if name.starts_with(STAGED_PREFIX) && name.ends_with(STAGED_SUFFIX) {
                    fs::remove_file(entry.path())?;
                    removed += 1;
                }
            }
            sync_folder(&folder)?;
        }
        Ok(removed)
    }

    fn staged_path(&self, destination: &Path, name: Uuid) -> io::Result<PathBuf> {
        let folder = parent(destination)?;
        self.make_durable(folder)?;
        Ok(folder.join(format!("{STAGED_PREFIX}{name}{STAGED_SUFFIX}")))
    }

    /// Makes `folder` and those above it, up to the root, and syncs each in its parent: once per process, also when
    /// they are there, for who made them may not have synced them.
    fn make_durable(&self, folder: &Path) -> io::Result<()> {
        let unknown: Vec<PathBuf> = {
            let synced = self.synced.lock();
            folder.ancestors().take_while(|path| !synced.contains(*path)).map(Path::to_path_buf).collect()
        };
        for path in unknown.into_iter().rev() {
            create_and_sync(&path)?;
            let mut synced = self.synced.lock();
            if synced.len() >= SYNCED_FOLDERS_MAX {
                synced.clear();
                synced.insert(self.root.clone());
            }
            synced.insert(path);
        }
        Ok(())
    }
}

fn create_and_sync(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => sync_name(folder),
    }
}

pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Makes the name of `path` durable, which stands in the folder above it.
pub(crate) fn sync_name(path: &Path) -> io::Result<()> {
    sync_folder(parent(path)?)
}

fn parent(path: &Path) -> io::Result<&Path> {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Ok(Path::new(".")),
        Some(parent) => Ok(parent),
        None => Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{} has no parent", path.display()))),
    }
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
