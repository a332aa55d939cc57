//! Latency by span name over one range, as a table, JSON or CSV.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cli::Format;
use crate::format;

/// What is read of the API's latency answer.
#[derive(Debug, Deserialize)]
pub(super) struct LatencyJson {
    series: Vec<SeriesJson>,
    #[serde(default)]
    pub(super) explanation: Vec<String>,
    stats: StatsJson,
}

#[derive(Debug, Deserialize)]
struct SeriesJson {
    labels: BTreeMap<String, Option<String>>,
    #[serde(default)]
    other: bool,
    points: Vec<PointJson>,
    exemplars: Vec<ExemplarJson>,
}

#[derive(Debug, Deserialize)]
struct PointJson {
    count: u64,
    errors: u64,
    quantiles: BTreeMap<String, u64>,
}

#[derive(Debug, Deserialize)]
struct ExemplarJson {
    trace_id: String,
    duration_ns: u64,
}

#[derive(Debug, Deserialize)]
struct StatsJson {
    rows_read: u64,
    elapsed_ms: f64,
    complete: bool,
    #[serde(default)]
    incomplete_because: Vec<String>,
    #[serde(default)]
    possible_duplicates: bool,
}

impl StatsJson {
    /// What is not certain about the figures.
    fn reservations(&self) -> String {
        let mut text = String::new();
        if !self.complete {
            let reasons = self.incomplete_because.join(", ").replace('_', " ");
            text.push_str(&format!("; incomplete: some data could not be read yet ({reasons})"));
        }
        if self.possible_duplicates {
            text.push_str("; spans that were sent twice may be counted twice");
        }
        text
    }
}

/// One line for each span name.
#[derive(Debug)]
pub(super) struct Summary {
    rows: Vec<Row>,
    stats: StatsJson,
}

/// The figures of one name.
#[derive(Debug, Serialize)]
struct Row {
    count: u64,
    errors: u64,
    p50_ns: u64,
    p90_ns: u64,
    p99_ns: u64,
    slowest_ns: u64,
    slowest_trace_id: String,
    name: String,
}

impl From<LatencyJson> for Summary {
    fn from(answer: LatencyJson) -> Self {
        let rows = answer.series.into_iter().filter_map(Row::from_series).collect();
        Self { rows, stats: answer.stats }
    }
}

impl Row {
    /// `None` for a series without spans in the range.
    fn from_series(series: SeriesJson) -> Option<Self> {
        let point = series.points.first()?;
        let slowest = series.exemplars.iter().max_by_key(|exemplar| exemplar.duration_ns);
        let quantile = |name: &str| point.quantiles.get(name).copied().unwrap_or(0);
        let name = match series.labels.into_values().next().flatten() {
            _ if series.other => "(other names)".to_owned(),
            Some(name) => name,
            None => "(no name)".to_owned(),
        };
        Some(Self {
            count: point.count,
            errors: point.errors,
            p50_ns: quantile("0.5"),
            p90_ns: quantile("0.9"),
            p99_ns: quantile("0.99"),
            slowest_ns: slowest.map_or(0, |exemplar| exemplar.duration_ns),
            slowest_trace_id: slowest.map_or_else(String::new, |exemplar| exemplar.trace_id.clone()),
            name,
        })
    }

    fn cells(&self, duration: impl Fn(u64) -> String, count: impl Fn(u64) -> String) -> Vec<String> {
        let [p50, p90, p99, slowest] = [self.p50_ns, self.p90_ns, self.p99_ns, self.slowest_ns].map(duration);
        let [spans, errors] = [self.count, self.errors].map(count);
        vec![spans, errors, p50, p90, p99, slowest, self.slowest_trace_id.clone(), self.name.clone()]
    }
}

impl Summary {
    /// The text in `format`.
    pub(super) fn print(&self, format: Format) -> anyhow::Result<String> {
        Ok(match format {
            Format::Table => self.table(),
            Format::Json => serde_json::to_string_pretty(&self.rows)?,
            Format::Csv => self.csv(),
        })
    }

    fn table(&self) -> String {
        let StatsJson { rows_read, elapsed_ms, .. } = &self.stats;
        let read = format!(
            "{} spans read in {elapsed_ms:.0} ms{}",
            format::count(*rows_read),
            self.stats.reservations()
        );
        if self.rows.is_empty() {
            return format!("no span matches in this time range; {read}");
        }
        let header =
            ["COUNT", "ERRORS", "P50", "P90", "P99", "SLOWEST", "ITS TRACE", "NAME"].map(str::to_owned);
        let mut lines = vec![header.to_vec()];
        lines.extend(self.rows.iter().map(|row| row.cells(format::duration, format::count)));
        format!("{}\n{read}", format::table(&lines, &[0, 1, 2, 3, 4, 5]))
    }

    fn csv(&self) -> String {
        let header =
            ["count", "errors", "p50_ns", "p90_ns", "p99_ns", "slowest_ns", "slowest_trace_id", "name"];
        let mut text = format::csv_line(header.into_iter());
        for row in &self.rows {
            let cells = row.cells(|nanos| nanos.to_string(), |count| count.to_string());
            text.push_str(&format::csv_line(cells.iter().map(String::as_str)));
        }
        text
    }
}

#[cfg(test)]
mod tests;
