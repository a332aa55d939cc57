//! What ingest needs of storage.

use bytes::Bytes;
use storage::Storage;
use storage::wal::RecordMeta;

/// Where checked requests go.
pub trait SpansLog: Send + Sync + 'static {
    /// Keeps a request (`body`, an `ExportTraceServiceRequest` that was checked) and returns its sequence once its spans
    /// are durable and visible. The future may be dropped at any time: then the request is kept whole or not at all.
    ///
    /// # Errors
    /// Nothing was acknowledged. `Invalid` and `TooLarge` when no retry can help; anything else is told to the
    /// exporter as a passing failure.
    fn append(
        &self,
        meta: RecordMeta,
        body: Bytes,
    ) -> impl Future<Output = Result<u64, storage::Error>> + Send;
}

impl SpansLog for Storage {
    async fn append(&self, meta: RecordMeta, body: Bytes) -> Result<u64, storage::Error> {
        Self::append(self, meta, body).await
    }
}
