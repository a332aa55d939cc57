//! Captured OTLP export requests: reading them, and giving a copy ids and times of its own.
//!
//! A capture file is `repeat(varint length, that many bytes of ExportTraceServiceRequest)` as one zstd stream with a
//! window of at most 2^27 bytes.

mod file;
mod rewrite;

pub use file::{CaptureError, Requests, Writer, read};
pub use rewrite::{Rewrite, rewrite, span_times};

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
