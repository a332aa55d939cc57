//! How many spans each series has, before any histogram is made: which of them are shown is known then.

use std::sync::Arc;

use storage::Selection;
use storage::catalog::SegmentFile;

use super::LatencyQuery;
use super::groups::Counts;
use super::rollup::rollup_counts;
use super::slots::{SlotInstant, Slots};
use super::spans::SpanPlan;
use crate::Result;
use crate::scan::read_of;
use crate::session::Sessions;
use crate::traceql::{Attribute, SpanFilter};

/// Counting before adding is worth it where rollups know all rows but one of so many.
const READ_TWICE_OF: u64 = 8;

/// What rollups say of the segments of `selection` of which all spans are asked for, which `is_inside` tells, if they can; and what
/// remains to be read.
pub(crate) async fn counted_by_rollups(
    filter: &SpanFilter,
    by: &[Attribute],
    selection: Selection,
    is_inside: impl Fn(&SegmentFile) -> bool,
    sessions: &Sessions,
) -> Result<(Option<Counts>, Selection)> {
    let has_rollup = |file: &Arc<SegmentFile>| file.rollup_bytes.is_some() && is_inside(file);
    let (inside, rest): (Vec<_>, Vec<_>) = selection.segments.iter().cloned().partition(has_rollup);
    if inside.is_empty() {
        return Ok((None, selection));
    }
    Ok(match rollup_counts(filter, by, &inside, sessions).await? {
        Some(counts) => (Some(counts), selection.reading(rest)),
        None => (None, selection),
    })
}

/// How many spans of `selection` each series of `query` has; None where most of them would have to be read for it.
pub(super) async fn counted_beforehand(
    query: &LatencyQuery,
    slots: Slots,
    selection: &Selection,
    sessions: &Sessions,
) -> Result<Option<Counts>> {
    let range = slots.range;
    let is_inside = |file: &SegmentFile| {
        let times = file.times;
        let (first, last) = match query.slots {
            SlotInstant::Start => (times.start_min, times.start_max),
            SlotInstant::End => (times.end_min, times.end_max),
        };
        // A rollup also counts the rows that were thinned.
        file.thinned.is_none() && range.start <= first && last < range.end
    };
    let of_rollups = selection.segments.iter().filter(|file| file.rollup_bytes.is_some() && is_inside(file));
    let (all, counted) = (read_of(selection).rows_read, of_rollups.map(|file| file.rows).sum::<u64>());
    if query.by.is_empty() || (all - counted) * READ_TWICE_OF > all {
        return Ok(None);
    }
    let counted = counted_by_rollups(&query.filter, &query.by, selection.clone(), is_inside, sessions).await?;
    let (Some(mut counts), rest) = counted else { return Ok(None) };
    sessions.reads().progress().next_pass();
    if read_of(&rest).rows_read > 0 {
        let rest = SpanPlan::of_spans(query, slots, rest, sessions)?;
        for (key, count) in rest.counts().await? {
            *counts.entry(key).or_default() += count;
        }
        sessions.reads().progress().next_pass();
    }
    Ok(Some(counts))
}
