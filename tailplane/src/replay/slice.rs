//! A set of captures that belong together: where their bytes are, and what is in them.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;

use anyhow::{Context, bail};
use proto::UnixNanos;
use proto::capture::{self, Requests};

/// Where one capture is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// On disk.
    File(PathBuf),
    /// In this program.
    Embedded {
        /// What messages call it.
        name: &'static str,
        /// The file's bytes.
        bytes: &'static [u8],
    },
}

impl Source {
    /// What messages call it.
    #[must_use]
    pub(crate) fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Embedded { name, .. } => (*name).to_owned(),
        }
    }

    /// Its requests, in order.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(crate) fn requests(&self) -> anyhow::Result<Requests<Box<dyn Read + Send>>> {
        let reader = self.open().with_context(|| format!("cannot open {}", self.name()))?;
        capture::read(reader).with_context(|| format!("cannot read {}", self.name()))
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(match self {
            Self::File(path) => Box::new(File::open(path)?),
            Self::Embedded { bytes, .. } => Box::new(Cursor::new(*bytes)),
        })
    }
}

/// Captures that keep their pace towards each other, and their totals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slice {
    /// One for each connection.
    pub sources: Vec<Source>,
    /// The earliest arrival: a request arrives when its last span ends.
    pub first_arrival: UnixNanos,
    /// The latest arrival.
    pub last_arrival: UnixNanos,
    /// Requests in all.
    pub requests: u64,
    /// Spans in all.
    pub spans: u64,
}

impl Slice {
    /// Reads all `sources` once, one request at a time.
    ///
    /// # Errors
    /// When one cannot be read, or none has a span.
    pub(crate) fn survey(sources: Vec<Source>) -> anyhow::Result<Self> {
        let mut slice = Self { sources, first_arrival: u64::MAX, last_arrival: 0, requests: 0, spans: 0 };
        for source in &slice.sources {
            for request in source.requests()? {
                let body = request.with_context(|| format!("cannot read {}", source.name()))?;
                slice.requests += 1;
                if let Some((_, arrival, spans)) = capture::span_times(&body) {
                    slice.first_arrival = slice.first_arrival.min(arrival);
                    slice.last_arrival = slice.last_arrival.max(arrival);
                    slice.spans += spans;
                }
            }
        }
        if slice.spans == 0 {
            let names = slice.sources.iter().map(Source::name).collect::<Vec<_>>().join(", ");
            bail!("{names}: no span in any request, so there is nothing to send");
        }
        Ok(slice)
    }

    /// From the first arrival of one copy to that of the next: the capture's length and one mean gap, in ns.
    #[must_use]
    pub(crate) fn period_ns(&self) -> u64 {
        let length = self.last_arrival - self.first_arrival;
        (length + length / self.requests.max(1)).max(1)
    }
}
