//! The tables of resources, clients and requests (`data/simulator/*.tsv`), parsed once.

use super::ScenarioError;

/// A resource of the API.
#[derive(Debug, Clone)]
pub(crate) struct Resource {
    pub(crate) group: &'static str,
    pub(crate) version: &'static str,
    pub(crate) resource: &'static str,
    /// The prefix of its keys, without `/registry`; empty when it is not stored.
    pub(crate) key: &'static str,
    pub(crate) go_type: &'static str,
    pub(crate) object_bytes: u64,
    /// `pods`, `deployments.apps`.
    pub(crate) qualified: String,
    /// `/v1, Resource=pods`.
    pub(crate) group_version_resource: String,
    /// `/api/v1`, `/apis/apps/v1`.
    pub(crate) root: String,
}

/// Where a client runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Node,
    ControlPlane,
    Pod,
}

/// A client of the API.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) name: &'static str,
    pub(crate) origin: Origin,
    pub(crate) privileged: bool,
    pub(crate) traced: bool,
    pub(crate) user_agent: &'static str,
}

/// When a kind of request comes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum When {
    /// Once in so many seconds on each node.
    Node(f64),
    /// With this weight among the cluster's others.
    Mix(f64),
    /// So many ms after a pod's creation.
    Pod(f64),
    /// As a fault says.
    Report,
}

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Object {
    Node,
    Pod,
    Deployment,
    Leader,
    Any,
    /// The collection in a namespace.
    None,
    /// The collection in the cluster.
    All,
    /// A path that is no resource.
    Path,
}

/// Where a read is served from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Read {
    Nothing,
    Cache,
    Consistent,
    Etcd,
}

/// A kind of request.
#[derive(Debug, Clone)]
pub(crate) struct Kind {
    pub(crate) when: When,
    /// Index into [`Catalog::clients`].
    pub(crate) client: usize,
    pub(crate) verb: &'static str,
    /// Index into [`Catalog::resources`]; `None` for a path.
    pub(crate) resource: Option<usize>,
    /// The subresource, or the path.
    pub(crate) subresource: &'static str,
    pub(crate) object: Object,
    pub(crate) read: Read,
    pub(crate) listed: u64,
    pub(crate) returned: u64,
    pub(crate) request_bytes: u64,
    pub(crate) response_bytes: u64,
    /// Other codes than success, with their share.
    pub(crate) codes: Vec<(u16, f64)>,
}

/// The tables.
#[derive(Debug, Clone)]
pub(crate) struct Catalog {
    pub(crate) resources: Vec<Resource>,
    pub(crate) clients: Vec<Client>,
    pub(crate) kinds: Vec<Kind>,
}

impl Catalog {
    pub(crate) fn read() -> Result<Self, ScenarioError> {
        let resources = lines(
            "resources.tsv",
            include_str!("../../data/simulator/resources.tsv"),
            |fields: [&'static str; 6]| resource(fields),
        )?;
        let clients = lines(
            "clients.tsv",
            include_str!("../../data/simulator/clients.tsv"),
            |[name, origin, privileged, traced, user_agent]: [&'static str; 5]| {
                let origin = match origin {
                    "node" => Origin::Node,
                    "control-plane" => Origin::ControlPlane,
                    "pod" => Origin::Pod,
                    _ => return None,
                };
                Some(Client {
                    name,
                    origin,
                    privileged: privileged == "yes",
                    traced: traced == "yes",
                    user_agent,
                })
            },
        )?;
        let kinds = lines(
            "requests.tsv",
            include_str!("../../data/simulator/requests.tsv"),
            |fields: [&'static str; 13]| kind(&resources, &clients, fields),
        )?;
        Ok(Self { resources, clients, kinds })
    }
}

fn lines<T, const N: usize>(
    table: &'static str,
    text: &'static str,
    parse: impl Fn([&'static str; N]) -> Option<T>,
) -> Result<Vec<T>, ScenarioError> {
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let fields: Vec<&'static str> =
                line.split('\t').map(|field| if field == "-" { "" } else { field }).collect();
            let fields = <[&'static str; N]>::try_from(fields).ok();
            fields.and_then(&parse).ok_or_else(|| ScenarioError::Table { table, line: line.to_owned() })
        })
        .collect()
}

fn resource([group, version, resource, key, go_type, bytes]: [&'static str; 6]) -> Option<Resource> {
    let qualified = if group.is_empty() { resource.to_owned() } else { format!("{resource}.{group}") };
    let root = if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") };
    Some(Resource {
        group,
        version,
        resource,
        key,
        go_type,
        object_bytes: bytes.parse().ok()?,
        qualified,
        group_version_resource: format!("{group}/{version}, Resource={resource}"),
        root,
    })
}

fn kind(resources: &[Resource], clients: &[Client], fields: [&'static str; 13]) -> Option<Kind> {
    let [
        when,
        value,
        client,
        verb,
        resource,
        subresource,
        object,
        read,
        listed,
        returned,
        sent,
        received,
        codes,
    ] = fields;
    let value: f64 = value.parse().ok()?;
    let resource = match resource {
        "" => None,
        name => Some(resources.iter().position(|resource| {
            name == format!(
                "{}/{}",
                resource.root.trim_start_matches("/apis/").trim_start_matches("/api/"),
                resource.resource
            )
        })?),
    };
    Some(Kind {
        when: match when {
            "node" => When::Node(value),
            "mix" => When::Mix(value),
            "pod" => When::Pod(value),
            "report" => When::Report,
            _ => return None,
        },
        client: clients.iter().position(|known| known.name == client)?,
        verb: if verb == "probe" { "" } else { verb },
        resource,
        subresource,
        object: match object {
            "node" => Object::Node,
            "pod" => Object::Pod,
            "deployment" => Object::Deployment,
            "leader" => Object::Leader,
            "any" => Object::Any,
            "none" => Object::None,
            "all" => Object::All,
            "" => Object::Path,
            _ => return None,
        },
        read: match read {
            "" => Read::Nothing,
            "cache" => Read::Cache,
            "consistent" => Read::Consistent,
            "etcd" => Read::Etcd,
            _ => return None,
        },
        listed: listed.parse().ok()?,
        returned: returned.parse().ok()?,
        request_bytes: sent.parse().ok()?,
        response_bytes: received.parse().ok()?,
        codes: codes
            .split(',')
            .filter(|code| !code.is_empty())
            .map(|code| {
                let (code, share) = code.split_once(':')?;
                Some((code.parse().ok()?, share.parse().ok()?))
            })
            .collect::<Option<_>>()?,
    })
}
