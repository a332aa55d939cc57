//! Which lengths of slots a rollup has: an earlier version made fewer, and with age the short ones go.

use std::fmt;

use super::SLOTS_NS;

const SECOND_NS: u64 = 1_000_000_000;

/// The lengths of slots of a rollup. Printed, they are seconds with commas, which is how the table's log has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RollupSlots {
    /// By the place of a length in [`SLOTS_NS`].
    has: [bool; SLOTS_NS.len()],
}

impl RollupSlots {
    /// All that a rollup is made with now.
    pub const ALL: Self = Self { has: [true; SLOTS_NS.len()] };
    /// What rollups have of which the log says nothing: minutes and hours.
    pub const UNSAID: Self = Self { has: [true, false, true] };
    /// What is left of old ones.
    pub const HOURS: Self = Self { has: [false, false, true] };

    /// The lengths, in ns, shortest first.
    pub fn lengths_ns(self) -> impl DoubleEndedIterator<Item = u64> {
        SLOTS_NS.into_iter().zip(self.has).filter_map(|(slot_ns, has)| has.then_some(slot_ns))
    }

    /// Whether there are some of `slot_ns`.
    #[must_use]
    pub fn has(self, slot_ns: u64) -> bool {
        self.lengths_ns().any(|length_ns| length_ns == slot_ns)
    }

    /// Those that `other` has too.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { has: std::array::from_fn(|place| self.has[place] && other.has[place]) }
    }

    /// Those that the log names; what is not known here is left out.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Self {
        let seconds: Vec<Option<u64>> = text.split(',').map(|length| length.trim().parse().ok()).collect();
        Self { has: SLOTS_NS.map(|slot_ns| seconds.contains(&Some(slot_ns / SECOND_NS))) }
    }
}

impl fmt::Display for RollupSlots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds: Vec<String> =
            self.lengths_ns().map(|slot_ns| (slot_ns / SECOND_NS).to_string()).collect();
        f.write_str(&seconds.join(","))
    }
}
