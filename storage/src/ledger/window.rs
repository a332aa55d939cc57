//! The minutes of a time range.

use model::Component;
use proto::UnixNanos;

use super::{Counts, Ledger, MINUTE_NS, MINUTES_MAX};

/// Which minutes are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The first instant; its whole minute is in the answer.
    pub start: UnixNanos,
    /// The end, which is not in the answer unless its minute has begun.
    pub end: UnixNanos,
    /// Only of this tenant.
    pub tenant: Option<String>,
    /// Only of this component; `Some(None)` asks for what has none.
    pub component: Option<Option<Component>>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The start of the first minute.
    pub start: UnixNanos,
    /// The end of the last one.
    pub end: UnixNanos,
    /// Rows in which something stands, by minute, tenant and component.
    pub minutes: Vec<MinuteCounts>,
    /// All of them together.
    pub totals: Counts,
}

/// One minute of one tenant and component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MinuteCounts {
    /// The start of the minute, in which the requests arrived.
    pub start: UnixNanos,
    /// Whose.
    pub tenant: String,
    /// Of which component; `None` is what has none.
    pub component: Option<Component>,
    /// The figures.
    pub counts: Counts,
}

/// The ledger does not go back that far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotHeld {
    /// The first instant that it has.
    pub available_from: UnixNanos,
}

impl Ledger {
    /// The first instant whose minutes are held: 24 hours ago, or the minute of the start.
    #[must_use]
    pub fn available_from(&self) -> UnixNanos {
        let now_minute = self.shared.env.now() / MINUTE_NS;
        let oldest = (now_minute + 1).saturating_sub(MINUTES_MAX as u64);
        oldest.max(self.shared.since / MINUTE_NS) * MINUTE_NS
    }

    /// The minutes that `question` asks for.
    ///
    /// # Errors
    /// When they begin before what is held.
    pub fn window(&self, question: &Question) -> Result<Window, NotHeld> {
        let available_from = self.available_from();
        let first = question.start / MINUTE_NS;
        if first * MINUTE_NS < available_from {
            return Err(NotHeld { available_from });
        }
        let end = question.end.div_ceil(MINUTE_NS).max(first);
        let asked = |tenant: &str| question.tenant.as_ref().is_none_or(|only| only == tenant);
        let books = self.books();
        let books = books.iter().filter(|book| asked(book.tenant()));
        let mut minutes: Vec<MinuteCounts> =
            books.flat_map(|book| book.minutes(first, end, question.component)).collect();
        minutes.sort_by(|left, right| {
            (left.start, &left.tenant, left.component).cmp(&(right.start, &right.tenant, right.component))
        });
        let mut totals = Counts::default();
        minutes.iter().for_each(|row| totals.merge(&row.counts));
        Ok(Window { start: first * MINUTE_NS, end: end * MINUTE_NS, minutes, totals })
    }
}
