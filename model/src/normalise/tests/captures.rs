//! What the real spans become.

use std::collections::HashMap;

use super::fixtures::{Owned, spans};
use crate::{Component, HttpGeneration, KeySource, RequestKeys, RpcGeneration, Verb, normalise};

const SLICES: [&str; 2] = ["calm", "stall"];

#[test]
fn every_component_is_recognised() {
    for owned in SLICES.iter().flat_map(|slice| spans(slice)) {
        let service = owned.resource.string("service.name").unwrap_or_default();
        let expected = match service {
            "deploy-bot" | "team-ci" => "other",
            component => component,
        };
        assert_eq!(Component::of(owned.view()).name(), expected);
    }
}

#[test]
fn every_api_request_has_complete_keys() {
    for slice in SLICES {
        let spans = spans(slice);
        let mut requests = 0;
        for owned in spans.iter().filter(|owned| is_api_request(owned)) {
            requests += 1;
            let normal = normalise(owned.view());
            let keys = normal.keys.expect("a server span of the API has keys");
            assert!(keys.is_complete() || !keys.is_resource_request(), "{keys:?}");
            assert!(
                keys.code.is_some() && keys.client.is_some() && keys.user_agent_short.is_some(),
                "{keys:?}"
            );
            assert_eq!(normal.http.map(|http| http.generation), Some(HttpGeneration::H2));
        }
        assert!(requests > 1_500, "{requests} in {slice}");
    }
}

fn is_api_request(owned: &Owned) -> bool {
    let target = owned.view().text("http.target").unwrap_or_default();
    Component::of(owned.view()) == Component::Apiserver
        && owned.span.kind == super::super::SERVER
        && (target.starts_with("/api/") || target.starts_with("/apis/"))
}

/// The two descriptions of one request, by handler and by target, joined by audit id.
#[test]
fn handlers_and_targets_agree() {
    for slice in SLICES {
        let spans = spans(slice);
        let keys = |source: KeySource| {
            spans.iter().filter_map(move |owned| {
                let normal = normalise(owned.view());
                normal.keys.filter(|keys| keys.source == source).map(|keys| (normal.audit_id, keys))
            })
        };
        let targets: HashMap<_, _> = keys(KeySource::Target).collect();
        let mut pairs = 0;
        for (audit_id, handler) in keys(KeySource::Handler) {
            let Some(target) = targets.get(&audit_id) else { continue };
            pairs += 1;
            assert_same_request(&handler, target);
        }
        assert!(pairs > 1_500, "{pairs} in {slice}");
    }
}

fn assert_same_request(handler: &RequestKeys<'_>, target: &RequestKeys<'_>) {
    let mut expected = handler.clone();
    expected.source = KeySource::Target;
    expected.code = target.code;
    expected.dry_run = target.dry_run;
    // That a patch is an apply stands in its content type, which only the handler sees.
    if handler.verb == Verb::Apply && target.verb == Verb::Patch {
        expected.verb = Verb::Patch;
    }
    assert_eq!(&expected, target);
}

#[test]
fn every_call_has_service_method_and_status() {
    let mut generations = HashMap::new();
    for owned in SLICES.iter().flat_map(|slice| spans(slice)) {
        let Some(rpc) = normalise(owned.view()).rpc else { continue };
        *generations.entry((Component::of(owned.view()), rpc.generation)).or_insert(0) += 1;
        assert_eq!(format!("{}/{}", rpc.service, rpc.method), owned.span.name);
        assert!(rpc.status.is_some(), "{:?}", owned.span);
        assert_eq!(rpc.peer_address.is_none(), rpc.generation == RpcGeneration::Ttrpc);
    }
    let mut found: Vec<_> = generations.into_keys().collect();
    found.sort_unstable();
    let expected = [
        (Component::Apiserver, RpcGeneration::R2),
        (Component::Etcd, RpcGeneration::R3),
        (Component::Kubelet, RpcGeneration::R2),
        (Component::Containerd, RpcGeneration::R3),
        (Component::Containerd, RpcGeneration::Ttrpc),
    ];
    assert_eq!(found, expected);
}
