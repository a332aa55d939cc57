//! What is too old or too much, from the list of files alone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use proto::{Tenant, UnixNanos};

use crate::TenantConfig;
use crate::catalog::SegmentFile;
use crate::flush::utc_date;

/// A clock is believed at most so far beyond the newest arrival.
const CLOCK_LEAD_NS: u64 = 3600 * 1_000_000_000;

static NO_TENANTS: BTreeMap<String, TenantConfig> = BTreeMap::new();

/// What of a table may stay.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance<'a> {
    /// How old dates may be, of tenants that have no time of their own; `None` while no date may leave by age.
    pub(crate) retention: Option<Duration>,
    /// How much there may be of all tenants together.
    pub(crate) bytes_max: u64,
    /// What is different for some of them, by name.
    pub(crate) tenants: &'a BTreeMap<String, TenantConfig>,
}

type Files = Vec<Arc<SegmentFile>>;

impl Allowance<'static> {
    /// Whatever is no older than `retention`.
    pub(crate) const fn of_age(retention: Duration) -> Self {
        Self { retention: Some(retention), bytes_max: u64::MAX, tenants: &NO_TENANTS }
    }
}

impl Allowance<'_> {
    /// The files to remove. By age: of each tenant with a time of its own, and of the others together, those of the oldest
    /// date, if it ended longer ago. By size, of each tenant with a size of its own and then of all: whole oldest dates while
    /// there is too much, and of the last date that is left the files that arrived first.
    pub(crate) fn expired(&self, files: &[Arc<SegmentFile>], now: UnixNanos) -> Files {
        self.expired_at(files, believed(now, files))
    }

    /// The same at a time that is believed.
    pub(crate) fn expired_at(&self, files: &[Arc<SegmentFile>], now: UnixNanos) -> Files {
        let (mut removed, mut kept) = self.aged(files, now);
        for (name, own) in self.tenants {
            let Some(bytes_max) = own.max_bytes else { continue };
            let (of_tenant, others): (Files, Files) =
                kept.into_iter().partition(|file| file.tenant.as_str() == name);
            let (gone, left) = beyond(of_tenant, bytes_max.as_u64());
            removed.extend(gone);
            kept = others.into_iter().chain(left).collect();
        }
        removed.extend(beyond(kept, self.bytes_max).0);
        removed
    }

    fn aged(&self, files: &[Arc<SegmentFile>], now: UnixNanos) -> (Files, Files) {
        let Some(retention) = self.retention else { return (Files::new(), files.to_vec()) };
        let own = |tenant: &Tenant| self.tenants.get(tenant.as_str()).and_then(|own| own.retention);
        let group = |file: &SegmentFile| own(&file.tenant).map(|_| file.tenant.clone());
        let mut oldest: BTreeMap<Option<Tenant>, &str> = BTreeMap::new();
        for file in files {
            let date = oldest.entry(group(file)).or_insert(&file.date);
            *date = (*date).min(&file.date);
        }
        oldest.retain(|tenant, date| {
            let retention = tenant.as_ref().and_then(own).unwrap_or(retention);
            let retention_ns = u64::try_from(retention.as_nanos()).unwrap_or(u64::MAX);
            *date < utc_date(now.saturating_sub(retention_ns)).as_str()
        });
        files.iter().cloned().partition(|file| oldest.get(&group(file)) == Some(&file.date.as_str()))
    }
}

/// The time, of a clock that says `now` while the newest of `files` has just arrived.
pub(crate) fn believed<'a>(
    now: UnixNanos,
    files: impl IntoIterator<Item = &'a Arc<SegmentFile>>,
) -> UnixNanos {
    let arrivals = files.into_iter().map(|file| file.times.arrival_max);
    let newest = arrivals.filter(|at| *at != UnixNanos::MAX).max();
    newest.map_or(now, |newest| now.min(newest.saturating_add(CLOCK_LEAD_NS)))
}

/// The files to remove so that there are no more than `bytes_max`, and the others.
fn beyond(mut files: Files, bytes_max: u64) -> (Files, Files) {
    files.sort_by(|left, right| {
        (&left.date, left.times.arrival_max, &left.path).cmp(&(
            &right.date,
            right.times.arrival_max,
            &right.path,
        ))
    });
    let newest_date = files.last().map(|file| file.date.clone());
    let mut bytes: u64 = files.iter().map(|file| file.disk_bytes()).sum();
    let (mut removed, mut leaving_date) = (0, String::new());
    for file in &files {
        let is_whole_date_leaving = file.date == leaving_date;
        if bytes <= bytes_max && !is_whole_date_leaving {
            break;
        }
        if Some(&file.date) != newest_date.as_ref() {
            leaving_date.clone_from(&file.date);
        }
        bytes -= file.disk_bytes();
        removed += 1;
    }
    let kept = files.split_off(removed);
    (files, kept)
}

#[cfg(test)]
mod tests;
