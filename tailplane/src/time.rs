//! Times as people write them on a command line.

use std::time::Duration;

use proto::{TimeRange, UnixNanos};

/// The range from `start` to `end`, each as [`read`] takes it.
///
/// # Errors
/// When one cannot be read, or they are the wrong way round.
pub(crate) fn range(start: &str, end: &str, now: UnixNanos) -> Result<TimeRange, String> {
    let range = TimeRange {
        start: read(start, now).ok_or_else(|| unreadable("--start", start))?,
        end: read(end, now).ok_or_else(|| unreadable("--end", end))?,
    };
    if range.start >= range.end {
        return Err(format!("--start {start} is not before --end {end}"));
    }
    Ok(range)
}

fn unreadable(flag: &str, text: &str) -> String {
    format!("{flag} {text:?} is no time: give now, now-15m, 2026-11-20T13:31:00Z, or Unix seconds, ms or ns")
}

/// Unix seconds, milliseconds or nanoseconds, RFC 3339, `now`, or `now-` and a duration.
fn read(text: &str, now: UnixNanos) -> Option<UnixNanos> {
    if text == "now" {
        return Some(now);
    }
    if let Some(back) = text.strip_prefix("now-") {
        return now.checked_sub(nanos(humantime::parse_duration(back).ok()?)?);
    }
    if let Ok(number) = text.parse::<u64>() {
        return match text.len() {
            0..=11 => number.checked_mul(1_000_000_000),
            12..=14 => number.checked_mul(1_000_000),
            _ => Some(number),
        };
    }
    let instant = text.parse::<jiff::Timestamp>().ok()?;
    UnixNanos::try_from(instant.as_nanosecond()).ok()
}

fn nanos(duration: Duration) -> Option<u64> {
    u64::try_from(duration.as_nanos()).ok()
}

/// An instant as answers of the API have it, nanoseconds since the Unix epoch, to the second in UTC.
#[must_use]
pub(crate) fn shown(nanos: &str) -> String {
    let time = nanos.parse::<i128>().ok().and_then(|nanos| jiff::Timestamp::from_nanosecond(nanos).ok());
    time.map_or_else(|| nanos.to_owned(), |time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// A slot that holds all of `range`, as start and length: slots begin at multiples of their length, so the
/// length is stretched until one of them begins just before the range.
#[must_use]
pub(crate) fn one_slot(range: TimeRange) -> TimeRange {
    // `index` lengths fit before the start; the division loses less than `index` ns of it, which the end has
    // to spare.
    let length_of = |index: u64| range.start / index.max(1);
    let mut index = range.start / range.duration_ns().max(1);
    loop {
        let length_ns = length_of(index);
        let start = length_ns * index;
        let end = start.saturating_add(length_ns);
        if end >= range.end || index <= 1 {
            return TimeRange { start, end: end.max(range.end) };
        }
        index -= (index / 1_000_000).max(1);
    }
}

#[cfg(test)]
mod tests;
