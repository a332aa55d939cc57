//! The verbs of Kubernetes, and how they follow from method, path and query.

use std::fmt;

/// What a request does, as Kubernetes' request metrics name it (endpoints/metrics/metrics.go), in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verb {
    /// One object, or a path that is no resource.
    Get,
    /// A collection, once.
    List,
    /// Changes as they come.
    Watch,
    /// A new object.
    Create,
    /// A whole object, replaced.
    Update,
    /// Part of an object.
    Patch,
    /// Server-side apply.
    Apply,
    /// One object.
    Delete,
    /// A collection.
    DeleteCollection,
    /// exec, attach, portforward, proxy and log: a stream between client and node.
    Connect,
    /// A method without a verb, or a method other than GET on a path that is no resource.
    Other,
    /// The span does not say.
    Unknown,
}

impl Verb {
    /// Every verb.
    pub const ALL: [Self; 12] = [
        Self::Get,
        Self::List,
        Self::Watch,
        Self::Create,
        Self::Update,
        Self::Patch,
        Self::Apply,
        Self::Delete,
        Self::DeleteCollection,
        Self::Connect,
        Self::Other,
        Self::Unknown,
    ];

    /// The name Kubernetes uses, in lower case; `unknown` where the span does not say.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Watch => "watch",
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Apply => "apply",
            Self::Delete => "delete",
            Self::DeleteCollection => "deletecollection",
            Self::Connect => "connect",
            Self::Other => "other",
            Self::Unknown => "unknown",
        }
    }

    /// The verb of `method` on a resource; on a collection when `is_collection`.
    pub(super) fn of_method(method: &str, is_collection: bool) -> Self {
        match method {
            "GET" | "HEAD" if is_collection => Self::List,
            "GET" | "HEAD" => Self::Get,
            "POST" => Self::Create,
            "PUT" => Self::Update,
            "PATCH" => Self::Patch,
            "DELETE" if is_collection => Self::DeleteCollection,
            "DELETE" => Self::Delete,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether requests for `subresource` are streams: `connect`, without a deadline (kubernetes
/// controlplane/apiserver/config.go, `LongRunningFunc`; the metrics call all of these CONNECT).
pub(super) fn is_stream(subresource: &str) -> bool {
    matches!(subresource, "attach" | "exec" | "proxy" | "log" | "portforward")
}
