//! Loads and measurements: what the binaries and benchmarks here share.
//!
//! Times are CPU-seconds of a process, since generator and server share a small machine.

pub mod captures;
pub mod cpu;
pub mod derivation;
pub mod percentiles;
pub mod store;
