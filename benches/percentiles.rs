//! Percentiles of measured times.

use std::fmt;
use std::time::Duration;

/// Times in order.
#[derive(Debug, Clone)]
pub struct Percentiles(Vec<Duration>);

impl Percentiles {
    /// The percentiles of `times`.
    #[must_use]
    pub fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// The time that a share of `quantile` does not exceed; zero when nothing was measured.
    #[must_use]
    pub fn at(&self, quantile: f64) -> Duration {
        let rank = (quantile * self.0.len() as f64).ceil().max(1.0) as usize;
        self.0.get(rank - 1).copied().unwrap_or_default()
    }
}

impl fmt::Display for Percentiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |quantile| self.at(quantile).as_secs_f64() * 1e3;
        write!(
            f,
            "p50 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms, max {:.2} ms ({} measured)",
            ms(0.5),
            ms(0.99),
            ms(0.999),
            ms(1.0),
            self.0.len()
        )
    }
}
