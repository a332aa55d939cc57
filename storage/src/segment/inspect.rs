//! What the columns of a segment take, told by its footer.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaDataReader};
use proto::ErrorKind;

use crate::{Error, Result};

/// One segment, or the sum of several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SegmentView {
    /// Bytes of the file.
    pub bytes: u64,
    /// Its spans.
    pub rows: u64,
    /// Its row groups.
    pub row_groups: u64,
    /// Its leaf columns, in their order.
    pub columns: Vec<ColumnView>,
}

/// A leaf column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnView {
    /// Its path, parted by dots.
    pub name: String,
    /// Its bytes in the file, compressed.
    pub bytes: u64,
    /// How they are encoded, by Parquet's names.
    pub encodings: Vec<String>,
}

impl SegmentView {
    /// Adds another segment to the sum.
    pub fn add(&mut self, other: &Self) {
        self.bytes += other.bytes;
        self.rows += other.rows;
        self.row_groups += other.row_groups;
        other.columns.iter().for_each(|column| self.add_column(column));
    }

    fn add_column(&mut self, more: &ColumnView) {
        let Some(column) = self.columns.iter_mut().find(|column| column.name == more.name) else {
            self.columns.push(more.clone());
            return;
        };
        column.bytes += more.bytes;
        let encodings: BTreeSet<String> =
            column.encodings.drain(..).chain(more.encodings.iter().cloned()).collect();
        column.encodings = encodings.into_iter().collect();
    }
}

/// Looks into the Parquet file at `path`.
///
/// # Errors
/// `NotFound` and other faults of the file system; `Corrupt` when it is no Parquet file.
pub fn read_segment(path: &Path) -> Result<SegmentView> {
    let file = File::open(path).map_err(|error| Error::io("open the segment", path, error))?;
    let bytes = file.metadata().map_err(|error| Error::io("look at the segment", path, error))?.len();
    let footer = ParquetMetaDataReader::new().parse_and_finish(&file).map_err(|error| {
        let message = format!("{} is no segment: {error}", path.display());
        Error::new(ErrorKind::Corrupt, message).caused_by(error)
    })?;
    let mut view = SegmentView { bytes, ..SegmentView::default() };
    for group in footer.row_groups() {
        view.row_groups += 1;
        view.rows += u64::try_from(group.num_rows()).unwrap_or(0);
        group.columns().iter().for_each(|chunk| view.add_column(&column(chunk)));
    }
    Ok(view)
}

fn column(chunk: &ColumnChunkMetaData) -> ColumnView {
    let encodings: BTreeSet<String> = chunk.encodings().map(|encoding| encoding.to_string()).collect();
    ColumnView {
        name: chunk.column_path().string(),
        bytes: u64::try_from(chunk.compressed_size()).unwrap_or(0),
        encodings: encodings.into_iter().collect(),
    }
}
