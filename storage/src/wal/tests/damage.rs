//! Damage is named, a torn tail is dropped, and no wrong record ever comes back.

use std::path::Path;
use std::sync::{Arc, mpsc};

use parking_lot::Mutex;
use proto::ErrorKind;

use super::{SimDisk, append, config, data, open, read, record};
use crate::Result;
use crate::env::Env;
use crate::wal::record::HEADER_BYTES;
use crate::wal::segment::{FORMAT_VERSION, SEGMENT_HEADER_BYTES};
use crate::wal::{Record, Wal, WalConfig};

const HEADER: usize = SEGMENT_HEADER_BYTES as usize;

/// A log of `records` small records, one a round, stopped cleanly.
async fn small_log(records: u64, bytes: usize) -> (SimDisk, Vec<Record>) {
    let disk = SimDisk::default();
    let (wal, _, _) = open(&disk, config()).unwrap();
    for number in 0..records {
        append(&wal, number, bytes).await.unwrap();
    }
    wal.stop().await;
    (disk, (0..records).map(|number| record(number + 1, data(number, bytes))).collect())
}

fn used_bytes(content: &[u8]) -> usize {
    content.iter().rposition(|byte| *byte != 0).unwrap() + 1
}

async fn read_changed(
    disk: &SimDisk,
    path: &Path,
    change: impl FnOnce(&mut Vec<u8>),
    quarantine_damage: bool,
) -> (Result<Vec<Record>>, SimDisk) {
    let disk = disk.copy();
    let mut content = disk.content(path);
    change(&mut content);
    disk.set_content(path, content);
    (read(&disk, WalConfig { quarantine_damage, ..config() }, 0).await, disk)
}

#[tokio::test]
async fn every_flipped_bit_of_a_stopped_log_is_harmless_or_named() {
    let (disk, expected) = small_log(24, 600).await;
    let segments = disk.segments();
    assert_eq!(segments.len(), 2);
    let mut named = 0;
    for path in segments {
        let used = used_bytes(&disk.content(&path));
        for at in (0..64).chain(HEADER..used + 16) {
            let flip = |content: &mut Vec<u8>| content[at] ^= 1 << (at % 8);
            match read_changed(&disk, &path, flip, false).await.0 {
                Ok(records) => assert_eq!(records, expected, "byte {at} of {}", path.display()),
                Err(error) => {
                    assert_eq!(error.kind, ErrorKind::Corrupt);
                    assert!(error.message.contains(path.to_str().unwrap()), "{error}");
                    named += 1;
                }
            }
        }
    }
    assert!(named > 24 * 600, "{named} bytes matter");
}

#[tokio::test]
async fn with_quarantine_only_the_damaged_record_is_lost_and_a_copy_is_kept() {
    let (disk, expected) = small_log(24, 600).await;
    for path in disk.segments() {
        let used = used_bytes(&disk.content(&path));
        for at in (0..64).chain((HEADER..used).step_by(97)) {
            let flip = |content: &mut Vec<u8>| content[at] ^= 0x10;
            let (records, changed) = read_changed(&disk, &path, flip, true).await;
            let records = records.unwrap();
            assert!(records.len() >= expected.len() - 1, "byte {at} cost {}", expected.len() - records.len());
            assert!(records.iter().all(|record| expected.contains(record)));
            assert!(records.is_sorted_by(|a, b| a.sequence < b.sequence));
            if records.len() < expected.len() {
                assert!(
                    changed.names().iter().any(|name| name.contains("quarantine/")),
                    "{:?}",
                    changed.names()
                );
            }
            // The log goes on behind the loss, and says so again when asked without quarantine.
            let (wal, recovery, _) =
                open(&changed, WalConfig { quarantine_damage: true, ..config() }).unwrap();
            drop(recovery);
            assert_eq!(append(&wal, 99, 5).await.unwrap(), 25);
            wal.stop().await;
        }
    }
}

