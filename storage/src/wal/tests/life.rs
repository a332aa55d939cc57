//! The ordinary life of a log: order, publication, rollover, recycling, limits, lock and id.

use std::sync::Arc;
use std::sync::mpsc;

use bytes::Bytes;
use proto::ErrorKind;

use super::{SimDisk, append, config, data, open, pause, read, record, request};
use crate::env::Env;
use crate::wal::{Content, Wal, WalConfig};

#[tokio::test]
async fn what_is_appended_comes_back_in_order() {
    let disk = SimDisk::default();
    let (wal, recovery, published) = open(&disk, config()).unwrap();
    assert_eq!(recovery.records(0).unwrap().count(), 0);
    let mut expected = Vec::new();
    for number in 0..40 {
        assert_eq!(append(&wal, number, number as usize * 7).await.unwrap(), number + 1);
        expected.push(record(number + 1, data(number, number as usize * 7)));
    }
    let boundary = Content::FlushBoundary { description: Bytes::from_static(b"flush") };
    assert_eq!(wal.append_boundary(Bytes::from_static(b"flush")).await.unwrap(), 41);
    expected.push(record(41, boundary));
    assert_eq!(wal.next_sequence(), 42);
    let stats = wal.stats();
    assert_eq!((stats.appends, stats.rounds, stats.failures, stats.is_available), (41, 41, 0, true));
    assert_eq!(*published.lock(), (0..40).map(|number| (number + 1, number)).collect::<Vec<_>>());
    wal.stop().await;
    let late = append(&wal, 0, 0).await.unwrap_err();
    assert_eq!(late.kind, ErrorKind::Unavailable);
    assert_eq!(read(&disk, config(), 0).await.unwrap(), expected);
    assert_eq!(read(&disk, config(), 40).await.unwrap(), expected[40..]);
    assert_eq!(read(&disk, config(), 99).await.unwrap(), []);
}

#[tokio::test]
async fn a_round_takes_all_that_waits_and_publishes_before_it_acknowledges() {
    let (release, gate) = mpsc::channel::<()>();
    let (published, mut order) = tokio::sync::mpsc::unbounded_channel();
    let gate = parking_lot::Mutex::new(gate);
    let sink = move |sequence: u64, _payload: u64| {
        gate.lock().recv().unwrap();
        published.send(sequence).unwrap();
    };
    let disk = SimDisk::default();
    let (wal, _) = Wal::open_on(Arc::new(disk.clone()), config(), Env::system(), Arc::new(sink)).unwrap();
    let wal = Arc::new(wal);
    let mut appends = tokio::task::JoinSet::new();
    for number in 0..6 {
        let wal = Arc::clone(&wal);
        appends.spawn(async move { append(&wal, number, 10).await.unwrap() });
    }
    pause(50).await;
    assert!(appends.try_join_next().is_none(), "nothing is acknowledged before the sink has it");
    for _ in 0..6 {
        release.send(()).unwrap();
    }
    for sequence in 1..=6 {
        assert_eq!(order.recv().await, Some(sequence));
    }
    assert_eq!(appends.join_all().await.len(), 6);
    assert!(wal.stats().rounds <= 3, "those who wait share a round: {:?}", wal.stats());
    wal.stop().await;
    assert_eq!(read(&disk, config(), 0).await.unwrap().len(), 6);
}

