//! Exact copies of a span among the rows of one segment: a client that missed an answer may send its spans again in other
//! requests.
//!
//! A copy has the same ids and times and says the same in every column, resource and scope included. Only who brought
//! it, and how, may differ: that is no part of the span.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef};

use super::order::RowKey;
use crate::live::LiveBatch;
use crate::schema::{column, live_schema};

/// What a batch knows of the way a span came.
const OF_THE_WAY: [&str; 3] = [column::PEER_ADDRESS, column::TRANSPORT, column::EXPORTER];
/// A row is compared with so many rows of its ids and times that differ among each other, at most: nobody but an
/// adversary sends more.
const VARIANTS_MAX: usize = 4;

/// Removes from `rows`, which are sorted, those that are copies of an earlier one. Returns how many.
pub(super) fn remove(rows: &mut Vec<RowKey>, batches: &[Arc<LiveBatch>]) -> u64 {
    let all = rows.len();
    let content = Content::of(batches);
    let mut variants: Vec<RowKey> = Vec::new();
    rows.retain(|row| {
        if variants.first().is_some_and(|first| !first.is_of_the_same_span(row)) {
            variants.clear();
        }
        if variants.iter().any(|kept| content.is_equal(kept.row, row.row)) {
            return false;
        }
        if variants.len() == VARIANTS_MAX {
            variants.remove(0);
        }
        variants.push(*row);
        true
    });
    (all - rows.len()) as u64
}

/// The columns of all batches that make up a span.
struct Content<'a> {
    /// The place of each batch's first row.
    firsts: Vec<u32>,
    batches: Vec<Vec<&'a ArrayRef>>,
}

impl<'a> Content<'a> {
    fn of(batches: &'a [Arc<LiveBatch>]) -> Self {
        let schema = live_schema();
        let places: Vec<usize> = (0..schema.fields().len())
            .filter(|at| !OF_THE_WAY.contains(&schema.field(*at).name().as_str()))
            .collect();
        let mut firsts = Vec::with_capacity(batches.len());
        let mut first = 0_u32;
        for batch in batches {
            firsts.push(first);
            first = first.wrapping_add(batch.spans.rows.num_rows() as u32);
        }
        let columns =
            |batch: &'a Arc<LiveBatch>| places.iter().map(|at| batch.spans.rows.column(*at)).collect();
        Self { firsts, batches: batches.iter().map(columns).collect() }
    }

    fn is_equal(&self, one: u32, other: u32) -> bool {
        let ((one, one_at), (other, other_at)) = (self.find(one), self.find(other));
        one.iter().zip(other).all(|(one, other)| match (one.is_null(one_at), other.is_null(other_at)) {
            (true, true) => true,
            (false, false) => one.slice(one_at, 1) == other.slice(other_at, 1),
            _ => false,
        })
    }

    /// The columns that hold a row, and where in them it is.
    fn find(&self, row: u32) -> (&[&'a ArrayRef], usize) {
        let batch = self.firsts.partition_point(|first| *first <= row) - 1;
        (&self.batches[batch], (row - self.firsts[batch]) as usize)
    }
}

#[cfg(test)]
mod tests;
