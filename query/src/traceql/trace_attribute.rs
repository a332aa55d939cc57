//! The names that only a whole trace can answer: of the trace, of a span's place in it, of a span's parent.

use std::fmt;

use super::attribute::{AttributeScope, Intrinsic, write_scoped};

/// What one span alone cannot tell. `Display` prints the canonical text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TraceAttribute {
    /// A field of the trace, or of the span's place in it.
    Intrinsic(TraceIntrinsic),
    /// `parent.name`, `parent.span.name`, `parent.resource.name`: an attribute of the parent span.
    Parent {
        /// Where on the parent: [`AttributeScope::Any`], `Span` or `Resource`.
        scope: AttributeScope,
        /// Its key, unquoted; never empty.
        name: String,
    },
    /// `parent:name` and the like: a field of the parent span.
    ParentIntrinsic(Intrinsic),
}

/// A field of a trace, or of a span's place in its trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TraceIntrinsic {
    /// `trace:duration`: from the earliest start to the latest end.
    Duration,
    /// `trace:rootName`: the name of the root span.
    RootName,
    /// `trace:rootService`: the `service.name` of the root span.
    RootService,
    /// `span:childCount`: how many spans name this one as parent.
    ChildCount,
    /// `nestedSetLeft`: the number on entry of a depth-first walk.
    NestedSetLeft,
    /// `nestedSetRight`: the number on exit.
    NestedSetRight,
    /// `nestedSetParent`: the parent's number on entry; -1 for a root.
    NestedSetParent,
    /// `self_time`: what of the span's time none of its children covers.
    SelfTime,
    /// `critical_path`: the span's own part of its trace's critical path.
    CriticalPath,
    /// `parent`: the id of the parent span, if that is among the spans.
    Parent,
}

impl TraceIntrinsic {
    /// Every one of them.
    pub const ALL: [Self; 10] = [
        Self::Duration,
        Self::RootName,
        Self::RootService,
        Self::ChildCount,
        Self::NestedSetLeft,
        Self::NestedSetRight,
        Self::NestedSetParent,
        Self::SelfTime,
        Self::CriticalPath,
        Self::Parent,
    ];

    /// The canonical word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Duration => "trace:duration",
            Self::RootName => "trace:rootName",
            Self::RootService => "trace:rootService",
            Self::ChildCount => "span:childCount",
            Self::NestedSetLeft => "nestedSetLeft",
            Self::NestedSetRight => "nestedSetRight",
            Self::NestedSetParent => "nestedSetParent",
            Self::SelfTime => "self_time",
            Self::CriticalPath => "critical_path",
            Self::Parent => "parent",
        }
    }

    /// The other ways to write it.
    const fn other_words(self) -> &'static [&'static str] {
        match self {
            Self::Duration => &["traceDuration"],
            Self::RootName => &["rootName"],
            Self::RootService => &["rootServiceName"],
            Self::ChildCount => &["childCount"],
            Self::NestedSetLeft => &["span:nestedSetLeft"],
            Self::NestedSetRight => &["span:nestedSetRight"],
            Self::NestedSetParent => &["span:nestedSetParent"],
            Self::SelfTime => &["span:self_time"],
            Self::CriticalPath => &["span:critical_path"],
            Self::Parent => &[],
        }
    }
}

impl TraceAttribute {
    /// What a word means, if it is one of these.
    pub(super) fn from_word(word: &str) -> Option<Self> {
        if let Some(field) = word.strip_prefix("parent:") {
            let own = Intrinsic::from_word(field).filter(|intrinsic| !intrinsic.word().contains(':'));
            return own.map(Self::ParentIntrinsic);
        }
        let mut all = TraceIntrinsic::ALL.into_iter();
        let found = all.find(|known| known.word() == word || known.other_words().contains(&word));
        found.map(Self::Intrinsic)
    }
}

impl fmt::Display for TraceAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Intrinsic(intrinsic) => f.write_str(intrinsic.word()),
            Self::ParentIntrinsic(intrinsic) => write!(f, "parent:{}", intrinsic.word()),
            Self::Parent { scope, name } => {
                f.write_str("parent")?;
                if *scope != AttributeScope::Any {
                    f.write_str(".")?;
                }
                let looks_scoped = name.starts_with("span.") || name.starts_with("resource.");
                write_scoped(f, *scope, name, *scope == AttributeScope::Any && looks_scoped)
            }
        }
    }
}
