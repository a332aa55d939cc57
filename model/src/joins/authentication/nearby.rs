//! Which `authentication` spans lie to a server span as the two spans of one request do.

use proto::UnixNanos;

use crate::joins::matching::Edge;

/// The longest time between the ends of the two (1.33: from the end of the one to the start of the other). In 37,587
/// pairs of a busy machine (1.36) the longest was 34 ms, the median 6 us. One too short makes wrong pairs look certain.
const GAP_MAX_NS: u64 = 100_000_000;

/// How much earlier than the server span it may seem to end: an end is the start by the wall clock plus what the
/// monotonic clock measured, and the wall clock is corrected in between.
const TOLERANCE_NS: u64 = 300_000;

/// How many spans that end within [`GAP_MAX_NS`], before and after, are looked at for one server span.
const LOOKED_AT_MAX: usize = 256;

/// How many of them, before it and after it, are taken for possible partners, the nearest. With more, the pair is
/// not certain.
const POSSIBLE_MAX: usize = 16;

/// Start and end.
pub(super) type Interval = (UnixNanos, UnixNanos);

/// How the two spans of one request lie to each other.
#[derive(Debug, Clone, Copy)]
pub(super) enum Order {
    /// Since Kubernetes 1.34: `authentication` around the server span, ending soon after it.
    Around,
    /// In Kubernetes 1.33: `authentication` ending soon before the server span starts.
    Before,
}

/// Adds an edge from `left` to each of `authentications`, sorted by end, that may belong to `server`. Gives false when it
/// did not look at all that are near.
pub(super) fn add_possible(
    authentications: &[Interval],
    server: Interval,
    order: Order,
    left: usize,
    edges: &mut Vec<Edge>,
) -> bool {
    match order {
        Order::Around => {
            let (before, after) = parted(authentications, |end| end < server.1);
            add_nearest(after, left, edges, |auth| enclosing(auth, server))
                & add_nearest(before, left, edges, |auth| enclosing(auth, server))
        }
        Order::Before => {
            let (before, _) = parted(authentications, |end| end <= server.0);
            add_nearest(before, left, edges, |auth| preceding(auth, server))
        }
    }
}

/// How an `authentication` span lies to a server span.
enum Lie {
    /// Too far away, as are all that come after it.
    Far,
    /// Near, but not as the two spans of one request do.
    Wrong,
    /// As the two spans of one request do; how badly, in ns.
    Possible(u64),
}

/// The intervals, sorted by end, whose end is early, the last first, and the others, the first first.
fn parted(
    sorted: &[Interval],
    is_early: impl Fn(UnixNanos) -> bool,
) -> (impl Iterator<Item = (usize, &Interval)>, impl Iterator<Item = (usize, &Interval)>) {
    let first = sorted.partition_point(|(_, end)| is_early(*end));
    let numbered = || sorted.iter().enumerate();
    (numbered().take(first).rev(), numbered().skip(first))
}

/// Adds the possible ones of `nearest`, the nearest first. Gives false when it did not look at all that are near.
fn add_nearest<'i>(
    nearest: impl Iterator<Item = (usize, &'i Interval)>,
    left: usize,
    edges: &mut Vec<Edge>,
    lie: impl Fn(Interval) -> Lie,
) -> bool {
    let already = edges.len();
    for (looked_at, (right, interval)) in nearest.enumerate() {
        match lie(*interval) {
            Lie::Far => return true,
            _ if looked_at == LOOKED_AT_MAX || edges.len() - already == POSSIBLE_MAX => return false,
            Lie::Wrong => {}
            Lie::Possible(cost) => edges.push(Edge { left, right, cost }),
        }
    }
    true
}

fn enclosing((start, end): Interval, server: Interval) -> Lie {
    if end.saturating_sub(server.1) > GAP_MAX_NS || server.1.saturating_sub(end) > TOLERANCE_NS {
        return Lie::Far;
    }
    match server.0.checked_sub(start) {
        Some(before_ns) => Lie::Possible(end.abs_diff(server.1).saturating_add(before_ns)),
        None => Lie::Wrong,
    }
}

fn preceding((_, end): Interval, server: Interval) -> Lie {
    let gap_ns = server.0.saturating_sub(end);
    if gap_ns > GAP_MAX_NS { Lie::Far } else { Lie::Possible(gap_ns) }
}
