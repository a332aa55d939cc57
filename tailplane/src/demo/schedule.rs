//! Which captured slice stands where in the demo's time.

use proto::UnixNanos;

const MINUTE_NS: u64 = 60_000_000_000;
/// So much time before the start is filled.
const BACKFILL_NS: u64 = 15 * MINUTE_NS;
/// The back-fill's stall ends about so long before the start.
const STALL_AGE_NS: u64 = 4 * MINUTE_NS;
/// Once live, a stall comes back about this often.
const STALL_INTERVAL_NS: u64 = 10 * MINUTE_NS;
/// The page opens at the stall and so much time on both sides.
const HINT_MARGIN_NS: u64 = 2 * MINUTE_NS;

/// A captured slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Nothing out of the ordinary.
    Calm,
    /// etcd stops for 1.5 s.
    Stall,
}

/// A slice and the time its first request arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tile {
    /// What is sent.
    pub part: Part,
    /// Where it is moved to.
    pub start: UnixNanos,
}

/// How long each slice is, up to the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Periods {
    /// Of the calm slice, ns.
    pub calm_ns: u64,
    /// Of the stall, ns.
    pub stall_ns: u64,
}

impl Periods {
    /// How long `part` is.
    #[must_use]
    pub(crate) const fn of(&self, part: Part) -> u64 {
        match part {
            Part::Calm => self.calm_ns,
            Part::Stall => self.stall_ns,
        }
    }

    /// Fills the 15 minutes before `now` without gap or overlap: calm, but for one stall.
    #[must_use]
    pub(crate) fn backfill(&self, now: UnixNanos) -> Vec<Tile> {
        let after = STALL_AGE_NS.div_ceil(self.calm_ns);
        let before = BACKFILL_NS.saturating_sub(after * self.calm_ns + self.stall_ns).div_ceil(self.calm_ns);
        let mut start = now.saturating_sub((before + after) * self.calm_ns + self.stall_ns);
        let calm = |count: u64| (0..count).map(|_| Part::Calm);
        calm(before)
            .chain([Part::Stall])
            .chain(calm(after))
            .map(|part| {
                let tile = Tile { part, start };
                start += self.of(part);
                tile
            })
            .collect()
    }

    /// The slice that is sent as number `index`, from 0, once the demo is live.
    #[must_use]
    pub(crate) fn live(&self, index: u64) -> Part {
        let every = (STALL_INTERVAL_NS / self.calm_ns).max(2);
        if index % every == every - 1 { Part::Stall } else { Part::Calm }
    }

    /// The time range worth opening at: the stall among `tiles` and what is around it.
    #[must_use]
    pub(crate) fn hint(&self, tiles: &[Tile]) -> Option<(UnixNanos, UnixNanos)> {
        let stall = tiles.iter().find(|tile| tile.part == Part::Stall)?;
        let end = stall.start + self.stall_ns;
        Some((stall.start.saturating_sub(HINT_MARGIN_NS), end + HINT_MARGIN_NS))
    }
}

#[cfg(test)]
mod tests;
