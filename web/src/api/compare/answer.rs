//! What is different, as JSON.

use proto::{SpanId, TraceId};
use query::compare::{CompareAnswer, ComparedValue, Counts, Finding};
use serde::Serialize;

use crate::api::json::{StatsJson, Text};

#[derive(Serialize)]
pub(super) struct CompareJson<'a> {
    counts: CountsJson,
    findings: Vec<FindingJson<'a>>,
    hidden: Vec<HiddenJson<'a>>,
    compared: ComparedJson,
    stats: StatsJson,
}

#[derive(Serialize)]
struct CountsJson {
    selected: u64,
    baseline: u64,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    #[serde(flatten)]
    value: ValueJson<'a>,
    counts: CountsJson,
    /// Its share of the selected rows, 0 to 1, and of the others.
    share_selected: f64,
    share_baseline: f64,
    difference: f64,
    q_value: f64,
    exemplars: Vec<ExemplarJson>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    together_with: Vec<ValueJson<'a>>,
}

#[derive(Serialize)]
struct ValueJson<'a> {
    attribute: &'a str,
    value: Option<&'a str>,
    /// The TraceQL filter of these rows; null where there is none.
    filter: Option<String>,
}

#[derive(Serialize)]
struct ExemplarJson {
    trace_id: Text<TraceId>,
    span_id: Text<SpanId>,
    duration_ns: u64,
}

#[derive(Serialize)]
struct HiddenJson<'a> {
    attribute: &'a str,
    rows: u64,
    distinct: u64,
}

#[derive(Serialize)]
struct ComparedJson {
    attributes: u64,
    values: u64,
}

impl<'a> CompareJson<'a> {
    pub(super) fn new(answer: &'a CompareAnswer) -> Self {
        Self {
            counts: answer.counts.into(),
            findings: answer.findings.iter().map(|finding| finding_json(finding, answer.counts)).collect(),
            hidden: answer
                .hidden
                .iter()
                .map(|hidden| HiddenJson {
                    attribute: &hidden.attribute,
                    rows: hidden.rows,
                    distinct: hidden.distinct,
                })
                .collect(),
            compared: ComparedJson { attributes: answer.compared.attributes, values: answer.compared.values },
            stats: (&answer.stats).into(),
        }
    }
}

fn finding_json(finding: &Finding, all: Counts) -> FindingJson<'_> {
    let share = |part: u64, of: u64| if of == 0 { 0.0 } else { part as f64 / of as f64 };
    FindingJson {
        value: (&finding.value).into(),
        counts: finding.counts.into(),
        share_selected: share(finding.counts.selected, all.selected),
        share_baseline: share(finding.counts.baseline, all.baseline),
        difference: finding.difference,
        q_value: finding.q_value,
        exemplars: finding
            .exemplars
            .iter()
            .map(|exemplar| ExemplarJson {
                trace_id: Text(exemplar.trace_id),
                span_id: Text(exemplar.span_id),
                duration_ns: exemplar.duration_ns,
            })
            .collect(),
        together_with: finding.together_with.iter().map(Into::into).collect(),
    }
}

impl<'a> From<&'a ComparedValue> for ValueJson<'a> {
    fn from(value: &'a ComparedValue) -> Self {
        Self {
            attribute: &value.attribute,
            value: value.text.as_deref(),
            filter: value.condition.as_ref().map(|condition| format!("{{ {condition} }}")),
        }
    }
}

impl From<Counts> for CountsJson {
    fn from(counts: Counts) -> Self {
        Self { selected: counts.selected, baseline: counts.baseline }
    }
}
