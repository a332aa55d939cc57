//! The latency aggregate: quantiles and exemplars of one group of spans, in one pass, mergeable in any order.
//!
//! A group of up to [`Limits::exact_spans_max`] spans keeps every duration and answers exactly. A larger one keeps a
//! log-linear histogram whose buckets each remember their slowest span. Both merge by addition, so an answer does
//! not depend on how the work was split. Rollups keep a group as a summary, which names few of its spans; with those,
//! figures stay within the histogram's bound, and exemplars are the known spans that stand nearest.

mod bucket;
mod buckets;
mod codec;
mod dense;
mod distribution;
mod exemplar;
mod groups;
mod point;
mod state;
mod summary;

pub use bucket::{ERROR_BOUND, bucket_of, representative, shortest};
pub use codec::CorruptState;
pub use distribution::Above;
pub use exemplar::{Exemplar, Pick};
pub use groups::{GroupStates, SpanRow};
pub use point::{Point, Quantile};
pub use state::{Limits, SpanReference, State};
pub use summary::SUMMARY_LIMITS;

#[cfg(test)]
mod tests;
