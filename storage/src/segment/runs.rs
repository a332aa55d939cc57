//! Runs: row groups of a segment that are sorted as one. A segment has one, but where [`concatenate`](super::concatenate) made it
//! of several: then its metadata says where each begins (`docs/formats.md`).

use std::ops::Range;

use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, ParquetMetaData};

/// The key of the metadata.
const KEY: &str = "tailplane.runs";

/// The row groups of each run.
///
/// # Errors
/// When what the metadata says is no list of row groups.
pub(crate) fn runs(metadata: &ParquetMetaData) -> Result<Vec<Range<usize>>, ParquetError> {
    let end = metadata.num_row_groups();
    let keys = metadata.file_metadata().key_value_metadata();
    let said = keys.into_iter().flatten().find(|entry| entry.key == KEY);
    let said = said.and_then(|entry| entry.value.as_deref()).unwrap_or("0");
    let starts: Option<Vec<usize>> = said.split(',').map(|start| start.parse().ok()).collect();
    let starts = starts.filter(|starts| starts.first() == Some(&0)).unwrap_or_default();
    let ends = starts.iter().skip(1).copied().chain([end]);
    let runs: Vec<Range<usize>> = starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect();
    if end > 0 && (runs.is_empty() || runs.iter().any(Range::is_empty)) {
        let message = format!("its metadata {KEY} are {said:?}, and it has {end} row groups");
        return Err(ParquetError::General(message));
    }
    Ok(runs)
}

/// What the metadata says of runs that begin at these row groups.
pub(super) fn said_of(starts: &[usize]) -> KeyValue {
    let starts: Vec<String> = starts.iter().map(usize::to_string).collect();
    KeyValue::new(KEY.to_owned(), starts.join(","))
}
