//! What each version of each component sends: the profiles, read from `data/simulator/profiles.toml`.

use serde::Deserialize;

use super::ScenarioError;

/// The HTTP attribute generation of otelhttp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Http {
    H0,
    /// H1 as otelhttp 0.44 sends it: sizes are `http.read_bytes` and `http.wrote_bytes`.
    H1,
    /// H1 as otelhttp 0.5x sends it: sizes are `http.request_content_length` and `http.response_content_length`.
    H1Length,
    H2,
}

/// The RPC attribute generation of otelgrpc.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Rpc {
    R0,
    R1,
    R2,
    R3,
}

/// How the filters' spans lie around the server span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Filters {
    /// No internal span at all.
    None,
    /// `authentication` is a child of the server span and ends before the handler begins.
    Inside,
    /// 1.33: `authentication` ends first, and the server span ends when the audit filter is through.
    Truncated,
    /// `authentication` encloses the server span in time; each filter's span holds all that follows.
    Nested,
}

/// What `Span.flags` holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Flags {
    None,
    Remote,
    Full,
}

impl Flags {
    /// The flags of a span (or link) whose parent (or target) is `remote`.
    pub(crate) const fn of(self, remote: bool) -> u32 {
        let remoteness = if remote { 0x300 } else { 0x100 };
        match self {
            Self::None => 0,
            Self::Remote => remoteness,
            Self::Full => remoteness | 1,
        }
    }
}

/// What `service.instance.id` of an API server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Identity {
    Uuid,
    Kube,
    Hash,
}

/// How a consistent list is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ConsistentList {
    /// From etcd.
    #[default]
    Etcd,
    /// From the cache, the revision read before through `List(recursive=false) etcd3`.
    ListBefore,
    /// The same, but within the span of the cache.
    List,
    /// From the cache, the revision read by a bare `KV/Range`.
    Range,
}

/// What the span `cacher.Get` stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CacherGet {
    /// There is none.
    #[default]
    None,
    /// Every read of one object, those from etcd included.
    Wrapping,
    /// Reads from the cache only.
    CacheOnly,
}

/// kube-apiserver and kubelet of one minor release.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kubernetes {
    pub(crate) version: String,
    pub(crate) http: Http,
    pub(crate) rpc: Rpc,
    pub(crate) otelhttp: String,
    pub(crate) otelgrpc: String,
    pub(crate) sdk: String,
    pub(crate) filters: Filters,
    pub(crate) identity: Identity,
    pub(crate) flags: Flags,
    #[serde(default)]
    pub(crate) unset_is_ok: bool,
    #[serde(default)]
    pub(crate) client_errors_are_errors: bool,
    #[serde(default)]
    pub(crate) builtin_detectors: bool,
    #[serde(default)]
    pub(crate) links: bool,
    #[serde(default)]
    pub(crate) privileged_child: bool,
    /// The prefix of the keys of gRPC `message` events; `None` when there are none.
    pub(crate) message_events: Option<String>,
    #[serde(default)]
    pub(crate) sync_pod: bool,
    #[serde(default)]
    pub(crate) long_handler_attributes: bool,
    #[serde(default)]
    pub(crate) envelope: bool,
    #[serde(default)]
    pub(crate) template_names: bool,
    #[serde(default)]
    pub(crate) consistent_list: ConsistentList,
    #[serde(default)]
    pub(crate) cacher_get: CacherGet,
    #[serde(default)]
    pub(crate) serialize_inside: bool,
    #[serde(default)]
    pub(crate) audit_id_on_server: bool,
    #[serde(default)]
    pub(crate) group_on_storage: bool,
    #[serde(default)]
    pub(crate) constrained_impersonation: bool,
    #[serde(default)]
    pub(crate) quiet_list: bool,
    #[serde(default)]
    pub(crate) watch_spans: bool,
    #[serde(default)]
    pub(crate) get_etcd3: bool,
    #[serde(default)]
    pub(crate) capital_decode: bool,
}

impl Kubernetes {
    /// Whether there are internal spans at all.
    pub(crate) fn internal_spans(&self) -> bool {
        self.filters != Filters::None
    }

