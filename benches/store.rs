//! Storage in a temporary folder, filled from captured requests.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use bytesize::ByteSize;
use proto::Tenant;
use storage::env::Env;
use storage::wal::{RecordMeta, Transport};
use storage::{LoggedRequest, Role, Storage};

/// Storage that flushes only when it is told to.
///
/// # Errors
/// As [`Storage::open`].
pub async fn open(folder: &Path) -> anyhow::Result<Arc<Storage>> {
    open_as(folder, storage::Config::default()).await
}

/// The same, of which nothing is written, merged or removed: what is measured is the question alone.
///
/// # Errors
/// As [`Storage::open`].
pub async fn open_to_ask(folder: &Path) -> anyhow::Result<Arc<Storage>> {
    let local_folder = std::env::temp_dir().join(format!("tailplane-reader-{}", std::process::id()));
    open_as(folder, storage::Config { role: Role::Query, local_folder, ..storage::Config::default() }).await
}

async fn open_as(folder: &Path, config: storage::Config) -> anyhow::Result<Arc<Storage>> {
    let config = storage::Config {
        url: folder.display().to_string(),
        flush_interval: Duration::from_secs(24 * 3600),
        flush_bytes: ByteSize::gib(16),
        live_bytes_max: ByteSize::gib(16),
        wal_bytes_max: ByteSize::gib(16),
        max_bytes: Some(ByteSize::tib(1)),
        ..config
    };
    let storage = Storage::open(config, Env::system(), Arc::new(ingest::decode_requests)).await?;
    storage.replayed().await?;
    Ok(storage)
}

/// What is known of a request that came over gRPC now.
#[must_use]
pub fn meta() -> RecordMeta {
    RecordMeta {
        tenant: Tenant::default(),
        arrival: Env::system().now(),
        peer: "10.0.0.7:55555".parse().ok(),
        transport: Transport::Grpc,
        user_agent: "OTel OTLP Exporter Go/1.40.0 grpc-go/1.79.3".to_owned(),
        body_hash: 0,
    }
}

/// How many full requests settle at a time.
pub const SETTLED_TOGETHER: usize = 12;

/// Requests as storage hands them to ingest.
#[must_use]
pub fn logged(requests: &[Vec<u8>]) -> Vec<LoggedRequest> {
    requests.iter().map(|body| LoggedRequest { meta: meta(), body: Bytes::copy_from_slice(body) }).collect()
}

/// Appends the requests one after the other.
///
/// # Errors
/// As [`Storage::append`].
pub async fn append(storage: &Storage, requests: &[Vec<u8>]) -> anyhow::Result<()> {
    for request in requests {
        storage.append(meta(), Bytes::copy_from_slice(request)).await?;
    }
    Ok(())
}
