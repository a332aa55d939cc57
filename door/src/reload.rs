//! What is made of files, and made again when they change.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::RwLock;
use proto::ErrorKind;
use sha2::{Digest, Sha256};
use storage::env::Env;

use crate::{Error, Result};

/// A file and the key in the configuration that names it.
#[derive(Debug, Clone)]
pub(crate) struct KeyedFile {
    pub(crate) key: String,
    pub(crate) path: PathBuf,
}

impl KeyedFile {
    fn read(&self) -> Result<Vec<u8>> {
        std::fs::read(&self.path).map_err(|source| self.fault(&format!("cannot be read: {source}")))
    }

    /// `Invalid`, naming key and file.
    pub(crate) fn fault(&self, reason: &str) -> Error {
        Error::new(ErrorKind::Invalid, format!("{} = {} {reason}", self.key, self.path.display()))
    }
}

/// A value made of files. Cheap to clone.
pub(crate) struct Reloaded<T> {
    current: Arc<RwLock<Arc<T>>>,
}

impl<T: Send + Sync + 'static> Reloaded<T> {
    /// Reads `files` and gives their contents to `make`; looks for changes every `interval`. A change that cannot be
    /// read or made into something is logged, and what was there stays.
    ///
    /// # Errors
    /// When the files cannot be read or `make` fails now.
    pub(crate) fn follow(
        files: Vec<KeyedFile>,
        interval: Duration,
        env: &Env,
        make: impl Fn(&[Vec<u8>]) -> Result<T> + Send + 'static,
    ) -> Result<Self> {
        let contents = read_all(&files)?;
        let current = Arc::new(RwLock::new(Arc::new(make(&contents)?)));
        let watcher = Watcher { files, seen: digest(&contents), fault: None, make };
        let weak = Arc::downgrade(&current);
        let task_env = env.clone();
        env.spawn(async move { watcher.run(weak, interval, task_env).await });
        Ok(Self { current })
    }

    pub(crate) fn current(&self) -> Arc<T> {
        Arc::clone(&self.current.read())
    }
}

impl<T> Clone for Reloaded<T> {
    fn clone(&self) -> Self {
        Self { current: Arc::clone(&self.current) }
    }
}

impl<T> fmt::Debug for Reloaded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reloaded").finish_non_exhaustive()
    }
}

struct Watcher<F> {
    files: Vec<KeyedFile>,
    seen: [u8; 32],
    /// What was logged last, so that it is logged once.
    fault: Option<String>,
    make: F,
}

impl<F> Watcher<F> {
    async fn run<T>(mut self, current: Weak<RwLock<Arc<T>>>, interval: Duration, env: Env)
    where
        F: Fn(&[Vec<u8>]) -> Result<T> + Send + 'static,
        T: Send + Sync + 'static,
    {
        loop {
            env.sleep(interval).await;
            // Nobody uses it any more.
            let Some(current) = current.upgrade() else { return };
            let looked = env.spawn_blocking(move || {
                let made = self.look();
                (self, made)
            });
            let made;
            // A panic in `make` ends the watch and nothing else.
            (self, made) = match looked.await {
                Ok(looked) => looked,
                Err(error) => return tracing::error!(%error, "files are not followed any more"),
            };
            if let Some(made) = made {
                *current.write() = Arc::new(made);
            }
        }
    }

    /// What the files say, if that is new and good.
    fn look<T>(&mut self) -> Option<T>
    where
        F: Fn(&[Vec<u8>]) -> Result<T>,
    {
        let made = match read_all(&self.files) {
            Ok(contents) if digest(&contents) == self.seen => {
                self.fault = None;
                return None;
            }
            Ok(contents) => {
                let made = (self.make)(&contents);
                if made.is_ok() {
                    self.seen = digest(&contents);
                }
                made
            }
            Err(error) => Err(error),
        };
        let keys = self.files.iter().map(|file| file.key.as_str()).collect::<Vec<_>>().join(", ");
        match made {
            Ok(made) => {
                self.fault = None;
                tracing::info!(keys, "read again after a change");
                Some(made)
            }
            Err(error) => {
                let message = error.to_string();
                if self.fault.as_ref() != Some(&message) {
                    tracing::error!(keys, "a change cannot be used, what was read before stays: {message}");
                    self.fault = Some(message);
                }
                None
            }
        }
    }
}

fn read_all(files: &[KeyedFile]) -> Result<Vec<Vec<u8>>> {
    files.iter().map(KeyedFile::read).collect()
}

/// Contents are compared by this, so that no key stays in memory for it.
fn digest(contents: &[Vec<u8>]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for content in contents {
        digest.update((content.len() as u64).to_be_bytes());
        digest.update(content);
    }
    digest.finalize().into()
}
