//! A trace as queries see it: the values of its spans, and what only the whole tells of each.

mod facts;

use std::cell::OnceCell;

use model::trace::Trace;

use facts::{Numbers, OfTrace, Place};

use super::span_values::{SpanValues, duration};
use super::{
    Attribute, AttributeScope, Intrinsic, SpanAttributes, SpanFilter, Static, TraceAttribute, TraceIntrinsic,
    matches,
};

/// What `trace:rootName` and `trace:rootService` say where no span is the root, as in Tempo. A root without a service has
/// the empty text.
pub const ROOT_NOT_RECEIVED: &str = "<root span not yet received>";

/// The values of the spans of a trace, by node.
pub trait NodeAttributes {
    /// As [`SpanAttributes::get`], for the span of `node`. Never asked for an [`Attribute::Trace`].
    fn get(&self, node: usize, attribute: &Attribute) -> Vec<Static>;

    /// Every attribute of the span that has a value, for `compare`.
    fn all(&self, node: usize) -> Vec<(Attribute, Vec<Static>)>;
}

/// The values that the spans themselves have.
impl NodeAttributes for Trace<'_> {
    fn get(&self, node: usize, attribute: &Attribute) -> Vec<Static> {
        SpanValues(self.nodes[node].view).get(attribute)
    }

    fn all(&self, node: usize) -> Vec<(Attribute, Vec<Static>)> {
        SpanValues(self.nodes[node].view).all()
    }
}

/// A trace that queries are evaluated on. What only the whole tells is computed when it is first asked for.
pub struct TraceView<'t> {
    trace: &'t Trace<'t>,
    values: &'t dyn NodeAttributes,
    pub(super) follows_links: bool,
    numbers: OnceCell<Numbers>,
    critical_ns: OnceCell<Vec<u64>>,
    of_trace: OnceCell<Vec<OfTrace>>,
}

impl std::fmt::Debug for TraceView<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TraceView").field("spans", &self.trace.nodes.len()).finish_non_exhaustive()
    }
}

impl<'t> TraceView<'t> {
    /// The trace with the values that its spans have.
    #[must_use]
    pub fn new(trace: &'t Trace<'t>) -> Self {
        Self::with_values(trace, trace)
    }

    /// The trace with values from elsewhere, such as rows of the table.
    #[must_use]
    pub fn with_values(trace: &'t Trace<'t>, values: &'t dyn NodeAttributes) -> Self {
        Self {
            trace,
            values,
            follows_links: false,
            numbers: OnceCell::new(),
            critical_ns: OnceCell::new(),
            of_trace: OnceCell::new(),
        }
    }

    /// Whether a span that links to another counts as a child of it in relations ([`super::Hints::follows_links`]).
    #[must_use]
    pub fn following_links(mut self, follows: bool) -> Self {
        self.follows_links = follows;
        self
    }

    /// The trace.
    #[must_use]
    pub const fn trace(&self) -> &'t Trace<'t> {
        self.trace
    }

    /// The values of any attribute for the span of `node`.
    #[must_use]
    pub fn get(&self, node: usize, attribute: &Attribute) -> Vec<Static> {
        let Attribute::Trace(attribute) = attribute else { return self.values.get(node, attribute) };
        let parent = self.trace.nodes[node].parent;
        let of_parent =
            |attribute: &Attribute| parent.map_or_else(Vec::new, |parent| self.values.get(parent, attribute));
        match attribute {
            TraceAttribute::Intrinsic(intrinsic) => self.intrinsic(node, *intrinsic).into_iter().collect(),
            TraceAttribute::ParentIntrinsic(intrinsic) => of_parent(&Attribute::Intrinsic(*intrinsic)),
            TraceAttribute::Parent { scope, name } => {
                of_parent(&Attribute::Scoped { scope: *scope, name: name.clone() })
            }
        }
    }

    /// Every attribute of the span that has a value, with the root's name and service.
    #[must_use]
    pub fn all(&self, node: usize) -> Vec<(Attribute, Vec<Static>)> {
        let of_root = [TraceIntrinsic::RootName, TraceIntrinsic::RootService].map(|intrinsic| {
            let attribute = Attribute::Trace(TraceAttribute::Intrinsic(intrinsic));
            let values = self.get(node, &attribute);
            (attribute, values)
        });
        let mut all = self.values.all(node);
        all.extend(of_root.into_iter().filter(|(_, values)| *values != [Static::String(String::new())]));
        all
    }

    /// Whether the span of `node` meets the filter, which may speak of the whole trace.
    #[must_use]
    pub fn meets(&self, node: usize, filter: &SpanFilter) -> bool {
        matches(filter, &InTrace { view: self, node })
    }

    pub(super) const fn span(&self, node: usize) -> InTrace<'_, 't> {
        InTrace { view: self, node }
    }

    fn intrinsic(&self, node: usize, intrinsic: TraceIntrinsic) -> Option<Static> {
        let number = |number: i64| Some(Static::Int(number));
        match intrinsic {
            TraceIntrinsic::Duration => Some(duration(self.of_trace(node).duration_ns)),
            TraceIntrinsic::RootName => Some(self.of_root(node, &Attribute::Intrinsic(Intrinsic::Name))),
            TraceIntrinsic::RootService => {
                let name = "service.name".to_owned();
                Some(self.of_root(node, &Attribute::Scoped { scope: AttributeScope::Resource, name }))
            }
            TraceIntrinsic::ChildCount => number(i64::from(self.numbers().children[node])),
            TraceIntrinsic::NestedSetLeft => number(self.place(node).left),
            TraceIntrinsic::NestedSetRight => number(self.place(node).right),
            TraceIntrinsic::NestedSetParent => number(self.place(node).parent),
            TraceIntrinsic::SelfTime => Some(duration(self.trace.self_time_ns(node))),
            TraceIntrinsic::CriticalPath => {
                let critical = self.critical_ns.get_or_init(|| facts::critical_ns(self.trace));
                Some(duration(critical[node]))
            }
            TraceIntrinsic::Parent => {
                let parent = self.trace.nodes[node].parent?;
                Some(Static::String(self.trace.nodes[parent].view.span.span_id.to_string()))
            }
        }
    }

    fn of_root(&self, node: usize, attribute: &Attribute) -> Static {
        let text = match self.of_trace(node).root {
            None => ROOT_NOT_RECEIVED,
            Some(root) => match self.values.get(root, attribute).into_iter().next() {
                Some(value) => return value,
                None => "",
            },
        };
        Static::String(text.to_owned())
    }

    fn numbers(&self) -> &Numbers {
        self.numbers.get_or_init(|| Numbers::of(self.trace))
    }

    fn place(&self, node: usize) -> Place {
        self.numbers().places[node]
    }

    fn of_trace(&self, node: usize) -> OfTrace {
        let all = self.of_trace.get_or_init(|| facts::of_traces(self.trace));
        let id = self.trace.nodes[node].view.span.trace_id;
        let place = all.partition_point(|one| one.id < id);
        all[place]
    }
}

/// A span among those of its trace.
pub(super) struct InTrace<'v, 't> {
    view: &'v TraceView<'t>,
    node: usize,
}

impl SpanAttributes for InTrace<'_, '_> {
    fn get(&self, attribute: &Attribute) -> Vec<Static> {
        self.view.get(self.node, attribute)
    }
}
