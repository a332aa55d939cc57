//! `tailplane setup`: what it prints and what it writes. What the pages say is held by snapshots in `model`.

use crate::command::run;

const KUBEADM: [&str; 8] =
    ["setup", "kubernetes", "--version", "1.36", "--distribution", "kubeadm", "--endpoint", "10.0.0.5:4317"];

#[test]
fn it_prints_a_script_a_page_and_json() {
    let text = run(&KUBEADM);
    assert_eq!(text.code, Some(0), "{}", text.stderr);
    assert!(text.stdout.starts_with("# Attach Kubernetes 1.36 (kubeadm) to 10.0.0.5:4317, 1 % of traces\n"));
    let markdown = run(&[&KUBEADM[..], &["--format", "markdown", "--sampling", "100"]].concat());
    assert!(markdown.stdout.contains("samplingRatePerMillion: 1000000\n"), "{}", markdown.stdout);
    let json = run(&[&KUBEADM[..], &["--format", "json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!(json["kubernetes"], "1.36");
}

#[test]
fn it_writes_each_file_below_its_step() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().join("cluster");
    let name = folder.to_str().expect("a name");
    let written = run(&[&KUBEADM[..], &["--write", name]].concat());
    assert_eq!(written.code, Some(0), "{}", written.stderr);
    let file = folder.join("02-kube-apiserver/etc/kubernetes/tracing/apiserver.yaml");
    assert!(file.is_file() && folder.join("README.md").is_file(), "{}", written.stdout);
    assert!(written.stdout.contains(file.to_str().expect("a name")), "{}", written.stdout);
    let again = run(&[&KUBEADM[..], &["--write", name]].concat());
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("name one that is not there yet"), "{}", again.stderr);
}

#[test]
fn a_fault_names_the_value_and_the_way_out() {
    let with = |endpoint: &'static str| {
        let mut arguments = KUBEADM;
        arguments[7] = endpoint;
        run(&arguments).stderr
    };
    assert!(with("http://10.0.0.5:4317").contains("with which kube-apiserver does not start"));
    assert!(with("tailplane.default.svc:4317").contains("write localhost, an IP address"));
    let mtls = run(&[&KUBEADM[..], &["--mtls"]].concat());
    assert!(mtls.code == Some(2) && mtls.stderr.contains("--tls"), "{}", mtls.stderr);
}
