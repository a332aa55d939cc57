//! The settings of this room: `[query]` in the configuration file.

use std::time::Duration;

use bytesize::ByteSize;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// What bounds a query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The memory all running queries share.
    pub memory: ByteSize,
    /// A query that takes longer is cancelled.
    #[serde(with = "humantime_serde")]
    pub timeout: Duration,
    /// A query that reads more of files than this is cancelled.
    pub read_bytes_max: ByteSize,
    /// So many queries run at once; others wait.
    pub concurrent_max: usize,
    /// A latency point of up to so many spans is exact; a larger one comes from a histogram.
    pub exact_spans_max: usize,
    /// A latency answer has at most so many series, `other` not counted.
    pub series_max: usize,
    /// A latency answer has at most so many slots.
    pub slots_max: usize,
    /// Exemplars of one point, at most.
    pub exemplars_max: usize,
    /// The head-sampling rate in `(0, 1]` of the sources, when the trace ids cannot tell it.
    pub sampling_rate: Option<f64>,
    /// A trace is looked for this long before and after the time its link names.
    #[serde(with = "humantime_serde")]
    pub trace_margin: Duration,
    /// A trace answer has at most so many spans.
    pub trace_spans_max: usize,
    /// A TraceQL query reads at most so many traces whole, the latest first.
    pub search_traces_max: usize,
    /// A TraceQL metrics query has at most so many series.
    pub search_series_max: usize,
    /// An answer lists at most so many attribute values.
    pub values_max: usize,
    /// An SQL answer has at most so many rows.
    pub sql_rows_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            memory: ByteSize::mib(512),
            timeout: Duration::from_secs(30),
            read_bytes_max: ByteSize::gib(100),
            concurrent_max: 8,
            exact_spans_max: 1024,
            series_max: 100,
            slots_max: 1500,
            exemplars_max: 8,
            sampling_rate: None,
            trace_margin: Duration::from_secs(600),
            trace_spans_max: 100_000,
            search_traces_max: 20_000,
            search_series_max: 1000,
            values_max: 1000,
            sql_rows_max: 10_000,
        }
    }
}

impl Config {
    /// Checks what the types cannot.
    ///
    /// # Errors
    /// When a value makes no sense; the message names the key.
    pub fn validate(&self) -> Result<()> {
        if let Some(rate) = self.sampling_rate
            && !(rate > 0.0 && rate <= 1.0)
        {
            return Err(Error::invalid(format!(
                "query.sampling_rate is {rate}: give a number above 0 and at most 1"
            )));
        }
        let positive = [
            ("query.concurrent_max", self.concurrent_max),
            ("query.series_max", self.series_max),
            ("query.slots_max", self.slots_max),
            ("query.trace_spans_max", self.trace_spans_max),
            ("query.search_traces_max", self.search_traces_max),
        ];
        match positive.iter().find(|(_, value)| *value == 0) {
            Some((key, _)) => Err(Error::invalid(format!("{key} is 0: give at least 1"))),
            None => Ok(()),
        }
    }
}
