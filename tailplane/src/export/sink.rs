//! The file that spans are written to, in one of its forms.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::sync::Arc;

use anyhow::Context;
use arrow::array::RecordBatch;
use proto::capture::Writer;
use proto::otlp::{RequestEncoder, SpanSink};
use query::{Engine, SpansQuery, StoredSpan};
use storage::SpanFile;

use crate::cli::ExportFormat;

/// Spans of one request.
const REQUEST_SPANS: usize = 512;
const ZSTD_LEVEL: i32 = 9;

/// A file being written.
pub(super) enum Sink {
    Otlp(Writer<BufWriter<File>>),
    Parquet(Box<SpanFile>),
}

impl Sink {
    pub(super) fn new(file: File, format: ExportFormat) -> anyhow::Result<Self> {
        Ok(match format {
            ExportFormat::Otlp => Self::Otlp(Writer::new(BufWriter::new(file), ZSTD_LEVEL)?),
            ExportFormat::Parquet => Self::Parquet(Box::new(SpanFile::create(file)?)),
        })
    }

    /// Writes what answers `query`, earliest first, and says how many spans that is; nothing when its limit is reached.
    pub(super) async fn write(&mut self, engine: &Engine, query: SpansQuery) -> anyhow::Result<Option<u64>> {
        let limit = query.limit;
        match self {
            Self::Otlp(writer) => {
                let mut found = engine.spans(query).await?;
                if found.len() >= limit {
                    return Ok(None);
                }
                found.reverse();
                for part in found.chunks(REQUEST_SPANS) {
                    writer.write(&request(part))?;
                }
                Ok(Some(found.len() as u64))
            }
            Self::Parquet(file) => {
                let found = engine.span_rows(query).await?;
                let rows: usize = found.iter().map(RecordBatch::num_rows).sum();
                if rows >= limit {
                    return Ok(None);
                }
                found.iter().try_for_each(|rows| file.write(rows))?;
                Ok(Some(rows as u64))
            }
        }
    }

    pub(super) fn finish(self) -> anyhow::Result<()> {
        match self {
            Self::Otlp(writer) => {
                let file = writer.finish()?.into_inner().context("cannot write the file")?;
                file.sync_all().context("cannot write the file")
            }
            Self::Parquet(file) => Ok(file.finish()?),
        }
    }
}

/// An `ExportTraceServiceRequest` of these spans, by resource and scope, otherwise in their order.
fn request(spans: &[StoredSpan]) -> Vec<u8> {
    let mut groups: BTreeMap<(usize, usize), Vec<&StoredSpan>> = BTreeMap::new();
    for span in spans {
        // Equal ones are shared.
        let of = (Arc::as_ptr(&span.resource) as usize, Arc::as_ptr(&span.scope) as usize);
        groups.entry(of).or_default().push(span);
    }
    let mut encoder = RequestEncoder::default();
    let mut last = None;
    for ((resource, _), spans) in groups {
        for (place, stored) in spans.into_iter().enumerate() {
            if last != Some(resource) {
                encoder.resource(&stored.resource);
                last = Some(resource);
            }
            if place == 0 {
                encoder.scope(&stored.scope);
            }
            encoder.span(&stored.span);
        }
    }
    encoder.finish()
}
