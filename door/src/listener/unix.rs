//! Unix sockets: a file that only its group reaches, and that outlives whoever crashed.

use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use proto::ErrorKind;
use tokio::net::UnixListener;

use crate::{Error, Result};

/// Read and write, which is what connecting takes, for the user and the group.
const MODE: u32 = 0o660;

/// The file of a socket, removed when dropped unless another process has put its own there.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    inode: u64,
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let is_ours = std::fs::symlink_metadata(&self.path).is_ok_and(|found| found.ino() == self.inode);
        if is_ours {
            // Whoever removed it meanwhile has done the work.
            let _gone = std::fs::remove_file(&self.path);
        }
    }
}

/// Listens at `path`, for the config key `key`. The file of a process that is gone is replaced.
pub(super) fn bind(path: &Path, key: &str) -> Result<(UnixListener, SocketFile)> {
    if !path.is_absolute() {
        let message = format!("{key} = unix:{} is no absolute path; write unix:/path", path.display());
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    let socket = match UnixListener::bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_abandoned(path, key)? => {
            std::fs::remove_file(path).and_then(|()| UnixListener::bind(path))
        }
        outcome => outcome,
    };
    let prepared = socket.and_then(|socket| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(MODE))?;
        let inode = std::fs::symlink_metadata(path)?.ino();
        Ok((socket, SocketFile { path: path.to_owned(), inode }))
    });
    prepared.map_err(|source| {
        let message = format!(
            "socket {} for {key} cannot be made: {source}; its folder must exist and be writable",
            path.display()
        );
        let kind = if source.kind() == io::ErrorKind::AddrInUse {
            ErrorKind::Unavailable
        } else {
            ErrorKind::Invalid
        };
        Error::new(kind, message).caused_by(source)
    })
}

/// Whether nobody answers at the socket `path`.
fn is_abandoned(path: &Path, key: &str) -> Result<bool> {
    let refuse = |kind, reason: &str| {
        let message =
            format!("{} for {key} {reason}; remove it or set {key} to another path", path.display());
        Err(Error::new(kind, message))
    };
    if !std::fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket()) {
        return refuse(ErrorKind::Invalid, "exists and is no socket");
    }
    match UnixStream::connect(path) {
        Ok(_) => refuse(ErrorKind::Unavailable, "is in use: another process answers there"),
        Err(error) => Ok(error.kind() == io::ErrorKind::ConnectionRefused),
    }
}
