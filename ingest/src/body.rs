//! Reading a request's body: exact lengths, a size limit, and a time limit for whoever sends it.

use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;
use proto::ErrorKind;
use storage::env::Env;

use crate::budget::Charge;
use crate::{Error, Result};

/// The body of a request, piece by piece. Only the time spent waiting for the sender counts.
#[derive(Debug)]
pub(crate) struct BodyReader<B> {
    body: B,
    piece: Bytes,
    time_max: Duration,
    time_left: Duration,
    env: Env,
}

impl<B> BodyReader<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    /// A reader of `body` that waits for its sender for at most `time_max` in all.
    pub(crate) fn new(body: B, time_max: Duration, env: Env) -> Self {
        Self { body, piece: Bytes::new(), time_max, time_left: time_max, env }
    }

    /// The next `length` bytes, without a copy when they came in one piece; `None` when the body ends before.
    pub(crate) async fn take(&mut self, length: usize) -> Result<Option<Bytes>> {
        if length > 0 && !self.fill().await? {
            return Ok(None);
        }
        if self.piece.len() >= length {
            return Ok(Some(self.piece.split_to(length)));
        }
        let mut joined = BytesMut::with_capacity(length);
        while joined.len() < length {
            if !self.fill().await? {
                return Ok(None);
            }
            let wanted = (length - joined.len()).min(self.piece.len());
            joined.put(self.piece.split_to(wanted));
        }
        Ok(Some(joined.freeze()))
    }

    /// Everything to the end, which must come within `bytes_max`; `charge` is raised as bytes come.
    pub(crate) async fn take_all(&mut self, bytes_max: u64, charge: &mut Charge) -> Result<Bytes> {
        let mut joined = BytesMut::new();
        while self.fill().await? {
            let bytes = (joined.len() + self.piece.len()) as u64;
            if bytes > bytes_max {
                return Err(Error::too_large("a request", None, bytes_max));
            }
            charge.raise_to(bytes).await?;
            joined.put(std::mem::take(&mut self.piece));
        }
        Ok(joined.freeze())
    }

    /// Whether nothing is left; waits for the sender to say so.
    pub(crate) async fn is_at_end(&mut self) -> Result<bool> {
        Ok(!self.fill().await?)
    }

    /// Reads and drops the rest, up to `bytes_max`, so that a sender that only writes gets to read its answer.
    pub(crate) async fn drain(&mut self, mut bytes_max: usize, time_max: Duration) {
        self.time_left = time_max;
        // Whatever ends the body ends the drain.
        while bytes_max > 0 && self.fill().await.unwrap_or(false) {
            bytes_max = bytes_max.saturating_sub(self.piece.len());
            self.piece.advance(self.piece.len());
        }
    }

    /// Makes sure that `piece` holds something; false when the body has ended.
    async fn fill(&mut self) -> Result<bool> {
        while self.piece.is_empty() {
            let began = self.env.monotonic();
            let frame = tokio::time::timeout(self.time_left, self.body.frame()).await.map_err(|_| {
                let message =
                    format!("the body did not arrive within {:?} (ingest.body_timeout)", self.time_max);
                Error::new(ErrorKind::DeadlineExceeded, message)
            })?;
            self.time_left = self.time_left.saturating_sub(self.env.monotonic().saturating_sub(began));
            match frame {
                None => return Ok(false),
                Some(Ok(frame)) => self.piece = frame.into_data().unwrap_or_default(),
                Some(Err(error)) => {
                    let error = error.into();
                    let message = format!("the body ended too early: {error}");
                    return Err(Error::new(ErrorKind::Invalid, message).caused_by(error));
                }
            }
        }
        Ok(true)
    }
}
