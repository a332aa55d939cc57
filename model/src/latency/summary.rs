//! A [`State`] as a rollup keeps it: every duration of a few spans, a histogram of many, and few of their names. A format
//! on disk (`docs/formats.md`, "Rollups").

use proto::{SpanId, TraceId, UnixNanos};

use super::bucket::bucket_of;
use super::buckets::COUNT_MAX;
use super::codec::CorruptState;
use super::exemplar::Ranked;
use super::point::rank_of;
use super::state::{Exact, Histogram, Limits, SpanReference, Spans, State};

/// The limits of a state that is to become a summary: above so many spans a histogram takes less room.
pub const SUMMARY_LIMITS: Limits = Limits { exact_spans_max: 32 };

/// The quantiles whose spans are named in a summary of many; the slowest and the slowest error always are.
const NAMED: [f64; 6] = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999];
/// The same of few.
const NAMED_OF_FEW: [f64; 1] = [0.5];

/// The bucket of the longest durations.
const HIGHEST: u16 = bucket_of(u64::MAX);

const EXACT: u8 = 1;
const HISTOGRAM: u8 = 2;
const ERROR_FLAG: u64 = 1;
/// Bits of the largest trace fraction that are kept: the rest would tell nothing.
const FRACTION_BITS: u32 = 16;

impl State {
    /// This state as a summary, built with [`SUMMARY_LIMITS`]; `slot` is what starts are told from.
    #[must_use]
    pub fn to_summary(&self, slot: UnixNanos) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(128);
        let named = match &self.spans {
            Spans::Exact(spans) => {
                bytes.push(EXACT);
                put(&mut bytes, spans.len() as u64);
                let mut last = 0;
                for duration_ns in spans.sorted_ns() {
                    put(&mut bytes, duration_ns - last);
                    last = duration_ns;
                }
                self.named(&NAMED_OF_FEW)
            }
            Spans::Histogram(histogram) => {
                bytes.push(HISTOGRAM);
                put(&mut bytes, histogram.counts.len() as u64);
                let mut last = 0;
                for (index, count) in histogram.counts.iter() {
                    put(&mut bytes, u64::from(index - last));
                    put(&mut bytes, count);
                    last = index;
                }
                self.named(&NAMED)
            }
        };
        put(&mut bytes, self.errors);
        put_fraction(&mut bytes, self.trace_fraction_max);
        put(&mut bytes, named.len() as u64);
        for span in named {
            put(&mut bytes, span.duration_ns);
            put(&mut bytes, zigzag(span.start.wrapping_sub(slot) as i64));
            put(&mut bytes, if span.error { ERROR_FLAG } else { 0 });
            bytes.extend_from_slice(&span.trace_id.0);
            bytes.extend_from_slice(&span.span_id.0);
        }
        bytes
    }

    /// The state that [`Self::to_summary`] wrote for the same `slot`.
    ///
    /// # Errors
    /// When the bytes are not such a summary.
    pub fn from_summary(bytes: &[u8], slot: UnixNanos) -> Result<Self, CorruptState> {
        let damaged = CorruptState { length: bytes.len() };
        let (mut counts, mut named) = (Vec::new(), Vec::new());
        let read = read(bytes, slot, |bucket, count| counts.push((bucket, count)), |span| named.push(span));
        let Summary { count, errors, trace_fraction_max, unnamed_ns } = read.ok_or(damaged)?;
        let spans = match unnamed_ns {
            Some(unnamed_ns) => Spans::Exact(Exact { known: named, unnamed_ns }),
            None => {
                let counts = counts.into_iter().collect();
                let mut histogram = Histogram { counts, is_partial: true, ..Histogram::default() };
                named.into_iter().for_each(|span| histogram.name(span));
                Spans::Histogram(histogram)
            }
        };
        Ok(Self { count, errors, trace_fraction_max, spans })
    }

    /// Whether both say the same of their spans: how many, how long, how many errors, the bound of their trace fractions, and
    /// which was the slowest, of all and of those with an error. What else a summary names depends on how it came to be.
    #[must_use]
    pub fn has_figures_of(&self, other: &Self) -> bool {
        let (ranked, of_other) = (self.ranked(), other.ranked());
        let slowest =
            |ranked: &[Ranked]| ranked.iter().map(|found| found.span).max_by(SpanReference::by_slowness);
        let error = |found: Option<Ranked>| found.map(|found| found.span);
        (self.count, self.errors, self.trace_fraction_max)
            == (other.count, other.errors, other.trace_fraction_max)
            && self.spans.have_durations_of(&other.spans)
            && slowest(&ranked) == slowest(&of_other)
            && error(self.slowest_error(&ranked)) == error(other.slowest_error(&of_other))
    }

    /// The spans that a summary names: those at `quantiles`, as far as they are known, the slowest, the slowest error.
    fn named(&self, quantiles: &[f64]) -> Vec<SpanReference> {
        let ranked = self.ranked();
        let ranks = quantiles.iter().map(|quantile| rank_of(*quantile, self.count));
        let mut named: Vec<SpanReference> = ranks
            .filter_map(|rank| super::exemplar::nearest(&ranked, rank))
            .map(|found| found.span)
            .collect();
        named.extend(ranked.iter().map(|found| found.span).max_by(SpanReference::by_slowness));
        named.extend(self.slowest_error(&ranked).map(|found| found.span));
        named.sort_by(SpanReference::by_slowness);
        named.dedup();
        named
    }
}

