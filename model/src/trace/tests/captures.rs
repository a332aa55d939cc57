//! What the captures are known to hold.

use crate::trace::PieceKind;
use crate::trace::testing::{assembled, by_trace, fixture};

#[test]
fn every_captured_span_is_in_its_trace_once() {
    for slice in ["calm", "stall"] {
        let spans = fixture(slice);
        let mut orphans = 0;
        let mut found = 0;
        for group in by_trace(&spans).values() {
            let trace = assembled(group.iter().copied());
            assert_eq!(trace.nodes.len(), group.len());
            let known = |id| group.iter().any(|one| one.span.span_id == id);
            orphans += group.iter().filter(|one| one.span.parent_span_id.is_some_and(|id| !known(id))).count()
                as u64;
            found += trace.faults.orphans;
            assert_eq!((trace.faults.copies, trace.faults.conflicting, trace.faults.cycles), (0, 0, 0));
            assert_eq!(
                trace.completeness.has_all_spans(),
                trace.faults.orphans == 0 && trace.faults.roots > 0
            );
        }
        assert_eq!(found, orphans);
        assert!(orphans > 0, "slices are cut at their edges");
    }
}

/// Probes join the trace of the first `syncPod` of their pod (captures/README, finding 6).
#[test]
fn pieces_of_captured_traces_are_short() {
    let spans = fixture("calm");
    let mut probes = 0;
    for group in by_trace(&spans).values() {
        let trace = assembled(group.iter().copied());
        let pieces = trace.cut();
        let mut nodes: Vec<_> = pieces.iter().flat_map(|piece| piece.nodes.clone()).collect();
        nodes.sort_unstable();
        assert!(nodes.into_iter().eq(0..trace.nodes.len()), "every node is in one piece");
        for piece in pieces.iter().filter(|piece| piece.kind != PieceKind::Other) {
            let root = &trace.nodes[piece.nodes[0]];
            assert!(piece.end - root.interval().1 < 1_000_000_000, "{}", root.view.span.name);
            probes += u32::from(piece.kind == PieceKind::Probe);
        }
    }
    assert!(probes > 50, "{probes}");
}
