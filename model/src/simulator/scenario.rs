//! A scenario: a cluster, its load, what is wrong with it, and the right answer to "what is wrong?".

use std::collections::BTreeMap;

use serde::Deserialize;

/// A scenario that cannot be read or built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScenarioError {
    /// The text is no scenario.
    #[error("the scenario cannot be read: {source}")]
    Malformed {
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// There is no scenario of this name.
    #[error("there is no scenario {name:?}; there are {known}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// No profile has this version.
    #[error("there is no {component} profile {version:?}")]
    UnknownVersion {
        /// `kubernetes`, `etcd` or `runtime`.
        component: &'static str,
        /// The version asked for.
        version: String,
    },
    /// A table in `data/simulator` has a faulty line.
    #[error("line {line:?} of {table} is faulty")]
    Table {
        /// The file.
        table: &'static str,
        /// The line.
        line: String,
    },
}

/// What is simulated. Every field has a default, so that a scenario file holds what is special about it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scenario {
    /// Its name, in words with dashes.
    pub name: String,
    /// What it shows, in a sentence.
    pub about: String,
    /// How many nodes.
    pub nodes: u32,
    /// How many API servers, and etcd members beside them.
    pub control_planes: u32,
    /// Pods that each node runs.
    pub pods_per_node: u32,
    /// Version of kube-apiserver and kubelet, such as `1.36`.
    pub kubernetes: String,
    /// Version of etcd, such as `3.7`.
    pub etcd: String,
    /// The container runtime, such as `containerd-2.3` or `crio-1.36`.
    pub runtime: String,
    /// The components also send the older HTTP attributes (`OTEL_SEMCONV_STABILITY_OPT_IN=http/dup`).
    pub http_duplicated: bool,
    /// Attributes that `OTEL_RESOURCE_ATTRIBUTES` adds to every process: node, zone and cluster.
    pub resource_attributes: bool,
    /// API requests a second from controllers, users and add-ons, besides those of nodes and pod starts.
    pub requests_per_s: f64,
    /// Pods started a second.
    pub pod_starts_per_s: f64,
    /// The share of traces that root spans sample.
    pub sampling: f64,
    /// The share of spans that vanish on their way to the exporter.
    pub lost_spans: f64,
    /// The share of exports whose acknowledgement is lost, so that the exporter sends the batch again.
    pub lost_acks: f64,
    /// The most that a host's clock is wrong by, in ms, either way.
    pub clock_skew_ms: f64,
    /// When the simulation starts, in ns since the Unix epoch.
    pub start_unix_nano: u64,
    /// Admission webhooks.
    pub webhooks: Vec<Webhook>,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// The planted cause: what a question about the scenario must find first (`component`, `webhook`, `node`, ...).
    pub cause: BTreeMap<String, String>,
}

/// An admission webhook.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// The webhook's name, such as `inject.mesh.example.com`.
    pub name: String,
    /// Its configuration object's name.
    pub configuration: String,
    /// Mutating (one after another) or validating (in parallel).
    pub mutating: bool,
    /// The resources it is called for.
    pub resources: Vec<String>,
    /// What has to be done to them for it to be called: `CREATE`, `UPDATE`.
    #[serde(default = "writes")]
    pub operations: Vec<String>,
    /// Its usual duration in ms.
    pub median_ms: f64,
}

/// Something that goes wrong for a time.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What.
    pub kind: FaultKind,
    /// From this many seconds after the start.
    #[serde(default)]
    pub from_s: f64,
    /// Until this many seconds after the start.
    #[serde(default = "forever")]
    pub until_s: f64,
    /// The share of events hit.
    #[serde(default = "always")]
    pub share: f64,
    /// How much slower, in ms.
    #[serde(default)]
    pub extra_ms: f64,
    /// Which one: an etcd member, API server or zone, from 0.
    #[serde(default)]
    pub index: u32,
    /// Which one by name: a webhook or node.
    #[serde(default)]
    pub name: String,
    /// The version that an upgrade leads to.
    #[serde(default)]
    pub version: String,
}

fn writes() -> Vec<String> {
    vec!["CREATE".to_owned(), "UPDATE".to_owned()]
}

fn forever() -> f64 {
    f64::MAX
}