impl Spans {
    fn have_durations_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Exact(one), Self::Exact(other)) => one.sorted_ns() == other.sorted_ns(),
            (Self::Histogram(one), Self::Histogram(other)) => one.counts == other.counts,
            _ => false,
        }
    }
}

fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number as u8) | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

const fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

const fn unzigzag(number: u64) -> i64 {
    ((number >> 1) as i64) ^ -((number & 1) as i64)
}

/// The highest bits of a fraction, and how many follow; rounded up, so that it stays a bound.
fn put_fraction(bytes: &mut Vec<u8>, fraction: u64) {
    let shift = (u64::BITS - fraction.leading_zeros()).saturating_sub(FRACTION_BITS);
    bytes.push(shift as u8);
    put(bytes, fraction >> shift);
}

/// What a summary says beside the buckets and names that it hands over.
pub(super) struct Summary {
    pub(super) count: u64,
    pub(super) errors: u64,
    pub(super) trace_fraction_max: u64,
    /// The durations of the spans that have no name, where all are kept one by one; None of a histogram.
    pub(super) unnamed_ns: Option<Vec<u64>>,
}

/// Reads a summary: hands each bucket of a histogram to `count`, ascending, and each span that has a name, which is counted too, to `name`.
/// `None` when the bytes are none.
pub(super) fn read(
    bytes: &[u8],
    slot: UnixNanos,
    mut count: impl FnMut(u16, u64),
    mut name: impl FnMut(SpanReference),
) -> Option<Summary> {
    let mut reader = Reader { bytes };
    let [kind] = reader.take::<1>()?;
    let mut unnamed_ns = (kind == EXACT).then(Vec::new);
    let mut counted = Vec::new();
    let spans = match (&mut unnamed_ns, kind) {
        (Some(durations_ns), _) => reader.durations(durations_ns)?,
        (None, HISTOGRAM) => reader.counts(&mut counted, &mut count)?,
        _ => return None,
    };
    let errors = reader.number()?;
    let trace_fraction_max = reader.fraction()?;
    for _ in 0..reader.length()? {
        let span = reader.span(slot)?;
        if let Some(durations_ns) = &mut unnamed_ns {
            let place = durations_ns.iter().position(|duration| *duration == span.duration_ns)?;
            durations_ns.swap_remove(place);
        } else {
            counted.binary_search(&bucket_of(span.duration_ns)).ok()?;
        }
        name(span);
    }
    reader.bytes.is_empty().then_some(Summary { count: spans, errors, trace_fraction_max, unnamed_ns })
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl Reader<'_> {
    /// How many durations there are.
    fn durations(&mut self, durations_ns: &mut Vec<u64>) -> Option<u64> {
        let (length, mut last) = (self.length()?, 0_u64);
        durations_ns.reserve_exact(length);
        for _ in 0..length {
            last = last.checked_add(self.number()?)?;
            durations_ns.push(last);
        }
        Some(length as u64)
    }

    /// How many spans there are in all buckets, which are those `counted`.
    fn counts(&mut self, counted: &mut Vec<u16>, count: &mut impl FnMut(u16, u64)) -> Option<u64> {
        let (mut spans, length) = (0_u64, self.length()?);
        counted.reserve_exact(length.min(usize::from(HIGHEST) + 1));
        for _ in 0..length {
            let step = u16::try_from(self.number()?).ok()?;
            let bucket = match counted.last() {
                // Each bucket once.
                Some(last) => step.checked_add(*last).filter(|_| step > 0)?,
                None => step,
            };
            let of_bucket = self.number()?;
            if bucket > HIGHEST || of_bucket > COUNT_MAX {
                return None;
            }
            spans = spans.checked_add(of_bucket)?;
            count(bucket, of_bucket);
            counted.push(bucket);
        }
        Some(spans)
    }

    fn span(&mut self, slot: UnixNanos) -> Option<SpanReference> {
        Some(SpanReference {
            duration_ns: self.number()?,
            start: slot.wrapping_add(unzigzag(self.number()?) as u64),
            error: self.number()? & ERROR_FLAG != 0,
            trace_id: TraceId(self.take()?),
            span_id: SpanId(self.take()?),
        })
    }

    fn fraction(&mut self) -> Option<u64> {
        let [shift] = self.take::<1>()?;
        let highest = self.number()?;
        if shift == 0 {
            return Some(highest);
        }
        Some(highest.checked_add(1)?.checked_shl(u32::from(shift))?.wrapping_sub(1))
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, tail) = self.bytes.split_first_chunk::<N>()?;
        self.bytes = tail;
        Some(*head)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for place in 0..10 {
            let [byte] = self.take::<1>()?;
            number |= u64::from(byte & 0x7f).checked_shl(7 * place)?;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// A count of things that take a byte each at least.
    fn length(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok().filter(|length| *length <= self.bytes.len())
    }
}