#[tokio::test]
async fn a_segment_cut_short_is_damage_and_gives_its_beginning_under_quarantine() {
    let (disk, expected) = small_log(4, 40).await;
    let path = disk.segments().remove(0);
    let used = used_bytes(&disk.content(&path));
    for length in 0..=used {
        let cut = |content: &mut Vec<u8>| content.truncate(length);
        let error = read_changed(&disk, &path, cut, false).await.0.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Corrupt, "{error}");
        let records = read_changed(&disk, &path, cut, true).await.0.unwrap();
        assert_eq!(records, expected[..records.len()]);
    }
}

#[tokio::test]
async fn a_tail_torn_anywhere_gives_a_prefix() {
    let (disk, expected) = small_log(4, 40).await;
    let path = disk.segments().remove(0);
    let used = used_bytes(&disk.content(&path));
    let mut lengths = Vec::new();
    for from in HEADER..=used {
        let tear = |content: &mut Vec<u8>| content[from..].fill(0);
        let (records, torn) = read_changed(&disk, &path, tear, false).await;
        let records = records.unwrap();
        assert_eq!(records, expected[..records.len()]);
        let (wal, recovery, _) = open(&torn, config()).unwrap();
        drop(recovery);
        assert_eq!(append(&wal, 77, 40).await.unwrap(), records.len() as u64 + 1);
        wal.stop().await;
        let mut continued = records;
        continued.push(record(continued.len() as u64 + 1, data(77, 40)));
        assert_eq!(read(&torn, config(), 0).await.unwrap(), continued);
        lengths.push(continued.len() - 1);
    }
    assert!(lengths.is_sorted() && lengths.first() == Some(&0) && lengths.last() == Some(&4));
}

/// A log whose first record is a round, and the four that follow are another, of `bytes` bytes each; the mark behind
/// them is the last thing in it.
async fn log_of_two_rounds(bytes: usize) -> SimDisk {
    let (disk, (release, gate)) = (SimDisk::default(), mpsc::channel::<()>());
    let (entered, mut has_entered) = tokio::sync::mpsc::unbounded_channel();
    let gate = Mutex::new(gate);
    let sink = move |sequence: u64, _: u64| {
        if sequence == 1 {
            entered.send(()).unwrap();
            gate.lock().recv().unwrap();
        }
    };
    let (wal, _) = Wal::open_on(Arc::new(disk.clone()), config(), Env::system(), Arc::new(sink)).unwrap();
    let others = async {
        has_entered.recv().await.unwrap();
        let four = async {
            let queue = |number| append(&wal, number, bytes);
            tokio::join!(queue(1), queue(2), queue(3), queue(4)).3
        };
        // Polled in this order: all four are queued before the writer leaves the first round's sink.
        tokio::join!(biased; four, async { release.send(()).unwrap() }).0
    };
    let (first, last) = tokio::join!(append(&wal, 0, bytes), others);
    assert_eq!((first.unwrap(), last.unwrap()), (1, 5));
    wal.stop().await;
    disk
}

#[tokio::test]
async fn a_hole_in_a_durable_round_is_damage_but_in_the_last_one_a_torn_tail() {
    let disk = log_of_two_rounds(100).await;
    let path = disk.segments().remove(0);
    let places = frames(&disk.content(&path));
    let [first, second, _, _, _, mark] = places[..] else { panic!("{places:?}") };
    for (place, missing) in [(first, 1), (second, 2)] {
        let hole = |content: &mut Vec<u8>| content[place + 90..place + 100].fill(0xEE);
        let damaged = read_changed(&disk, &path, hole, false).await.0.unwrap_err();
        assert_eq!(damaged.kind, ErrorKind::Corrupt);
        assert!(damaged.message.contains(&format!("byte {place}: record {missing} is missing")), "{damaged}");
        let hole_without_mark = |content: &mut Vec<u8>| {
            hole(content);
            content[mark..].fill(0);
        };
        match read_changed(&disk, &path, hole_without_mark, false).await.0 {
            Ok(records) => {
                assert_eq!(
                    (place, records),
                    (second, vec![record(1, data(0, 100))]),
                    "the torn round, no more"
                );
            }
            Err(error) => assert_eq!((place, error.kind), (first, ErrorKind::Corrupt)),
        }
    }
}

