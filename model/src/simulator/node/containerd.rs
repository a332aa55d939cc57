//! containerd's own spans inside its CRI calls.

use proto::{SpanId, UnixNanos};

use proto::otlp::{Attribute, Value, encode_value};

use super::super::span::{CLIENT, ScopeName, event, event_with, integer, text};
use super::{Content, Scene};

/// A container's id, its sandbox's, and its image.
#[derive(Debug, Clone)]
pub(super) struct ContainerIds {
    pub(super) sandbox: String,
    pub(super) container: String,
    pub(super) image: String,
    pub(super) pid: u64,
}

const CREATED: &str = "2026-11-02T08:00:00Z";

impl Scene<'_, '_> {
    /// The inside of `RunPodSandbox`: `network` is when the network is set up.
    pub(super) fn containerd_sandbox(
        &mut self,
        server: SpanId,
        (start, end): (UnixNanos, UnixNanos),
        (network, address): ((UnixNanos, UnixNanos), String),
        (sandbox, sandbox_name): (&str, &str),
    ) {
        let runtime = &self.stage.versions.runtime;
        let (metadata, spans) = (runtime.metadata_spans, runtime.sandbox_spans);
        let parent = if spans {
            let events = vec![event(network.1, "setup pod network")];
            let attributes = vec![
                text("namespace", "k8s.io"),
                text("sandbox.id", sandbox),
                text("sandbox.name", sandbox_name),
            ];
            let content = Content { attributes, events, ..Content::default() };
            self.internal("cri.sandbox.run", Some(server), (start + 100_000, end - 100_000), content)
        } else {
            server
        };
        let (start, end) = (start + 150_000, end - 150_000);
        if metadata {
            let attributes = self.sandbox_attributes(sandbox, false);
            self.internal("metadata.sandbox.Create", Some(parent), (start, start + 400_000), attributes);
            self.sandbox_update(parent, sandbox, start + 500_000);
        }
        if spans {
            let attributes = vec![
                text("namespace", "k8s.io"),
                text("sandbox.id", sandbox),
                text("netns.path", format!("/var/run/netns/cni-{}", self.random.uuid())),
                text("runtime.handler", ""),
                text("sandbox.ip", address),
                integer("sandbox.additional_ips.count", 0),
            ];
            let events = vec![event(network.0, "cni.setup.start"), event(network.1, "cni.setup.complete")];
            let content = Content { attributes, events, ..Content::default() };
            self.internal("cni.setup_pod_network", Some(parent), network, content);
        }
        if metadata {
            self.sandbox_update(parent, sandbox, network.1);
        }
        let ids = ContainerIds {
            sandbox: sandbox.to_owned(),
            container: sandbox.to_owned(),
            image: "registry.example.com/pause:3.10".to_owned(),
            pid: 2_000 + self.random.below(30_000),
        };
        let step = (end - network.1) / 10;
        self.new_container(parent, &ids, (network.1 + step, network.1 + 2 * step));
        self.new_task(parent, &ids, (network.1 + 2 * step, network.1 + 8 * step));
        self.start_task(parent, &ids, (network.1 + 8 * step, network.1 + 9 * step));
        if metadata {
            self.sandbox_update(parent, sandbox, network.1 + 9 * step);
        }
    }

