//! Merges in a real folder: nothing lost, nothing twice, whatever happens meanwhile.

use std::sync::Arc;
use std::time::Duration;

use bytesize::ByteSize;
use tempfile::tempdir;

use super::*;
use crate::Config;
use crate::env::Env;
use crate::storage::tests::support::{append, body, config, decode, meta, once, open, segments, spans};

/// Storage that merges what it can, in a few megabytes.
async fn compacting(config: Config) -> Arc<Storage> {
    let config = Config { compaction_memory: ByteSize::mib(8), ..config };
    let storage = Storage::open(config, Env::system(), Arc::new(decode)).await.unwrap();
    storage.replayed().await.unwrap();
    storage
}

/// Flushes segments of one span each.
async fn flush_each(storage: &Storage, numbers: std::ops::RangeInclusive<u64>) {
    for number in numbers {
        append(storage, number).await;
        storage.flush().await.unwrap();
    }
}

async fn compact_all(storage: &Storage) -> Vec<Compacted> {
    let mut all = Vec::new();
    while let Some(compacted) = storage.compact().await.unwrap() {
        all.push(compacted);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn many_segments_become_one_and_a_reader_of_the_old_ones_goes_on() {
    let folder = tempdir().unwrap();
    let storage = compacting(config(folder.path())).await;
    flush_each(&storage, 1..=5).await;
    storage.append(meta("other"), body(&[6], 0)).await.unwrap();
    storage.flush().await.unwrap();
    let before = storage.snapshot();
    let compacted = compact_all(&storage).await;
    assert_eq!(compacted.len(), 1);
    assert_eq!((compacted[0].segments, compacted[0].rows, compacted[0].duplicates), (5, 5, 0));
    assert_eq!(storage.snapshot().table.files.len(), 2);
    assert_eq!(spans(&storage, folder.path()), once(1..=6));
    for file in &before.table.files {
        assert!(folder.path().join("spans").join(&file.path).exists(), "{} is still read", file.path);
    }
    storage.stop().await;
    let again = compacting(config(folder.path())).await;
    assert_eq!(segments(folder.path()).len(), 2, "the next start deletes what nobody can read any more");
    assert_eq!(spans(&again, folder.path()), once(1..=6));
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn old_segments_leave_the_disk_after_the_grace_time() {
    let folder = tempdir().unwrap();
    let config = Config { delete_grace: Duration::ZERO, ..config(folder.path()) };
    let storage = compacting(config).await;
    flush_each(&storage, 1..=3).await;
    compact_all(&storage).await;
    storage.delete_after_grace().await;
    assert_eq!(segments(folder.path()).len(), 1);
    assert_eq!(spans(&storage, folder.path()), once(1..=3));
    storage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_that_came_twice_are_there_once_afterwards_and_the_mark_goes() {
    let folder = tempdir().unwrap();
    let storage = compacting(config(folder.path())).await;
    storage.append(meta("default"), body(&[1, 2, 3], 0)).await.unwrap();
    storage.flush().await.unwrap();
    // The same spans in other requests, as a client does that got no answer.
    storage.append(meta("default"), body(&[3, 4], 0)).await.unwrap();
    storage.append(meta("default"), body(&[2], 0)).await.unwrap();
    storage.flush().await.unwrap();
    assert_eq!(spans(&storage, folder.path()).values().sum::<u64>(), 6);
    let compacted = compact_all(&storage).await;
    assert_eq!(compacted.iter().map(|compacted| compacted.duplicates).sum::<u64>(), 2);
    assert_eq!(spans(&storage, folder.path()), once(1..=4));
    storage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_segment_is_set_aside_and_the_others_are_merged() {
    let folder = tempdir().unwrap();
    let storage = compacting(config(folder.path())).await;
    flush_each(&storage, 1..=4).await;
    let path = folder.path().join("spans").join(&storage.snapshot().table.files[0].path);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    std::fs::write(&path, bytes).unwrap();
    let compacted = compact_all(&storage).await;
    assert_eq!(compacted.iter().map(|compacted| compacted.segments).collect::<Vec<_>>(), [3]);
    assert_eq!(storage.damage_count(), 1);
    storage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_merged_where_no_memory_is_given() {
    let folder = tempdir().unwrap();
    let storage = open(folder.path()).await;
    flush_each(&storage, 1..=3).await;
    assert_eq!(compact_all(&storage).await, []);
    storage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_that_leaves_during_its_merge_stays_gone() {
    let folder = tempdir().unwrap();
    let config = Config { max_bytes: Some(ByteSize(1)), ..config(folder.path()) };
    let storage = compacting(config).await;
    flush_each(&storage, 1..=3).await;
    let job = storage.due(UnixNanos::MAX).unwrap();
    let output = storage.unused_path(&job.inputs[0], "merged");
    let merged = storage.merge(&job, output.clone()).await.unwrap();
    let removed = storage.enforce_retention().await.unwrap();
    assert!(!removed.is_empty());
    assert_eq!(storage.replace(&job, &output, merged).await.unwrap(), None);
    assert!(!folder.path().join("spans").join(output.as_ref()).exists());
    let left = 3 - removed.len() as u64;
    assert_eq!(spans(&storage, folder.path()).values().sum::<u64>(), left);
    storage.stop().await;
}
