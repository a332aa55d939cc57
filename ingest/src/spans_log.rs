//! What ingest needs of storage.

use bytes::Bytes;
use proto::Tenant;
use storage::wal::RecordMeta;
use storage::{Appended, Storage};

/// Where checked requests go.
pub trait SpansLog: Send + Sync + 'static {
    /// Keeps a request (`body`, an `ExportTraceServiceRequest` that was checked), unless it is a retry of one that was kept,
    /// and returns once its spans are durable and visible. The future may be dropped at any time: then the request is kept
    /// whole or not at all.
    ///
    /// # Errors
    /// Nothing was acknowledged. `Invalid` and `TooLarge` when no retry can help; anything else is told to the
    /// exporter as a passing failure.
    fn append(
        &self,
        meta: RecordMeta,
        body: Bytes,
    ) -> impl Future<Output = Result<Appended, storage::Error>> + Send;

    /// The hash that retries are told by, of a body as it was received and inflated.
    fn body_hash(&self, tenant: &Tenant, body: &[u8]) -> u128;
}

impl SpansLog for Storage {
    async fn append(&self, meta: RecordMeta, body: Bytes) -> Result<Appended, storage::Error> {
        Self::append(self, meta, body).await
    }

    fn body_hash(&self, tenant: &Tenant, body: &[u8]) -> u128 {
        self.body_hasher().hash(tenant, body)
    }
}
