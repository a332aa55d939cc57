//! Assembly against slow look-ups, on hand-written anomalies, and on a million spans.

mod anomalies;
mod captures;
mod large;
mod order;