fn always() -> f64 {
    1.0
}

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultKind {
    /// etcd member `index` takes `extra_ms` longer to write.
    EtcdDiskSlow,
    /// etcd has no leader: calls are refused with Unavailable after `extra_ms` and made again.
    EtcdLeaderChange,
    /// Webhook `name` does not answer within its timeout of `extra_ms`; its failure policy is Ignore.
    WebhookTimeout,
    /// Webhook `name` answers with status 500; its failure policy is Fail.
    WebhookFails,
    /// Pod networks on node `name` take `extra_ms` longer to set up.
    CniSlow,
    /// Client `report-builder` lists all pods without a limit, straight from etcd, `share` times a second.
    UnlimitedLists,
    /// API server `index` is away from `from_s` to `until_s`; its watches move.
    ApiserverRestart,
    /// API servers, then kubelets, go over to `version`, one after another between `from_s` and `until_s`.
    Upgrade,
    /// In zone `index` everything on the nodes takes `extra_ms` longer.
    ZoneSlow,
    /// Requests wait `extra_ms` for a seat (priority and fairness), and some get 429.
    Overload,
    /// Objects are encrypted by a KMS provider, `extra_ms` for each data key.
    Encryption,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            name: String::new(),
            about: String::new(),
            nodes: 6,
            control_planes: 3,
            pods_per_node: 30,
            kubernetes: "1.36".to_owned(),
            etcd: "3.7".to_owned(),
            runtime: "containerd-2.3".to_owned(),
            http_duplicated: false,
            resource_attributes: false,
            requests_per_s: 20.0,
            pod_starts_per_s: 0.1,
            sampling: 1.0,
            lost_spans: 0.0,
            lost_acks: 0.0,
            clock_skew_ms: 0.0,
            // 2026-11-02T08:00:00Z.
            start_unix_nano: 1_793_606_400_000_000_000,
            webhooks: default_webhooks(),
            faults: Vec::new(),
            cause: BTreeMap::new(),
        }
    }
}

fn default_webhooks() -> Vec<Webhook> {
    let webhook = |name: &str, configuration: &str, mutating, resources: &[&str], median_ms| Webhook {
        name: name.to_owned(),
        configuration: configuration.to_owned(),
        mutating,
        resources: resources.iter().map(|&resource| resource.to_owned()).collect(),
        operations: writes(),
        median_ms,
    };
    // Images are looked at where they come into the cluster.
    let scanner = webhook("scan.security.example.com", "image-scanner", false, &["pods"], 20.0);
    vec![
        webhook("sidecar.mesh.example.com", "mesh-sidecar-injector", true, &["pods"], 9.0),
        webhook("defaults.platform.example.com", "platform-defaults", true, &["pods", "deployments"], 6.0),
        webhook("policy.platform.example.com", "platform-policy", false, &["pods", "services"], 12.0),
        Webhook { operations: vec!["CREATE".to_owned()], ..scanner },
    ]
}

/// The scenarios that come with the program: name and text.
const SCENARIOS: &[(&str, &str)] = &[
    ("small", include_str!("../../data/scenarios/small.toml")),
    ("100-nodes", include_str!("../../data/scenarios/100-nodes.toml")),
    ("1000-nodes", include_str!("../../data/scenarios/1000-nodes.toml")),
    ("5000-nodes", include_str!("../../data/scenarios/5000-nodes.toml")),
    ("etcd-disk-slow", include_str!("../../data/scenarios/etcd-disk-slow.toml")),
    ("webhook-10s", include_str!("../../data/scenarios/webhook-10s.toml")),
    ("slow-cni", include_str!("../../data/scenarios/slow-cni.toml")),
    ("unlimited-lists", include_str!("../../data/scenarios/unlimited-lists.toml")),
    ("apiserver-restart", include_str!("../../data/scenarios/apiserver-restart.toml")),
    ("upgrade", include_str!("../../data/scenarios/upgrade.toml")),
    ("slow-zone", include_str!("../../data/scenarios/slow-zone.toml")),
];

impl Scenario {
    /// The scenario in `text` (TOML).
    ///
    /// # Errors
    /// When it is no TOML, or has a key that there is not.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        toml::from_str(text).map_err(|source| ScenarioError::Malformed { source: Box::new(source) })
    }

    /// The scenario called `name` that comes with the program.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn named(name: &str) -> Result<Self, ScenarioError> {
        match SCENARIOS.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => Self::parse(text),
            None => Err(ScenarioError::Unknown {
                name: name.to_owned(),
                known: Self::names().collect::<Vec<_>>().join(", "),
            }),
        }
    }

    /// The names of the scenarios that come with the program.
    pub fn names() -> impl Iterator<Item = &'static str> {
        SCENARIOS.iter().map(|(name, _)| *name)
    }
}