#[tokio::test]
async fn trimmed_segments_are_recycled_and_their_old_records_never_return() {
    let disk = SimDisk::default();
    let (wal, recovery, _) = open(&disk, config()).unwrap();
    drop(recovery);
    for number in 0..60 {
        append(&wal, number, 1000).await.unwrap();
    }
    let before = wal.stats();
    assert!(before.segments_live >= 4);
    wal.trim(60).unwrap();
    let after = wal.stats();
    assert_eq!((after.segments_live, after.segments_spare), (1, 2));
    assert!(wal.bytes_used() <= config().segment_bytes);
    for number in 60..75 {
        append(&wal, number, 1000).await.unwrap();
    }
    assert!(wal.stats().segments_live >= 2, "a recycled segment is in use");
    disk.kill();
    wal.stop().await;
    let expected: Vec<_> = (60..75).map(|number| record(number + 1, data(number, 1000))).collect();
    assert_eq!(read(&disk, config(), 60).await.unwrap(), expected);
    let gone = read(&disk, config(), 0).await.unwrap_err();
    assert_eq!(gone.kind, ErrorKind::Corrupt, "{gone}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trim_beside_the_spare_maker_keeps_no_spare_too_many() {
    let disk = SimDisk::default();
    let (wal, recovery, _) = open(&disk, config()).unwrap();
    drop(recovery);
    for number in 0..4_000 {
        append(&wal, number, 4_000).await.unwrap();
        if number % 7 == 0 {
            wal.trim(number + 1).unwrap();
        }
        let spares = wal.stats().segments_spare;
        assert!(spares <= 2, "{spares} spares after append {number}");
    }
    wal.stop().await;
}

#[tokio::test]
async fn trim_waits_for_the_replay() {
    let disk = SimDisk::default();
    let (wal, _, _) = open(&disk, config()).unwrap();
    for number in 0..40 {
        append(&wal, number, 1000).await.unwrap();
    }
    wal.stop().await;
    let (wal, recovery, _) = open(&disk, config()).unwrap();
    let live = wal.stats().segments_live;
    wal.trim(40).unwrap();
    assert_eq!(wal.stats().segments_live, live);
    let mut replay = recovery.records(0).unwrap();
    assert_eq!(replay.by_ref().take(20).map(Result::unwrap).count(), 20);
    wal.trim(40).unwrap();
    assert!(wal.stats().segments_live < live && wal.stats().segments_live > 1);
    assert_eq!(replay.map(Result::unwrap).count(), 20);
    wal.trim(40).unwrap();
    assert_eq!(wal.stats().segments_live, 1);
    wal.stop().await;
}

#[tokio::test]
async fn a_giant_record_gets_a_segment_of_its_own() {
    let disk = SimDisk::default();
    let (wal, recovery, _) = open(&disk, config()).unwrap();
    drop(recovery);
    let sizes = [10, 100_000, 20, 300_000, 450_000, 30];
    for (number, bytes) in (0..).zip(sizes) {
        let appended = append(&wal, number, bytes).await;
        if number == 4 {
            let full = appended.unwrap_err();
            assert_eq!(full.kind, ErrorKind::Unavailable, "{full}");
            wal.trim(4).unwrap();
            append(&wal, number, bytes).await.unwrap();
        } else {
            appended.unwrap();
        }
    }
    let too_large = append(&wal, 9, 1 << 20).await.unwrap_err();
    assert_eq!(too_large.kind, ErrorKind::TooLarge, "{too_large}");
    wal.stop().await;
    let expected: Vec<_> =
        [(4, 450_000), (5, 30)].map(|(number, bytes)| record(number + 1, data(number, bytes))).into();
    assert_eq!(read(&disk, config(), 4).await.unwrap(), expected);
}

#[tokio::test]
async fn a_full_log_refuses_requests_but_takes_boundaries_and_goes_on_after_a_trim() {
    let disk = SimDisk::default();
    let (wal, recovery, _) = open(&disk, config()).unwrap();
    drop(recovery);
    let mut last = 0;
    let full = loop {
        match append(&wal, last, 2000).await {
            Ok(sequence) => last = sequence,
            Err(error) => break error,
        }
    };
    assert_eq!(full.kind, ErrorKind::Unavailable);
    assert!(full.message.contains("full"), "{full}");
    assert!(wal.stats().disk_bytes <= config().bytes_max);
    assert!(wal.stats().is_available, "a full log is no broken one");
    let boundary = wal.append_boundary(Bytes::new()).await.unwrap();
    assert_eq!(boundary, last + 1);
    wal.stop().await;
    let (wal, recovery, _) = open(&disk, config()).unwrap();
    assert_eq!(recovery.records(0).unwrap().count() as u64, boundary);
    append(&wal, last, 2000).await.unwrap_err();
    wal.trim(boundary).unwrap();
    assert_eq!(append(&wal, last, 2000).await.unwrap(), boundary + 1);
    wal.stop().await;
}

#[tokio::test]
async fn one_process_holds_the_directory_and_it_keeps_its_id() {
    let folder = tempfile::tempdir().unwrap();
    let config = WalConfig { segment_bytes: 64 << 10, ..WalConfig::new(folder.path().join("a/wal")) };
    let open = || Wal::<()>::open(config.clone(), Env::system(), Arc::new(|_, ()| ()));
    let (wal, _) = open().unwrap();
    let held = open().unwrap_err();
    assert_eq!(held.kind, ErrorKind::Unavailable);
    assert!(held.message.contains(folder.path().to_str().unwrap()), "{held}");
    let id = wal.id();
    wal.stop().await;
    let (again, _) = open().unwrap();
    assert_eq!(again.id(), id);
    again.stop().await;
    std::fs::write(config.directory.join("wal-id"), "no id").unwrap();
    assert_eq!(open().unwrap_err().kind, ErrorKind::Corrupt);
    std::fs::remove_file(config.directory.join("wal-id")).unwrap();
    assert_eq!(open().unwrap_err().kind, ErrorKind::Corrupt);
}

#[tokio::test]
async fn many_appenders_on_a_real_disk_are_each_replayed_once_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let config = WalConfig { segment_bytes: 256 << 10, ..WalConfig::new(folder.path()) };
    let published = super::Published::default();
    let sink = {
        let published = Arc::clone(&published);
        Arc::new(move |sequence: u64, number: u64| published.lock().push((sequence, number)))
    };
    let same_sink = Arc::clone(&sink);
    let (wal, _) = Wal::open(config.clone(), Env::system(), same_sink).unwrap();
    let wal = Arc::new(wal);
    let mut appenders = tokio::task::JoinSet::new();
    for appender in 0..32_u64 {
        let (wal, published) = (Arc::clone(&wal), Arc::clone(&published));
        appenders.spawn(async move {
            for turn in 0..40 {
                let number = appender * 1000 + turn;
                let (meta, body) = request(number, 700);
                let sequence = wal.append(meta, body, number).await.unwrap();
                assert!(published.lock().contains(&(sequence, number)), "published before acknowledged");
            }
        });
    }
    appenders.join_all().await;
    let stats = wal.stats();
    assert!(stats.rounds < stats.appends && stats.segments_live > 3, "{stats:?}");
    wal.stop().await;
    let (wal, recovery) = Wal::open(config, Env::system(), sink).unwrap();
    let replayed: Vec<_> = recovery.records(0).unwrap().map(Result::unwrap).collect();
    let published = published.lock().clone();
    assert_eq!(replayed.len(), 32 * 40);
    for (replayed, (sequence, number)) in replayed.into_iter().zip(published) {
        assert_eq!(replayed, record(sequence, data(number, 700)));
    }
    drop(wal);
}

#[test]
fn a_bad_configuration_is_refused() {
    for config in [
        WalConfig { segment_bytes: 5000, ..config() },
        WalConfig { segment_bytes: 4096, ..config() },
        WalConfig { bytes_max: 20 << 10, ..config() },
        WalConfig { round_bytes_max: 0, ..config() },
    ] {
        assert_eq!(open(&SimDisk::default(), config).unwrap_err().kind, ErrorKind::Invalid);
    }
}
