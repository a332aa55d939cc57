//! Which version each process has at a time, and what it calls itself.

use proto::UnixNanos;
use proto::otlp::{Resource, Scope};

use super::cluster::{CLUSTER_NAME, Cluster, ProcessId, Role, ZONES};
use super::faults::Faults;
use super::identity::host_hash;
use super::profile::{Etcd, Identity, Kubernetes, Profiles, Runtime};
use super::random::{Random, mix};
use super::span::{ScopeName, integer, text};
use super::{Scenario, ScenarioError};

/// The versions of all processes.
#[derive(Debug)]
pub(crate) struct Versions {
    /// Before and after the upgrade; the same where there is none.
    kubernetes: [Kubernetes; 2],
    pub(crate) etcd: Etcd,
    pub(crate) runtime: Runtime,
    /// When each API server, then each kubelet, is upgraded.
    upgrades: Vec<UnixNanos>,
    resource_attributes: bool,
}

impl Versions {
    pub(crate) fn new(
        scenario: &Scenario,
        cluster: &Cluster,
        faults: &Faults,
    ) -> Result<Self, ScenarioError> {
        let profiles = Profiles::read()?;
        let before = profiles.kubernetes(&scenario.kubernetes)?;
        let (mut after, mut upgrades) = (before.clone(), Vec::new());
        if let Some((version, at)) = faults.upgrade() {
            after = profiles.kubernetes(version)?;
            let processes = cluster.control_planes.len() + cluster.nodes.len();
            upgrades = (0..processes).map(|index| at(index as f64 / processes as f64)).collect();
        }
        Ok(Self {
            kubernetes: [before, after],
            etcd: profiles.etcd(&scenario.etcd)?,
            runtime: profiles.runtime(&scenario.runtime)?,
            upgrades,
            resource_attributes: scenario.resource_attributes,
        })
    }

    /// The profile of an API server or kubelet, and its revision: 0 before an upgrade, 1 after.
    pub(crate) fn kubernetes(
        &self,
        cluster: &Cluster,
        process: ProcessId,
        at: UnixNanos,
    ) -> (&Kubernetes, u8) {
        let upgrade = match cluster.role(process) {
            Role::Apiserver(index) => self.upgrades.get(index as usize),
            Role::Kubelet(index) => self.upgrades.get(cluster.control_planes.len() + index as usize),
            Role::Etcd(_) | Role::Runtime(_) | Role::Aggregated => None,
        };
        let revision = u8::from(upgrade.is_some_and(|upgrade| at >= *upgrade));
        (&self.kubernetes[usize::from(revision)], revision)
    }

    /// When an API server is next upgraded after `at`.
    pub(crate) fn apiserver_upgrade(&self, index: u32, at: UnixNanos) -> Option<UnixNanos> {
        self.upgrades.get(index as usize).copied().filter(|upgrade| *upgrade > at)
    }

