//! Loads, measurements and drills: what the binaries and benchmarks here share.
//!
//! Times are CPU-seconds of a process, since generator and server share a small machine.

pub mod captures;
pub mod cgroup;
pub mod chance;
pub mod cpu;
pub mod derivation;
pub mod drills;
pub mod grow;
pub mod loading;
pub mod lossy;
pub mod percentiles;
pub mod store;
