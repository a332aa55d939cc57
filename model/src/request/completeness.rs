//! What is missing from a request row.

/// Something a complete row has and this one has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Gap {
    /// The request reached its handler, as far as can be told, but the handler's span is not there.
    HandlerMissing,
    /// Spans of the request are in the trace, but those between them and the server span are not.
    SpansDetached,
    /// A storage span says that etcd was called, but the call's span is not there.
    EtcdCallMissing,
    /// The server span ended before its handler and has no status code: a mistake of Kubernetes 1.33.
    ServerSpanCutShort,
    /// The response's status code is not known: the server span ended before the response, so that its duration may be
    /// too short (Kubernetes 1.33, requests without a handler span).
    CodeMissing,
    /// Verb or resource are not known.
    KeysUnknown,
    /// Events or attributes were dropped: counts are lower bounds, and time between events is the span's own.
    DetailsDropped,
    /// The server span ends before it starts.
    Inverted,
}

impl Gap {
    /// Every gap.
    pub const ALL: [Self; 8] = [
        Self::HandlerMissing,
        Self::SpansDetached,
        Self::EtcdCallMissing,
        Self::ServerSpanCutShort,
        Self::CodeMissing,
        Self::KeysUnknown,
        Self::DetailsDropped,
        Self::Inverted,
    ];

    /// The lower-case name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HandlerMissing => "handler_missing",
            Self::SpansDetached => "spans_detached",
            Self::EtcdCallMissing => "etcd_call_missing",
            Self::ServerSpanCutShort => "server_span_cut_short",
            Self::CodeMissing => "code_missing",
            Self::KeysUnknown => "keys_unknown",
            Self::DetailsDropped => "details_dropped",
            Self::Inverted => "inverted",
        }
    }

    /// What is missing, as a person reads it.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::HandlerMissing => "the handler's span did not arrive",
            Self::SpansDetached => "spans between the request and some of its parts did not arrive",
            Self::EtcdCallMissing => "the span of a call of etcd did not arrive",
            Self::ServerSpanCutShort => {
                "Kubernetes 1.33 ended the server span early: the handler's end counts"
            }
            Self::CodeMissing => "the response's status code is not known",
            Self::KeysUnknown => "verb or resource are not known",
            Self::DetailsDropped => "events or attributes were dropped by the API server",
            Self::Inverted => "the server span ends before it starts",
        }
    }

    /// Whether this means that a span did not arrive.
    #[must_use]
    pub const fn is_lost_span(self) -> bool {
        matches!(self, Self::HandlerMissing | Self::SpansDetached | Self::EtcdCallMissing)
    }
}

/// A set of gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gaps(u8);

impl Gaps {
    /// Adds `gap` where `is_there`.
    pub const fn note(&mut self, gap: Gap, is_there: bool) {
        if is_there {
            self.0 |= 1 << gap as u8;
        }
    }

    /// Whether `gap` is in the set.
    #[must_use]
    pub const fn has(self, gap: Gap) -> bool {
        self.0 & (1 << gap as u8) != 0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The gaps in the set.
    pub fn iter(self) -> impl Iterator<Item = Gap> {
        Gap::ALL.into_iter().filter(move |gap| self.has(*gap))
    }

    /// Whether some span is known not to have arrived.
    #[must_use]
    pub fn has_lost_spans(self) -> bool {
        self.iter().any(Gap::is_lost_span)
    }
}
