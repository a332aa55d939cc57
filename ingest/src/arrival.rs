//! When a request arrived, and until when its sender waits for the answer.

use std::time::Duration;

use http::HeaderMap;
use proto::ErrorKind;

use crate::{Error, Result};

/// Time kept for the answer itself: a sender that has given up learns nothing.
const ANSWER_TIME: Duration = Duration::from_millis(200);
/// More digits than this make no `grpc-timeout`.
const TIMEOUT_DIGITS_MAX: usize = 8;

/// The moments of a request, since an arbitrary one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// When its head arrived.
    pub(crate) began: Duration,
    /// When its sender gives up, if it said so.
    pub(crate) deadline: Option<Duration>,
}

impl Arrival {
    /// A request whose sender says nothing about its patience.
    pub(crate) const fn at(began: Duration) -> Self {
        Self { began, deadline: None }
    }

    /// A call with the `grpc-timeout` of `headers`; one that cannot be read is none.
    pub(crate) fn of_call(began: Duration, headers: &HeaderMap) -> Self {
        let timeout = headers.get("grpc-timeout").and_then(|value| timeout(value.to_str().ok()?));
        Self { began, deadline: timeout.map(|timeout| began.saturating_add(timeout)) }
    }

    /// How long the request may wait, `wait_max` at most, so that its sender still gets an answer.
    pub(crate) fn wait_max(self, wait_max: Duration) -> Duration {
        let left = self.deadline.map(|deadline| deadline.saturating_sub(self.began + ANSWER_TIME));
        left.map_or(wait_max, |left| left.min(wait_max))
    }

    /// Nothing is written for a sender that has given up before: it sends the same again.
    ///
    /// # Errors
    /// `DeadlineExceeded`.
    pub(crate) fn check_deadline(self, now: Duration) -> Result<()> {
        match self.deadline {
            Some(deadline) if now >= deadline => {
                let message = "the call's grpc-timeout passed before its spans were written; none was";
                Err(Error::new(ErrorKind::DeadlineExceeded, message))
            }
            _ => Ok(()),
        }
    }
}

/// The time in a `grpc-timeout`: at most eight digits and a unit.
fn timeout(text: &str) -> Option<Duration> {
    let unit = text.chars().last()?;
    let digits = text.strip_suffix(unit)?;
    if digits.is_empty()
        || digits.len() > TIMEOUT_DIGITS_MAX
        || !digits.bytes().all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    let number = digits.parse().ok()?;
    match unit {
        'H' => Some(Duration::from_secs(number * 3600)),
        'M' => Some(Duration::from_secs(number * 60)),
        'S' => Some(Duration::from_secs(number)),
        'm' => Some(Duration::from_millis(number)),
        'u' => Some(Duration::from_micros(number)),
        'n' => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
