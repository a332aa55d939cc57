//! The cells of a notebook.

#![expect(
    dead_code,
    reason = "what the page does with most fields is its own affair: here they only have to be such"
)]

use serde::Deserialize;
use serde::de::IgnoredAny;

const HEIGHTS: std::ops::RangeInclusive<u32> = 40..=2_000;
const ID_CHARACTERS_MAX: usize = 64;

/// A cell: what every kind has, and what its own has. Fields that no kind knows are refused.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cell {
    pub(super) id: String,
    kind: Kind,
    title: Option<String>,
    width: Option<Width>,
    height: Option<u32>,
    time: Option<CellTime>,
    ignore_filters: Option<bool>,
    of: Option<String>,
    pin: Option<Pin>,

    text: Option<String>,
    query: Option<String>,
    filter: Option<Vec<String>>,
    by: Option<Vec<String>>,
    quantiles: Option<Vec<String>>,
    show: Option<Show>,
    slots: Option<Slots>,
    thresholds: Option<Vec<Threshold>>,
    before: Option<String>,
    limit: Option<u32>,
    objective: Option<f64>,
    step: Option<String>,
    rows: Option<Rows>,
    selection: Option<Selection>,
    baseline: Option<CellTime>,
    trace_id: Option<String>,
    span_id: Option<String>,
    near: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Markdown,
    Latency,
    Heatmap,
    Series,
    Traces,
    Sql,
    Compare,
    Shares,
    Trace,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Width {
    Full,
    Half,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Show {
    Latency,
    Rate,
    Errors,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Slots {
    End,
    Start,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Rows {
    Spans,
    Requests,
    PodStarts,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CellTime {
    from: String,
    to: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Threshold {
    ns: u64,
    label: String,
}

/// Of a heatmap a box, of a comparison a condition.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Selection {
    Condition(String),
    Box(SelectedBox),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SelectedBox {
    from: String,
    to: String,
    low_ns: u64,
    high_ns: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pin {
    at: String,
    answer: IgnoredAny,
}

impl Cell {
    /// Whether it has what its kind needs and nothing that only others have.
    ///
    /// # Errors
    /// In words.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.id.is_empty() || self.id.chars().count() > ID_CHARACTERS_MAX {
            return Err(format!("an id has 1 to {ID_CHARACTERS_MAX} characters"));
        }
        if let Some(height) = self.height.filter(|height| !HEIGHTS.contains(height)) {
            return Err(format!("height is {height}: it is {} to {}", HEIGHTS.start(), HEIGHTS.end()));
        }
        for (name, is_there) in self.own_fields() {
            if is_there && !self.kind.may_have().contains(&name) {
                return Err(format!("{name} is none of its fields, as its kind is {}", self.kind.name()));
            }
            if !is_there && self.kind.needs() == Some(name) {
                return Err(format!("{name} is missing, which its kind, {}, needs", self.kind.name()));
            }
        }
        let is_box = matches!(self.selection, Some(Selection::Box(_)));
        if self.selection.is_some() && is_box != (self.kind == Kind::Heatmap) {
            return Err("selection is a box in a heatmap, and a condition in a comparison".to_owned());
        }
        if let Some(objective) = self.objective.filter(|part| !(*part > 0.0 && *part < 1.0)) {
            return Err(format!("objective is {objective}: it is a part between 0 and 1, such as 0.999"));
        }
        if self.kind == Kind::Shares && self.rows == Some(Rows::Spans) {
            return Err("rows is spans: shares are those of requests or pod_starts".to_owned());
        }
        if self.slots == Some(Slots::Start) && !matches!(self.rows, None | Some(Rows::Spans)) {
            return Err("slots is start: requests and pod_starts count where they end".to_owned());
        }
        Ok(())
    }

    /// The fields that not every kind has.
    fn own_fields(&self) -> [(&'static str, bool); 18] {
        [
            ("text", self.text.is_some()),
            ("query", self.query.is_some()),
            ("filter", self.filter.is_some()),
            ("by", self.by.is_some()),
            ("quantiles", self.quantiles.is_some()),
            ("show", self.show.is_some()),
            ("slots", self.slots.is_some()),
            ("thresholds", self.thresholds.is_some()),
            ("before", self.before.is_some()),
            ("limit", self.limit.is_some()),
            ("objective", self.objective.is_some()),
            ("step", self.step.is_some()),
            ("rows", self.rows.is_some()),
            ("selection", self.selection.is_some()),
            ("baseline", self.baseline.is_some()),
            ("trace_id", self.trace_id.is_some()),
            ("span_id", self.span_id.is_some()),
            ("near", self.near.is_some()),
        ]
    }
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::Latency => "latency",
            Self::Heatmap => "heatmap",
            Self::Series => "series",
            Self::Traces => "traces",
            Self::Sql => "sql",
            Self::Compare => "compare",
            Self::Shares => "shares",
            Self::Trace => "trace",
        }
    }

    const fn may_have(self) -> &'static [&'static str] {
        match self {
            Self::Markdown => &["text"],
            Self::Latency => &[
                "rows",
                "filter",
                "by",
                "quantiles",
                "show",
                "slots",
                "thresholds",
                "before",
                "limit",
                "objective",
            ],
            Self::Heatmap => &["rows", "filter", "selection"],
            Self::Series => &["query", "step"],
            Self::Traces => &["query", "limit"],
            Self::Sql => &["query"],
            Self::Compare => &["rows", "filter", "selection", "baseline"],
            Self::Shares => &["rows", "filter", "by", "baseline"],
            Self::Trace => &["trace_id", "span_id", "near"],
        }
    }

    const fn needs(self) -> Option<&'static str> {
        match self {
            Self::Markdown => Some("text"),
            Self::Latency | Self::Heatmap => Some("filter"),
            Self::Series | Self::Traces | Self::Sql => Some("query"),
            Self::Compare | Self::Shares => Some("rows"),
            Self::Trace => Some("trace_id"),
        }
    }
}
