//! The capture file, read and written request by request.

use std::io::{self, BufRead, BufReader, Read, Write};

use crate::otlp::wire::put_raw_varint;

/// The largest request that is read or written: OTLP's recommended limit.
const REQUEST_BYTES_MAX: u64 = 64 << 20;

/// The largest zstd window, as a power of two; it bounds the memory of reading.
const WINDOW_LOG_MAX: u32 = 27;

/// A capture that cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// The reader or the zstd stream failed.
    #[error("request {request} of the capture: {source}")]
    Io {
        /// The request's number, from 1.
        request: u64,
        /// What failed.
        source: io::Error,
    },
    /// The file ends inside a request.
    #[error("the capture ends inside request {request}: the file is cut")]
    Truncated {
        /// The request's number, from 1.
        request: u64,
    },
    /// A request above the limit, or bytes that are no capture.
    #[error("request {request} of the capture has {bytes} bytes, at most {REQUEST_BYTES_MAX} are allowed")]
    TooLarge {
        /// The request's number, from 1.
        request: u64,
        /// Its length.
        bytes: u64,
    },
}

/// The requests of the capture in `reader`.
///
/// # Errors
/// When no zstd decoder can be made.
pub fn read<R: Read>(reader: R) -> Result<Requests<R>, CaptureError> {
    let fail = |source| CaptureError::Io { request: 0, source };
    let mut decoder = zstd::Decoder::new(reader).map_err(fail)?;
    decoder.window_log_max(WINDOW_LOG_MAX).map_err(fail)?;
    Ok(Requests { stream: BufReader::new(decoder), requests: 0, failed: false })
}

/// An iterator over the requests of a capture, in the order of the file. It ends after the first error.
pub struct Requests<R: Read> {
    stream: BufReader<zstd::Decoder<'static, BufReader<R>>>,
    requests: u64,
    failed: bool,
}

impl<R: Read> std::fmt::Debug for Requests<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Requests").field("requests", &self.requests).finish_non_exhaustive()
    }
}

impl<R: Read> Requests<R> {
    fn next_request(&mut self) -> Result<Option<Vec<u8>>, CaptureError> {
        let request = self.requests + 1;
        let fail = |source| CaptureError::Io { request, source };
        if self.stream.fill_buf().map_err(fail)?.is_empty() {
            return Ok(None);
        }
        let bytes = self.length()?;
        if bytes > REQUEST_BYTES_MAX {
            return Err(CaptureError::TooLarge { request, bytes });
        }
        let mut body = Vec::new();
        let found = self.stream.by_ref().take(bytes).read_to_end(&mut body).map_err(fail)?;
        if found as u64 != bytes {
            return Err(CaptureError::Truncated { request });
        }
        self.requests = request;
        Ok(Some(body))
    }

    fn length(&mut self) -> Result<u64, CaptureError> {
        let request = self.requests + 1;
        let mut length = 0;
        for shift in (0..64).step_by(7) {
            let mut byte = [0];
            self.stream.read_exact(&mut byte).map_err(|source| match source.kind() {
                io::ErrorKind::UnexpectedEof => CaptureError::Truncated { request },
                _ => CaptureError::Io { request, source },
            })?;
            length |= u64::from(byte[0] & 0x7f) << shift;
            if byte[0] < 0x80 {
                return Ok(length);
            }
        }
        Err(CaptureError::TooLarge { request, bytes: u64::MAX })
    }
}

impl<R: Read> Iterator for Requests<R> {
    type Item = Result<Vec<u8>, CaptureError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.next_request();
        self.failed = next.is_err();
        next.transpose()
    }
}

/// A capture being written.
pub struct Writer<W: Write> {
    stream: zstd::Encoder<'static, W>,
    requests: u64,
}

impl<W: Write> std::fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("requests", &self.requests).finish_non_exhaustive()
    }
}

impl<W: Write> Writer<W> {
    /// A capture to `writer`, compressed at this zstd level.
    ///
    /// # Errors
    /// When no zstd encoder can be made.
    pub fn new(writer: W, level: i32) -> Result<Self, CaptureError> {
        let fail = |source| CaptureError::Io { request: 0, source };
        let mut stream = zstd::Encoder::new(writer, level).map_err(fail)?;
        stream.window_log(WINDOW_LOG_MAX).map_err(fail)?;
        Ok(Self { stream, requests: 0 })
    }

    /// Adds a request.
    ///
    /// # Errors
    /// When it is above the limit, or the writer fails.
    pub fn write(&mut self, body: &[u8]) -> Result<(), CaptureError> {
        let request = self.requests + 1;
        let bytes = body.len() as u64;
        if bytes > REQUEST_BYTES_MAX {
            return Err(CaptureError::TooLarge { request, bytes });
        }
        let mut length = Vec::with_capacity(10);
        put_raw_varint(&mut length, bytes);
        let fail = |source| CaptureError::Io { request, source };
        self.stream.write_all(&length).and_then(|()| self.stream.write_all(body)).map_err(fail)?;
        self.requests = request;
        Ok(())
    }

    /// Ends the zstd stream, without which the file cannot be read to its end, and gives the writer back.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn finish(self) -> Result<W, CaptureError> {
        let request = self.requests;
        self.stream.finish().map_err(|source| CaptureError::Io { request, source })
    }
}
