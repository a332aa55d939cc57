//! Exact copies of a span among rows sorted by (trace id, start, span id): a client that missed an answer may send its
//! spans again in other requests.
//!
//! A copy has the same ids and times and says the same in every column, resource and scope included. Only who brought
//! it, and how, may differ: that is no part of the span.

use std::sync::Arc;

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::Schema;

use super::order::RowKey;
use crate::live::LiveBatch;
use crate::schema::{column, live_schema};

/// What a batch knows of the way a span came.
const OF_THE_WAY: [&str; 3] = [column::PEER_ADDRESS, column::TRANSPORT, column::EXPORTER];
/// A row is compared with so many rows of its ids and times that differ among each other, at most: nobody but an
/// adversary sends more.
const VARIANTS_MAX: usize = 4;

/// A row of a batch.
pub(super) type Cell<'a> = (&'a RecordBatch, usize);

/// The rows kept so far that have the ids and start of the last one.
#[derive(Debug)]
pub(super) struct Variants<P> {
    /// The places of the columns that make up a span.
    content: Vec<usize>,
    key: Option<RowKey>,
    kept: Vec<P>,
}

impl<P: Copy> Variants<P> {
    /// None yet, of rows with these columns.
    pub(super) fn of(schema: &Schema) -> Self {
        let is_content = |at: &usize| !OF_THE_WAY.contains(&schema.field(*at).name().as_str());
        Self { content: (0..schema.fields().len()).filter(is_content).collect(), key: None, kept: Vec::new() }
    }

    /// Whether the next row, at `place`, is a copy of an earlier one.
    pub(super) fn is_copy<'a>(&mut self, key: &RowKey, place: P, find: impl Fn(P) -> Cell<'a>) -> bool {
        if self.key.is_none_or(|last| !last.is_of_the_same_span(key)) {
            self.key = Some(*key);
            self.kept.clear();
        } else if self.kept.iter().any(|kept| say_the_same(&self.content, find(*kept), find(place))) {
            return true;
        }
        if self.kept.len() == VARIANTS_MAX {
            self.kept.remove(0);
        }
        self.kept.push(place);
        false
    }

    /// Where the rows are that the next one may be compared with.
    pub(super) fn places(&mut self) -> &mut [P] {
        &mut self.kept
    }
}

/// Removes from `rows`, which are sorted, those that are copies of an earlier one. Returns how many.
pub(super) fn remove(rows: &mut Vec<RowKey>, batches: &[Arc<LiveBatch>]) -> u64 {
    let all = rows.len();
    let mut firsts = Vec::with_capacity(batches.len());
    let mut first = 0_u32;
    for batch in batches {
        firsts.push(first);
        first = first.wrapping_add(batch.spans.rows.num_rows() as u32);
    }
    let find = |row: u32| {
        let batch = firsts.partition_point(|first| *first <= row) - 1;
        (&batches[batch].spans.rows, (row - firsts[batch]) as usize)
    };
    let mut variants = Variants::of(&live_schema());
    rows.retain(|row| !variants.is_copy(row, row.row, find));
    (all - rows.len()) as u64
}

fn say_the_same(content: &[usize], (one, one_at): Cell<'_>, (other, other_at): Cell<'_>) -> bool {
    content.iter().all(|column| {
        let (one, other) = (one.column(*column), other.column(*column));
        match (one.is_null(one_at), other.is_null(other_at)) {
            (true, true) => true,
            (false, false) => one.slice(one_at, 1) == other.slice(other_at, 1),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests;
