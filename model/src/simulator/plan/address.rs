//! Where a request goes: names, path, template and query.

use super::super::catalog::{Catalog, Client, Kind, Object, Origin, Read};
use super::super::cluster::Cluster;
use super::super::random::Random;

/// The pod that a request is about.
#[derive(Debug, Clone)]
pub(crate) struct PodContext {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) deployment: String,
    pub(crate) node: u32,
}

impl PodContext {
    /// A pod of a made-up deployment, on a node by chance.
    pub(crate) fn draw(random: &mut Random, nodes: u32) -> Self {
        let deployment = deployment(random);
        let set = random.below(1 << 32);
        let suffix = random.below(1 << 20);
        Self {
            namespace: namespace(random),
            name: format!("{deployment}-{set:08x}-{suffix:05x}"),
            deployment,
            node: random.below(u64::from(nodes)) as u32,
        }
    }
}

const NAMESPACES: [&str; 12] = [
    "shop", "payments", "search", "checkout", "identity", "media", "reports", "batch", "staging", "platform",
    "team-a", "team-b",
];
const APPLICATIONS: [&str; 10] =
    ["web", "api", "worker", "cart", "ledger", "indexer", "gateway", "mailer", "cron", "cache"];

fn namespace(random: &mut Random) -> String {
    NAMESPACES[random.below(NAMESPACES.len() as u64) as usize].to_owned()
}

fn deployment(random: &mut Random) -> String {
    format!("{}-{}", APPLICATIONS[random.below(APPLICATIONS.len() as u64) as usize], random.below(30))
}

/// Namespace and name of what a request of `kind` is about.
pub(super) fn object(
    kind: &Kind,
    client: &Client,
    cluster: &Cluster,
    (node, pod): (u32, Option<&PodContext>),
    random: &mut Random,
) -> (String, String) {
    let any = |random: &mut Random| (namespace(random), deployment(random));
    match (kind.object, pod) {
        (Object::Path | Object::All, _) => (String::new(), String::new()),
        (Object::Node, _) => {
            let name = cluster.nodes[node as usize].name.clone();
            let leases = kind.verb == "update";
            (if leases { "kube-node-lease".to_owned() } else { String::new() }, name)
        }
        (Object::Pod, Some(pod)) if kind.verb == "create" && kind.subresource.is_empty() => {
            (pod.namespace.clone(), String::new())
        }
        (Object::Pod, Some(pod)) => (pod.namespace.clone(), pod.name.clone()),
        (Object::Deployment, Some(pod)) => (pod.namespace.clone(), pod.deployment.clone()),
        (Object::None, Some(pod)) => (pod.namespace.clone(), String::new()),
        (Object::None, None) => (namespace(random), String::new()),
        (Object::Leader, _) => ("kube-system".to_owned(), client.name.trim_end_matches("-lease").to_owned()),
        (_, _) if matches!(kind.verb, "list" | "watch") => (namespace(random), String::new()),
        (_, _) => any(random),
    }
}

/// The HTTP method of a Kubernetes verb.
pub(super) fn method(verb: &str) -> &'static str {
    match verb {
        "create" => "POST",
        "update" => "PUT",
        "patch" | "apply" => "PATCH",
        "delete" | "deletecollection" => "DELETE",
        _ => "GET",
    }
}

/// Path and template.
pub(super) fn path(kind: &Kind, catalog: &Catalog, namespace: &str, name: &str) -> (String, String) {
    let Some(resource) = kind.resource.map(|index| &catalog.resources[index]) else {
        return (kind.subresource.to_owned(), String::new());
    };
    let mut path = resource.root.clone();
    let mut template = resource.root.clone();
    let mut both = |part: &str, shown: &str| {
        path.push('/');
        path.push_str(part);
        template.push('/');
        template.push_str(shown);
    };
    if !namespace.is_empty() {
        both("namespaces", "namespaces");
        both(namespace, "{:namespace}");
    }
    both(resource.resource, resource.resource);
    if !name.is_empty() {
        both(name, "{:name}");
    }
    if !kind.subresource.is_empty() {
        both(kind.subresource, kind.subresource);
    }
    (path, template)
}

/// The query, with its question mark.
pub(super) fn query(kind: &Kind, timeout_s: u64, watch_list: bool, random: &mut Random) -> String {
    match (kind.verb, kind.read) {
        ("watch", _) if watch_list => format!(
            "?allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&sendInitialEvents=true&timeoutSeconds={timeout_s}&watch=true"
        ),
        ("watch", _) => format!(
            "?allowWatchBookmarks=true&resourceVersion={}&timeoutSeconds={timeout_s}&watch=true",
            100_000 + random.below(900_000)
        ),
        ("list", Read::Cache) => "?resourceVersion=0".to_owned(),
        ("list", Read::Etcd) if kind.listed > kind.returned => {
            format!("?continue={}&limit={}", random.hex(60), kind.returned)
        }
        ("list", Read::Consistent) => "?labelSelector=app%3Dweb&limit=500".to_owned(),
        ("get", Read::Cache) => "?resourceVersion=0".to_owned(),
        ("update", _) if kind.object == Object::Node => "?timeout=10s".to_owned(),
        ("apply", _) => "?fieldManager=applier&force=false".to_owned(),
        ("connect", _) => "?command=ls&container=app&stdout=true".to_owned(),
        _ => String::new(),
    }
}

/// The address and port that the API server sees.
pub(super) fn client_address(
    client: &Client,
    cluster: &Cluster,
    node: u32,
    apiserver: u32,
    random: &mut Random,
) -> (String, u16) {
    let address = match client.origin {
        Origin::Node => cluster.nodes[node as usize].address.clone(),
        Origin::ControlPlane => cluster.control_planes[apiserver as usize].address.clone(),
        Origin::Pod => format!("10.244.{}.{}", random.below(250), 2 + random.below(250)),
    };
    (address, 32_768 + random.below(28_000) as u16)
}
