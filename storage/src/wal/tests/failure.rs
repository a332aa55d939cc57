//! Disks that fail: nothing of a failed round is acknowledged, its file is left alone, and the log goes on.

use std::io;
use std::sync::Arc;

use proto::ErrorKind;

use super::sim_disk::{Dice, Operation};
use super::{SimDisk, append, config, data, open, pause, read, record};
use crate::env::Env;
use crate::wal::Wal;

/// The simulated disk itself asserts that a file that failed is not touched again.
async fn fails_once(operation: Operation) {
    let disk = SimDisk::default();
    let (wal, _, published) = open(&disk, config()).unwrap();
    append(&wal, 0, 100).await.unwrap();
    append(&wal, 1, 100).await.unwrap();
    // Behind the append's own acknowledgement comes the mark: let it pass.
    pause(100).await;
    disk.fail(operation, 1, io::ErrorKind::Other);
    let failed = append(&wal, 2, 100).await.unwrap_err();
    assert_eq!(failed.kind, ErrorKind::Unavailable, "{failed}");
    assert_eq!(append(&wal, 3, 100).await.unwrap(), 3, "the sequence of the failed record is used again");
    assert_eq!(append(&wal, 4, 100).await.unwrap(), 4);
    assert_eq!(*published.lock(), [(1, 0), (2, 1), (3, 3), (4, 4)]);
    assert_eq!((wal.stats().failures, wal.stats().refusals, wal.stats().is_available), (1, 1, true));
    assert_eq!(disk.segments().len(), 2, "the failed segment was sealed");
    disk.kill();
    wal.stop().await;
    disk.forgive();
    let expected =
        [(1, 0), (2, 1), (3, 3), (4, 4)].map(|(sequence, number)| record(sequence, data(number, 100)));
    assert_eq!(read(&disk, config(), 0).await.unwrap(), expected);
    for seed in 0..20 {
        let disk = disk.copy();
        disk.cut_power(&mut Dice(seed));
        assert_eq!(read(&disk, config(), 0).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_failed_write_seals_the_segment() {
    fails_once(Operation::Write).await;
}

#[tokio::test]
async fn a_failed_sync_seals_the_segment() {
    fails_once(Operation::Sync).await;
}

#[tokio::test]
async fn a_failed_mark_seals_the_segment_and_costs_nothing() {
    let disk = SimDisk::default();
    // The sink runs between the round's write and its mark's: the mark is what fails.
    let sink = {
        let disk = disk.clone();
        move |sequence: u64, _: u64| {
            disk.fail(Operation::Write, u64::from(sequence == 2), io::ErrorKind::Other)
        }
    };
    let (wal, _) = Wal::open_on(Arc::new(disk.clone()), config(), Env::system(), Arc::new(sink)).unwrap();
    for number in 0..4 {
        assert_eq!(append(&wal, number, 100).await.unwrap(), number + 1);
        pause(100).await;
    }
    assert_eq!((wal.stats().failures, wal.stats().segments_live), (1, 2));
    wal.stop().await;
    disk.forgive();
    let expected: Vec<_> = (0..4).map(|number| record(number + 1, data(number, 100))).collect();
    assert_eq!(read(&disk, config(), 0).await.unwrap(), expected);
}

#[tokio::test]
async fn while_no_segment_can_be_opened_appends_are_refused_and_a_probe_reopens() {
    let disk = SimDisk::default();
    let (wal, _, _) = open(&disk, super::WalConfig { segments_spare_max: 0, ..config() }).unwrap();
    append(&wal, 0, 100).await.unwrap();
    pause(100).await;
    disk.fail(Operation::Sync, 1, io::ErrorKind::Other);
    disk.fail(Operation::Create, u64::MAX, io::ErrorKind::StorageFull);
    for number in 1..5 {
        let refused = append(&wal, number, 100).await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::Unavailable, "{refused}");
    }
    assert!(!wal.stats().is_available);
    disk.fail(Operation::Create, 0, io::ErrorKind::StorageFull);
    let mut waited_ms = 0;
    while !wal.stats().is_available {
        pause(50).await;
        waited_ms += 50;
        assert!(waited_ms < 5000, "a probe opens a segment without any append");
    }
    assert_eq!(append(&wal, 5, 100).await.unwrap(), 2);
    wal.stop().await;
    disk.forgive();
    let expected = [record(1, data(0, 100)), record(2, data(5, 100))];
    assert_eq!(read(&disk, config(), 0).await.unwrap(), expected);
}

#[tokio::test]
async fn a_disk_without_room_for_the_next_segment_refuses_and_recovers() {
    let disk = SimDisk::default();
    let config = super::WalConfig { segments_spare_max: 0, ..config() };
    let (wal, _, _) = open(&disk, config.clone()).unwrap();
    disk.fail(Operation::Create, u64::MAX, io::ErrorKind::StorageFull);
    let mut acknowledged = 0;
    while append(&wal, acknowledged, 1000).await.is_ok() {
        acknowledged += 1;
    }
    assert!(acknowledged > 5);
    disk.fail(Operation::Create, 0, io::ErrorKind::StorageFull);
    pause(1200).await;
    assert_eq!(append(&wal, acknowledged, 1000).await.unwrap(), acknowledged + 1);
    wal.stop().await;
    assert_eq!(read(&disk, config, 0).await.unwrap().len() as u64, acknowledged + 1);
}

#[tokio::test]
async fn a_page_cache_that_believes_a_failed_sync_cannot_fool_the_next_process() {
    for seed in 0..20 {
        let disk = SimDisk::default();
        let (wal, _, _) = open(&disk, super::WalConfig { segments_spare_max: 0, ..config() }).unwrap();
        append(&wal, 0, 3000).await.unwrap();
        pause(20).await;
        disk.fail(Operation::Create, u64::MAX, io::ErrorKind::StorageFull);
        disk.fail(Operation::Sync, 1, io::ErrorKind::Other);
        append(&wal, 1, 3000).await.unwrap_err();
        while wal.stats().is_available {
            pause(1).await;
        }
        disk.kill();
        wal.stop().await;
        disk.forgive();
        // The cache still has the record that the disk never got. It may be replayed, but then it must last.
        let (wal, recovery, _) = open(&disk, config()).unwrap();
        let replayed: Vec<_> = recovery.records(0).unwrap().map(Result::unwrap).collect();
        assert_eq!(replayed.len(), 2);
        let mut expected = vec![data(0, 3000), data(1, 3000)];
        if seed % 2 == 0 {
            append(&wal, 2, 10).await.unwrap();
            expected.push(data(2, 10));
        }
        disk.cut_power(&mut Dice(seed));
        wal.stop().await;
        let expected: Vec<_> =
            (1..).zip(expected).map(|(sequence, content)| record(sequence, content)).collect();
        assert_eq!(read(&disk, config(), 0).await.unwrap(), expected);
    }
}
