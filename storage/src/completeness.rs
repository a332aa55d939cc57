//! What an answer over a snapshot may lack, or count twice.

use proto::UnixNanos;

/// What is known to be wrong with an answer. The default is a whole one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Completeness {
    /// Acknowledged spans are still being read back from the write-ahead log.
    pub replaying: bool,
    /// A file of the table cannot be read.
    pub unreadable_files: bool,
    /// The log of the tables, which another process writes, could not be read for a while.
    pub out_of_touch: bool,
    /// Spans of the time asked about have been removed by retention, and their rollups cannot tell this.
    pub past_retention: bool,
    /// Segments were read from which rows had been dropped, and their rollups, which count those, cannot tell this.
    pub thinned: bool,
    /// The earliest arrival of the tenant's spans that are still there: what arrived before has been removed by retention,
    /// or never came. `None` when there are none.
    pub raw_data_from: Option<UnixNanos>,
    /// Nothing is missing, but spans that a client sent again in other requests may be there twice.
    pub possible_duplicates: bool,
}

impl Completeness {
    /// Whether nothing is missing.
    #[must_use]
    pub fn is_complete(self) -> bool {
        self.incomplete_because().next().is_none()
    }

    /// Why something is missing: a word each, which the page and `docs` explain.
    pub fn incomplete_because(self) -> impl Iterator<Item = &'static str> {
        let reasons = [
            ("replaying", self.replaying),
            ("unreadable_files", self.unreadable_files),
            ("out_of_touch", self.out_of_touch),
            ("past_retention", self.past_retention),
            ("thinned", self.thinned),
        ];
        reasons.into_iter().filter_map(|(word, is_so)| is_so.then_some(word))
    }

    /// What is wrong with an answer made of two.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            replaying: self.replaying || other.replaying,
            unreadable_files: self.unreadable_files || other.unreadable_files,
            out_of_touch: self.out_of_touch || other.out_of_touch,
            past_retention: self.past_retention || other.past_retention,
            thinned: self.thinned || other.thinned,
            raw_data_from: self.raw_data_from.into_iter().chain(other.raw_data_from).min(),
            possible_duplicates: self.possible_duplicates || other.possible_duplicates,
        }
    }
}
