use super::super::{Distribution, Protection, SetupQuery};
use super::Facts;

#[test]
fn an_unknown_condition_is_a_fault_and_a_contrary_is_asked_for_with_a_mark() {
    let query = SetupQuery {
        kubernetes: "1.26".parse().expect("a version"),
        distribution: Distribution::Kubeadm,
        endpoint: "localhost:4317".parse().expect("an endpoint"),
        http_endpoint: None,
        sampling: "100".parse().expect("a rate"),
        protection: Protection::default(),
        cluster: None,
        components: Vec::new(),
        etcd: None,
        containerd: None,
        nodes: None,
    };
    let facts = Facts::of(&query).expect("facts");
    assert_eq!(facts.hold([]), Ok(true));
    assert_eq!(facts.hold(["gate", "loopback", "!plain"]), Ok(true));
    assert_eq!(facts.hold(["gate", "plain"]), Ok(false));
    assert!(facts.hold(["gates"]).is_err());
}
