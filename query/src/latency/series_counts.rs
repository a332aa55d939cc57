//! How many spans each series has, without a histogram of any: from rollups where they know, from the spans of all else.

use std::sync::Arc;

use storage::Selection;
use storage::catalog::SegmentFile;

use super::LatencyQuery;
use super::groups::Counts;
use super::rollup::{are_keys, rollup_counts};
use super::slots::{SlotInstant, Slots};
use super::spans::SpanPlan;
use crate::Result;
use crate::scan::read_of;
use crate::session::Sessions;

/// Few rows are one of so many.
const FEW: u64 = 8;

/// The segments of `selection` that have a rollup and that `is_inside`, all of whose spans are asked for; and what else there is.
pub(crate) fn inside_and_rest(
    selection: &Selection,
    is_inside: impl Fn(&SegmentFile) -> bool,
) -> (Vec<Arc<SegmentFile>>, Selection) {
    let is_told = |file: &Arc<SegmentFile>| file.rollup_bytes.is_some() && is_inside(file);
    let (inside, rest) = selection.segments.iter().cloned().partition(is_told);
    (inside, selection.clone().reading(rest))
}

/// Whether rollups know how many spans of `selection` each series of `query` has, but for a few that would have to be read.
pub(super) fn are_counted_by_rollups(
    query: &LatencyQuery,
    slots: Slots,
    selection: &Selection,
) -> Result<bool> {
    let (_, rest) = inside_and_rest(selection, |file| lies_inside(query, slots, file));
    let are_few = read_of(&rest).rows_read <= read_of(selection).rows_read / FEW;
    Ok(are_few && are_keys(&query.filter, &query.by)?)
}

fn lies_inside(query: &LatencyQuery, slots: Slots, file: &SegmentFile) -> bool {
    let (range, times) = (slots.range, file.times);
    let (first, last) = match query.slots {
        SlotInstant::Start => (times.start_min, times.start_max),
        SlotInstant::End => (times.end_min, times.end_max),
    };
    // A rollup also counts the rows that were thinned.
    file.thinned.is_none() && range.start <= first && last < range.end
}

/// How many spans of `selection` each series of `query` has.
pub(super) async fn series_counts(
    query: &LatencyQuery,
    slots: Slots,
    selection: &Selection,
    sessions: &Sessions,
) -> Result<Counts> {
    let progress = sessions.reads().progress();
    let (inside, rest) = inside_and_rest(selection, |file| lies_inside(query, slots, file));
    progress.expect_passes(3);
    let told = rollup_counts(&query.filter, &query.by, &inside, sessions).await?;
    progress.next_pass();
    let (mut counts, rest) = match told {
        Some(counts) => (counts, &rest),
        None => (Counts::new(), selection),
    };
    if read_of(rest).rows_read > 0 {
        progress.expect_passes(2);
        let spans = SpanPlan::of_spans(query, slots, rest.clone(), sessions)?;
        for (key, count) in spans.counts().await? {
            *counts.entry(key).or_default() += count;
        }
        progress.next_pass();
    }
    progress.expect_passes(1);
    Ok(counts)
}
