//! Inflating a body step by step, each step paid from the budget first: a bomb stops at the limit.

use std::io::{self, BufRead, Read};

use bytes::{Buf, Bytes};
use proto::ErrorKind;
use storage::env::Env;

use crate::budget::Charge;
use crate::{Config, Error, Result, offload};

/// The content codings spoken here, as the `Accept-Encoding` and `grpc-accept-encoding` headers list them.
pub(crate) const ACCEPTED_CODINGS: &str = "gzip, zstd, snappy, deflate";

/// The largest zstd window, as a power of two: 32 MiB, what the largest preset of the Go encoder uses. Memory is
/// touched only as far as data was inflated.
const ZSTD_WINDOW_LOG_MAX: u32 = 25;
/// The first step is this many times the compressed size, which is enough for nearly all requests.
const FIRST_STEP_RATIO: u64 = 12;
/// The least size of the first step.
const FIRST_STEP_BYTES_MIN: u64 = 16 * 1024;
/// How framed snappy begins; anything else is one block.
const SNAPPY_FRAMES: &[u8] = b"\xff\x06\x00\x00sNaPpY";
/// Up to this size the ratio of a body does not matter.
const RATIO_BYTES_MIN: u64 = 1024 * 1024;

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// Not at all.
    Identity,
    /// RFC 1952, any number of members.
    Gzip,
    /// RFC 8878, any number of frames.
    Zstd,
    /// One block or framed: Go clients frame, and the Collector has been through both.
    Snappy,
    /// RFC 1950, as RFC 9110 has it.
    Deflate,
}

impl Coding {
    /// The coding of that name, in any case; `None` when it is not spoken here.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        match () {
            () if name.is_empty() || is("identity") => Some(Self::Identity),
            () if is("gzip") || is("x-gzip") => Some(Self::Gzip),
            () if is("zstd") => Some(Self::Zstd),
            () if is("snappy") || is("x-snappy-framed") => Some(Self::Snappy),
            () if is("deflate") || is("zlib") => Some(Self::Deflate),
            () => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Snappy => "snappy",
            Self::Deflate => "deflate",
        }
    }
}

/// How large a body may become.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InflationLimits {
    pub(crate) bytes_max: u64,
    pub(crate) ratio_max: u64,
}

impl InflationLimits {
    pub(crate) const fn of(config: &Config) -> Self {
        Self { bytes_max: config.request_bytes_max.as_u64(), ratio_max: config.inflation_ratio_max }
    }

    /// The most that so many compressed bytes may become.
    fn inflated_bytes_max(self, compressed_bytes: u64) -> u64 {
        let by_ratio = compressed_bytes.saturating_mul(self.ratio_max).max(RATIO_BYTES_MIN);
        self.bytes_max.min(by_ratio)
    }

    fn exceeded(self, compressed_bytes: u64) -> Error {
        let most = self.inflated_bytes_max(compressed_bytes);
        if most == self.bytes_max {
            return Error::too_large("an inflated request", None, most);
        }
        let message = format!(
            "a request of {compressed_bytes} bytes inflates to more than {} times as many \
             (ingest.inflation_ratio_max); send it less compressed or raise the limit",
            self.ratio_max
        );
        Error::new(ErrorKind::TooLarge, message)
    }
}

