//! A flush is cut short at each of its steps; the next process finds every acknowledged span once, whatever it does then.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::path::Path as ObjectPath;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result as StoreResult,
};
use parking_lot::Mutex;

use super::support::{append, config, copy, decode, end_tasks, once, open, segments, spans};
use crate::env::Env;
use crate::storage::Storage;

/// What stands between storage and its files: called before and after each put.
type Step = Arc<dyn Fn(&str) -> StoreResult<()> + Send + Sync>;

pub(super) struct Tapped {
    store: Arc<dyn ObjectStore>,
    step: Step,
}

impl Tapped {
    pub(super) async fn open(folder: &Path, step: Step) -> Arc<Storage> {
        let between = |store| Arc::new(Self { store, step }) as Arc<dyn ObjectStore>;
        let storage =
            Storage::open_behind(config(folder), Env::system(), Arc::new(decode), between).await.unwrap();
        storage.replayed().await.unwrap();
        end_tasks(&storage).await;
        storage
    }
}

impl fmt::Debug for Tapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.store.fmt(f)
    }
}

impl fmt::Display for Tapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.store.fmt(f)
    }
}

#[async_trait]
impl ObjectStore for Tapped {
    async fn put_opts(
        &self,
        to: &ObjectPath,
        payload: PutPayload,
        options: PutOptions,
    ) -> StoreResult<PutResult> {
        (self.step)(&format!("before {to}"))?;
        let done = self.store.put_opts(to, payload, options).await?;
        (self.step)(&format!("after {to}"))?;
        Ok(done)
    }

    async fn put_multipart_opts(
        &self,
        to: &ObjectPath,
        options: PutMultipartOptions,
    ) -> StoreResult<Box<dyn MultipartUpload>> {
        self.store.put_multipart_opts(to, options).await
    }

    async fn get_opts(&self, location: &ObjectPath, options: GetOptions) -> StoreResult<GetResult> {
        self.store.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, StoreResult<ObjectPath>>,
    ) -> BoxStream<'static, StoreResult<ObjectPath>> {
        self.store.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&ObjectPath>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        self.store.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&ObjectPath>) -> StoreResult<ListResult> {
        self.store.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &ObjectPath, to: &ObjectPath, options: CopyOptions) -> StoreResult<()> {
        self.store.copy_opts(from, to, options).await
    }
}

/// The first flush of a folder of `here`, which is copied at every step, and the steps.
async fn flush_and_copy(here: &Path) -> Vec<(String, PathBuf)> {
    let folder = here.join("data");
    let steps = Arc::new(Mutex::new(Vec::new()));
    let keep = {
        let (folder, here, steps) = (folder.clone(), here.to_owned(), Arc::clone(&steps));
        move |step: &str| {
            let mut steps = steps.lock();
            let to = here.join(format!("step-{}", steps.len()));
            copy(&folder, &to);
            steps.push((step.to_owned(), to));
        }
    };
    let tap = {
        let keep = keep.clone();
        Arc::new(move |step: &str| {
            keep(step);
            Ok(())
        })
    };
    let storage = Tapped::open(&folder, tap).await;
    for number in 1..=4 {
        append(&storage, number).await;
    }
    storage.append(super::support::meta("other"), super::support::body(&[5, 6], 10)).await.unwrap();
    keep("before the boundary");
    storage.put_boundary().await;
    keep("after the boundary");
    // These are not part of the flush, whenever it comes to run.
    for number in 7..=9 {
        append(&storage, number).await;
    }
    assert!(storage.flush_oldest().await.unwrap());
    keep("after the trim");
    assert_eq!(spans(&storage, &folder), once(1..=9));
    storage.wal.stop().await;
    std::mem::take(&mut *steps.lock())
}

#[tokio::test]
async fn a_flush_that_dies_at_any_step_is_repeated_as_it_was() {
    let here = tempfile::tempdir().unwrap();
    let steps = flush_and_copy(here.path()).await;
    let original = segments(&steps.last().unwrap().1);
    assert_eq!(original.len(), 2, "one of each tenant");
    let is_committed =
        |step: &str| step == "after the trim" || step.starts_with("after _delta_log/00000000000000000001");
    assert_eq!(steps.iter().filter(|(step, _)| is_committed(step)).count(), 2, "{steps:?}");
    for (step, folder) in &steps {
        let is_whole = *step != "before the boundary" && *step != "after the boundary";
        let last = if step.contains("00000000000000000000.json") {
            0
        } else if *step == "before the boundary" || *step == "after the boundary" {
            6
        } else {
            9
        };
        let storage = open(folder).await;
        assert_eq!(spans(&storage, folder), once(1..=last), "{step}");
        // Cut short a second time, by a process that ends in order while nothing is left to flush of its own accord.
        while storage.flush_oldest().await.unwrap() {}
        if is_whole && last > 0 {
            assert_eq!(segments(folder), original, "{step}: the same files, byte for byte");
        }
        append(&storage, 100).await;
        storage.flush().await.unwrap();
        let expected = once((1..=last).chain([100]));
        assert_eq!(spans(&storage, folder), expected, "{step}");
        let named = storage.snapshot().table.files.len();
        storage.stop().await;
        assert_eq!(segments(folder).len(), named, "{step}: no file without a name");
        let again = open(folder).await;
        assert_eq!(spans(&again, folder), expected, "{step}");
        assert_eq!(again.stats().live_rows, 0, "{step}");
        again.stop().await;
    }
}

#[tokio::test]
async fn what_a_flush_could_not_write_or_commit_is_taken_up_again() {
    let here = tempfile::tempdir().unwrap();
    for (failing, committed) in
        [("before tenant", 0), ("after tenant", 0), ("before _delta_log", 0), ("after _delta_log", 1)]
    {
        let folder = here.path().join(failing);
        let fails = Arc::new(Mutex::new(false));
        let step = {
            let fails = Arc::clone(&fails);
            Arc::new(move |step: &str| {
                if *fails.lock() && step.starts_with(failing) {
                    let source = std::io::Error::from(std::io::ErrorKind::StorageFull).into();
                    return Err(object_store::Error::Generic { store: "a full disk", source });
                }
                Ok(())
            })
        };
        let storage = Tapped::open(&folder, step).await;
        for number in 1..=3 {
            append(&storage, number).await;
        }
        *fails.lock() = true;
        let error = storage.flush().await.unwrap_err();
        assert!(error.is_disk_full(), "{error:?}");
        assert_eq!(storage.wal.stats().segments_spare, 0, "spares make room");
        append(&storage, 4).await;
        assert_eq!(spans(&storage, &folder).len(), 4, "{failing}");
        *fails.lock() = false;
        storage.flush().await.unwrap();
        assert_eq!(spans(&storage, &folder), once(1..=4), "{failing}");
        let table = storage.snapshot().table;
        assert_eq!(
            (table.version, table.files.len()),
            (2, 2),
            "{failing}: {committed} of them had come through"
        );
        storage.stop().await;
        fs::remove_dir_all(&folder).unwrap();
    }
}
