use std::collections::HashSet;

use super::*;

#[test]
fn every_line_of_the_tables_parses_and_is_there_once() {
    let mut seen = HashSet::new();
    for line in lines(SPANS) {
        let (name, rule) = span_rule(line).unwrap_or_else(|| panic!("{line:?}"));
        assert!(seen.insert((name, rule.component, rule.kind)), "{name} twice");
    }
    for line in lines(SPANS).chain(lines(EVENTS)) {
        let releases = line.rsplit('\t').take(2);
        for release in releases.filter(|release| *release != "-") {
            let parsed =
                release.split_once('.').map(|(major, minor)| (major.parse::<u8>(), minor.parse::<u8>()));
            assert!(matches!(parsed, Some((Ok(_), Ok(_)))), "{line:?}");
        }
    }
    let names: HashSet<&str> = seen.iter().map(|(name, ..)| *name).collect();
    let mut events = HashSet::new();
    for line in lines(EVENTS) {
        let name = line.split('\t').next().unwrap();
        assert!(names.contains(name), "{name} is no span of phases.tsv");
        let rule = event_rule(name)(line).unwrap_or_else(|| panic!("{line:?}"));
        assert!(events.insert((name, rule.from, rule.to)), "{line:?} twice");
    }
    let siblings = RULES.exact.iter().flat_map(|(_, rule)| &rule.inside);
    siblings.for_each(|name| assert!(names.contains(name), "{name} is no span of phases.tsv"));
}

#[test]
fn names_find_their_rules() {
    let phase = |component, kind, name| rule(component, kind, name).and_then(|rule| rule.phase);
    let apiserver = Component::Apiserver;
    assert_eq!(phase(apiserver, 1, "audit"), Some(Phase::Audit));
    assert_eq!(phase(Component::AggregatedApiserver, 1, "audit"), Some(Phase::Audit));
    assert_eq!(phase(apiserver, 1, "List(recursive=true) etcd3"), Some(Phase::EtcdClient));
    assert_eq!(phase(apiserver, 1, "List"), Some(Phase::Own));
    assert_eq!(phase(apiserver, 3, "etcdserverpb.KV/Txn"), Some(Phase::EtcdWire));
    assert_eq!(phase(apiserver, 3, "etcdserverpb.Watch/Watch"), Some(Phase::Own));
    assert_eq!(phase(Component::Etcd, 2, "etcdserverpb.KV/Txn"), Some(Phase::EtcdServer));
    assert_eq!(phase(Component::Etcd, 1, "txn"), Some(Phase::EtcdInner));
    assert_eq!(phase(apiserver, 1, "etcdserverpb.KV/Txn"), None);
    assert_eq!(phase(Component::Kubelet, 1, "audit"), None);
    assert_eq!(rule(apiserver, 1, "GuaranteedUpdate etcd3").unwrap().events.len(), 11);
}
