//! The path reader against the steps of kubernetes' `RequestInfoFactory.NewRequestInfo`, one by one.

use proptest::prelude::*;

use super::super::path::{ResourcePath, Special, resource_path};

/// As endpoints/request/requestinfo.go goes about it: lists of parts, shortened as it reads.
fn step_by_step(path: &str) -> Option<ResourcePath<'_>> {
    let trimmed = path.trim_matches('/');
    let parts: Vec<&str> = if trimmed.is_empty() { Vec::new() } else { trimmed.split('/').collect() };
    if parts.len() < 3 || !["api", "apis"].contains(&parts[0]) {
        return None;
    }
    let mut found = ResourcePath::default();
    let mut parts = if parts[0] == "api" {
        parts[1..].to_vec()
    } else {
        if parts.len() < 4 {
            return None;
        }
        found.group = parts[1];
        parts[2..].to_vec()
    };
    found.version = parts.remove(0);
    if ["proxy", "watch"].contains(&parts[0]) {
        if parts.len() < 2 {
            return None;
        }
        found.special = Some(if parts[0] == "watch" { Special::Watch } else { Special::Proxy });
        parts.remove(0);
    }
    if parts[0] == "namespaces" && parts.len() > 1 {
        found.namespace = parts[1];
        if parts.len() > 2 && !["status", "finalize"].contains(&parts[2]) {
            parts.drain(..2);
        }
    }
    if parts.len() >= 3 && found.special != Some(Special::Proxy) {
        found.subresource = parts[2];
    }
    if parts.len() >= 2 {
        found.name = parts[1];
    }
    found.resource = parts[0];
    Some(found)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]
    #[test]
    fn prop_paths_are_read_as_kubernetes_reads_them(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "api", "apis", "v1", "apps", "namespaces", "prod", "pods", "web-0", "status", "finalize", "watch",
                "proxy", "log", "exec", "",
            ]),
            0..10,
        ),
        first in prop::sample::select(vec!["", "/", "/api/v1/", "/apis/apps/v1/", "/api/v1/namespaces/"]),
    ) {
        let path = format!("{first}{}", parts.join("/"));
        prop_assert_eq!(resource_path(&path), step_by_step(&path), "{}", path);
    }
}