    /// 1.32 and later call the cache's list `cacher.GetList`.
    pub(crate) fn list_span(&self) -> &'static str {
        if self.cacher_get == CacherGet::None { "cacher list" } else { "cacher.GetList" }
    }
}

/// etcd of one minor release.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Etcd {
    pub(crate) version: String,
    pub(crate) rpc: Rpc,
    pub(crate) otelgrpc: String,
    pub(crate) flags: Flags,
    #[serde(default)]
    pub(crate) inner_spans: bool,
}

/// A container runtime of one minor release.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Runtime {
    pub(crate) version: String,
    pub(crate) rpc: Rpc,
    pub(crate) otelgrpc: String,
    pub(crate) sdk: String,
    pub(crate) flags: Flags,
    #[serde(default)]
    pub(crate) schema_url: String,
    /// containerd 1.7: the resource has `host.name`.
    #[serde(default)]
    pub(crate) host_name: bool,
    /// containerd 2: the resource is the SDK's default one.
    #[serde(default)]
    pub(crate) sdk_resource: bool,
    #[serde(default)]
    pub(crate) metadata_spans: bool,
    #[serde(default)]
    pub(crate) ttrpc: bool,
    /// containerd 2.3: `client.task.Start` instead of `task.Start`.
    #[serde(default)]
    pub(crate) client_prefix: bool,
    #[serde(default)]
    pub(crate) sandbox_spans: bool,
    /// containerd 1.7: the Go package in front of spans like `pkg.cri.server.PullImage`.
    pub(crate) image_functions: Option<String>,
    /// Set while reading: CRI-O, not containerd.
    #[serde(skip)]
    pub(crate) is_crio: bool,
}

/// The names by which a scenario chooses versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileNames {
    /// For [`super::Scenario::kubernetes`].
    pub kubernetes: Vec<String>,
    /// For [`super::Scenario::etcd`].
    pub etcd: Vec<String>,
    /// For [`super::Scenario::runtime`].
    pub runtimes: Vec<String>,
}

/// All profiles.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profiles {
    kubernetes: Vec<Kubernetes>,
    etcd: Vec<Etcd>,
    containerd: Vec<Runtime>,
    crio: Vec<Runtime>,
}

impl Profiles {
    pub(crate) fn read() -> Result<Self, ScenarioError> {
        let mut profiles: Self = toml::from_str(include_str!("../../data/simulator/profiles.toml"))
            .map_err(|source| ScenarioError::Malformed { source: Box::new(source) })?;
        profiles.crio.iter_mut().for_each(|runtime| runtime.is_crio = true);
        Ok(profiles)
    }

    pub(crate) fn names(&self) -> ProfileNames {
        ProfileNames {
            kubernetes: self.kubernetes.iter().map(|profile| profile.version.clone()).collect(),
            etcd: self.etcd.iter().map(|profile| profile.version.clone()).collect(),
            runtimes: self.containerd.iter().chain(&self.crio).map(Runtime::name).collect(),
        }
    }

    pub(crate) fn kubernetes(&self, version: &str) -> Result<Kubernetes, ScenarioError> {
        find(&self.kubernetes, |profile| profile.version == version, "kubernetes", version)
    }

    pub(crate) fn etcd(&self, version: &str) -> Result<Etcd, ScenarioError> {
        find(&self.etcd, |profile| profile.version == version, "etcd", version)
    }

    /// The runtime called `containerd-2.3` or `crio-1.36`.
    pub(crate) fn runtime(&self, name: &str) -> Result<Runtime, ScenarioError> {
        let all: Vec<Runtime> = self.containerd.iter().chain(&self.crio).cloned().collect();
        find(&all, |profile| profile.name() == name, "runtime", name)
    }
}

impl Runtime {
    pub(crate) fn name(&self) -> String {
        format!("{}-{}", if self.is_crio { "crio" } else { "containerd" }, self.version)
    }
}

fn find<P: Clone>(
    profiles: &[P],
    is_it: impl Fn(&P) -> bool,
    component: &'static str,
    version: &str,
) -> Result<P, ScenarioError> {
    profiles
        .iter()
        .find(|profile| is_it(profile))
        .cloned()
        .ok_or_else(|| ScenarioError::UnknownVersion { component, version: version.to_owned() })
}
