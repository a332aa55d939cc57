//! What a segment takes, written in other ways: encodings, compression, row groups and orders, on captured requests.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, ensure};
use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take_record_batch};
use arrow::datatypes::SchemaRef;
use benches::{captures, cpu, store};
use clap::Parser;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;
use storage::schema::column;

/// Rows that are encoded together.
const BATCH_ROWS: usize = 8_192;
const MIB: usize = 1 << 20;

/// Measures alternatives to a segment's layout.
#[derive(Debug, Parser)]
struct Arguments {
    /// Capture files, or folders of them; the repository's fixtures when left out.
    captures: Vec<PathBuf>,
    /// Where data is written.
    #[arg(long, default_value = ".")]
    folder: PathBuf,
}

/// A way to write the same rows.
struct Layout {
    name: String,
    properties: WriterProperties,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let requests = captures::requests(&arguments.captures)?;
    ensure!(!requests.is_empty(), "no requests in {:?}", arguments.captures);
    let rows = segment_rows(&arguments, &requests)?;
    for layout in layouts()? {
        measure(&layout.name, &rows, &layout.properties)?;
    }
    for (name, keys) in [
        ("order: start", &[column::START_TIME, column::START_NANOS][..]),
        ("order: service, name, start", &[column::SERVICE_NAME, column::NAME, column::START_TIME]),
        ("order: name, start", &[column::NAME, column::START_TIME]),
    ] {
        measure(name, &sorted_by(&rows, keys)?, &storage::segment_properties())?;
    }
    Ok(())
}

/// The rows of one segment of all requests, in its order.
fn segment_rows(arguments: &Arguments, requests: &[Vec<u8>]) -> anyhow::Result<RecordBatch> {
    let folder = tempfile::tempdir_in(&arguments.folder).context("cannot make a folder in --folder")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let files = runtime.block_on(async {
        let storage = store::open(folder.path()).await?;
        store::append(&storage, requests).await?;
        storage.flush().await?;
        let files = storage.snapshot().table.files.clone();
        storage.stop().await;
        anyhow::Ok(files)
    })?;
    let mut batches = Vec::new();
    let mut schema: Option<SchemaRef> = None;
    for file in &files {
        let path = folder.path().join("spans").join(&file.path);
        let reader = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(path)?)?;
        schema.get_or_insert_with(|| Arc::clone(reader.schema()));
        for batch in reader.with_batch_size(BATCH_ROWS).build()? {
            batches.push(batch?);
        }
    }
    Ok(concat_batches(&schema.context("nothing was flushed")?, &batches)?)
}

fn layouts() -> anyhow::Result<Vec<Layout>> {
    let base = || storage::segment_properties().into_builder();
    let with = |name: &str, change: &dyn Fn(WriterPropertiesBuilder) -> WriterPropertiesBuilder| Layout {
        name: name.to_owned(),
        properties: change(base()).build(),
    };
    let encoded = |names: &'static [&'static str], encoding: Encoding| {
        move |properties: WriterPropertiesBuilder| {
            names.iter().fold(properties, |properties, name| {
                properties.set_column_encoding(ColumnPath::from(*name), encoding)
            })
        }
    };
    const TIMES: &[&str] = &[column::START_TIME, column::DURATION_NS];
    const IDS: &[&str] = &[column::SPAN_ID, column::PARENT_SPAN_ID];
    let mut layouts = vec![
        with("as it is", &|properties| properties),
        with("times DELTA_BINARY_PACKED", &encoded(TIMES, Encoding::DELTA_BINARY_PACKED)),
        with("times BYTE_STREAM_SPLIT", &encoded(TIMES, Encoding::BYTE_STREAM_SPLIT)),
        with("trace id DELTA_BYTE_ARRAY", &encoded(&[column::TRACE_ID], Encoding::DELTA_BYTE_ARRAY)),
        with("ids BYTE_STREAM_SPLIT", &encoded(IDS, Encoding::BYTE_STREAM_SPLIT)),
        with("parent ids in a dictionary", &|properties| {
            properties.set_column_dictionary_enabled(ColumnPath::from(column::PARENT_SPAN_ID), true)
        }),
        with("trace ids in a dictionary", &|properties| {
            properties.set_column_dictionary_enabled(ColumnPath::from(column::TRACE_ID), true)
        }),
        with("without the bloom filter", &|properties| {
            properties.set_column_bloom_filter_enabled(ColumnPath::from(column::TRACE_ID), false)
        }),
    ];
    for level in [1, 6, 9, 15] {
        let compression = Compression::ZSTD(ZstdLevel::try_new(level)?);
        layouts.push(with(&format!("zstd level {level}"), &|properties| {
            properties.set_compression(compression)
        }));
    }
    for rows in [65_536, 131_072, 524_288] {
        let name = format!("row groups of {rows}");
        layouts.push(with(&name, &|properties| properties.set_max_row_group_row_count(Some(rows))));
    }
    for rows in [5_000, 50_000, 200_000] {
        let name = format!("pages of {rows} rows");
        layouts.push(with(&name, &|properties| properties.set_data_page_row_count_limit(rows)));
    }
    for mib in [2, 4, 16] {
        let name = format!("dictionaries up to {mib} MiB");
        layouts.push(with(&name, &|properties| properties.set_dictionary_page_size_limit(mib * MIB)));
    }
    Ok(layouts)
}

#[expect(clippy::print_stdout, reason = "a report on standard output is what it is for")]
fn measure(name: &str, rows: &RecordBatch, properties: &WriterProperties) -> anyhow::Result<()> {
    let before = cpu::own_seconds();
    let options =
        ArrowWriterOptions::new().with_properties(properties.clone()).with_skip_arrow_metadata(true);
    let mut writer = ArrowWriter::try_new_with_options(Vec::new(), rows.schema(), options)?;
    for first in (0..rows.num_rows()).step_by(BATCH_ROWS) {
        writer.write(&rows.slice(first, BATCH_ROWS.min(rows.num_rows() - first)))?;
    }
    let bytes = writer.into_inner()?.len();
    let per = |figure: f64| figure / rows.num_rows() as f64;
    let seconds = (cpu::own_seconds() - before) * 1e6;
    println!("{name:<32} {:>6.2} B/span  {:>6.3} CPU-s per million spans", per(bytes as f64), per(seconds));
    Ok(())
}

fn sorted_by(rows: &RecordBatch, keys: &[&str]) -> anyhow::Result<RecordBatch> {
    let key = |name: &&str| {
        let values =
            rows.column_by_name(name).map(Arc::clone).with_context(|| format!("no column {name}"))?;
        anyhow::Ok(SortColumn { values: values as ArrayRef, options: None })
    };
    let keys: Vec<SortColumn> = keys.iter().map(key).collect::<anyhow::Result<_>>()?;
    let order = lexsort_to_indices(&keys, None)?;
    ensure!(order.len() == rows.num_rows(), "every row is sorted");
    Ok(take_record_batch(rows, &order)?)
}
