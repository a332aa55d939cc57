//! Disks that are full or can only be read: spans are refused, queries are answered, and all goes on when the disk does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use proto::ErrorKind;
use tempfile::TempDir;

use super::support::{append, body, config, decode, end_tasks, meta, once, open, spans};
use crate::env::Env;
use crate::storage::Storage;

/// A file system in memory of its own; gone when dropped.
struct Mount {
    at: PathBuf,
    _above: TempDir,
}

impl Mount {
    /// None, and a word why, where nothing may be mounted.
    fn new(mib: u64) -> Option<Self> {
        let above = tempfile::tempdir().unwrap();
        let at = above.path().to_owned();
        let is_mounted = mount(&["-t", "tmpfs", "-o", &format!("size={mib}m"), "tmpfs", path(&at)]);
        if !is_mounted {
            eprintln!("skipped: mounting a tmpfs needs root");
        }
        is_mounted.then_some(Self { at, _above: above })
    }

    fn remount(&self, options: &str) {
        assert!(mount(&["-o", &format!("remount,{options}"), path(&self.at)]));
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _unmounted = Command::new("umount").arg("-l").arg(&self.at).status();
    }
}

fn mount(arguments: &[&str]) -> bool {
    Command::new("mount").args(arguments).output().is_ok_and(|output| output.status.success())
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_spans_answers_queries_and_recovers_by_itself() {
    let Some(disk) = Mount::new(24) else { return };
    let data = disk.at.join("data");
    let storage = open(&data).await;
    append(&storage, 1).await;
    // Someone else takes all there is.
    let other = disk.at.join("other");
    while fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&other)
        .and_then(|mut file| std::io::Write::write_all(&mut file, &[1; 64 << 10]))
        .is_ok()
    {}
    let mut last = 1;
    let refused = loop {
        match storage.append(meta("default"), body(&[last + 1], 64 << 10)).await {
            Ok(_) => last += 1,
            Err(error) => break error,
        }
        assert!(last < 1000, "the disk is full");
    };
    assert_eq!(refused.kind, ErrorKind::Unavailable, "{refused}");
    assert_eq!(spans(&storage, &data), once(1..=last));
    fs::remove_file(&other).unwrap();
    let mut waited = Duration::ZERO;
    while storage.append(meta("default"), body(&[last + 1], 100)).await.is_err() {
        assert!(waited < Duration::from_secs(5), "it goes on within seconds");
        Env::system().sleep(Duration::from_millis(100)).await;
        waited += Duration::from_millis(100);
    }
    storage.flush().await.unwrap();
    assert_eq!(spans(&storage, &data), once(1..=last + 1));
    storage.stop().await;
    let again = open(&data).await;
    assert_eq!(spans(&again, &data), once(1..=last + 1));
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_its_own_log_filled_is_freed_by_a_flush() {
    // The log may take 8 MiB, the disk has less.
    let Some(disk) = Mount::new(6) else { return };
    let data = disk.at.join("data");
    let storage = open(&data).await;
    let mut last = 0;
    while storage.append(meta("default"), body(&[last + 1], 64 << 10)).await.is_ok() {
        last += 1;
    }
    let mut waited = Duration::ZERO;
    while storage.flush().await.is_err() {
        assert!(waited < Duration::from_secs(5), "spares make room for the flush");
        Env::system().sleep(Duration::from_millis(100)).await;
        waited += Duration::from_millis(100);
    }
    let mut waited = Duration::ZERO;
    while storage.append(meta("default"), body(&[last + 1], 100)).await.is_err() {
        assert!(waited < Duration::from_secs(5), "it goes on within seconds");
        Env::system().sleep(Duration::from_millis(100)).await;
        waited += Duration::from_millis(100);
    }
    assert_eq!(spans(&storage, &data), once(1..=last + 1));
    storage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_log_refuses_until_it_is_flushed() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path()).await;
    let mut last = 0;
    let refused = loop {
        match storage.append(meta("default"), body(&[last + 1], 64 << 10)).await {
            Ok(_) => last += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(refused.kind, ErrorKind::Unavailable, "{refused}");
    storage.flush().await.unwrap();
    append(&storage, last + 1).await;
    assert_eq!(spans(&storage, folder.path()), once(1..=last + 1));
    storage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_written_is_answered_from() {
    let Some(disk) = Mount::new(24) else { return };
    let data = disk.at.join("data");
    let storage = open(&data).await;
    append(&storage, 1).await;
    storage.flush().await.unwrap();
    end_tasks(&storage).await;
    append(&storage, 2).await;
    storage.put_boundary().await;
    append(&storage, 3).await;
    storage.wal.stop().await;
    drop(storage);
    disk.remount("ro");
    let storage = Storage::open(config(&data), Env::system(), Arc::new(decode)).await.unwrap();
    storage.replayed().await.unwrap();
    assert!(storage.query_only().is_some());
    assert_eq!(spans(&storage, &data), once(1..=3));
    assert!(storage.snapshot().completeness.is_complete());
    let refused = storage.append(meta("default"), body(&[4], 0)).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Unavailable);
    storage.flush().await.unwrap();
    storage.stop().await;
    disk.remount("rw");
    let storage = open(&data).await;
    assert!(storage.query_only().is_none());
    append(&storage, 4).await;
    assert_eq!(spans(&storage, &data), once(1..=4));
    storage.stop().await;
}
