//! What is wrong with a trace, counted, and what that means.

use std::fmt;

use super::Node;

/// What is wrong with a trace, counted in spans unless said otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Faults {
    /// Left out, because the trace has more than [`super::TraceLimits::spans_max`].
    pub over_limit: u64,
    /// Further copies of a span with the same ids and content, left out.
    pub copies: u64,
    /// With the ids of another span and other content.
    pub conflicting: u64,
    /// Whose parent is not among the spans.
    pub orphans: u64,
    /// Orphans whose missing parent lies in another process, by their flags: it may never have been sent here.
    pub remote_orphans: u64,
    /// Different parents that are missing.
    pub missing_parents: u64,
    /// Cycles of parents, each cut once.
    pub cycles: u64,
    /// Without a parent id.
    pub roots: u64,
    /// Outside their parent, which another process made.
    pub skewed: u64,
    /// Ending after their parent, which the same process made.
    pub outliving: u64,
    /// Starting before their parent, which the same process made.
    pub preceding: u64,
    /// Ending before they start.
    pub inverted: u64,
    /// Attributes, of spans, events and links, that their process dropped.
    pub dropped_attributes: u64,
    /// Events that their process dropped.
    pub dropped_events: u64,
    /// Links that their process dropped.
    pub dropped_links: u64,
}

/// Why a trace is not complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Parents are missing.
    Orphans {
        /// Spans whose parent is not here.
        spans: u64,
        /// Those among them whose parent lies in another process.
        remote: u64,
        /// Spans that are known to be missing.
        missing: u64,
    },
    /// No span is without a parent id.
    NoRoot,
    /// The trace is larger than the limit.
    OverLimit {
        /// Spans left out.
        spans: u64,
    },
    /// Different spans share ids.
    Conflicting {
        /// Spans that do.
        spans: u64,
    },
    /// Parents go round in a circle.
    Cycles {
        /// How many circles.
        cycles: u64,
    },
    /// Processes dropped parts of spans.
    Dropped {
        /// Attributes.
        attributes: u64,
        /// Events.
        events: u64,
        /// Links.
        links: u64,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Orphans { spans, remote, missing } => {
                write!(
                    f,
                    "{} missing, named as parent by {}",
                    counted(*missing, "span"),
                    counted(*spans, "span")
                )?;
                if *remote > 0 { write!(f, ", {remote} of another process") } else { Ok(()) }
            }
            Self::NoRoot => f.write_str("no span is the root of the trace"),
            Self::OverLimit { spans } => write!(f, "{} beyond the limit, left out", counted(*spans, "span")),
            Self::Conflicting { spans } => write!(f, "{} with the ids of another", counted(*spans, "span")),
            Self::Cycles { cycles } => write!(f, "{} of parents, cut", counted(*cycles, "circle")),
            Self::Dropped { attributes, events, links } => write!(
                f,
                "dropped by the sending processes: {}, {}, {}",
                counted(*attributes, "attribute"),
                counted(*events, "event"),
                counted(*links, "link")
            ),
        }
    }
}

fn counted(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// How complete a trace is, as far as its spans tell: a leaf that never arrived leaves no sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Every parent is here, and nothing was dropped.
    Complete,
    /// Every parent is here, but attributes, events or links were dropped.
    DetailsMissing,
    /// Spans are missing or contradict each other.
    Partial,
}

impl Verdict {
    /// The lower-case name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::DetailsMissing => "details_missing",
            Self::Partial => "partial",
        }
    }
}

/// A verdict and its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completeness {
    /// The verdict.
    pub verdict: Verdict,
    /// What speaks against a complete trace; empty exactly for [`Verdict::Complete`].
    pub reasons: Vec<Reason>,
}

impl Completeness {
    /// Whether no span is known to be missing or contradicted. Details may be missing.
    #[must_use]
    pub fn has_all_spans(&self) -> bool {
        self.verdict < Verdict::Partial
    }

    pub(super) fn judge(faults: &Faults) -> Self {
        let mut reasons = Vec::new();
        if faults.orphans > 0 {
            let (spans, remote, missing) = (faults.orphans, faults.remote_orphans, faults.missing_parents);
            reasons.push(Reason::Orphans { spans, remote, missing });
        }
        if faults.roots == 0 {
            reasons.push(Reason::NoRoot);
        }
        if faults.over_limit > 0 {
            reasons.push(Reason::OverLimit { spans: faults.over_limit });
        }
        if faults.conflicting > 0 {
            reasons.push(Reason::Conflicting { spans: faults.conflicting });
        }
        if faults.cycles > 0 {
            reasons.push(Reason::Cycles { cycles: faults.cycles });
        }
        let spans_missing = !reasons.is_empty();
        let (attributes, events, links) =
            (faults.dropped_attributes, faults.dropped_events, faults.dropped_links);
        if attributes > 0 || events > 0 || links > 0 {
            reasons.push(Reason::Dropped { attributes, events, links });
        }
        let verdict = match (spans_missing, reasons.is_empty()) {
            (true, _) => Verdict::Partial,
            (false, false) => Verdict::DetailsMissing,
            (false, true) => Verdict::Complete,
        };
        Self { verdict, reasons }
    }
}

/// Bits of `Span.flags` (opentelemetry/proto/trace/v1/trace.proto): the next one is known, the parent is remote.
const PARENT_IS_KNOWN_REMOTE: u32 = 0x300;

impl Faults {
    /// Adds what `node` tells of itself.
    pub(super) fn add(&mut self, node: &Node<'_>) {
        let span = node.view.span;
        let one = |is: bool| u64::from(is);
        self.copies += u64::from(node.copies);
        self.conflicting += one(node.is_conflicting);
        self.orphans += one(node.is_orphan());
        self.remote_orphans +=
            one(node.is_orphan() && span.flags & PARENT_IS_KNOWN_REMOTE == PARENT_IS_KNOWN_REMOTE);
        self.cycles += one(node.is_cycle_cut);
        self.roots += one(span.parent_span_id.is_none());
        self.skewed += one(node.skew_ns.is_some());
        self.outliving += one(node.outlives_parent_ns.is_some());
        self.preceding += one(node.precedes_parent_ns.is_some());
        self.inverted += one(span.end < span.start);
        let of_events = span.events.iter().map(|event| u64::from(event.dropped_attributes_count));
        let of_links = span.links.iter().map(|link| u64::from(link.dropped_attributes_count));
        self.dropped_attributes +=
            u64::from(span.dropped_attributes_count) + of_events.chain(of_links).sum::<u64>();
        self.dropped_events += u64::from(span.dropped_events_count);
        self.dropped_links += u64::from(span.dropped_links_count);
    }
}
