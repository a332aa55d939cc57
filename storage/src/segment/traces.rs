//! Which traces of a segment are wanted. As rows are sorted by trace, little else is read for a few of them.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::error::ArrowError;
use parquet::arrow::arrow_reader::{ArrowPredicateFn, RowFilter};
use parquet::arrow::{ParquetRecordBatchStreamBuilder, ProjectionMask};
use parquet::errors::ParquetError;
use parquet::file::metadata::PageIndexPolicy;

use super::reader::SegmentReader;
use crate::schema::column;

type Builder = ParquetRecordBatchStreamBuilder<SegmentReader>;

/// Which traces of a segment are wanted, by their ids as numbers, ascending.
#[derive(Debug, Clone)]
pub(crate) enum Traces {
    /// These.
    Only(Arc<[u128]>),
    /// All others.
    AllBut(Arc<[u128]>),
}

impl Traces {
    fn wants(&self, trace_id: u128) -> bool {
        match self {
            Self::Only(ids) => ids.binary_search(&trace_id).is_ok(),
            Self::AllBut(ids) => ids.binary_search(&trace_id).is_err(),
        }
    }

    /// Which rows of `batch` are wanted.
    pub(super) fn wanted(&self, batch: &RecordBatch) -> Result<BooleanArray, ArrowError> {
        let ids = batch.column_by_name(column::TRACE_ID).and_then(|ids| ids.as_fixed_size_binary_opt());
        let ids = ids.ok_or_else(|| ArrowError::SchemaError("a segment without trace ids".to_owned()))?;
        let mut last: Option<(u128, bool)> = None;
        let wanted = (0..ids.len()).map(|row| {
            let mut id = [0; 16];
            id.copy_from_slice(ids.value(row));
            let id = u128::from_be_bytes(id);
            // The rows of a trace stand beside each other.
            let (_, wanted) = *last.insert(match last {
                Some(known) if known.0 == id => known,
                _ => (id, self.wants(id)),
            });
            Some(wanted)
        });
        Ok(wanted.collect())
    }

    /// What of the index of pages is needed to find them.
    pub(super) const fn page_index(&self) -> PageIndexPolicy {
        match self {
            Self::Only(_) => PageIndexPolicy::Optional,
            Self::AllBut(_) => PageIndexPolicy::Skip,
        }
    }

    /// `builder` for the row groups of a run: of [`Traces::Only`] for just their rows, `None` when there are none.
    pub(super) async fn select(
        &self,
        mut builder: Builder,
        run: Range<usize>,
    ) -> Result<Option<Builder>, ParquetError> {
        let Self::Only(ids) = self else {
            return Ok(Some(builder.with_row_groups(run.collect())));
        };
        let groups = row_groups_with(&mut builder, run, ids).await?;
        if groups.is_empty() {
            return Ok(None);
        }
        // Their ids alone are read first, then what else there is of the rows found.
        let ids_only = ProjectionMask::columns(builder.parquet_schema(), [column::TRACE_ID]);
        let wanted = self.clone();
        let predicate = ArrowPredicateFn::new(ids_only, move |batch| wanted.wanted(&batch));
        let filter = RowFilter::new(vec![Box::new(predicate)]);
        Ok(Some(builder.with_row_groups(groups).with_row_filter(filter)))
    }
}

/// The row groups of a run that may have one of `ids`: by their statistics, then by their bloom filters.
async fn row_groups_with(
    builder: &mut Builder,
    run: Range<usize>,
    ids: &[u128],
) -> Result<Vec<usize>, ParquetError> {
    let columns = builder.parquet_schema().columns();
    let Some(at) = columns.iter().position(|column| column.path().string() == column::TRACE_ID) else {
        return Ok(Vec::new());
    };
    let mut groups = Vec::new();
    for group in run {
        let statistics = builder.metadata().row_group(group).column(at).statistics();
        let bound = |bytes: Option<&[u8]>| Some(u128::from_be_bytes(bytes?.try_into().ok()?));
        let min = statistics.and_then(|found| bound(found.min_bytes_opt())).unwrap_or(u128::MIN);
        let max = statistics.and_then(|found| bound(found.max_bytes_opt())).unwrap_or(u128::MAX);
        let first = ids.partition_point(|id| *id < min);
        let within = ids[first..].iter().take_while(|id| **id <= max);
        if within.clone().next().is_none() {
            continue;
        }
        let bloom = builder.get_row_group_column_bloom_filter(group, at).await?;
        let may_have = |id: &u128| bloom.as_ref().is_none_or(|bloom| bloom.check(&id.to_be_bytes()[..]));
        if within.into_iter().any(may_have) {
            groups.push(group);
        }
    }
    Ok(groups)
}
