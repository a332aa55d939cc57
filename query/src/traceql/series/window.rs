//! The slots of a metrics query.

use proto::otlp::Span;
use proto::{TimeRange, UnixNanos};

/// The time asked about, in slots of one length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    first: UnixNanos,
    slots: usize,
    step_ns: u64,
    at_end: bool,
}

impl Window {
    /// `start` and `end`, moved apart to multiples of `step_ns`, which is at least 1. Slots are open on the left and closed
    /// on the right, `(t - step, t]`, and named by `t`. A span counts where it starts or, `at_end`, where it ends.
    /// Every series has a sample for every slot, so that whoever asks has to bound their number.
    #[must_use]
    pub fn new(start: UnixNanos, end: UnixNanos, step_ns: u64, at_end: bool) -> Self {
        let step_ns = step_ns.max(1);
        let first = start / step_ns * step_ns;
        let slots = end.saturating_sub(first).div_ceil(step_ns);
        Self { first, slots: usize::try_from(slots).unwrap_or(usize::MAX), step_ns, at_end }
    }

    /// How many slots there are.
    #[must_use]
    pub const fn slots(&self) -> usize {
        self.slots
    }

    /// When the instants of all slots are.
    #[must_use]
    pub const fn range(&self) -> TimeRange {
        let length_ns = self.step_ns.saturating_mul(self.slots as u64);
        TimeRange {
            start: self.first.saturating_add(1),
            end: self.first.saturating_add(length_ns).saturating_add(1),
        }
    }

    /// Whether a span counts where it ends.
    #[must_use]
    pub const fn is_by_end(&self) -> bool {
        self.at_end
    }

    /// The instant that names a slot: its last.
    #[must_use]
    pub const fn time(&self, slot: usize) -> UnixNanos {
        self.first.saturating_add(self.step_ns.saturating_mul(slot as u64 + 1))
    }

    pub(super) fn step_seconds(&self) -> f64 {
        self.step_ns as f64 / 1e9
    }

    /// The instant that decides a span's slot.
    pub(super) const fn instant(&self, span: &Span<'_>) -> UnixNanos {
        if self.at_end { span.end } else { span.start }
    }

    /// The slot of an instant, if it lies in the window.
    pub(super) fn slot(&self, time: UnixNanos) -> Option<usize> {
        let since = time.checked_sub(self.first)?.checked_sub(1)?;
        usize::try_from(since / self.step_ns).ok().filter(|slot| *slot < self.slots)
    }
}
