//! Folded names.

use proptest::prelude::*;

use super::{attribute_key, event_name, service_name, span_name, target};
use crate::Component;

#[test]
fn go_functions_lose_path_closure_and_type_parameters() {
    let cases = [
        ("github.com/cri-o/cri-o/server.(*Server).runPodSandbox", "server.(*Server).runPodSandbox"),
        (
            "github.com/cri-o/cri-o/internal/oci.(*Runtime).CreateContainer.func1",
            "oci.(*Runtime).CreateContainer",
        ),
        (
            "github.com/cri-o/cri-o/internal/oci.(*Runtime).CreateContainer.func2.1",
            "oci.(*Runtime).CreateContainer",
        ),
        ("github.com/cri-o/cri-o/internal/lib.Map[github.com/a/b.T].Get", "lib.Map.Get"),
        ("github.com/cri-o/cri-o/server.(*Server).PullImage.gowrap3", "server.(*Server).PullImage"),
        ("/runtime.v1.RuntimeService/RunPodSandbox", "/runtime.v1.RuntimeService/RunPodSandbox"),
        ("runtime.v1.RuntimeService/RunPodSandbox", "runtime.v1.RuntimeService/RunPodSandbox"),
        ("unknown", "unknown"),
    ];
    for (name, folded) in cases {
        assert_eq!(span_name(Component::Crio, name), folded);
        assert_eq!(span_name(Component::Other, name), name, "only CRI-O's are functions");
    }
}

#[test]
fn log_lines_fold_to_their_statement() {
    let id = "0196fde5c7c078dd87ca63e7211921b5506bcd64e64890ee3b6db0147d9d85f7";
    let cases = [
        (
            format!("StartContainer for \"{id}\" returns successfully"),
            "StartContainer for * returns successfully",
        ),
        (format!("connecting to shim {id}"), "connecting to shim *"),
        (
            "RunPodSandbox for &PodSandboxMetadata{Name:a,Uid:b,Labels:map{x},} returns sandbox id \"1\""
                .to_owned(),
            "RunPodSandbox for &PodSandboxMetadata* returns sandbox id *",
        ),
        ("RunPodSandbox for name:\"web\" uid:\"a-1\"".to_owned(), "RunPodSandbox for name:* uid:*"),
        (
            "StopContainer for \"a\\\"b\" with timeout 30 (s)".to_owned(),
            "StopContainer for * with timeout * (s)",
        ),
        ("image pulled from 10.0.0.1:5000/app:v3 in 3.25s".to_owned(), "image pulled from * in *"),
        ("open quote \"never closed".to_owned(), "open quote *"),
        ("open brace {never closed".to_owned(), "open brace *"),
    ];
    for (name, folded) in cases {
        assert_eq!(event_name(&name), folded);
    }
}

#[test]
fn names_a_program_gives_stay() {
    for row in crate::vocabulary::event_names() {
        if let Some(crate::vocabulary::Pattern::Exact(name)) = row.name {
            assert_eq!(event_name(name), name);
        }
    }
}

#[test]
fn numbered_keys_and_shims_fold() {
    assert_eq!(attribute_key("descriptor.child.17"), "descriptor.child.*");
    assert_eq!(attribute_key("descriptor.child."), "descriptor.child.");
    assert_eq!(attribute_key("descriptor.child.x"), "descriptor.child.x");
    assert_eq!(service_name("containerd-shim-3f2a"), "containerd-shim");
    assert_eq!(service_name("containerd"), "containerd");
}

#[test]
fn continue_tokens_fold() {
    let cases = [
        (
            "/api/v1/pods?limit=500&continue=eyJ2Ijoi%3D%3D&watch=0",
            "/api/v1/pods?limit=500&continue=*&watch=0",
        ),
        ("/api/v1/pods?continue=abc", "/api/v1/pods?continue=*"),
        ("/api/v1/pods?continue=", "/api/v1/pods?continue="),
        ("/api/v1/pods?continue=&limit=5", "/api/v1/pods?continue=&limit=5"),
        ("/api/v1/pods?discontinue=abc", "/api/v1/pods?discontinue=abc"),
    ];
    for (raw, folded) in cases {
        assert_eq!(target(raw), folded);
    }
}

proptest! {
    #[test]
    fn prop_folding_twice_changes_nothing(name in ".{0,80}", function in "github\\.com/[a-z/]{0,9}[a-z.()*\\[\\]0-9]{0,20}") {
        let once = event_name(&name).into_owned();
        prop_assert_eq!(event_name(&once), once.as_str());
        let once = target(&name).into_owned();
        prop_assert_eq!(target(&once), once.as_str());
        prop_assert!(span_name(Component::Crio, &function).len() <= function.len());
    }
}
