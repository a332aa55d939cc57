//! A log that is left without the bytes of its records.

use std::io;

use super::sim_disk::Operation;
use super::{SimDisk, append, config, open, read, request};

/// Whether some of the body of request `number` is on the disk.
fn is_there(disk: &SimDisk, number: u64) -> bool {
    let (_, body) = request(number, 900);
    let needle = &body[100..160];
    let mut contents = disk.names().into_iter().map(|name| disk.content(name.as_ref()));
    contents.any(|bytes| bytes.windows(needle.len()).any(|window| window == needle))
}

/// Segments, some of them recycled.
async fn filled(disk: &SimDisk) -> super::Wal<u64> {
    let (wal, recovery, _) = open(disk, config()).unwrap();
    drop(recovery);
    for number in 0..60 {
        append(&wal, number, 900).await.unwrap();
        if number == 50 {
            wal.trim(40).unwrap();
        }
    }
    wal
}

#[tokio::test]
async fn nothing_of_a_record_is_left_and_the_log_goes_on() {
    let disk = SimDisk::default();
    let wal = filled(&disk).await;
    assert!(is_there(&disk, 59));
    assert!((0..30).any(|number| is_there(&disk, number)), "what was trimmed is still in spares");
    wal.stop_anew().await.unwrap();
    let left: Vec<u64> = (0..60).filter(|number| is_there(&disk, *number)).collect();
    assert_eq!((left, disk.segments().len()), (Vec::new(), 1));
    assert_eq!(read(&disk, config(), 60).await.unwrap(), []);
    let (wal, _, _) = open(&disk, config()).unwrap();
    assert_eq!((wal.next_sequence(), append(&wal, 60, 900).await.unwrap()), (61, 61));
    wal.stop().await;
    assert_eq!(read(&disk, config(), 60).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_log_that_cannot_be_renewed_is_as_it_was() {
    let disk = SimDisk::default();
    let wal = filled(&disk).await;
    disk.fail(Operation::Create, 1_000, io::ErrorKind::StorageFull);
    assert!(wal.stop_anew().await.is_err());
    disk.fail(Operation::Create, 0, io::ErrorKind::StorageFull);
    disk.forgive();
    assert_eq!(read(&disk, config(), 55).await.unwrap().len(), 5);
    let (wal, _, _) = open(&disk, config()).unwrap();
    wal.stop_anew().await.unwrap();
    assert!((0..60).all(|number| !is_there(&disk, number)));
}
