//! How the rooms are put together: what `serve` and the commands that read a folder have in common.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytesize::ByteSize;
use storage::Storage;
use storage::env::Env;

/// Longer than any data is old.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// Opens storage, whose requests ingest decodes.
///
/// # Errors
/// As [`Storage::open`].
pub(crate) async fn open_storage(config: storage::Config, env: Env) -> storage::Result<Arc<Storage>> {
    Storage::open(config, env, Arc::new(ingest::decode_requests)).await
}

/// Settings with which a folder is only read: nothing in it is too old, too much or too small.
#[must_use]
pub(crate) fn reading(folder: &Path) -> storage::Config {
    storage::Config {
        url: folder.display().to_string(),
        retention: FOREVER,
        derived_retention: FOREVER,
        rollup_retention: FOREVER,
        rollup_minute_retention: FOREVER,
        max_bytes: Some(ByteSize(u64::MAX)),
        compaction_memory: ByteSize(0),
        ..storage::Config::default()
    }
}
