//! Replay behind open ports, and what a start makes of a log that is gone, old, or not its own.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Duration;

use bytesize::ByteSize;
use parking_lot::{Condvar, Mutex};
use proto::ErrorKind;
use tempfile::tempdir;

use super::support::{NOON, append, body, config, copy, decode, end_tasks, meta, once, open, spans};
use crate::env::{Env, ManualClock};
use crate::live::LoggedRequest;
use crate::settle::DecodeRequests;
use crate::storage::Storage;
use crate::{Config, ReplayProgress};

/// A decoder that waits until it may.
#[derive(Default)]
struct Gate(Mutex<bool>, Condvar);

impl Gate {
    fn decoder(self: &Arc<Self>) -> DecodeRequests {
        let gate = Arc::clone(self);
        Arc::new(move |requests: &[LoggedRequest]| {
            let mut is_open = gate.0.lock();
            while !*is_open {
                gate.1.wait(&mut is_open);
            }
            decode(requests)
        })
    }

    fn open(&self) {
        *self.0.lock() = true;
        self.1.notify_all();
    }
}

/// A log of `requests` padded requests with a boundary after every ten.
async fn fill(folder: &std::path::Path, requests: u64) {
    let storage = open(folder).await;
    end_tasks(&storage).await;
    for number in 1..=requests {
        storage.append(meta("default"), body(&[number], 64 << 10)).await.unwrap();
        if number % 10 == 0 {
            storage.wal.append_boundary(bytes::Bytes::new()).await.unwrap();
        }
    }
    storage.wal.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_taken_in_and_acknowledged_before_anything_is_read_back() {
    let (folder, gate) = (tempdir().unwrap(), Arc::new(Gate::default()));
    fill(folder.path(), 64).await;
    let storage = Storage::open(config(folder.path()), Env::system(), gate.decoder()).await.unwrap();
    for number in 101..=110 {
        append(&storage, number).await;
    }
    assert!(matches!(*storage.replay_progress().borrow(), ReplayProgress::Running { .. }));
    gate.open();
    storage.replayed().await.unwrap();
    let snapshot = storage.snapshot();
    assert!(snapshot.completeness.is_complete());
    assert_eq!(spans(&storage, folder.path()), once((1..=64).chain(101..=110)));
    assert_eq!(snapshot.table.files.len(), 6, "a flush for each boundary, none of what is new");
    storage.flush().await.unwrap();
    assert_eq!(storage.snapshot().table.files.len(), 7, "what was left and what is new go together");
    storage.stop().await;
    let again = open(folder.path()).await;
    assert_eq!(spans(&again, folder.path()), once((1..=64).chain(101..=110)));
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_in_the_middle_of_a_replay_loses_nothing_and_does_not_wait_for_it() {
    let folder = tempdir().unwrap();
    fill(folder.path(), 64).await;
    for round in 0..4 {
        let slow: DecodeRequests = Arc::new(|requests: &[LoggedRequest]| {
            std::thread::sleep(Duration::from_millis(30));
            decode(requests)
        });
        let storage = Storage::open(config(folder.path()), Env::system(), slow).await.unwrap();
        append(&storage, 1000 + round).await;
        Env::system().sleep(Duration::from_millis(40 * round)).await;
        storage.stop().await;
    }
    let storage = open(folder.path()).await;
    assert_eq!(spans(&storage, folder.path()), once((1..=64).chain(1000..1004)));
    storage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_is_bounded_while_new_requests_wait_for_a_replay() {
    let (folder, gate) = (tempdir().unwrap(), Arc::new(Gate::default()));
    fill(folder.path(), 40).await;
    let small =
        Config { live_bytes_max: ByteSize::mib(4), flush_bytes: ByteSize::mib(1), ..config(folder.path()) };
    let storage = Storage::open(small, Env::system(), gate.decoder()).await.unwrap();
    let mut taken = 0;
    let refused = loop {
        match storage.append(meta("default"), body(&[1000 + taken], 128 << 10)).await {
            Ok(_) => taken += 1,
            Err(error) => break error,
        }
    };
    gate.open();
    assert!(matches!(refused.kind, ErrorKind::Overloaded { .. }), "{refused}");
    // What is read back has its part of the limit.
    assert!((2..=11).contains(&taken), "{taken}");
    storage.replayed().await.unwrap();
    storage.flush().await.unwrap();
    append(&storage, 5000).await;
    assert_eq!(spans(&storage, folder.path()), once((1..=40).chain(1000..1000 + taken).chain([5000])));
    storage.stop().await;
}

#[tokio::test]
async fn a_log_that_is_gone_takes_only_what_was_not_flushed_with_it() {
    let folder = tempdir().unwrap();
    let storage = open(folder.path()).await;
    append(&storage, 1).await;
    storage.flush().await.unwrap();
    end_tasks(&storage).await;
    append(&storage, 2).await;
    storage.wal.stop().await;
    fs::remove_dir_all(folder.path().join("wal")).unwrap();
    let storage = open(folder.path()).await;
    assert_eq!(spans(&storage, folder.path()), once([1]));
    append(&storage, 3).await;
    storage.flush().await.unwrap();
    storage.stop().await;
    let again = open(folder.path()).await;
    assert_eq!(spans(&again, folder.path()), once([1, 3]));
    again.stop().await;
}

#[tokio::test]
async fn a_log_older_than_the_table_is_refused_with_the_way_out() {
    let (folder, old) = (tempdir().unwrap(), tempdir().unwrap());
    let storage = open(folder.path()).await;
    append(&storage, 1).await;
    copy(&folder.path().join("wal"), old.path());
    append(&storage, 2).await;
    storage.flush().await.unwrap();
    storage.stop().await;
    fs::remove_dir_all(folder.path().join("wal")).unwrap();
    copy(old.path(), &folder.path().join("wal"));
    let refused = Storage::open(config(folder.path()), Env::system(), Arc::new(decode)).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Corrupt);
    assert!(refused.message.contains("older copy") && refused.message.contains("remove"), "{refused}");
}

#[tokio::test]
async fn a_clock_that_jumps_by_ten_years_loses_nothing() {
    const TEN_YEARS: u64 = 3652 * 24 * 3600 * 1_000_000_000;
    let folder = tempdir().unwrap();
    for (number, now) in [(1, NOON), (2, NOON + TEN_YEARS), (3, NOON - TEN_YEARS), (4, 0), (5, NOON)] {
        let env = Env::with_clock(Arc::new(ManualClock::at(now)));
        let storage = Storage::open(config(folder.path()), env, Arc::new(decode)).await.unwrap();
        storage.replayed().await.unwrap();
        let arrived = crate::wal::RecordMeta { arrival: NOON.min(now.max(1)), ..meta("default") };
        storage.append(arrived, body(&[number], 0)).await.unwrap();
        storage.flush().await.unwrap();
        storage.enforce_retention().await.unwrap();
        storage.stop().await;
    }
    let storage = open(folder.path()).await;
    let found = spans(&storage, folder.path());
    // Of what seemed to have arrived ten years ago, one date an hour may go.
    assert!([1, 2, 5].iter().all(|number| found.get(number) == Some(&1)), "{found:?}");
    storage.stop().await;
}

#[tokio::test]
async fn the_log_is_for_its_owner_only() {
    let folder = tempdir().unwrap();
    let data = folder.path().join("data");
    let storage = open(&data).await;
    append(&storage, 1).await;
    storage.stop().await;
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&data), mode(&data.join("wal"))), (0o700, 0o700));
    for entry in fs::read_dir(data.join("wal")).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}
