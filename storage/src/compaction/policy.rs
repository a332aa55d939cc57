//! Which segments to merge next, from the list of them alone.
//!
//! Segments of one tenant, kind and hour of arrival form a group. While its hour runs, sixteen of about the same size
//! become one, so that each span is written a few times at most; once the hour is over, what is small becomes one.

use std::collections::BTreeMap;
use std::sync::Arc;

use proto::{Tenant, UnixNanos};

use crate::catalog::{SegmentFile, SegmentKind};
use crate::segment::ROW_GROUP_ROWS;

/// So many segments of about the same size become one.
const ALIKE: usize = 16;
/// At most so many are merged at once: each is an open file.
const INPUTS_MAX: usize = 64;
/// Segments are about the same size when the larger is less than so many times the smaller.
const ALIKE_RATIO: u64 = 8;
pub(crate) const HOUR_NS: u64 = 3600 * 1_000_000_000;
/// So long after its end an hour is over: what arrived in it is in segments.
const SETTLED_AFTER_NS: u64 = 10 * 60 * 1_000_000_000;
/// A client sends its spans again at most so long after they arrived first.
const RESENT_WITHIN_NS: u64 = 10 * 60 * 1_000_000_000;

/// What bounds a merge.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    /// Segments of so many bytes are left as they are.
    pub(crate) full_bytes: u64,
    /// The segments read at once hold so many bytes of row groups at most.
    pub(crate) memory_bytes: u64,
}

/// Segments that shall become one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    /// Two at least, by arrival.
    pub(crate) inputs: Vec<Arc<SegmentFile>>,
    /// Whether some spans of the result may still be there twice.
    pub(crate) possible_duplicates: bool,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Group<'a> {
    tenant: &'a Tenant,
    date: &'a str,
    hour: u64,
    kind: SegmentKind,
}

impl Policy {
    /// The next merge among `files`, of the oldest group that needs one; `now` says which hours are over. What arrived
    /// before `settled` is in segments.
    pub(crate) fn next(&self, files: &[Arc<SegmentFile>], now: UnixNanos, settled: UnixNanos) -> Option<Job> {
        let mut groups: BTreeMap<Group<'_>, Vec<&Arc<SegmentFile>>> = BTreeMap::new();
        // A file that another program added says nothing of its times; of one that was thinned no rollup can be made.
        let may_be_merged = |file: &&Arc<SegmentFile>| {
            file.bytes < self.full_bytes && file.times.arrival_max != u64::MAX && file.thinned.is_none()
        };
        for file in files.iter().filter(may_be_merged) {
            let hour = file.times.arrival_min / HOUR_NS;
            let group = Group { tenant: &file.tenant, date: &file.date, hour, kind: file.kind };
            groups.entry(group).or_default().push(file);
        }
        groups.into_iter().find_map(|(group, mut small)| {
            small.sort_by_key(|file| (file.times.arrival_min, &file.path));
            let is_over = is_over(group.hour, now);
            let alike = if is_over { small } else { alike(small)? };
            let inputs = self.fitting(&alike);
            let possible_duplicates = may_be_twice(&inputs, files, settled);
            (inputs.len() >= 2).then_some(Job { inputs, possible_duplicates })
        })
    }

    /// As many of them, from the smallest, as may be read at once.
    fn fitting(&self, files: &[&Arc<SegmentFile>]) -> Vec<Arc<SegmentFile>> {
        let mut by_size = files.to_vec();
        by_size.sort_by_key(|file| file.bytes);
        let mut bytes = 0_u64;
        let fits = by_size.iter().take(INPUTS_MAX).take_while(|file| {
            bytes = bytes.saturating_add(row_group_bytes(file));
            bytes <= self.memory_bytes
        });
        let mut inputs: Vec<Arc<SegmentFile>> = fits.map(|file| Arc::clone(file)).collect();
        inputs.sort_by(|one, other| {
            (one.times.arrival_min, &one.path).cmp(&(other.times.arrival_min, &other.path))
        });
        inputs
    }
}

/// Whether all that arrived in this hour, counted since 1970, is in segments.
pub(crate) const fn is_over(hour: u64, now: UnixNanos) -> bool {
    hour.saturating_add(1).saturating_mul(HOUR_NS).saturating_add(SETTLED_AFTER_NS) <= now
}

/// Sixteen or more of about the same size, if there are.
fn alike(files: Vec<&Arc<SegmentFile>>) -> Option<Vec<&Arc<SegmentFile>>> {
    let mut by_size: BTreeMap<u32, Vec<&Arc<SegmentFile>>> = BTreeMap::new();
    for file in files {
        by_size.entry(file.bytes.max(1).ilog(ALIKE_RATIO)).or_default().push(file);
    }
    by_size.into_values().find(|files| files.len() >= ALIKE)
}

/// About what one row group of a file takes.
fn row_group_bytes(file: &SegmentFile) -> u64 {
    let groups = file.rows.div_ceil(ROW_GROUP_ROWS as u64).max(1);
    file.bytes.div_ceil(groups)
}

/// Whether copies of spans in `inputs` may lie elsewhere: those of a segment that is marked so have arrived within ten
/// minutes after it.
fn may_be_twice(inputs: &[Arc<SegmentFile>], files: &[Arc<SegmentFile>], settled: UnixNanos) -> bool {
    let marked = || inputs.iter().filter(|file| file.possible_duplicates);
    let (Some(first), Some(last)) = (
        marked().map(|file| file.times.arrival_min).min(),
        marked().map(|file| file.times.arrival_max).max(),
    ) else {
        return false;
    };
    let last = last.saturating_add(RESENT_WITHIN_NS);
    settled <= last
        || files.iter().any(|file| {
            file.tenant == inputs[0].tenant
                && file.times.arrival_min <= last
                && first <= file.times.arrival_max
                && !inputs.contains(file)
        })
}

#[cfg(test)]
mod tests;
