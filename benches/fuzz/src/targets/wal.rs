//! A write-ahead log that was changed on disk: what comes back was written, in order, or is missing; never anything else.
//!
//! The input is a list of changes to a good segment: an offset (2 bytes), a length (1 byte), and bytes to put there.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use proto::Tenant;
use storage::env::Env;
use storage::wal::{Content, RecordMeta, Transport, Wal, WalConfig};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const RECORDS: u64 = 24;
const SEGMENT_BYTES: u64 = 16 << 10;

/// A log of one segment, closed.
struct Log {
    files: Vec<(String, Vec<u8>)>,
    records: Vec<(u64, Content)>,
}

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts")
});
static LOG: LazyLock<Log> = LazyLock::new(write);

fn config(folder: &Path, quarantine_damage: bool) -> WalConfig {
    WalConfig {
        segment_bytes: SEGMENT_BYTES,
        segments_spare_max: 0,
        bytes_max: 4 * SEGMENT_BYTES,
        quarantine_damage,
        ..WalConfig::new(folder)
    }
}

fn open(config: WalConfig) -> storage::Result<(Wal<()>, storage::wal::Recovery)> {
    Wal::open(config, Env::system(), Arc::new(|_sequence: u64, (): ()| {}))
}

fn write() -> Log {
    let folder = TempDir::new().expect("a folder");
    let records = RUNTIME.block_on(async {
        let (wal, recovery) = open(config(folder.path(), false)).expect("a new log");
        drop(recovery);
        let mut records = Vec::new();
        for number in 0..RECORDS {
            let meta = RecordMeta {
                tenant: Tenant::default(),
                arrival: 1_700_000_000_000_000_000 + number,
                peer: None,
                transport: Transport::Grpc,
                user_agent: "fuzz".to_owned(),
                body_hash: u128::from(number),
            };
            let body = Bytes::from(vec![number as u8; 40 * number as usize % 500]);
            let sequence = wal.append(meta.clone(), body.clone(), ()).await.expect("an append");
            records.push((sequence, Content::Data { meta, body }));
        }
        wal.stop().await;
        records
    });
    let files = folder.path().read_dir().expect("its files").map(|entry| {
        let entry = entry.expect("a file");
        let name = entry.file_name().into_string().expect("names are ASCII");
        (name, std::fs::read(entry.path()).expect("it can be read"))
    });
    Log { files: files.collect(), records }
}

pub(super) fn run(data: &[u8]) {
    for quarantine_damage in [false, true] {
        let folder = TempDir::new().expect("a folder");
        for (name, bytes) in &LOG.files {
            let mut bytes = bytes.clone();
            if name.ends_with(".wal") {
                change(&mut bytes, data);
            }
            std::fs::write(folder.path().join(name), bytes).expect("it can be written");
        }
        RUNTIME.block_on(check(config(folder.path(), quarantine_damage)));
    }
}

fn change(bytes: &mut [u8], mut changes: &[u8]) {
    while let [high, low, length, rest @ ..] = changes {
        let offset = usize::from(u16::from_be_bytes([*high, *low])) % bytes.len();
        let length = usize::from(*length).min(rest.len()).min(bytes.len() - offset);
        bytes[offset..offset + length].copy_from_slice(&rest[..length]);
        changes = &rest[length..];
    }
}

async fn check(config: WalConfig) {
    let Ok((wal, recovery)) = open(config) else { return };
    let mut last = 0;
    if let Ok(replay) = recovery.records(0) {
        for record in replay.map_while(Result::ok) {
            assert!(record.sequence > last, "record {} after {last}", record.sequence);
            last = record.sequence;
            let written = LOG.records.iter().find(|(sequence, _)| *sequence == record.sequence);
            assert_eq!(Some(&record.content), written.map(|(_, content)| content), "nobody wrote that");
        }
    }
    assert!(wal.next_sequence() > last, "a new record would have the sequence of an old one");
    wal.stop().await;
}
