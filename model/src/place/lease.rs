//! Lease heartbeats: which node renews its lease from which address.

use std::net::IpAddr;

use super::address;
use crate::SpanView;

/// Where kubelets keep their leases (kubernetes `pkg/apis/core/v1` NamespaceNodeLease).
const NAMESPACE: &str = "kube-node-lease";

/// The node that renewed its lease in `view`, and the address it did so from.
///
/// The handler span `Update` of resource `leases` has it: `name` and `client`. Before Kubernetes 1.29 it has no `name`
/// and no `namespace`; then the path in `url` tells. An apiserver that is called over loopback sees no node's address.
pub(super) fn heartbeat(view: SpanView<'_>) -> Option<(&str, IpAddr)> {
    if view.span.name != "Update" || view.text("resource") != Some("leases") {
        return None;
    }
    let named = || view.text("namespace").filter(|namespace| *namespace == NAMESPACE).and(view.text("name"));
    let in_path = || view.text("url").and_then(name_in_path);
    let name = named().filter(|name| !name.is_empty()).or_else(in_path)?;
    let client = address::parse(view.text("client")?).filter(|address| !address.is_loopback())?;
    Some((name, client))
}

/// The name in `/apis/coordination.k8s.io/<version>/namespaces/kube-node-lease/leases/<name>`.
fn name_in_path(path: &str) -> Option<&str> {
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let (_, name) = path.split_once("/namespaces/kube-node-lease/leases/")?;
    (!name.is_empty() && !name.contains('/')).then_some(name)
}
