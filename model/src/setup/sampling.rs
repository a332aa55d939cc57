//! The share of traces that is sampled.

use std::str::FromStr;

use super::SetupError;

const MILLION: u32 = 1_000_000;
/// Per million, in a percent.
const PERCENT: u32 = 10_000;
/// Digits after the point that a percentage may have.
const DIGITS: usize = 4;

/// The share of traces that is sampled, per million: what `samplingRatePerMillion` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SamplingRate {
    per_million: u32,
}

impl SamplingRate {
    /// So many traces of a million are sampled.
    #[must_use]
    pub fn per_million(self) -> u32 {
        self.per_million
    }

    /// As a share, such as `0.01`.
    #[must_use]
    pub fn ratio(self) -> String {
        decimal(self.per_million, MILLION, 6)
    }

    /// In percent, such as `1` or `0.5`.
    #[must_use]
    pub fn percent(self) -> String {
        decimal(self.per_million, PERCENT, DIGITS)
    }

    /// In percent: how often two decisions that are made independently both say yes.
    #[must_use]
    pub fn both_percent(self) -> String {
        let both = u64::from(self.per_million) * u64::from(self.per_million) / u64::from(MILLION);
        decimal(u32::try_from(both).unwrap_or(MILLION), PERCENT, DIGITS)
    }
}

impl FromStr for SamplingRate {
    type Err = SetupError;

    /// Reads percent: `100`, `1`, `0.5`, with or without a `%` behind it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || SetupError::Sampling { text: text.to_owned() };
        let number = text.strip_suffix('%').unwrap_or(text).trim();
        let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
        let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(whole) || !is_number(part) || part.len() > DIGITS {
            return Err(refuse());
        }
        let whole: u32 = whole.parse().map_err(|_| refuse())?;
        let part: u32 = format!("{part:0<DIGITS$}").parse().map_err(|_| refuse())?;
        let per_million = whole.checked_mul(PERCENT).map(|whole| whole + part);
        match per_million {
            Some(per_million) if per_million <= MILLION => Ok(Self { per_million }),
            _ => Err(refuse()),
        }
    }
}

/// `value / unit`, without zeros at the end.
fn decimal(value: u32, unit: u32, digits: usize) -> String {
    let text = format!("{}.{:0>digits$}", value / unit, value % unit);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests;