    /// The resource of a process at a revision.
    pub(crate) fn resource(&self, cluster: &Cluster, process: ProcessId, revision: u8) -> Resource<'static> {
        let host = cluster.host(process);
        let kubernetes = &self.kubernetes[usize::from(revision.min(1))];
        let mut schema_url = "";
        let mut attributes = match cluster.role(process) {
            Role::Apiserver(_) | Role::Aggregated => {
                let mut own = vec![
                    text("service.instance.id", apiserver_id(kubernetes.identity, &host.name, process.0)),
                    text("service.name", "apiserver"),
                ];
                if kubernetes.builtin_detectors {
                    own.push(text("host.name", host.name.clone()));
                    own.extend(sdk(&kubernetes.sdk));
                }
                own
            }
            Role::Etcd(_) => {
                vec![text("service.instance.id", format!("etcd-{}", host.name)), text("service.name", "etcd")]
            }
            Role::Kubelet(_) => {
                let mut own = vec![text("host.name", host.name.clone()), text("service.name", "kubelet")];
                if kubernetes.builtin_detectors {
                    own.extend(sdk(&kubernetes.sdk));
                }
                own
            }
            Role::Runtime(index) => {
                schema_url = self.schema_url();
                self.runtime_attributes(&host.name, index)
            }
        };
        if self.resource_attributes {
            attributes.push(text("k8s.cluster.name", CLUSTER_NAME));
            attributes.push(text("k8s.node.name", host.name.clone()));
            attributes.push(text("cloud.availability_zone", ZONES[host.zone]));
        }
        attributes.sort_by(|one, other| one.key.cmp(&other.key));
        let resource = Resource::new(attributes, schema_url);
        Resource { schema_url: resource.schema_url.into_owned().into(), ..resource }
    }

    fn schema_url(&self) -> &'static str {
        // The few that there are; a profile's text does not live as long as a resource.
        const KNOWN: [&str; 3] = [
            "https://opentelemetry.io/schemas/1.12.0",
            "https://opentelemetry.io/schemas/1.26.0",
            "https://opentelemetry.io/schemas/1.40.0",
        ];
        KNOWN.into_iter().find(|known| *known == self.runtime.schema_url).unwrap_or_default()
    }

    fn runtime_attributes(&self, host: &str, index: u32) -> Vec<proto::otlp::Attribute<'static>> {
        if self.runtime.is_crio {
            return vec![
                text("service.name", "crio"),
                text("host.name", host.to_owned()),
                integer("process.pid", 900 + index % 3_000),
            ];
        }
        let mut own = vec![text("service.name", "containerd")];
        if self.runtime.host_name {
            own.push(text("host.name", host.to_owned()));
        }
        if self.runtime.sdk_resource {
            own.extend(sdk(&self.runtime.sdk));
        }
        own
    }

    /// The scope `name` as a process at a revision has it.
    pub(crate) fn scope(
        &self,
        cluster: &Cluster,
        process: ProcessId,
        revision: u8,
        name: ScopeName,
    ) -> Scope<'_> {
        let kubernetes = &self.kubernetes[usize::from(revision.min(1))];
        let grpc = "go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc";
        match (name, cluster.role(process)) {
            (ScopeName::Tracing, _) => Scope::new("k8s.io/component-base/tracing", "", ""),
            (ScopeName::FilterLatency, _) => {
                Scope::new("k8s.op/apiserver/pkg/endpoints/filterlatency", "", "")
            }
            (ScopeName::OtelHttp, Role::Runtime(_)) => Scope::new(OTELHTTP, &self.runtime.otelgrpc, ""),
            (ScopeName::OtelHttp, _) => Scope::new(OTELHTTP, &kubernetes.otelhttp, ""),
            (ScopeName::OtelGrpc, Role::Etcd(_)) => Scope::new(grpc, &self.etcd.otelgrpc, ""),
            (ScopeName::OtelGrpc, Role::Runtime(_)) => Scope::new(grpc, &self.runtime.otelgrpc, ""),
            (ScopeName::OtelGrpc, _) => Scope::new(grpc, &kubernetes.otelgrpc, ""),
            (ScopeName::Etcd, _) => Scope::new("go.etcd.io/etcd", "", ""),
            (ScopeName::Kubelet, _) => Scope::new("k8s.io/kubernetes/pkg/kubelet", "", ""),
            (ScopeName::KubeRuntime, _) => Scope::new("k8s.io/kubernetes/pkg/kubelet/kuberuntime", "", ""),
            (ScopeName::OtelRestful, _) => Scope::new(
                "go.opentelemetry.io/contrib/instrumentation/github.com/emicklei/go-restful/otelrestful",
                &kubernetes.otelhttp,
                "",
            ),
            (ScopeName::SdkTracer, _) => Scope::new("go.opentelemetry.io/otel/sdk/tracer", "", ""),
            (ScopeName::OtelTtrpc, _) => Scope::new("github.com/containerd/otelttrpc", "0.0.0", ""),
            (ScopeName::Crio, _) => Scope::new("crio", "", ""),
        }
    }
}

const OTELHTTP: &str = "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp";

fn sdk(version: &str) -> [proto::otlp::Attribute<'static>; 3] {
    [
        text("telemetry.sdk.language", "go"),
        text("telemetry.sdk.name", "opentelemetry"),
        text("telemetry.sdk.version", version.to_owned()),
    ]
}

fn apiserver_id(identity: Identity, host: &str, index: u32) -> String {
    match identity {
        Identity::Uuid => format!("kube-apiserver-{}", Random::new(mix(u64::from(index))).uuid()),
        Identity::Kube => format!("kube-apiserver-{}", host_hash(host)),
        Identity::Hash => format!("apiserver-{}", host_hash(host)),
    }
}