    fn sandbox_attributes<'a>(&self, sandbox: &'a str, updated: bool) -> Vec<Attribute<'a>> {
        let mut attributes = vec![
            text("sandbox.id", sandbox),
            text("namespace", "k8s.io"),
            text("sandbox.CreatedAt", CREATED),
        ];
        if updated {
            attributes.push(text("sandbox.UpdatedAt", CREATED));
        }
        attributes
    }

    fn sandbox_update(&mut self, parent: SpanId, sandbox: &str, at: UnixNanos) {
        let attributes = self.sandbox_attributes(sandbox, true);
        self.internal("metadata.sandbox.Update", Some(parent), (at, at + 300_000), attributes);
    }

    pub(super) fn new_container(
        &mut self,
        parent: SpanId,
        ids: &ContainerIds,
        (start, end): (UnixNanos, UnixNanos),
    ) {
        let attributes = vec![
            text("container.id", ids.container.as_str()),
            text("container.image.ref", ids.image.as_str()),
            text("container.runtime.name", "io.containerd.runc.v2"),
            text("container.snapshotter.name", "overlayfs"),
        ];
        let span = self.internal("client.NewContainer", Some(parent), (start, end), attributes);
        if self.stage.versions.runtime.metadata_spans {
            let attributes = vec![
                text("container.id", ids.container.as_str()),
                text("namespace", "k8s.io"),
                text("sandbox.id", ids.sandbox.as_str()),
                text("container.createdAt", CREATED),
                text("container.updatedAt", CREATED),
            ];
            let at = start + (end - start) / 2;
            self.internal(
                "metadata.containers.Create",
                Some(span),
                (at, at + 40_000.min(end - at)),
                attributes,
            );
        }
    }

    pub(super) fn new_task(
        &mut self,
        parent: SpanId,
        ids: &ContainerIds,
        (start, end): (UnixNanos, UnixNanos),
    ) {
        let attributes = vec![
            text("task.container.id", ids.container.as_str()),
            text("task.request.options", "<nil>"),
            text("task.runtime.name", "io.containerd.runc.v2"),
        ];
        let shim = vec![
            text("address", format!("unix:///run/containerd/s/{}", ids.sandbox)),
            text("protocol", "ttrpc"),
            integer("version", 3),
            text("level", "info"),
        ];
        let events = vec![
            event_with(start + (end - start) / 5, format!("connecting to shim {}", ids.container), shim),
            event_with(end, "task created", vec![integer("task.process.id", ids.pid)]),
        ];
        let content = Content { attributes, events, ..Content::default() };
        let span = self.internal("container.NewTask", Some(parent), (start, end), content);
        let created = start + (end - start) / 5 * 4;
        self.shim("containerd.task.v3.Task/Create", Some(span), (start + (end - start) / 5, created));
        self.shim("containerd.task.v3.Task/Connect", Some(span), (created, created + (end - created) / 2));
    }

    pub(super) fn start_task(
        &mut self,
        parent: SpanId,
        ids: &ContainerIds,
        (start, end): (UnixNanos, UnixNanos),
    ) {
        let prefixed = self.stage.versions.runtime.client_prefix;
        let name = if prefixed { "client.task.Start" } else { "task.Start" };
        let attributes = vec![
            text("task.id", ids.container.as_str()),
            text("namespace", "k8s.io"),
            text("task.pid", ids.pid.to_string()),
        ];
        let span = self.internal(name, Some(parent), (start, end), attributes);
        let started = start + (end - start) / 4 * 3;
        self.shim("containerd.task.v3.Task/Start", Some(span), (start, started));
        self.shim("containerd.task.v3.Task/State", Some(span), (started, end));
    }

    /// The inside of `PullImage`: manifest and config by HTTP, then the layers.
    pub(super) fn pull(&mut self, server: SpanId, image: &str, (start, end): (UnixNanos, UnixNanos)) {
        if let Some(package) = self.stage.versions.runtime.image_functions.clone() {
            self.internal(&format!("{package}.PullImage"), Some(server), (start, end), Content::default());
            return;
        }
        let step = (end - start) / 20;
        let url = format!("https://registry.example.com/v2/{image}/manifests/v1");
        let attributes = vec![
            text("http.request.method", "HEAD"),
            text("url.full", url),
            text("server.address", "registry.example.com"),
            integer("server.port", 443),
            text("network.protocol.version", "1.1"),
            integer("http.response.status_code", 200),
        ];
        let what = (ScopeName::OtelHttp, "remotes.docker.resolver.HTTPRequest", CLIENT);
        self.runtime_span(what, Some(server), (start, start + 2 * step), attributes);
        self.unpack_handler(server, (start + 2 * step, start + 3 * step), true);
        self.unpack_handler(server, (start + 3 * step, start + 4 * step), false);
        let unpack = self.internal(
            "pkg.unpack.unpacker.unpack",
            Some(server),
            (start + 4 * step, end),
            Content::default(),
        );
        for layer in 0..3 {
            let at = start + (4 + layer * 5) * step;
            let digest = format!("sha256:{}", self.random.hex(32));
            for (name, from, to) in [
                ("pkg.unpack.unpacker.fetchLayer", at, at + 3 * step),
                ("pkg.unpack.unpacker.unpackLayer", at + 3 * step, at + 5 * step),
            ] {
                let attributes = vec![
                    text("layer.media.type", LAYER),
                    integer("layer.media.size", 1_000_000 + layer * 4_000_000),
                    text("layer.media.digest", digest.clone()),
                ];
                self.internal(name, Some(unpack), (from, to), attributes);
            }
        }
    }

    fn unpack_handler(&mut self, parent: SpanId, times: (UnixNanos, UnixNanos), is_manifest: bool) {
        let kind = if is_manifest { "manifest" } else { "config" };
        let mut attributes = vec![
            text("descriptor.media.type", format!("application/vnd.oci.image.{kind}.v1+json")),
            text("descriptor.digest", format!("sha256:{}", self.random.hex(32))),
        ];
        if is_manifest {
            for child in 0..3 {
                let digest = format!("sha256:{}", self.random.hex(32));
                attributes.push(Attribute {
                    key: format!("descriptor.child.{child}").into(),
                    value: array(&[LAYER, &digest]),
                });
            }
        }
        self.internal("pkg.unpack.unpacker.UnpackHandler", Some(parent), times, attributes);
    }
}

const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// An array of strings: the wire form of an `ArrayValue` is that of its values as field 1 of a message.
fn array(texts: &[&str]) -> Value<'static> {
    let mut wire = Vec::new();
    for text in texts {
        let mut value = Vec::new();
        encode_value(&Value::String((*text).into()), &mut value);
        // A `bytes` field 1 has the same form as a message field 1; a string value is field 1 of an AnyValue.
        encode_value(&Value::String(String::from_utf8_lossy(&value)), &mut wire);
    }
    Value::Array(wire.into())
}
