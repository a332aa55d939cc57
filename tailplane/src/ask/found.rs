//! Traces that a TraceQL query finds, and its series, as a table, JSON or CSV.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cli::Format;
use crate::{format, time};

/// What is read of the API's answer to a search.
#[derive(Debug, Deserialize)]
pub(super) struct FoundJson {
    traces: Vec<TraceJson>,
    looked_at: LookedAtJson,
    #[serde(default)]
    pub(super) explanation: Vec<String>,
    stats: StatsJson,
}

#[derive(Debug, Serialize, Deserialize)]
struct TraceJson {
    trace_id: String,
    root_name: Option<String>,
    root_service: Option<String>,
    start: String,
    duration_ns: u64,
    spans: u64,
    spansets: Vec<SpansetJson>,
}

#[derive(Debug, Serialize, Deserialize)]
struct SpansetJson {
    matched: u64,
    #[serde(default)]
    attributes: BTreeMap<String, Value>,
    spans: Vec<Value>,
}

#[derive(Debug, Deserialize)]
struct LookedAtJson {
    traces: u64,
    has_more: bool,
}

#[derive(Debug, Deserialize)]
struct StatsJson {
    rows_read: u64,
    elapsed_ms: f64,
    complete: bool,
}

/// What is read of the API's answer to a metrics query.
#[derive(Debug, Deserialize)]
pub(super) struct SeriesJson {
    series: Vec<OneJson>,
    looked_at: LookedAtJson,
    #[serde(default)]
    pub(super) explanation: Vec<String>,
    stats: StatsJson,
}

#[derive(Debug, Serialize, Deserialize)]
struct OneJson {
    labels: BTreeMap<String, Value>,
    points: Vec<PointJson>,
    #[serde(default)]
    exemplars: Vec<Value>,
}

#[derive(Debug, Serialize, Deserialize)]
struct PointJson {
    t: String,
    /// None is NaN, for which JSON has no number.
    value: Option<f64>,
}

impl FoundJson {
    /// The text in `format`: a line for each spanset of each trace.
    pub(super) fn print(&self, format: Format) -> anyhow::Result<String> {
        if format == Format::Json {
            return Ok(serde_json::to_string_pretty(&self.traces)?);
        }
        let header = ["TRACE", "START", "DURATION", "SPANS", "MATCHED", "SERVICE", "ROOT", "OF THE MATCHED"];
        let mut lines = Vec::new();
        for trace in &self.traces {
            lines.extend(trace.spansets.iter().map(|spanset| trace.cells(spanset, format)));
        }
        if format == Format::Csv {
            let names = [
                "trace_id",
                "start",
                "duration_ns",
                "spans",
                "matched",
                "root_service",
                "root_name",
                "attributes",
            ];
            return Ok(csv(&names, &lines));
        }
        let read = summary(&self.looked_at, &self.stats);
        if lines.is_empty() {
            return Ok(format!("no trace matches in this time range; {read}"));
        }
        lines.insert(0, header.map(str::to_owned).to_vec());
        Ok(format!("{}\n{read}", format::table(&lines, &[2, 3, 4])))
    }
}

impl TraceJson {
    fn cells(&self, spanset: &SpansetJson, format: Format) -> Vec<String> {
        let is_csv = format == Format::Csv;
        vec![
            self.trace_id.clone(),
            if is_csv { self.start.clone() } else { time::shown(&self.start) },
            if is_csv { self.duration_ns.to_string() } else { format::duration(self.duration_ns) },
            self.spans.to_string(),
            spanset.matched.to_string(),
            self.root_service.clone().unwrap_or_default(),
            self.root_name.clone().unwrap_or_else(|| "(its root has not arrived)".to_owned()),
            labels(&spanset.attributes),
        ]
    }
}

impl SeriesJson {
    /// The text in `format`: a line for each point.
    pub(super) fn print(&self, format: Format) -> anyhow::Result<String> {
        if format == Format::Json {
            return Ok(serde_json::to_string_pretty(&self.series)?);
        }
        let mut lines = Vec::new();
        for series in &self.series {
            let labels = labels(&series.labels);
            lines.extend(series.points.iter().map(|point| {
                let t = if format == Format::Csv { point.t.clone() } else { time::shown(&point.t) };
                vec![t, point.value.unwrap_or(f64::NAN).to_string(), labels.clone()]
            }));
        }
        if format == Format::Csv {
            return Ok(csv(&["t", "value", "labels"], &lines));
        }
        let read = summary(&self.looked_at, &self.stats);
        if lines.is_empty() {
            return Ok(format!("no span counts in this time range; {read}"));
        }
        lines.insert(0, ["TIME", "VALUE", "SERIES"].map(str::to_owned).to_vec());
        Ok(format!("{}\n{read}", format::table(&lines, &[1])))
    }
}

fn summary(looked_at: &LookedAtJson, stats: &StatsJson) -> String {
    let more = if looked_at.has_more { "; there may be more: --limit, or a shorter time" } else { "" };
    let complete = if stats.complete { "" } else { "; incomplete: some data could not be read yet" };
    let StatsJson { rows_read, elapsed_ms, .. } = stats;
    // Series that need nothing of other spans look at none but them.
    let read = match looked_at.traces {
        0 => format!("{} spans read", format::count(*rows_read)),
        traces => format!("{} traces looked at", format::count(traces)),
    };
    format!("{read} in {elapsed_ms:.0} ms{more}{complete}")
}

/// `a=1 b="x"`.
fn labels(labels: &BTreeMap<String, Value>) -> String {
    labels.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

fn csv(names: &[&str], lines: &[Vec<String>]) -> String {
    let mut text = format::csv_line(names.iter().copied());
    for line in lines {
        text.push_str(&format::csv_line(line.iter().map(String::as_str)));
    }
    text
}
