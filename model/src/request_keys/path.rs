//! The path of an API request, read as kubernetes' `RequestInfoFactory` reads it (endpoints/request/requestinfo.go).

/// A path that is for a resource. Texts are empty where the path has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct ResourcePath<'p> {
    /// `/watch/` or `/proxy/` behind the version, as old clients wrote.
    pub(super) special: Option<Special>,
    pub(super) group: &'p str,
    pub(super) version: &'p str,
    pub(super) namespace: &'p str,
    pub(super) resource: &'p str,
    pub(super) name: &'p str,
    pub(super) subresource: &'p str,
}

/// A verb that stands in the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Special {
    Watch,
    Proxy,
}

/// Reads `path`; `None` when it is for no resource.
pub(super) fn resource_path(path: &str) -> Option<ResourcePath<'_>> {
    let mut parts = path.trim_matches('/').split('/');
    let prefix = parts.next()?;
    let group = match prefix {
        "api" => "",
        "apis" => parts.next()?,
        _ => return None,
    };
    let version = parts.next()?;
    let mut first = parts.next()?;
    let special = match first {
        "watch" => Some(Special::Watch),
        "proxy" => Some(Special::Proxy),
        _ => None,
    };
    if special.is_some() {
        first = parts.next()?;
    }
    let mut found = ResourcePath { special, group, version, ..ResourcePath::default() };
    if first == "namespaces" {
        let Some(namespace) = parts.next() else {
            found.resource = first;
            return Some(found);
        };
        found.namespace = namespace;
        match parts.next() {
            // A Namespace object, or its subresource.
            None => (found.resource, found.name) = (first, namespace),
            Some(subresource @ ("status" | "finalize")) => {
                (found.resource, found.name, found.subresource) = (first, namespace, subresource);
            }
            Some(resource) => {
                found.resource = resource;
                found.name = parts.next().unwrap_or_default();
                found.subresource = parts.next().unwrap_or_default();
            }
        }
    } else {
        found.resource = first;
        found.name = parts.next().unwrap_or_default();
        found.subresource = parts.next().unwrap_or_default();
    }
    if special == Some(Special::Proxy) {
        found.subresource = "";
    }
    Some(found)
}

/// Whether `path` is a health check.
pub(super) fn is_probe(path: &str) -> bool {
    ["/livez", "/readyz", "/healthz"]
        .iter()
        .any(|probe| path.strip_prefix(probe).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}
