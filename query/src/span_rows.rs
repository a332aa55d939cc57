//! Rows of the `spans` table back into OTLP spans: the inverse of what ingest writes.

mod columns;
mod envelopes;
mod texts;

use std::sync::Arc;

use arrow::array::RecordBatch;
use proto::ErrorKind;
use proto::otlp::{Resource, Scope, Span};

pub(crate) use self::columns::{SPAN_COLUMNS, SpanColumns};
pub(crate) use self::envelopes::Envelopes;
pub(crate) use self::texts::Texts;
use crate::{Error, Result};

/// A span with its envelope.
#[derive(Debug, Clone)]
pub struct StoredSpan {
    /// The span, as OTLP has it.
    pub span: Span<'static>,
    /// Its resource, shared between spans.
    pub resource: Arc<Resource<'static>>,
    /// Its scope, shared between spans.
    pub scope: Arc<Scope<'static>>,
    /// The address it came from, shared between spans.
    pub peer_address: Option<Arc<str>>,
}

/// The spans of `batches`, which have every column of the table, in row order.
pub(crate) fn read_spans(batches: &[RecordBatch]) -> Result<Vec<StoredSpan>> {
    let mut envelopes = Envelopes::default();
    let mut spans = Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
    for batch in batches {
        let columns = SpanColumns::of(batch)?;
        for row in 0..batch.num_rows() {
            spans.push(StoredSpan {
                span: columns.span(row)?.into_owned(),
                resource: columns.resource(row, &mut envelopes)?,
                scope: columns.scope(row, &mut envelopes)?,
                peer_address: columns.peer(row).map(|peer| envelopes.peer(peer)),
            });
        }
    }
    Ok(spans)
}

fn damaged(what: &str, error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::Corrupt, format!("a stored {what} does not decode: {error}"))
}
