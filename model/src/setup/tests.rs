//! Every version and distribution against a page in `data/setup/snapshots`, and what must hold in each of them.
//!
//! `UPDATE=1 cargo test -p tailplane-model --lib setup` writes the pages.

use std::path::{Path, PathBuf};

use super::{Distribution, File, KubernetesVersion, Protection, Setup, SetupError, SetupQuery, setup};
use crate::Component;

fn query(version: KubernetesVersion, distribution: Distribution) -> SetupQuery {
    SetupQuery {
        kubernetes: version,
        distribution,
        endpoint: "10.0.0.5:4317".parse().expect("an endpoint"),
        http_endpoint: None,
        sampling: "1".parse().expect("a rate"),
        protection: Protection::default(),
        cluster: Some("prod-1".to_owned()),
        components: Vec::new(),
        etcd: None,
        containerd: None,
        nodes: None,
    }
}

fn kubeadm(version: &str) -> SetupQuery {
    query(version.parse().expect("a version"), Distribution::Kubeadm)
}

/// TLS, certificates, a token, CRI-O and an old containerd beside each other: everything that has a page of its own.
fn secured(version: &str) -> SetupQuery {
    SetupQuery {
        protection: Protection {
            tls: true,
            client_certificate: true,
            token: true,
            tenant: Some("prod".to_owned()),
        },
        components: Distribution::Kubeadm.components().to_vec(),
        containerd: Some("1.7".parse().expect("a version")),
        ..kubeadm(version)
    }
}

fn answer(query: &SetupQuery) -> Setup {
    setup(query).unwrap_or_else(|error| panic!("{query:?}: {error}"))
}

/// Every pair, and the pages beside them, by name.
fn pages() -> Vec<(String, Setup)> {
    let pairs = KubernetesVersion::all()
        .flat_map(|version| Distribution::ALL.map(|distribution| (version, distribution)));
    let pairs = pairs
        .map(|(version, distribution)| (format!("{distribution}-{version}"), query(version, distribution)));
    let secured =
        ["1.26", "1.30", "1.36"].map(|version| (format!("kubeadm-{version}-secured"), secured(version)));
    pairs.chain(secured).map(|(name, query)| (name, answer(&query))).collect()
}

fn files(setup: &Setup) -> impl Iterator<Item = &File> {
    setup.steps.iter().flat_map(|step| &step.files)
}

fn content<'s>(setup: &'s Setup, path: &str) -> &'s str {
    let found = files(setup).find(|file| file.path.as_deref() == Some(path));
    found.map_or_else(|| panic!("no file {path}"), |file| &file.content)
}

fn warns(setup: &Setup, text: &str) -> bool {
    setup.warnings.iter().any(|warning| warning.contains(text))
}

fn snapshots() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/setup/snapshots")
}

/// The page of that name is `text`, or becomes it.
fn hold(name: &str, text: &str) {
    let path = snapshots().join(name);
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(&path, text).expect("the page can be written");
        return;
    }
    let page = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(page == text, "{name} is stale: UPDATE=1 cargo test -p tailplane-model --lib setup");
}

#[test]
fn every_pair_has_its_page() {
    let pages = pages();
    for (name, setup) in &pages {
        hold(&format!("{name}.md"), &setup.markdown());
    }
    hold("kubeadm-1.36.txt", &answer(&kubeadm("1.36")).text());
    let there = std::fs::read_dir(snapshots()).expect("the folder of pages").count();
    assert_eq!(there, pages.len() + 1, "a page of a pair that is no more has to go");
}

#[test]
fn toml_and_json_can_be_read_and_nothing_is_left_to_fill_in() {
    for (name, setup) in pages() {
        for file in files(&setup) {
            let path = file.path.as_deref().unwrap_or_default();
            let content = &file.content;
            assert!(!content.trim().is_empty(), "{name}: {file:?}");
            assert!(file.path.is_some() != file.merge_into.is_some(), "{name}: {file:?}");
            if path.ends_with(".json") {
                let patch: serde_json::Value = serde_json::from_str(content).expect("JSON");
                assert!(patch.as_array().is_some_and(|patch| !patch.is_empty()), "{name}: {path}");
            }
            if path.ends_with(".toml") || path.contains("crio.conf.d") {
                assert!(content.parse::<toml::Table>().is_ok(), "{name}: {path}");
            }
        }
        let text = setup.text() + &setup.markdown() + &setup.json().expect("JSON");
        assert!(!text.contains("{{") && !text.contains("}}"), "{name}");
    }
}

#[test]
fn the_tracing_configuration_follows_the_version() {
    for (version, expected) in [
        ("1.22", "v1alpha1"),
        ("1.26", "v1alpha1"),
        ("1.27", "v1beta1"),
        ("1.33", "v1beta1"),
        ("1.34", "v1"),
        ("1.36", "v1"),
    ] {
        let setup = answer(&kubeadm(version));
        let file = content(&setup, "/etc/kubernetes/tracing/apiserver.yaml");
        assert_eq!(
            file,
            format!(
                "apiVersion: apiserver.config.k8s.io/{expected}\nkind: TracingConfiguration\n\
                 endpoint: \"10.0.0.5:4317\"\nsamplingRatePerMillion: 10000\n"
            )
        );
        let flags = content(&setup, "/etc/kubernetes/tracing/kube-apiserver-flags.json");
        assert_eq!(flags.contains("APIServerTracing=true"), expected == "v1alpha1", "{version}");
    }
}

