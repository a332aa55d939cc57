use serde_json::Value;

use crate::testing::{HandMade, answer};

async fn ask(parameters: &str) -> (u16, Value) {
    let (status, text) = answer(HandMade::default(), &format!("/api/v1/setup/kubernetes{parameters}")).await;
    (status, serde_json::from_str(&text).unwrap())
}

#[tokio::test]
async fn what_may_be_chosen_comes_first() {
    let (status, answer) = ask("").await;
    assert_eq!(status, 200);
    assert!(answer["setup"].is_null());
    let versions = answer["options"]["versions"].as_array().unwrap();
    assert!(versions.contains(&Value::from("1.34")), "{versions:?}");
    let distributions = answer["options"]["distributions"].as_array().unwrap();
    let named = |name: &str| distributions.iter().find(|distribution| distribution["name"] == name).unwrap();
    assert_eq!(named("eks")["is_managed"], true);
    assert!(named("kubeadm")["components"].as_array().unwrap().contains(&Value::from("etcd")));
}

#[tokio::test]
async fn a_cluster_is_told_what_to_write_and_how_to_undo_it() {
    let (status, answer) =
        ask("?version=1.34&distribution=kubeadm&endpoint=10.0.0.5:4317&sampling=100&components=apiserver,etcd&cluster=prod").await;
    assert_eq!(status, 200, "{answer}");
    let setup = &answer["setup"];
    assert_eq!(
        (setup["kubernetes"].as_str(), setup["sampling_percent"].as_str()),
        (Some("1.34"), Some("100"))
    );
    let steps = setup["steps"].as_array().unwrap();
    let all = setup.to_string();
    assert!(all.contains("apiserver.config.k8s.io/v1") && all.contains("10.0.0.5:4317"), "{all}");
    assert!(steps.iter().any(|step| !step["roll_back"].as_array().unwrap().is_empty()));
    assert!(!all.contains("containerd.service"), "only what was named");
}

#[tokio::test]
async fn what_cannot_be_is_told() {
    for (parameters, expected) in [
        ("?version=1.34&distribution=kubeadm", "endpoint is missing"),
        ("?version=9.9&distribution=kubeadm&endpoint=a:1", "version: "),
        ("?version=1.34&distribution=mine&endpoint=a:1", "distribution: "),
        ("?version=1.34&distribution=kubeadm&endpoint=http://a:1", "endpoint: "),
        ("?version=1.34&distribution=kubeadm&endpoint=a:1&sampling=200", "sampling: "),
        (
            "?version=1.34&distribution=kubeadm&endpoint=a:1&components=scheduler",
            "components names \"scheduler\"",
        ),
        ("?version=1.34&distribution=kubeadm&endpoint=a:1&tls=yes", "tls is \"yes\""),
        ("?colour=blue", "there is no parameter"),
    ] {
        let (status, answer) = ask(parameters).await;
        assert_eq!(status, 400, "{parameters}: {answer}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains(expected), "{parameters}: {message}");
    }
}
