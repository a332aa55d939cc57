//! Which part of the control plane or node a span comes from.

mod in_trace;

use std::fmt;

use proto::otlp::{Resource, Scope, Span};

use crate::SpanView;

const SERVER: i32 = 2;

/// The program that made a span.
///
/// One span alone never says [`Self::AggregatedApiserver`] or [`Self::Webhook`]; see [`Self::in_trace`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Component {
    /// kube-apiserver; one span alone of an aggregated API server looks the same (all say `apiserver`).
    Apiserver,
    /// An API server behind the aggregation layer, told by its parent of another instance.
    AggregatedApiserver,
    /// etcd.
    Etcd,
    /// The kubelet.
    Kubelet,
    /// containerd; its shims name themselves `containerd-shim-<id>`.
    Containerd,
    /// CRI-O and its conmon-rs.
    Crio,
    /// An admission webhook's own server, told by its parent.
    Webhook,
    /// Anything else.
    Other,
}

impl Component {
    /// Every component, in the order of a request's way.
    pub const ALL: [Self; 8] = [
        Self::Apiserver,
        Self::AggregatedApiserver,
        Self::Webhook,
        Self::Etcd,
        Self::Kubelet,
        Self::Containerd,
        Self::Crio,
        Self::Other,
    ];

    /// The component whose programs call themselves `service_name`.
    #[must_use]
    pub fn from_service_name(service_name: &str) -> Self {
        match service_name {
            "apiserver" | "kube-apiserver" => Self::Apiserver,
            "etcd" => Self::Etcd,
            "kubelet" => Self::Kubelet,
            "containerd" => Self::Containerd,
            "crio" | "cri-o" | "conmonrs" => Self::Crio,
            name if name.starts_with("containerd-shim") => Self::Containerd,
            _ => Self::Other,
        }
    }

    /// The component that made `view`'s span: by `service.name`; where that says nothing (etcd and containerd can be
    /// renamed), by its scope, then by the names only that component gives to its server spans.
    #[must_use]
    pub fn of(view: SpanView<'_>) -> Self {
        match Self::from_service_name(view.resource_text("service.name").unwrap_or_default()) {
            Self::Other => Self::from_scope(&view.scope.name)
                .or_else(|| Self::from_server_span(view.span))
                .unwrap_or(Self::Other),
            component => component,
        }
    }

    /// The component of the spans of `resource` and `scope`, as far as these tell it: [`Self::of`] looks at a span too.
    #[must_use]
    pub fn of_origin(resource: &Resource<'_>, scope: &Scope<'_>) -> Self {
        match Self::from_service_name(resource.string("service.name").unwrap_or_default()) {
            Self::Other => Self::from_scope(&scope.name).unwrap_or(Self::Other),
            component => component,
        }
    }

    /// The component whose own code has the scope `scope_name`.
    fn from_scope(scope_name: &str) -> Option<Self> {
        match scope_name {
            "k8s.op/apiserver/pkg/endpoints/filterlatency"
            | "k8s.io/apiserver/pkg/endpoints/filterlatency" => Some(Self::Apiserver),
            "go.etcd.io/etcd" => Some(Self::Etcd),
            "github.com/containerd/otelttrpc" => Some(Self::Containerd),
            "go.opentelemetry.io/contrib/instrumentation/github.com/emicklei/go-restful/otelrestful" => {
                Some(Self::Kubelet)
            }
            "crio" => Some(Self::Crio),
            name if name.starts_with("k8s.io/kubernetes/pkg/kubelet") => Some(Self::Kubelet),
            _ => None,
        }
    }

    /// The component that alone serves requests called as `span` is.
    fn from_server_span(span: &Span<'_>) -> Option<Self> {
        let name = span.name.as_ref();
        if name.starts_with("github.com/cri-o/") {
            return Some(Self::Crio);
        }
        if span.kind != SERVER {
            return None;
        }
        if name.starts_with("etcdserverpb.") {
            Some(Self::Etcd)
        } else if name.starts_with("containerd.services.") {
            Some(Self::Containerd)
        } else if name == "KubernetesAPI" || name.split_once(' ').is_some_and(|(_, path)| is_api_path(path)) {
            Some(Self::Apiserver)
        } else {
            None
        }
    }

    /// The component that [`Self::name`] calls `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|component| component.name() == name)
    }

    /// The lower-case name used in queries and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Apiserver => "apiserver",
            Self::AggregatedApiserver => "aggregated_apiserver",
            Self::Webhook => "webhook",
            Self::Etcd => "etcd",
            Self::Kubelet => "kubelet",
            Self::Containerd => "containerd",
            Self::Crio => "crio",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether `path` is of the Kubernetes API.
fn is_api_path(path: &str) -> bool {
    path.starts_with("/api/") || path.starts_with("/apis/")
}

#[cfg(test)]
mod tests;
