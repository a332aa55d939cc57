//! Inflating a body step by step, each step paid from the budget first: a bomb stops at the limit.

use std::io::{self, Read};

use bytes::{Buf, Bytes};
use proto::ErrorKind;
use storage::env::Env;

use crate::budget::Charge;
use crate::{Error, Result, offload};

/// The content codings spoken here, as the `Accept-Encoding` and `grpc-accept-encoding` headers list them.
pub(crate) const ACCEPTED_CODINGS: &str = "gzip, zstd";

/// The largest zstd window, as a power of two: 32 MiB, what the largest preset of the Go encoder uses. Memory is
/// touched only as far as data was inflated.
const ZSTD_WINDOW_LOG_MAX: u32 = 25;
/// The first step is this many times the compressed size, which is enough for nearly all requests.
const FIRST_STEP_RATIO: u64 = 12;
/// The least size of the first step.
const FIRST_STEP_BYTES_MIN: u64 = 16 * 1024;

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// Not at all.
    Identity,
    /// RFC 1952, any number of members.
    Gzip,
    /// RFC 8878, any number of frames.
    Zstd,
}

impl Coding {
    /// The coding of that name, in any case; `None` when it is not spoken here.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        match () {
            () if name.is_empty() || is("identity") => Some(Self::Identity),
            () if is("gzip") || is("x-gzip") => Some(Self::Gzip),
            () if is("zstd") => Some(Self::Zstd),
            () => None,
        }
    }
}

/// Inflates `compressed`, for which `charge` already holds its length; in the end it holds the result's length.
///
/// # Errors
/// `TooLarge` above `bytes_max`, `Invalid` for damaged or truncated data, `Overloaded` when the budget is spent.
pub(crate) async fn inflate(
    coding: Coding,
    compressed: Bytes,
    bytes_max: u64,
    charge: &mut Charge,
    env: &Env,
) -> Result<Bytes> {
    if coding == Coding::Identity {
        return Ok(compressed);
    }
    let compressed_bytes = compressed.len() as u64;
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
            return Err(Error::too_large("an inflated request", None, bytes_max));
        }
        if inflater.ended {
            charge.lower_to(inflated_bytes);
            return Ok(Bytes::from(inflater.inflated));
        }
        target *= 2;
    }
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

fn zstd_decoder<R: io::BufRead + Send>(compressed: R) -> io::Result<zstd::Decoder<'static, R>> {
    let mut decoder = zstd::Decoder::with_buffer(compressed)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
    Ok(decoder)
}

fn damaged(coding: Coding, error: io::Error) -> Error {
    let name = match coding {
        Coding::Identity => "identity",
        Coding::Gzip => "gzip",
        Coding::Zstd => "zstd",
    };
    // The library tells this error by its text only.
    let kind =
        if error.to_string().contains("too much memory") { ErrorKind::TooLarge } else { ErrorKind::Invalid };
    Error::new(kind, format!("the {name} body cannot be inflated: {error}")).caused_by(error)
}

#[cfg(test)]
mod tests;
