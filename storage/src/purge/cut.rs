//! A batch of spans without what is erased of it.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use arrow::compute::{cast, filter_record_batch, interleave_record_batch, not};
use arrow::error::ArrowError;
use proto::{ErrorKind, Tenant};

use super::{Erase, Left};
use crate::live::LoggedRequest;
use crate::schema::column;
use crate::settle::DecodeRequests;
use crate::wal::{RecordMeta, Transport};
use crate::{Error, Result};

/// What must stay as it was of spans that are rewritten: the rows keep their order.
const IDENTITY: [&str; 5] =
    [column::TRACE_ID, column::SPAN_ID, column::START_TIME, column::START_NANOS, column::DURATION_NS];
/// What no request says of its spans: how they came.
const OF_THE_WAY: [&str; 3] = [column::PEER_ADDRESS, column::TRANSPORT, column::EXPORTER];

/// Which rows of a batch something is erased of, and what those become.
pub(super) struct Cut {
    pub(super) erased: BooleanArray,
    request: Option<Vec<u8>>,
}

/// What is to be erased of `rows`, spans in the file schema; `None` when nothing is.
pub(super) fn cut(rows: &RecordBatch, erase: &dyn Erase) -> Result<Option<Cut>> {
    let meets = may_meet(&erase.meets(rows)?);
    if !meets.has_true() {
        return Ok(None);
    }
    let Left { erased, request } = erase.left_of(&filter_record_batch(rows, &meets).map_err(cannot_cut)?)?;
    if erased.len() != meets.true_count() {
        return Err(mistake("as many answers as spans were asked for"));
    }
    if !erased.has_true() {
        return Ok(None);
    }
    let mut answers = erased.iter();
    let erased = meets.iter().map(|meets| Some(meets == Some(true) && answers.next() == Some(Some(true))));
    Ok(Some(Cut { erased: erased.collect(), request }))
}

/// What is not known not to.
pub(super) fn may_meet(meets: &BooleanArray) -> BooleanArray {
    meets.iter().map(|meets| Some(meets != Some(false))).collect()
}

/// `rows` without what is erased of them.
pub(super) fn without(rows: RecordBatch, erase: &dyn Erase, decode: &DecodeRequests) -> Result<RecordBatch> {
    let Some(Cut { erased, request }) = cut(&rows, erase)? else { return Ok(rows) };
    match request {
        None => not(&erased).and_then(|kept| filter_record_batch(&rows, &kept)).map_err(cannot_cut),
        Some(request) => {
            let before = filter_record_batch(&rows, &erased).map_err(cannot_cut)?;
            let after = spans_of(request, &before, decode)?;
            let mut replacements = 0..;
            let places: Vec<(usize, usize)> = erased
                .values()
                .iter()
                .enumerate()
                .map(|(row, is_erased)| match is_erased.then(|| replacements.next()).flatten() {
                    Some(replacement) => (1, replacement),
                    None => (0, row),
                })
                .collect();
            interleave_record_batch(&[&rows, &after], &places).map_err(cannot_cut)
        }
    }
}

/// The spans of `request` as rows, which are those of `before` but for what was erased: columns come of a request as they
/// do when it arrives.
fn spans_of(request: Vec<u8>, before: &RecordBatch, decode: &DecodeRequests) -> Result<RecordBatch> {
    let meta = RecordMeta {
        tenant: Tenant::default(),
        arrival: 0,
        peer: None,
        transport: Transport::Grpc,
        user_agent: String::new(),
        body_hash: 0,
    };
    let live = decode(&[LoggedRequest { meta, body: request.into() }])?.rows;
    if live.num_rows() != before.num_rows() {
        return Err(mistake("as many spans as there were"));
    }
    let schema = before.schema();
    let column = |(field, (was, is)): (&arrow::datatypes::FieldRef, (&ArrayRef, &ArrayRef))| {
        if OF_THE_WAY.contains(&field.name().as_str()) {
            Ok(Arc::clone(was))
        } else {
            cast(is, field.data_type())
        }
    };
    let columns = schema.fields().iter().zip(before.columns().iter().zip(live.columns())).map(column);
    let columns: Vec<ArrayRef> = columns.collect::<Result<_, ArrowError>>().map_err(cannot_cut)?;
    let after = RecordBatch::try_new(schema, columns).map_err(cannot_cut)?;
    if IDENTITY.iter().any(|name| before.column_by_name(name) != after.column_by_name(name)) {
        return Err(mistake("the spans that were asked for, in their order"));
    }
    Ok(after)
}

fn mistake(expected: &str) -> Error {
    Error::new(
        ErrorKind::Internal,
        format!("a purge did not get {expected}: nothing of this file was changed"),
    )
}

fn cannot_cut(source: ArrowError) -> Error {
    Error::new(ErrorKind::Internal, format!("cannot erase from spans: {source}")).caused_by(source)
}
