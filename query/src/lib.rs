//! The engine: TraceQL and SQL over one snapshot of the spans, latency with exemplars, traces, attributes.
//!
//! The only room that knows DataFusion and TraceQL. It speaks no HTTP and writes no spans.

pub mod attributes;
pub mod compare;
mod config;
mod derive;
mod derived_rows;
mod engine;
mod erase;
mod error;
mod filter;
mod functions;
pub mod latency;
mod progress;
mod reads;
mod rows_format;
mod scan;
pub mod search;
mod session;
pub mod shares;
mod span_rows;
mod spans;
mod sql;
mod table;
pub mod trace;
pub mod traceql;

pub use config::Config;
pub use derive::Deriver;
pub use engine::Engine;
pub use erase::Erasure;
pub use error::{Error, Result};
pub use progress::{Progress, Seen};
pub use rows_format::RowsFormat;
pub use span_rows::StoredSpan;
pub use spans::SpansQuery;
pub use sql::{SqlAnswer, SqlColumn, SqlRows};
pub use storage::{Completeness, Watermark};
