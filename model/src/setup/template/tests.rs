use std::collections::BTreeMap;

use super::super::facts::Facts;
use super::super::{Distribution, Protection, SetupQuery};
use super::{fill, fill_line};

fn facts() -> Facts {
    let query = SetupQuery {
        kubernetes: "1.36".parse().expect("a version"),
        distribution: Distribution::Kubeadm,
        endpoint: "10.0.0.5:4317".parse().expect("an endpoint"),
        http_endpoint: None,
        sampling: "1".parse().expect("a rate"),
        protection: Protection::default(),
        cluster: None,
        components: Vec::new(),
        etcd: None,
        containerd: None,
        nodes: None,
    };
    let mut facts = Facts::of(&query).expect("facts");
    let own = [("two", "- a\n  b"), ("none", "")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    facts.extend(BTreeMap::from(own));
    facts
}

#[test]
fn values_within_a_line_and_alone() {
    let filled = fill("at {{host}} {{port}}\n  {{two}}\n  {{none}}\nend", &facts());
    assert_eq!(filled.as_deref(), Ok("at 10.0.0.5 4317\n  - a\n    b\nend\n"));
    assert_eq!(fill_line("{{percent}} %", &facts()).as_deref(), Ok("1 %"));
}

#[test]
fn conditions() {
    let filled =
        fill("  {{?etcd}}- a\n{{?!etcd}}b\n{{?etcd,!gate}}  {{two}}\n{{?etcd}}\n{{?crio}}c", &facts());
    assert_eq!(filled.as_deref(), Ok("  - a\n  - a\n    b\n\n"));
}

#[test]
fn faults() {
    for template in ["{{nobody}}", "{{?nobody}}a", "a {{host", "{{?etcd"] {
        assert!(fill(template, &facts()).is_err(), "{template}");
    }
}
