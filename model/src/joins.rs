//! What belongs together though it is not in one trace.
//!
//! Kubernetes breaks one piece of work into several traces: the `authentication` span of a request, the request of
//! an aggregated API server, the request that a kubelet makes. These functions run over the spans of many traces of
//! one window of time and speak of spans by their position in the slice given.

mod audit;
mod authentication;
mod links;
mod matching;

pub use audit::{AuditGroup, across_traces};
pub use authentication::{Authentications, Fit, Pair, pair_authentications};
pub use links::index_links;

#[cfg(test)]
mod tests;