#[test]
fn kubeadm_changes_its_arguments_from_a_map_to_a_list_in_1_31() {
    for (version, is_list) in [("1.30", false), ("1.31", true)] {
        let setup = answer(&kubeadm(version));
        let merged: Vec<&File> = files(&setup).filter(|file| file.merge_into.is_some()).collect();
        let text: String = merged.iter().map(|file| file.content.as_str()).collect();
        assert_eq!(text.contains("- name: tracing-config-file"), is_list, "{text}");
        assert_eq!(text.contains("extraEnvs:"), is_list, "{text}");
        assert!(text.contains("extraVolumes:"), "{text}");
    }
}

#[test]
fn flags_of_etcd_follow_its_version() {
    let flags = |query: &SetupQuery| {
        content(&answer(query), "/etc/kubernetes/tracing/etcd-flags.json").contains("--experimental-")
    };
    assert!(flags(&kubeadm("1.33")));
    assert!(!flags(&kubeadm("1.34")));
    let ahead = SetupQuery { etcd: Some("3.6".parse().expect("a version")), ..kubeadm("1.33") };
    assert!(!flags(&ahead));
    let sampled = |query: &SetupQuery| warns(&answer(query), "has no sampler");
    assert!(sampled(&kubeadm("1.29")));
    assert!(!sampled(&kubeadm("1.30")));
    let patched = SetupQuery { etcd: Some("3.5.16".parse().expect("a version")), ..kubeadm("1.29") };
    assert!(!sampled(&patched));
}

#[test]
fn nothing_secret_is_printed_and_what_holds_a_token_is_nobody_elses_to_read() {
    let setup = answer(&secured("1.30"));
    for file in files(&setup).filter(|file| file.content.contains("Bearer")) {
        assert!(file.content.contains("REPLACE_WITH_TOKEN"), "{file:?}");
        assert!(file.merge_into.is_some() || file.mode.as_deref() == Some("0600"), "{file:?}");
    }
    let unit = content(&setup, "/etc/systemd/system/kubelet.service.d/20-tailplane.conf");
    assert!(unit.contains("authorization=Bearer%%20REPLACE_WITH_TOKEN,x-scope-orgid=prod\""), "{unit}");
    let pod = content(&setup, "/etc/kubernetes/tracing/patches/kube-apiserver.yaml");
    assert!(pod.contains("authorization=Bearer%20REPLACE_WITH_TOKEN"), "{pod}");
}

#[test]
fn what_is_not_there_yet_is_said_instead_of_set_up() {
    let old = answer(&kubeadm("1.22"));
    assert!(warns(&old, "The kubelet has tracing from 1.25 on"));
    assert!(!old.steps.iter().any(|step| step.title == "kubelet"));
    let crio = SetupQuery { components: vec![Component::Apiserver, Component::Crio], ..kubeadm("1.22") };
    assert!(warns(&answer(&crio), "CRI-O has tracing from 1.23 on"));
    let nothing = SetupQuery { components: vec![Component::Kubelet], ..kubeadm("1.24") };
    assert!(matches!(setup(&nothing), Err(SetupError::Nothing { .. })));
}

#[test]
fn a_managed_plane_lets_nothing_of_the_plane_send() {
    let asked = SetupQuery {
        components: vec![Component::Etcd],
        ..query("1.33".parse().expect("a version"), Distribution::Eks)
    };
    let error = setup(&asked).expect_err("EKS hides etcd").to_string();
    assert_eq!(error, "eks lets no etcd send that could be set up here; it lets send: kubelet, containerd");
    for distribution in [Distribution::Eks, Distribution::Gke, Distribution::Aks] {
        let setup = answer(&query("1.33".parse().expect("a version"), distribution));
        assert!(warns(&setup, "runs kube-apiserver and etcd"), "{distribution}");
    }
}

#[test]
fn kind_says_that_it_cannot_protect_the_way() {
    let mut asked = query("1.33".parse().expect("a version"), Distribution::Kind);
    asked.protection.tls = true;
    assert!(matches!(setup(&asked), Err(SetupError::Protection { .. })));
}

#[test]
fn the_rate_is_spoken_of() {
    let rate = |text: &str| SetupQuery { sampling: text.parse().expect("a rate"), ..kubeadm("1.36") };
    assert!(warns(&answer(&rate("0")), "A rate of 0"));
    assert!(!warns(&answer(&rate("100")), "independently on both sides"));
    assert!(warns(&answer(&rate("10")), "in 1 % of the cases"));
    let advice = answer(&SetupQuery { nodes: Some(500), ..rate("10") }).advice;
    let middle = advice.estimates.iter().find(|estimate| estimate.nodes == 500).expect("a line for it");
    assert_eq!(
        (middle.spans_per_second_full, middle.spans_per_second, middle.begin_with_percent),
        (7_500, 750, 10)
    );
}

#[test]
fn names_need_no_quotes() {
    let named = SetupQuery { cluster: Some("a b".to_owned()), ..kubeadm("1.36") };
    assert!(matches!(setup(&named), Err(SetupError::Name { what: "cluster", .. })));
}
