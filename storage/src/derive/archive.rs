//! Rollups outlive their segments: before retention takes a segment out of the table, its rollup goes to a table of its
//! own. Until the segment is gone it stands for itself, whatever happens between the two.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use object_store::ObjectStoreExt;
use object_store::path::Path as ObjectPath;
use parquet::file::metadata::ParquetMetaDataReader;
use proto::ErrorKind;

use super::DerivedTable;
use crate::catalog::{Commit, SegmentFile};
use crate::rollup::rollup_path;
use crate::storage::Storage;
use crate::{Error, Result};

impl Storage {
    /// Keeps the rollups of `leaving`, where derived tables are kept.
    pub(crate) async fn archive_rollups(&self, leaving: &[Arc<SegmentFile>]) -> Result<()> {
        for table in self.derived_tables(&[DerivedTable::Rollups]) {
            let version = table.version();
            let mut add = Vec::new();
            let counted: HashSet<&str> = version.files.iter().map(|file| file.counted_as()).collect();
            let is_new = |file: &&Arc<SegmentFile>| {
                file.rollup_bytes.is_some() && !counted.contains(file.path.as_str())
            };
            for file in leaving.iter().filter(is_new) {
                match self.archived(file).await {
                    Ok((archived, bytes)) => {
                        table.upload(&archived.path, bytes.into()).await?;
                        add.push(archived);
                    }
                    // What cannot be read now will not be readable later: the spans go all the same.
                    Err(error) => {
                        tracing::error!(%error, path = file.path, "a rollup is lost with its segment")
                    }
                }
            }
            if !add.is_empty() {
                let commit = Commit {
                    add,
                    remove: Vec::new(),
                    restate: Vec::new(),
                    watermark: None,
                    operation: "WRITE",
                    data_change: true,
                };
                table.commit(commit).await?;
            }
        }
        Ok(())
    }

    async fn archived(&self, file: &SegmentFile) -> Result<(SegmentFile, Bytes)> {
        let path = ObjectPath::from(rollup_path(&file.path));
        let bytes = async { self.store.get(&path).await?.bytes().await }.await.map_err(|error| {
            Error::new(ErrorKind::Unavailable, format!("cannot read the rollup {path}: {error}"))
                .caused_by(error)
        })?;
        let footer = ParquetMetaDataReader::new().parse_and_finish(&bytes).map_err(|error| {
            Error::new(ErrorKind::Corrupt, format!("the rollup {path} is damaged: {error}")).caused_by(error)
        })?;
        let archived = SegmentFile {
            bytes: bytes.len() as u64,
            rows: u64::try_from(footer.file_metadata().num_rows()).unwrap_or(0),
            rollup_bytes: None,
            thinned: None,
            ..file.clone()
        };
        Ok((archived, bytes))
    }
}
