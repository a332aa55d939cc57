//! A segment in an object store, as Parquet's reader wants it.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt, TryFutureExt};
use object_store::path::Path as ObjectPath;
use object_store::{Error as StoreError, ObjectStore, ObjectStoreExt};
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use proto::ErrorKind;

use crate::Error;
use crate::catalog::SegmentFile;
use crate::damage::Damage;

/// Reads one segment.
#[derive(Debug)]
pub(crate) struct SegmentReader {
    store: Arc<dyn ObjectStore>,
    path: ObjectPath,
    bytes: u64,
}

impl SegmentReader {
    pub(crate) fn new(store: &Arc<dyn ObjectStore>, file: &SegmentFile) -> Self {
        Self { store: Arc::clone(store), path: ObjectPath::from(file.path.as_str()), bytes: file.bytes }
    }
}

impl AsyncFileReader for SegmentReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, ParquetResult<Bytes>> {
        self.store.get_range(&self.path, range).map_err(of_the_store).boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, ParquetResult<Vec<Bytes>>> {
        async move { self.store.get_ranges(&self.path, &ranges).await.map_err(of_the_store) }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, ParquetResult<Arc<ParquetMetaData>>> {
        async move {
            let bytes = self.bytes;
            let reader = ParquetMetaDataReader::new().with_arrow_reader_options(options);
            reader.load_and_finish(self, bytes).await.map(Arc::new)
        }
        .boxed()
    }
}

fn of_the_store(error: StoreError) -> ParquetError {
    ParquetError::External(Box::new(error))
}

/// `Corrupt` where the file is to blame, `Unavailable` where what holds it may be better later.
pub(crate) fn cannot_read(path: &str, source: ParquetError) -> Error {
    let is_unavailable = match &source {
        ParquetError::External(cause) => match cause.downcast_ref::<StoreError>() {
            Some(StoreError::Generic { source, .. }) => !source.is::<Damage>(),
            Some(_) => true,
            None => false,
        },
        _ => false,
    };
    let kind = if is_unavailable { ErrorKind::Unavailable } else { ErrorKind::Corrupt };
    Error::new(kind, format!("cannot read segment {path}: {source}")).caused_by(source)
}
