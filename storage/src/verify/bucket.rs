//! Checking tables in an object store: by a copy of them, so that there is one way to check.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytesize::ByteSize;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::local::LocalFileSystem;
use object_store::{Error as StoreError, ObjectMeta, ObjectStore, ObjectStoreExt};
use proto::ErrorKind;

use super::{Verification, verify};
use crate::config::Place;
use crate::env::Env;
use crate::room::Room;
use crate::store::{Remote, RequestMetrics};
use crate::stores::asked_again;
use crate::{Config, Error, Result};

/// The folders of a bucket, checksums last: a file that was there has its sidecar.
const FOLDERS: [&str; 4] = ["spans", "derived", "documents", "checksums"];
/// So many objects are copied at a time, the largest a segment of `storage.compaction_full_bytes`.
const COPIES_AT_ONCE: usize = 4;
const WAL_FOLDER: &str = "wal";

/// Checks the tables in the object store of `config.url`, and the log in `config.local_folder` if there is one. They are copied
/// into `scratch`, an empty folder, first. Else it is as [`verify`]; findings name the objects.
///
/// # Errors
/// `NotFound` when there are no tables; `Unavailable` when the store cannot be read or `scratch` has no room for a copy.
pub async fn verify_bucket(
    config: &Config,
    env: &Env,
    scratch: &Path,
    progress: &mut (dyn FnMut(&Path, u64) + Send),
) -> Result<Verification> {
    let Place::ObjectStore(url) = config.place()? else {
        let message = format!("storage.url {:?} is no object store", config.url);
        return Err(Error::new(ErrorKind::Invalid, message));
    };
    let requests = Arc::new(RequestMetrics::default());
    let bucket = Remote::open(&url, &config.object_store_options, &requests, env)?.root();
    copy(&bucket, config, env, scratch, progress).await?;
    let log = config.local_folder.join(WAL_FOLDER);
    let has_log = log.is_dir();
    if has_log {
        let log = log.canonicalize().map_err(|error| Error::io("look into", &log, error))?;
        let link = scratch.join(WAL_FOLDER);
        std::os::unix::fs::symlink(&log, &link).map_err(|error| Error::io("make the link", &link, error))?;
    }
    let mut found = verify(scratch, progress).await?;
    let log = scratch.join(WAL_FOLDER);
    // The log is on another machine.
    found.findings.retain(|finding| has_log || !finding.file.starts_with(&log));
    for finding in &mut found.findings {
        finding.file = named(&finding.file, scratch, config);
    }
    Ok(found)
}

/// What a file of the copy is called where it came from.
fn named(file: &Path, scratch: &Path, config: &Config) -> PathBuf {
    match file.strip_prefix(scratch) {
        Ok(path) if path.starts_with(WAL_FOLDER) => config.local_folder.join(path),
        Ok(path) => PathBuf::from(format!("{}/{}", config.url.trim_end_matches('/'), path.display())),
        Err(_) => file.to_owned(),
    }
}

async fn copy(
    bucket: &Arc<dyn ObjectStore>,
    config: &Config,
    env: &Env,
    scratch: &Path,
    progress: &mut (dyn FnMut(&Path, u64) + Send),
) -> Result<()> {
    let local = LocalFileSystem::new_with_prefix(scratch)
        .map_err(|error| Error::io("look into", scratch, error.into()))?;
    for folder in FOLDERS {
        let list = || async {
            let listed: Vec<ObjectMeta> =
                bucket.list(Some(&folder.into())).try_collect().await.map_err(unreadable)?;
            Ok(listed)
        };
        let listed = asked_again(env, list).await?;
        if listed.is_empty() && folder == FOLDERS[0] {
            let message = format!("{} holds no table of tailplane", config.url);
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        check_room(scratch, listed.iter().map(|object| object.size).sum())?;
        let mut copies = stream::iter(listed)
            .map(|object| copy_object(bucket, env, &local, object))
            .buffer_unordered(COPIES_AT_ONCE);
        while let Some((path, bytes)) = copies.try_next().await? {
            progress(Path::new(&path), bytes);
        }
    }
    Ok(())
}

async fn copy_object(
    bucket: &Arc<dyn ObjectStore>,
    env: &Env,
    local: &LocalFileSystem,
    object: ObjectMeta,
) -> Result<(String, u64)> {
    let path = object.location.to_string();
    let get = || async {
        match async { bucket.get(&object.location).await?.bytes().await }.await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(StoreError::NotFound { .. }) => Ok(None),
            Err(error) => Err(unreadable(error)),
        }
    };
    // A server has deleted it meanwhile. If the table has it, the check finds that it is gone.
    let Some(bytes) = asked_again(env, get).await? else { return Ok((path, 0)) };
    let copied = bytes.len() as u64;
    local.put(&object.location, bytes.into()).await.map_err(|error| {
        let message = format!("cannot write a copy of {path} to a temporary folder: {error}");
        Error::new(ErrorKind::Unavailable, message).caused_by(error)
    })?;
    Ok((path, copied))
}

fn check_room(scratch: &Path, bytes: u64) -> Result<()> {
    let free_bytes = Room::of(scratch)?.free_bytes;
    if bytes <= free_bytes {
        return Ok(());
    }
    let message = format!(
        "the tables take {}, the disk of {} has {} free: set TMPDIR to a folder with room for a copy",
        ByteSize(bytes),
        scratch.display(),
        ByteSize(free_bytes)
    );
    Err(Error::new(ErrorKind::Unavailable, message))
}

fn unreadable(error: StoreError) -> Error {
    Error::new(ErrorKind::Unavailable, format!("cannot read the object store: {error}")).caused_by(error)
}