#[tokio::test]
async fn what_a_torn_round_left_behind_never_follows_a_new_record() {
    let disk = log_of_two_rounds(400).await;
    let path = disk.segments().remove(0);
    let mut content = disk.content(&path);
    let places = frames(&content);
    // Record 2 is torn; 3 to 5 lie intact behind it, but were never acknowledged.
    content[places[1] + 100] ^= 1;
    content[places[5]..].fill(0);
    disk.set_content(&path, content);
    // A new record 2 that, with the mark before it, ends where the old record 3 begins, and no mark behind it.
    let room = (places[2] - places[1]) as u64 - HEADER_BYTES as u64;
    let bytes = (0..400).find(|bytes| data(9, *bytes).frame_bytes() == room).unwrap();
    let sink = {
        let disk = disk.clone();
        move |_: u64, _: u64| disk.kill()
    };
    let (wal, recovery) =
        Wal::open_on(Arc::new(disk.clone()), config(), Env::system(), Arc::new(sink)).unwrap();
    assert_eq!(recovery.records(0).unwrap().count(), 1);
    assert_eq!(append(&wal, 9, bytes).await.unwrap(), 2);
    wal.stop().await;
    assert_eq!(read(&disk, config(), 0).await.unwrap(), [record(1, data(0, 400)), record(2, data(9, bytes))]);
}

fn frames(content: &[u8]) -> Vec<usize> {
    let mut places = vec![HEADER];
    loop {
        let at = *places.last().unwrap();
        let bytes = u32::from_le_bytes(content[at + 4..at + 8].try_into().unwrap()) as usize;
        if bytes == 0 {
            places.pop();
            return places;
        }
        places.push(at + bytes.next_multiple_of(8));
    }
}

#[tokio::test]
async fn segments_that_are_lost_swapped_or_foreign_are_damage() {
    let (disk, _) = small_log(70, 600).await;
    let segments = disk.segments();
    assert!(segments.len() >= 4);
    let swapped = disk.copy();
    swapped.set_content(&segments[1], disk.content(&segments[2]));
    let (other, _) = small_log(20, 600).await;
    let foreign = disk.copy();
    foreign.set_content(&segments[3], other.content(&other.segments()[0]));
    let lost = disk.copy();
    crate::wal::disk::Disk::remove(&lost, &segments[1]).unwrap();
    for disk in [swapped, foreign, lost] {
        let error = read(&disk, config(), 0).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Corrupt, "{error}");
    }
    let first_lost = disk.copy();
    crate::wal::disk::Disk::remove(&first_lost, &segments[0]).unwrap();
    assert_eq!(read(&first_lost, config(), 0).await.unwrap_err().kind, ErrorKind::Corrupt);
    assert_eq!(read(&first_lost, config(), 40).await.unwrap().len(), 30);
}

#[tokio::test]
async fn a_newer_version_is_refused_in_one_line() {
    let (disk, _) = small_log(3, 10).await;
    let path = disk.segments().remove(0);
    let newer = |content: &mut Vec<u8>| {
        content[8..12].copy_from_slice(&(FORMAT_VERSION + 1).to_le_bytes());
        let crc = crc32c::crc32c(&content[..60]);
        content[60..64].copy_from_slice(&crc.to_le_bytes());
    };
    for quarantine_damage in [false, true] {
        let error = read_changed(&disk, &path, newer, quarantine_damage).await.0.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unsupported);
        assert!(error.message.contains("version 2") && !error.message.contains('\n'), "{error}");
    }
}
