//! What is counted: each figure has one name and one meaning.

/// A figure of one tenant's requests of one component. Requests and bytes stand at the component of most of the
/// request's spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Requests whose body was read, or that were refused before.
    ReceivedRequests,
    /// Bytes of the bodies read, after inflation.
    ReceivedBytes,
    /// Spans of the bodies read, those included that cannot be kept.
    ReceivedSpans,
    /// Requests answered with success, those with rejected spans included.
    AcknowledgedRequests,
    /// Bytes of these.
    AcknowledgedBytes,
    /// Spans acknowledged: durable, and found by every later query.
    AcknowledgedSpans,
    /// Spans refused by partial success, because of their ids.
    RejectedSpans,
    /// Retries of what is kept already: answered, and not kept again.
    DuplicateRequests,
    /// Bytes of these.
    DuplicateBytes,
    /// Spans of these.
    DuplicateSpans,
    /// Acknowledged spans that arrived more than 60 s after their end.
    LateSpans,
    /// Attributes, events and links that were left out because a span had too many.
    TruncatedItems,
    /// Values and names that were cut because they were too long, and lists replaced because they lay too deep.
    TruncatedValues,
    /// Values in which something secret was masked.
    MaskedValues,
    /// Strings that were not UTF-8 and were repaired.
    RepairedStrings,
    /// Links left out because their ids are faulty.
    DroppedLinks,
    /// Spans that end before they start, kept as they are.
    EndedBeforeStart,
    /// Spans written to segments; without a component.
    FlushedSpans,
    /// Spans that rules of `storage.thin` dropped from segments, in the minute in which they did; without a component.
    ThinnedSpans,
}

impl Measure {
    /// Every figure.
    pub const ALL: [Self; 19] = [
        Self::ReceivedRequests,
        Self::ReceivedBytes,
        Self::ReceivedSpans,
        Self::AcknowledgedRequests,
        Self::AcknowledgedBytes,
        Self::AcknowledgedSpans,
        Self::RejectedSpans,
        Self::DuplicateRequests,
        Self::DuplicateBytes,
        Self::DuplicateSpans,
        Self::LateSpans,
        Self::TruncatedItems,
        Self::TruncatedValues,
        Self::MaskedValues,
        Self::RepairedStrings,
        Self::DroppedLinks,
        Self::EndedBeforeStart,
        Self::FlushedSpans,
        Self::ThinnedSpans,
    ];

    /// Its name in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReceivedRequests => "received_requests",
            Self::ReceivedBytes => "received_bytes",
            Self::ReceivedSpans => "received_spans",
            Self::AcknowledgedRequests => "acknowledged_requests",
            Self::AcknowledgedBytes => "acknowledged_bytes",
            Self::AcknowledgedSpans => "acknowledged_spans",
            Self::RejectedSpans => "rejected_spans",
            Self::DuplicateRequests => "duplicate_requests",
            Self::DuplicateBytes => "duplicate_bytes",
            Self::DuplicateSpans => "duplicate_spans",
            Self::LateSpans => "late_spans",
            Self::TruncatedItems => "truncated_items",
            Self::TruncatedValues => "truncated_values",
            Self::MaskedValues => "masked_values",
            Self::RepairedStrings => "repaired_strings",
            Self::DroppedLinks => "dropped_links",
            Self::EndedBeforeStart => "spans_ended_before_start",
            Self::FlushedSpans => "flushed_spans",
            Self::ThinnedSpans => "thinned_spans",
        }
    }
}
