//! Duration literals: Prometheus' form (`1h30m`, `1d`) and Go's (`1.5s`, `10us`), in ns.

use std::fmt;

const UNITS: [(&str, u64); 11] = [
    ("y", 365 * 86_400_000_000_000),
    ("w", 7 * 86_400_000_000_000),
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("ms", 1_000_000),
    ("m", 60_000_000_000),
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("s", 1_000_000_000),
];

/// What Prometheus knows and Go does not.
const CALENDAR_NS: u64 = 86_400_000_000_000;
/// What Go knows and Prometheus does not.
const BELOW_PROMETHEUS_NS: u64 = 1_000_000;
/// Digits of a fraction beyond this are below any unit's resolution in ns.
const FRACTION_DIGITS: usize = 17;

/// A duration without sign, in ns; at most 2^63. None when the text is neither form or too long a time.
pub(super) fn parse(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut total = 0_u64;
    let mut units = Vec::new();
    let mut fractions = false;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(end);
        let (name, unit) = UNITS.into_iter().find(|(name, _)| after.starts_with(name))?;
        fractions |= number.contains('.');
        total = total.checked_add(scaled(number, unit)?)?;
        units.push(unit);
        rest = &after[name.len()..];
    }
    let prometheus = !fractions
        && units.windows(2).all(|pair| pair[0] > pair[1])
        && units.iter().all(|unit| *unit >= BELOW_PROMETHEUS_NS);
    let go = units.iter().all(|unit| *unit < CALENDAR_NS);
    (!units.is_empty() && (prometheus || go) && total <= 1 << 63).then_some(total)
}

/// `number` (digits with at most one point) times `unit`, truncated to ns.
fn scaled(number: &str, unit: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let fraction = &fraction[..fraction.len().min(FRACTION_DIGITS)];
    let mut value = whole.checked_mul(unit)?;
    if !fraction.is_empty() {
        let parts = u128::from(fraction.parse::<u64>().ok()?) * u128::from(unit);
        let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
        value = value.checked_add(u64::try_from(parts / scale).ok()?)?;
    }
    Some(value)
}

/// Prints ns as one whole number of the largest unit up to hours that leaves no rest.
pub(super) fn write(f: &mut fmt::Formatter<'_>, nanos: i64) -> fmt::Result {
    const PRINTED: [(&str, u64); 6] = [
        ("h", 3_600_000_000_000),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
        ("us", 1_000),
        ("ns", 1),
    ];
    let magnitude = nanos.unsigned_abs();
    if magnitude == 0 {
        return f.write_str("0s");
    }
    let sign = if nanos < 0 { "-" } else { "" };
    let fitting = PRINTED.into_iter().find(|(_, unit)| magnitude.is_multiple_of(*unit));
    let (name, unit) = fitting.unwrap_or(("ns", 1));
    write!(f, "{sign}{}{name}", magnitude / unit)
}
