//! A log without the bytes of any record: what a trim recycles still holds them, and so does the newest segment.

use proto::ErrorKind;

use super::activate::ActivateError;
use super::directory::{Directory, QUARANTINE_DIRECTORY};
use crate::{Error, Result};

/// Whether the writer's last act is to renew the log, and how that went.
#[derive(Debug, Default)]
pub(super) enum Renewal {
    #[default]
    NotAsked,
    Asked,
    Done(Result<()>),
}

impl Directory {
    /// Renews the log, if that was asked for.
    pub(super) fn renew_if_asked(&self, next_sequence: u64) {
        let mut renewal = self.renewal.lock();
        if matches!(*renewal, Renewal::Asked) {
            *renewal = Renewal::Done(self.renew(next_sequence));
        }
    }

    /// Puts an empty segment, which begins with `next_sequence`, in the place of all there are, of the spares and of copies
    /// of damaged ones. What a crash leaves of that is an ordinary log.
    fn renew(&self, next_sequence: u64) -> Result<()> {
        self.give_room();
        self.activate(next_sequence, 0).map_err(|error| match error {
            ActivateError::Full(error) | ActivateError::Failed(error) => error,
        })?;
        self.trim(next_sequence.saturating_sub(1))?;
        let (live, spares) = {
            let layout = self.layout.lock();
            (layout.live.len(), layout.spares.len())
        };
        if live != 1 || spares != 0 {
            let message = format!(
                "{} still has {live} segments and {spares} spares of which one segment should be left: open it again",
                self.path.display()
            );
            return Err(Error::new(ErrorKind::Unavailable, message));
        }
        self.remove_copies()
    }

    /// Removes the copies of damaged segments.
    fn remove_copies(&self) -> Result<()> {
        let folder = self.path.join(QUARANTINE_DIRECTORY);
        let files = match self.disk.list(&folder) {
            Ok(files) => files,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(Error::io("list", &folder, error)),
        };
        for (name, _) in files {
            let path = folder.join(name);
            self.disk.remove(&path).map_err(|error| Error::io("remove", &path, error))?;
        }
        self.disk.sync_directory(&folder).map_err(|error| Error::io("sync", &folder, error))
    }
}
