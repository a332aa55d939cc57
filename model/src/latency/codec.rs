//! A [`State`] as bytes, for passing between the stages of a query. Not a format on disk.

use proto::{SpanId, TraceId};

use super::buckets::Named;
use super::state::{Exact, Histogram, SLOWEST_MAX, SpanReference, Spans, State};

const EXACT: u8 = 0;
const HISTOGRAM: u8 = 1;

/// Bytes that [`State::to_bytes`] did not write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("latency state of {length} bytes is damaged")]
pub struct CorruptState {
    pub(super) length: usize,
}

impl State {
    /// This state as bytes; equal states give equal bytes when they hold histograms.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(64);
        for number in [self.count, self.errors, self.trace_fraction_max] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        match &self.spans {
            Spans::Exact(spans) => {
                bytes.push(EXACT);
                put_spans(&mut bytes, &spans.known);
                put_length(&mut bytes, spans.unnamed_ns.len());
                spans.unnamed_ns.iter().for_each(|duration| bytes.extend_from_slice(&duration.to_le_bytes()));
            }
            Spans::Histogram(histogram) => {
                bytes.push(HISTOGRAM);
                put_spans(&mut bytes, &histogram.slowest);
                put_spans(&mut bytes, histogram.slowest_error.as_slice());
                bytes.push(u8::from(histogram.is_partial));
                put_length(&mut bytes, histogram.counts.len());
                for (index, count) in histogram.counts.iter() {
                    bytes.extend_from_slice(&index.to_le_bytes());
                    bytes.extend_from_slice(&count.to_le_bytes());
                }
                put_length(&mut bytes, histogram.named.len());
                histogram.named.iter().for_each(|span| put_span(&mut bytes, span));
            }
        }
        bytes
    }

    /// The state that [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// When the bytes are not such a state.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CorruptState> {
        Self::read(&mut Reader { bytes }).ok_or(CorruptState { length: bytes.len() })
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let (count, errors, trace_fraction_max) = (reader.number()?, reader.number()?, reader.number()?);
        let spans = match reader.take::<1>()?[0] {
            EXACT => {
                let known = reader.spans(usize::MAX)?;
                let unnamed = reader.length()?;
                let unnamed_ns = (0..unnamed).map(|_| reader.number()).collect::<Option<_>>()?;
                Spans::Exact(Exact { known, unnamed_ns })
            }
            HISTOGRAM => {
                let slowest = reader.spans(SLOWEST_MAX)?;
                let slowest_error = reader.spans(1)?.first().copied();
                let is_partial = reader.take::<1>()?[0] != 0;
                let counts = (0..reader.length()?)
                    .map(|_| Some((reader.take().map(u16::from_le_bytes)?, reader.number()?)))
                    .collect::<Option<_>>()?;
                let mut named = Named::default();
                named.add(&reader.spans(usize::MAX)?);
                Spans::Histogram(Histogram { counts, named, slowest, slowest_error, is_partial })
            }
            _ => return None,
        };
        reader.bytes.is_empty().then_some(Self { count, errors, trace_fraction_max, spans })
    }
}

fn put_length(bytes: &mut Vec<u8>, length: usize) {
    bytes.extend_from_slice(&(length as u64).to_le_bytes());
}

fn put_spans(bytes: &mut Vec<u8>, spans: &[SpanReference]) {
    put_length(bytes, spans.len());
    spans.iter().for_each(|span| put_span(bytes, span));
}

fn put_span(bytes: &mut Vec<u8>, span: &SpanReference) {
    bytes.extend_from_slice(&span.duration_ns.to_le_bytes());
    bytes.extend_from_slice(&span.start.to_le_bytes());
    bytes.extend_from_slice(&span.trace_id.0);
    bytes.extend_from_slice(&span.span_id.0);
    bytes.push(u8::from(span.error));
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, tail) = self.bytes.split_first_chunk::<N>()?;
        self.bytes = tail;
        Some(*head)
    }

    fn number(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok().filter(|length| *length <= self.bytes.len())
    }

    fn spans(&mut self, most: usize) -> Option<Vec<SpanReference>> {
        let length = self.length().filter(|length| *length <= most)?;
        (0..length).map(|_| self.span()).collect()
    }

    fn span(&mut self) -> Option<SpanReference> {
        Some(SpanReference {
            duration_ns: self.number()?,
            start: self.number()?,
            trace_id: TraceId(self.take()?),
            span_id: SpanId(self.take()?),
            error: self.take::<1>()?[0] != 0,
        })
    }
}