/// Inflates `compressed`, for which `charge` already holds its length; in the end it holds the result's length.
///
/// # Errors
/// `TooLarge` above the limits, `Invalid` for damaged or truncated data, `Overloaded` when the budget is spent.
pub(crate) async fn inflate(
    coding: Coding,
    compressed: Bytes,
    limits: InflationLimits,
    charge: &mut Charge,
    env: &Env,
) -> Result<Bytes> {
    if coding == Coding::Identity {
        return Ok(compressed);
    }
    let compressed_bytes = compressed.len() as u64;
    let bytes_max = limits.inflated_bytes_max(compressed_bytes);
    if coding == Coding::Snappy && !compressed.starts_with(SNAPPY_FRAMES) {
        return inflate_block(compressed, limits, charge, env).await;
    }
    let mut inflater = Inflater::new(coding, compressed)?;
    let mut target = (compressed_bytes * FIRST_STEP_RATIO).max(FIRST_STEP_BYTES_MIN);
    loop {
        // One byte more than allowed tells a full result from one that is too large.
        target = target.min(bytes_max + 1);
        charge.raise_to(compressed_bytes + target).await?;
        let step_bytes = target - inflater.inflated.len() as u64;
        inflater = offload::run(env, step_bytes, move || inflater.read_up_to(target)).await??;
        let inflated_bytes = inflater.inflated.len() as u64;
        if inflated_bytes > bytes_max {
            return Err(limits.exceeded(compressed_bytes));
        }
        if inflater.ended {
            charge.lower_to(inflated_bytes);
            return Ok(Bytes::from(inflater.inflated));
        }
        target *= 2;
    }
}

/// Inflates a snappy block, which says how large it becomes.
async fn inflate_block(
    compressed: Bytes,
    limits: InflationLimits,
    charge: &mut Charge,
    env: &Env,
) -> Result<Bytes> {
    let compressed_bytes = compressed.len() as u64;
    let length =
        snap::raw::decompress_len(&compressed).map_err(|error| damaged(Coding::Snappy, error.into()))?;
    let length = length as u64;
    if length > limits.inflated_bytes_max(compressed_bytes) {
        return Err(limits.exceeded(compressed_bytes));
    }
    charge.raise_to(compressed_bytes + length).await?;
    let inflated =
        offload::run(env, length, move || snap::raw::Decoder::new().decompress_vec(&compressed)).await?;
    let inflated = inflated.map_err(|error| damaged(Coding::Snappy, error.into()))?;
    charge.lower_to(length);
    Ok(Bytes::from(inflated))
}

struct Inflater {
    coding: Coding,
    reader: Box<dyn Read + Send>,
    inflated: Vec<u8>,
    ended: bool,
}

impl Inflater {
    fn new(coding: Coding, compressed: Bytes) -> Result<Self> {
        let compressed = compressed.reader();
        let reader: Box<dyn Read + Send> = match coding {
            Coding::Identity => Box::new(compressed),
            Coding::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(compressed)),
            Coding::Zstd => Box::new(zstd_decoder(compressed).map_err(|error| damaged(coding, error))?),
            Coding::Snappy => Box::new(snap::read::FrameDecoder::new(compressed)),
            Coding::Deflate => Box::new(WholeZlib(flate2::bufread::ZlibDecoder::new(compressed))),
        };
        Ok(Self { coding, reader, inflated: Vec::new(), ended: false })
    }

    /// Inflates until there are `target` bytes or no more.
    fn read_up_to(mut self, target: u64) -> Result<Self> {
        let wanted = target - self.inflated.len() as u64;
        self.inflated.reserve_exact(wanted as usize);
        let read = (&mut self.reader)
            .take(wanted)
            .read_to_end(&mut self.inflated)
            .map_err(|error| damaged(self.coding, error))?;
        self.ended = (read as u64) < wanted;
        Ok(self)
    }
}

/// A zlib stream that nothing may follow, as is true of the other codings.
struct WholeZlib<R>(flate2::bufread::ZlibDecoder<R>);

impl<R: BufRead> Read for WholeZlib<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer)?;
        if read == 0 && !buffer.is_empty() && !self.0.get_mut().fill_buf()?.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "bytes follow its end"));
        }
        Ok(read)
    }
}

fn zstd_decoder<R: BufRead + Send>(compressed: R) -> io::Result<zstd::Decoder<'static, R>> {
    let mut decoder = zstd::Decoder::with_buffer(compressed)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
    Ok(decoder)
}

fn damaged(coding: Coding, error: io::Error) -> Error {
    // The library tells this error by its text only.
    let kind =
        if error.to_string().contains("too much memory") { ErrorKind::TooLarge } else { ErrorKind::Invalid };
    Error::new(kind, format!("the {} body cannot be inflated: {error}", coding.name())).caused_by(error)
}

#[cfg(test)]
mod tests;
