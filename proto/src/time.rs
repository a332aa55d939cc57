//! Times: nanoseconds since the Unix epoch, and half-open ranges of them.

/// Nanoseconds since 1970-01-01T00:00:00Z. OTLP's `fixed64` times fit as they are.
pub type UnixNanos = u64;

/// A half-open range of time: `start <= t < end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeRange {
    /// The first instant inside.
    pub start: UnixNanos,
    /// The first instant after.
    pub end: UnixNanos,
}

impl TimeRange {
    /// Everything that can be written down.
    pub const ALL: Self = Self { start: 0, end: u64::MAX };

    /// Whether `time` lies inside.
    #[must_use]
    pub const fn contains(&self, time: UnixNanos) -> bool {
        self.start <= time && time < self.end
    }

    /// Whether the closed interval `[first, last]` touches this range.
    #[must_use]
    pub const fn touches(&self, first: UnixNanos, last: UnixNanos) -> bool {
        first < self.end && last >= self.start
    }

    /// This range, wider by `margin_ns` on both sides.
    #[must_use]
    pub const fn widened(&self, margin_ns: u64) -> Self {
        Self { start: self.start.saturating_sub(margin_ns), end: self.end.saturating_add(margin_ns) }
    }

    /// `end - start`, zero for an empty range.
    #[must_use]
    pub const fn duration_ns(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }
}

#[cfg(test)]
mod tests;
