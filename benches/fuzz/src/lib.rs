//! Bytes from strangers against everything that reads them: each [`Target`] takes any bytes and panics where a promise
//! is broken.
//!
//! `make test` replays the corpus and mutates it for ten seconds a target ([`mutate`]); `make fuzz` lets libFuzzer look
//! for more, guided by coverage. What it finds goes into `corpus/{target}/` once it is mended.

pub mod corpus;
pub mod mutate;
mod targets;

pub use targets::{TARGETS, Target};
