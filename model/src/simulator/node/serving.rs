//! The kubelet as a server: scrapes of its metrics, and exec on its way to the runtime.

use proto::otlp::Attribute;
use proto::{TraceId, UnixNanos};

use super::super::attributes::{ServerCall, http_server};
use super::super::profile::Http;
use super::super::random::{Random, mix};
use super::super::render::Stage;
use super::super::span::{SERVER, ScopeName, text};
use super::{Content, Scene};

/// Port of a kubelet.
const KUBELET_PORT: u16 = 10_250;

/// Serves `route` at `path` to `user_agent` for `length`.
pub(crate) fn serve(
    stage: &mut Stage<'_>,
    node: u32,
    (route, path): (&str, &str),
    user_agent: &'static str,
    (at, length): (UnixNanos, u64),
) {
    let mut random = Random::new(mix(at) ^ mix(u64::from(node) << 30));
    let trace_id = TraceId(random.trace_id());
    let mut scene = Scene::new(stage, node, at, trace_id, random);
    let attributes = scene.serving_attributes((route, path), user_agent, at);
    let id = scene.id();
    let what = (ScopeName::OtelRestful, route, SERVER);
    scene.kubelet_span(what, (id, None), (at, at + length), Content::from(attributes));
}

impl Scene<'_, '_> {
    /// otelrestful tells what otelhttp does, with "kubelet" for the server's address, and the route.
    fn serving_attributes<'a>(
        &self,
        (route, path): (&'a str, &'a str),
        user_agent: &'static str,
        at: UnixNanos,
    ) -> Vec<Attribute<'a>> {
        let versions = self.stage.versions;
        let (profile, _) = versions.kubernetes(&self.stage.planner.cluster, self.kubelet, at);
        let call = ServerCall {
            method: "GET",
            host: "kubelet",
            port: KUBELET_PORT,
            peer: "10.244.7.3",
            peer_port: 51_000,
            user_agent,
            path,
            target: path,
            protocol: "1.1",
            audit_id: None,
            request_bytes: 0,
            response_bytes: 0,
            code: Some(200),
        };
        let mut attributes = http_server(profile.http, false, &call);
        if profile.http == Http::H2 {
            // The target is the API server's own addition.
            attributes.retain(|attribute| attribute.key != "http.target");
        }
        let code = attributes.pop();
        attributes.push(text("http.route", route));
        attributes.extend(code);
        attributes
    }
}
