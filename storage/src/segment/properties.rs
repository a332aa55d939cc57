//! How segments are encoded, column by column.

use arrow::datatypes::{DataType, Field};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::ROW_GROUP_ROWS;
use crate::schema::{column, live_schema};

/// zstd level: 3 is within two per cent of 9 at half the CPU.
const ZSTD_LEVEL: i32 = 3;
const PAGE_ROWS_MAX: usize = 20_000;

/// Columns of ever-new values, where a dictionary only costs. They are plain: BYTE_STREAM_SPLIT would be 1.5 % smaller,
/// but DuckDB 1.5 reads it for floats only.
const WITHOUT_DICTIONARY: [&str; 5] =
    [column::TRACE_ID, column::SPAN_ID, column::PARENT_SPAN_ID, column::START_TIME, column::DURATION_NS];

/// The same inside lists.
const NESTED_WITHOUT_DICTIONARY: [[&str; 4]; 3] = [
    [column::EVENTS, "list", "element", "offset_ns"],
    [column::LINKS, "list", "element", "trace_id"],
    [column::LINKS, "list", "element", "span_id"],
];

/// Columns whose page statistics are worth their space: the ones rows are looked up by.
const WITH_PAGE_INDEX: [&str; 3] = [column::TRACE_ID, column::START_TIME, column::DURATION_NS];

/// How segments are written.
#[must_use]
pub fn writer() -> WriterProperties {
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL).unwrap_or_default()))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_data_page_row_count_limit(PAGE_ROWS_MAX)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_created_by(format!("tailplane {}", env!("CARGO_PKG_VERSION")))
        .set_sorting_columns(Some(sorting_columns()))
        .set_column_bloom_filter_enabled(ColumnPath::from(column::TRACE_ID), true)
        .set_column_bloom_filter_max_ndv(ColumnPath::from(column::TRACE_ID), ROW_GROUP_ROWS as u64);
    for name in WITHOUT_DICTIONARY {
        builder = builder.set_column_dictionary_enabled(ColumnPath::from(name), false);
    }
    for path in NESTED_WITHOUT_DICTIONARY {
        let path = ColumnPath::new(path.map(str::to_owned).to_vec());
        builder = builder.set_column_dictionary_enabled(path, false);
    }
    for name in WITH_PAGE_INDEX {
        builder = builder.set_column_statistics_enabled(ColumnPath::from(name), EnabledStatistics::Page);
    }
    for field in live_schema().fields() {
        if !prunes(field) {
            builder = builder.set_column_statistics_enabled(
                ColumnPath::from(field.name().as_str()),
                EnabledStatistics::None,
            );
        }
    }
    builder.build()
}

/// Whether the minimum and maximum of a column can rule anything out.
fn prunes(field: &Field) -> bool {
    !matches!(field.data_type(), DataType::Dictionary(_, value) if **value == DataType::Binary)
        && ![column::OTLP_RESIDUAL, column::SPAN_ID, column::PARENT_SPAN_ID].contains(&field.name().as_str())
}

fn sorting_columns() -> Vec<SortingColumn> {
    let index = |name: &str| live_schema().index_of(name).ok().and_then(|index| i32::try_from(index).ok());
    [column::TRACE_ID, column::START_TIME]
        .into_iter()
        .filter_map(|name| {
            Some(SortingColumn { column_idx: index(name)?, descending: false, nulls_first: false })
        })
        .collect()
}
