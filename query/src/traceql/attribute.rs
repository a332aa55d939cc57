//! The names a filter may use: attributes by scope, intrinsics, and what is derived at ingest.

use std::fmt;

use model::attributes::HotAttribute;

use super::TraceAttribute;

/// Characters that end an attribute's name unless they stand inside a quoted piece.
pub(super) const NAME_STOPS: &str = "{}()=~!<>&|^,";

/// Whether the character ends an attribute's name (outside quotes).
pub(super) fn ends_name(character: char) -> bool {
    character.is_whitespace() || NAME_STOPS.contains(character)
}

/// What a filter or a `by` refers to. `Display` prints the canonical text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Attribute {
    /// A field every span has, or a field of its events, links or instrumentation scope.
    Intrinsic(Intrinsic),
    /// An attribute the sender wrote: `.name`, `span.name`, `resource.name`, …
    Scoped {
        /// Where it is looked for.
        scope: AttributeScope,
        /// Its key, unquoted; never empty.
        name: String,
    },
    /// A value derived at ingest, written `k8s:name`; one of [`model::derived::DERIVED`].
    Derived(&'static HotAttribute),
    /// What only a whole trace can answer; [`super::parse_filter`] and [`super::parse_attribute`] never yield it.
    Trace(TraceAttribute),
}

impl Attribute {
    /// Whether one span alone cannot answer it.
    #[must_use]
    pub const fn needs_whole_trace(&self) -> bool {
        matches!(self, Self::Trace(_))
    }
}

/// Where an attribute is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AttributeScope {
    /// `.name`: on the span; on the resource when the span has none.
    Any,
    /// `span.name`.
    Span,
    /// `resource.name`.
    Resource,
    /// `event.name`: every event of the span.
    Event,
    /// `link.name`: every link of the span.
    Link,
    /// `instrumentation.name`: the instrumentation scope.
    Instrumentation,
}

impl AttributeScope {
    /// Every scope that has a word.
    pub(super) const NAMED: [Self; 5] =
        [Self::Span, Self::Resource, Self::Event, Self::Link, Self::Instrumentation];

    /// The word before the point; empty for [`AttributeScope::Any`].
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::Span => "span",
            Self::Resource => "resource",
            Self::Event => "event",
            Self::Link => "link",
            Self::Instrumentation => "instrumentation",
        }
    }
}

/// The intrinsics that one span alone can answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Intrinsic {
    /// `name`, `span:name`: a string.
    Name,
    /// `kind`, `span:kind`: a kind.
    Kind,
    /// `status`, `span:status`: a status.
    Status,
    /// `statusMessage`, `span:statusMessage`: a string.
    StatusMessage,
    /// `duration`, `span:duration`: end minus start.
    Duration,
    /// `span:id`: 16 lower-case hex digits.
    SpanId,
    /// `span:parentID`: 16 lower-case hex digits; the empty string for a root.
    ParentSpanId,
    /// `trace:id`: 32 lower-case hex digits.
    TraceId,
    /// `event:name`: a string for each event.
    EventName,
    /// `event:timeSinceStart`: a duration for each event, since the span's start.
    EventTimeSinceStart,
    /// `link:traceID`: 32 lower-case hex digits for each link.
    LinkTraceId,
    /// `link:spanID`: 16 lower-case hex digits for each link.
    LinkSpanId,
    /// `instrumentation:name`: a string.
    InstrumentationName,
    /// `instrumentation:version`: a string.
    InstrumentationVersion,
}

impl Intrinsic {
    /// Every intrinsic.
    pub const ALL: [Self; 14] = [
        Self::Name,
        Self::Kind,
        Self::Status,
        Self::StatusMessage,
        Self::Duration,
        Self::SpanId,
        Self::ParentSpanId,
        Self::TraceId,
        Self::EventName,
        Self::EventTimeSinceStart,
        Self::LinkTraceId,
        Self::LinkSpanId,
        Self::InstrumentationName,
        Self::InstrumentationVersion,
    ];

    /// Whether a span has a value of it for each of its events or links, and none where it has none of those.
    pub(super) const fn is_of_each(self) -> bool {
        matches!(self, Self::EventName | Self::EventTimeSinceStart | Self::LinkTraceId | Self::LinkSpanId)
    }

    /// The canonical word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Kind => "kind",
            Self::Status => "status",
            Self::StatusMessage => "statusMessage",
            Self::Duration => "duration",
            Self::SpanId => "span:id",
            Self::ParentSpanId => "span:parentID",
            Self::TraceId => "trace:id",
            Self::EventName => "event:name",
            Self::EventTimeSinceStart => "event:timeSinceStart",
            Self::LinkTraceId => "link:traceID",
            Self::LinkSpanId => "link:spanID",
            Self::InstrumentationName => "instrumentation:name",
            Self::InstrumentationVersion => "instrumentation:version",
        }
    }

    /// The intrinsic of a word; the short words may also be written after `span:`.
    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|intrinsic| {
            let known = intrinsic.word();
            word == known || (!known.contains(':') && word.strip_prefix("span:") == Some(known))
        })
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Intrinsic(intrinsic) => f.write_str(intrinsic.word()),
            Self::Derived(derived) => write!(f, "k8s:{}", derived.key),
            Self::Scoped { scope, name } => write_scoped(f, *scope, name, false),
            Self::Trace(attribute) => attribute.fmt(f),
        }
    }
}

/// Writes `scope.name`, the name in quotes where it has to be, or where asked for.
pub(super) fn write_scoped(
    f: &mut fmt::Formatter<'_>,
    scope: AttributeScope,
    name: &str,
    quoted: bool,
) -> fmt::Result {
    write!(f, "{}.", scope.word())?;
    // A point before a digit would be read as a fraction.
    let number_like = scope == AttributeScope::Any && name.starts_with(|first: char| first.is_ascii_digit());
    let special = |character: char| {
        ends_name(character) || character.is_control() || character == '"' || character == '\\'
    };
    if !quoted && !number_like && !name.contains(special) {
        return f.write_str(name);
    }
    f.write_str("\"")?;
    for character in name.chars() {
        if character == '"' || character == '\\' {
            f.write_str("\\")?;
        }
        write!(f, "{character}")?;
    }
    f.write_str("\"")
}
