//! Tests of the log as a whole, most of them on a simulated disk.

mod crash;
mod damage;
mod failure;
mod life;
mod model;
mod renewal;
mod sim_disk;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use proto::Tenant;

use self::sim_disk::SimDisk;
use super::{Content, Record, RecordMeta, Recovery, Transport, Wal, WalConfig};
use crate::Result;
use crate::env::Env;

/// What the sink got, in order.
type Published = Arc<Mutex<Vec<(u64, u64)>>>;

fn config() -> WalConfig {
    WalConfig {
        segment_bytes: 16 << 10,
        segments_spare_max: 2,
        bytes_max: 1 << 20,
        queue_bytes_max: 1 << 20,
        round_bytes_max: 8 << 10,
        ..WalConfig::new("/wal")
    }
}

/// The `number`-th request: every field differs from the next one's, the body has `bytes` bytes.
fn request(number: u64, bytes: usize) -> (RecordMeta, Bytes) {
    let peers = [None, Some("10.0.0.7:4317"), Some("[fd00::7]:65535"), Some("[::ffff:10.0.0.7]:1")];
    let transports = [Transport::Grpc, Transport::HttpProtobuf, Transport::HttpJson, Transport::Unix];
    let meta = RecordMeta {
        tenant: Tenant::new(&format!("tenant-{}", number % 3)).unwrap(),
        arrival: 1_700_000_000_000_000_000 + number,
        peer: peers[number as usize % 4].map(|peer| peer.parse::<SocketAddr>().unwrap()),
        transport: transports[number as usize / 4 % 4],
        user_agent: ["", "OTel-OTLP-Exporter-Go/1.44", "агент"][number as usize % 3].to_owned(),
        body_hash: u128::from(number) << 70 | 5,
    };
    let body: Vec<u8> = (0..bytes as u64).map(|at| (number.wrapping_mul(31) + at * at) as u8).collect();
    (meta, Bytes::from(body))
}

fn data(number: u64, bytes: usize) -> Content {
    let (meta, body) = request(number, bytes);
    Content::Data { meta, body }
}

fn open(disk: &SimDisk, config: WalConfig) -> Result<(Wal<u64>, Recovery, Published)> {
    let published = Published::default();
    let sink = {
        let published = Arc::clone(&published);
        Arc::new(move |sequence: u64, payload: u64| published.lock().push((sequence, payload)))
    };
    let (wal, recovery) = Wal::open_on(Arc::new(disk.clone()), config, Env::system(), sink)?;
    Ok((wal, recovery, published))
}

async fn append(wal: &Wal<u64>, number: u64, bytes: usize) -> Result<u64> {
    let (meta, body) = request(number, bytes);
    wal.append(meta, body, number).await
}

async fn pause(duration_ms: u64) {
    Env::system().sleep(Duration::from_millis(duration_ms)).await;
}

/// All records above `after`, by opening the log anew; the log is closed again.
async fn read(disk: &SimDisk, config: WalConfig, after: u64) -> Result<Vec<Record>> {
    let (wal, recovery, _) = open(disk, config)?;
    let records = recovery.records(after).and_then(Iterator::collect);
    wal.stop().await;
    records
}

fn record(sequence: u64, content: Content) -> Record {
    Record { sequence, content }
}
