//! Times and durations in requests.

use std::time::Duration;

use jiff::Timestamp;
use proto::{TimeRange, UnixNanos};

use super::Failure;

/// The range asked about when the question does not say: the last hour.
pub(super) const DEFAULT_RANGE_NS: u64 = 3_600_000_000_000;
/// Whole numbers below are seconds (until the year 5138)...
const SECONDS_BELOW: u64 = 100_000_000_000;
/// ...below are milliseconds (until the year 5138)...
const MILLIS_BELOW: u64 = 100_000_000_000_000;
/// ...and from here on nanoseconds (since March 1973); what lies between would be microseconds, which are not taken.
const NANOS_FROM: u64 = 100_000_000_000_000_000;

/// The instant that `text` names for a request that arrived at `now`: unix seconds, milliseconds or nanoseconds,
/// RFC 3339, `now`, or `now-` and a duration.
pub(super) fn parse_time(name: &str, text: &str, now: UnixNanos) -> Result<UnixNanos, Failure> {
    let relative = text.strip_prefix("now").map(|rest| before(rest, now));
    let found = relative.unwrap_or_else(|| match text.parse() {
        Ok(number) => by_magnitude(number),
        Err(_) => UnixNanos::try_from(text.parse::<Timestamp>().ok()?.as_nanosecond()).ok(),
    });
    found.ok_or_else(|| {
        Failure::invalid(format!(
            "{name} is {text:?}, which is not a time: write unix seconds, milliseconds or nanoseconds, RFC 3339 (with \
             %2B for +) such as 2026-01-31T12:00:00Z, now, or now-15m"
        ))
    })
}

/// From `start` to `end`: up to now when there is no end, the hour before it when there is no start.
pub(super) fn range_of(
    start: Option<UnixNanos>,
    end: Option<UnixNanos>,
    now: UnixNanos,
) -> Result<TimeRange, Failure> {
    let end = end.unwrap_or(now);
    let start = start.unwrap_or_else(|| end.saturating_sub(DEFAULT_RANGE_NS));
    if start >= end {
        return Err(Failure::invalid(format!("start ({start} ns) is not before end ({end} ns)")));
    }
    Ok(TimeRange { start, end })
}

/// The length of time that `text` names, in ns.
pub(super) fn parse_duration_ns(name: &str, text: &str) -> Result<u64, Failure> {
    let nanos = humantime::parse_duration(text).ok().and_then(nanos_of);
    nanos.ok_or_else(|| {
        Failure::invalid(format!(
            "{name} is {text:?}, which is not a duration: write a number and a unit, such as 10s or 1m30s"
        ))
    })
}

fn before(rest: &str, now: UnixNanos) -> Option<UnixNanos> {
    if rest.is_empty() {
        return Some(now);
    }
    let duration = humantime::parse_duration(rest.strip_prefix('-')?).ok()?;
    now.checked_sub(nanos_of(duration)?)
}

fn by_magnitude(number: u64) -> Option<UnixNanos> {
    match number {
        ..SECONDS_BELOW => number.checked_mul(1_000_000_000),
        SECONDS_BELOW..MILLIS_BELOW => number.checked_mul(1_000_000),
        NANOS_FROM.. => Some(number),
        _ => None,
    }
}

fn nanos_of(duration: Duration) -> Option<u64> {
    u64::try_from(duration.as_nanos()).ok()
}

#[cfg(test)]
mod tests;
