//! Spans of one API request that are in several traces: they carry the same audit id.

use crate::SpanView;

/// The attribute, on handler spans since Kubernetes 1.26 and on server spans since 1.34.
const AUDIT_ID: &str = "audit-id";

/// The spans of one audit id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditGroup<'a> {
    /// The audit id. Clients may choose it (header `Audit-ID`), so that two requests may share one.
    pub audit_id: &'a str,
    /// Positions of the spans, by trace id and then ascending.
    pub spans: Vec<usize>,
    /// How many traces they are in; at least two.
    pub traces: usize,
}

/// The audit ids that are found in more than one trace, in their order. An aggregated API server gets the audit id of
/// the request from kube-apiserver.
#[must_use]
pub fn across_traces<'a>(spans: &[SpanView<'a>]) -> Vec<AuditGroup<'a>> {
    let mut tagged: Vec<_> = spans
        .iter()
        .enumerate()
        .filter_map(|(index, view)| Some((view.text(AUDIT_ID)?, view.span.trace_id, index)))
        .filter(|(audit_id, _, _)| !audit_id.is_empty())
        .collect();
    tagged.sort_unstable();
    tagged
        .chunk_by(|a, b| a.0 == b.0)
        .filter_map(|group| {
            let traces = group.chunk_by(|a, b| a.1 == b.1).count();
            let spans = group.iter().map(|(_, _, index)| *index).collect();
            (traces > 1).then_some(AuditGroup { audit_id: group[0].0, spans, traces })
        })
        .collect()
}
