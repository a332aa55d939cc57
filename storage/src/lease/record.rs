//! What is in the lease (`docs/formats.md`).

use jiff::Timestamp;
use proto::{ErrorKind, UnixNanos};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::env::Env;
use crate::{Error, Result};

/// Where it lies, beside the tables.
pub(super) const LOCATION: &str = "writer.lease.json";
/// The version this binary writes, and the newest it reads.
const FORMAT_VERSION: u32 = 1;
/// What Linux calls the machine, or Kubernetes the pod.
const HOST_NAME: &str = "/proc/sys/kernel/hostname";

/// Who wants to write.
#[derive(Debug, Clone)]
pub(crate) struct Holder {
    /// This process: drawn anew at each start.
    pub(super) id: Uuid,
    /// Its write-ahead log, which only one process can have open: it need not wait for who had it before.
    pub(super) wal: Uuid,
    /// For people.
    pub(super) name: String,
}

impl Holder {
    /// This process, which has the log `wal`.
    pub(crate) fn this_process(wal: Uuid, env: &Env) -> Self {
        let host = std::fs::read_to_string(HOST_NAME).unwrap_or_default();
        let host = if host.trim().is_empty() { "a host without a name" } else { host.trim() };
        Self { id: env.random_uuid(), wal, name: format!("process {} on {host}", std::process::id()) }
    }
}

/// The object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    format_version: u32,
    pub(super) holder: Uuid,
    pub(super) wal: Uuid,
    pub(super) name: String,
    /// Each is one more than the one before.
    pub(super) renewal: u64,
    /// For people: nothing is decided by it.
    renewed_at: String,
    pub(super) is_released: bool,
}

impl Record {
    pub(super) fn of(holder: &Holder, renewal: u64, is_released: bool, now: UnixNanos) -> Self {
        let renewed_at = Timestamp::from_nanosecond(i128::from(now)).unwrap_or(Timestamp::MAX).to_string();
        Self {
            format_version: FORMAT_VERSION,
            holder: holder.id,
            wal: holder.wal,
            name: holder.name.clone(),
            renewal,
            renewed_at,
            is_released,
        }
    }

    /// Whether `later` is the same holder's, and it was alive in between.
    pub(super) fn is_renewed(&self, later: &Self) -> bool {
        self.holder == later.holder && self.renewal < later.renewal
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>> {
        serde_json::to_vec_pretty(self)
            .map_err(|error| Error::new(ErrorKind::Internal, "cannot encode the lease").caused_by(error))
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self> {
        #[derive(Deserialize)]
        struct Version {
            format_version: u32,
        }
        let damaged = |error: serde_json::Error| {
            let message = format!(
                "{LOCATION} is no lease ({error}): once no process writes to this bucket, remove the object"
            );
            Error::new(ErrorKind::Corrupt, message).caused_by(error)
        };
        let Version { format_version } = serde_json::from_slice(bytes).map_err(damaged)?;
        if format_version > FORMAT_VERSION {
            let message = format!(
                "{LOCATION} has format version {format_version}, newer than this binary's {FORMAT_VERSION}; start the version \
                 that wrote it, or a newer one"
            );
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        serde_json::from_slice(bytes).map_err(damaged)
    }
}
