//! What part of a request its etcd calls covered.

use proto::UnixNanos;

/// The part of a request during which at least one of its etcd calls was under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EtcdShare {
    /// The union of the calls, clipped to the request, in ns.
    pub covered_ns: u64,
    /// How many calls.
    pub calls: u64,
}

/// The union of `calls` (start and end of each etcd client span) inside a request that ran from `start` to `end`.
///
/// Client spans, not etcd's own: what etcd adds is mostly the wait before its server span begins.
#[must_use]
pub fn etcd_share(
    (start, end): (UnixNanos, UnixNanos),
    calls: impl IntoIterator<Item = (UnixNanos, UnixNanos)>,
) -> EtcdShare {
    let mut clipped: Vec<(u64, u64)> = calls
        .into_iter()
        .map(|(from, to)| (from.clamp(start, end.max(start)), to.clamp(start, end.max(start))))
        .collect();
    clipped.sort_unstable();
    let mut covered_ns = 0;
    let mut reached = start;
    for (from, to) in &clipped {
        covered_ns += to.saturating_sub(reached.max(*from));
        reached = reached.max(*to);
    }
    EtcdShare { covered_ns, calls: clipped.len() as u64 }
}

#[cfg(test)]
mod tests;
