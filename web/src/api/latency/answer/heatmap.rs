//! A heatmap as JSON.

use model::latency::SpanReference;
use proto::{SpanId, TraceId, UnixNanos};
use query::latency::{Heatmap, HeatmapSlot, SlotInstant};
use serde::Serialize;

use crate::api::json::Text;

#[derive(Serialize)]
pub(super) struct HeatmapJson<'a> {
    /// Where bands begin, and where the last ends.
    bounds_ns: &'a [u64],
    slots: Vec<SlotJson<'a>>,
}

#[derive(Serialize)]
struct SlotJson<'a> {
    t: Text<UnixNanos>,
    /// By band.
    counts: &'a [u64],
    exemplars: Vec<CellExemplarJson>,
}

#[derive(Serialize)]
struct CellExemplarJson {
    /// The place of its band.
    band: usize,
    t: Text<UnixNanos>,
    trace_id: Text<TraceId>,
    span_id: Text<SpanId>,
    duration_ns: u64,
    error: bool,
}

impl<'a> HeatmapJson<'a> {
    /// `instant` is that of a span which put it into its slot.
    pub(super) fn new(heatmap: &'a Heatmap, instant: SlotInstant) -> Self {
        let slot = |slot: &'a HeatmapSlot| SlotJson {
            t: Text(slot.slot),
            counts: &slot.counts,
            exemplars: slot
                .exemplars
                .iter()
                .map(|(band, span)| cell_exemplar(*band, span, instant))
                .collect(),
        };
        Self { bounds_ns: &heatmap.bounds_ns, slots: heatmap.slots.iter().map(slot).collect() }
    }
}

fn cell_exemplar(band: usize, span: &SpanReference, instant: SlotInstant) -> CellExemplarJson {
    let time = match instant {
        SlotInstant::Start => span.start,
        SlotInstant::End => span.start.saturating_add(span.duration_ns),
    };
    CellExemplarJson {
        band,
        t: Text(time),
        trace_id: Text(span.trace_id),
        span_id: Text(span.span_id),
        duration_ns: span.duration_ns,
        error: span.error,
    }
}
