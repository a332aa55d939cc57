//! Pieces that several answers are made of.

use std::fmt::Display;

use proto::UnixNanos;
use query::Completeness;
use query::latency::{Source, Stats};
use serde::{Serialize, Serializer};

/// Anything that prints, as a JSON string: ids, and times, which are beyond what a JSON reader keeps exactly.
pub(super) struct Text<T>(pub(super) T);

impl<T: Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A JSON object whose keys keep their order.
pub(super) struct Object<K, V>(pub(super) Vec<(K, V)>);

impl<K, V> Object<K, V> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Serialize, V: Serialize> Serialize for Object<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

/// Whether an answer is the whole truth, and why not.
#[derive(Serialize)]
pub(super) struct CompletenessJson {
    complete: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    incomplete_because: Vec<&'static str>,
    #[serde(skip_serializing_if = "is_false")]
    replaying: bool,
    #[serde(skip_serializing_if = "is_false")]
    possible_duplicates: bool,
    /// Spans reach back to here.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_data_from: Option<Text<UnixNanos>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

impl From<Completeness> for CompletenessJson {
    fn from(completeness: Completeness) -> Self {
        Self {
            complete: completeness.is_complete(),
            incomplete_because: completeness.incomplete_because().collect(),
            replaying: completeness.replaying,
            possible_duplicates: completeness.possible_duplicates,
            raw_data_from: completeness.raw_data_from.map(Text),
        }
    }
}

/// How an answer came about.
#[derive(Serialize)]
pub(super) struct StatsJson {
    source: &'static str,
    rows_read: u64,
    files_read: u64,
    bytes_read: u64,
    elapsed_ms: f64,
    #[serde(flatten)]
    completeness: CompletenessJson,
    /// For a reader of what another process writes: it has what arrived there up to here.
    #[serde(skip_serializing_if = "Option::is_none")]
    complete_to: Option<Text<UnixNanos>>,
}

impl From<&Stats> for StatsJson {
    fn from(stats: &Stats) -> Self {
        Self {
            source: match stats.source {
                Source::Rollup => "rollup",
                Source::Scan => "scan",
                Source::Live => "live",
                Source::Derived => "derived",
            },
            rows_read: stats.rows_read,
            files_read: stats.files_read,
            bytes_read: stats.bytes_read,
            elapsed_ms: stats.elapsed.as_secs_f64() * 1000.0,
            completeness: stats.completeness.into(),
            complete_to: stats.complete_to.map(Text),
        }
    }
}

#[cfg(test)]
mod tests;
