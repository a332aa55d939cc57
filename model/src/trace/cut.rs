//! Cutting traces that never end into pieces that do.
//!
//! The probes of a pod run with the context of the `syncPod` that started them (kubernetes `pkg/kubelet/kubelet.go`,
//! `probeManager.AddPod(ctx)`, since 1.35), so that every exec probe of the pod's life joins one trace.

use proto::UnixNanos;

use super::Trace;

/// The kubelet's span over one round of work for a pod.
const SYNC_POD: &str = "syncPod";

/// How the names of exec probes end; before it stands the version of the runtime interface.
const EXEC_SYNC: &str = ".RuntimeService/ExecSync";

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceKind {
    /// A `syncPod` and what it waited for.
    SyncPod,
    /// One run of an exec probe.
    Probe,
    /// A tree that begins with something else.
    Other,
}

/// A part of a trace that stands for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub kind: PieceKind,
    /// Its nodes, ascending; the first is its root.
    pub nodes: Vec<usize>,
    /// The earliest start.
    pub start: UnixNanos,
    /// The latest end.
    pub end: UnixNanos,
}

impl Trace<'_> {
    /// The trace in pieces: each root begins one, each `syncPod`, and each exec probe that `syncPod` did not wait
    /// for. Every node is in exactly one; the pieces stand in the order of their roots.
    #[must_use]
    pub fn cut(&self) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut piece_of = Vec::with_capacity(self.nodes.len());
        for (index, node) in self.nodes.iter().enumerate() {
            let (start, end) = node.interval();
            let kind = self.piece_that_begins_at(index);
            match node.parent.filter(|_| kind == PieceKind::Other) {
                Some(parent) => {
                    let piece: usize = piece_of[parent];
                    pieces[piece].nodes.push(index);
                    pieces[piece].start = pieces[piece].start.min(start);
                    pieces[piece].end = pieces[piece].end.max(end);
                    piece_of.push(piece);
                }
                None => {
                    piece_of.push(pieces.len());
                    pieces.push(Piece { kind, nodes: vec![index], start, end });
                }
            }
        }
        pieces
    }

    fn piece_that_begins_at(&self, node: usize) -> PieceKind {
        let name = |node: usize| self.nodes[node].view.span.name.as_ref();
        let parent = self.nodes[node].parent;
        if name(node) == SYNC_POD {
            return PieceKind::SyncPod;
        }
        // An exec that ends inside is a hook, which `syncPod` waits for.
        let is_awaited = || self.nodes[node].outlives_parent_ns.is_none();
        let is_probe =
            name(node).ends_with(EXEC_SYNC) && parent.is_none_or(|up| name(up) == SYNC_POD && !is_awaited());
        if is_probe { PieceKind::Probe } else { PieceKind::Other }
    }
}
