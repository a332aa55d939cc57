use crate::place::testing::{HOUR, Sent, heartbeat, kubelet, sent};
use crate::place::{Hint, How, Instances, Known, NodeFile, PeerRefusal, Place};

fn learn(spans: &[Sent]) -> Instances {
    let mut instances = Instances::default();
    spans.iter().for_each(|span| instances.observe(span.view(), span.peer(), span.arrival));
    instances
}

fn place(known: &[Sent], nodes: Option<&NodeFile>, of: &Sent) -> Place {
    learn(known).places(nodes).place_of(of.view(), of.peer())
}

fn node_of(place: &Place) -> Option<(&str, How)> {
    place.node.value().map(String::as_str).zip(place.node.how())
}

/// A Node of the file: name, host name, address, zone.
fn file(nodes: &[(&str, &str, &str, &str)]) -> NodeFile {
    let items: Vec<String> = nodes
        .iter()
        .map(|(name, host, address, zone)| {
            format!(
                r#"{{"kind":"Node","metadata":{{"name":"{name}","labels":{{"kubernetes.io/hostname":"{host}",
                "topology.kubernetes.io/zone":"{zone}"}}}},
                "status":{{"addresses":[{{"type":"InternalIP","address":"{address}"}}]}}}}"#
            )
        })
        .collect();
    NodeFile::parse(format!(r#"{{"kind":"List","items":[{}]}}"#, items.join(",")).as_bytes()).unwrap()
}

/// The API server on host `cp-1`.
fn apiserver() -> Sent {
    sent("apiserver", &[("service.instance.id", "apiserver-rplpdvtx3lntmi4xy2xnxookk4")])
}

#[test]
fn attributes_name_the_place_outright() {
    let span =
        sent("etcd", &[("k8s.node.name", "a"), ("cloud.availability_zone", "z"), ("k8s.cluster.name", "c")]);
    let unseen = place(&[], None, &span);
    assert_eq!(unseen.node, Known::Value { value: "a".to_owned(), how: How::Attribute, since: None });
    assert_eq!((unseen.zone.how(), unseen.cluster.how()), (Some(How::Attribute), Some(How::Attribute)));
    let span = span.from("10.0.0.1:4317");
    let seen = place(&[span.clone().at(7), span.clone().at(9)], None, &span);
    assert_eq!(seen.node, Known::Value { value: "a".to_owned(), how: How::Attribute, since: Some(7) });
    assert_eq!(seen.conflicts, []);
}

#[test]
fn a_host_name_is_a_node_where_it_cannot_be_a_pod() {
    for service in ["kubelet", "crio", "containerd", "apiserver", "etcd"] {
        let span = sent(service, &[("host.name", "a")]);
        assert_eq!(node_of(&place(&[], None, &span)), Some(("a", How::HostName)), "{service}");
    }
    let old_crio = sent("crio", &[("service.instance.id", "a")]);
    assert_eq!(node_of(&place(&[], None, &old_crio)), Some(("a", How::HostName)), "up to 1.26");
    let webhook = sent("webhook", &[("host.name", "a")]);
    let unknown = place(&[], None, &webhook);
    assert_eq!(unknown.node.hint(), Some(&Hint::HostIsNoNode { host: "a".to_owned(), has_node_file: false }));
    for known in [kubelet("a"), heartbeat("a", "10.0.0.1")] {
        assert_eq!(node_of(&place(&[known], None, &webhook)), Some(("a", How::HostName)));
    }
    let nodes = file(&[("node-a", "a", "10.0.0.1", "z")]);
    assert_eq!(node_of(&place(&[], Some(&nodes), &webhook)), Some(("node-a", How::HostName)));
}

#[test]
fn an_apiserver_is_on_the_host_whose_name_it_hashes() {
    let span = apiserver();
    let id = "apiserver-rplpdvtx3lntmi4xy2xnxookk4".to_owned();
    let unknown = place(&[kubelet("cp-2")], None, &span);
    assert_eq!(unknown.node.hint(), Some(&Hint::ApiserverHostUnseen { id, has_node_file: false }));
    for known in [kubelet("cp-1"), heartbeat("cp-1", "10.0.0.1"), sent("etcd", &[("host.name", "cp-1")])] {
        assert_eq!(node_of(&place(&[known], None, &span)), Some(("cp-1", How::ApiserverId)));
    }
    let long = place(&[kubelet("cp-1.example.com")], None, &span);
    assert_eq!(node_of(&long), Some(("cp-1.example.com", How::ApiserverId)));
    let two = [kubelet("cp-1.example.com"), kubelet("cp-1.example.org")];
    assert_eq!(node_of(&place(&two, None, &span)), None, "either may call itself cp-1");
    let three = [&two[..], &[kubelet("cp-1")]].concat();
    assert_eq!(node_of(&place(&three, None, &span)), Some(("cp-1", How::ApiserverId)));
    let older = sent("apiserver", &[("service.instance.id", &crate::place::apiserver_id_1_26("cp-1"))]);
    assert_eq!(node_of(&place(&three, None, &older)), Some(("cp-1", How::ApiserverId)), "1.26");
    let nodes = file(&[("i-0abc", "cp-1", "10.0.0.1", "z1")]);
    let listed = place(&[], Some(&nodes), &span);
    assert_eq!(node_of(&listed), Some(("i-0abc", How::ApiserverId)));
    assert_eq!((listed.zone.value().unwrap().as_str(), listed.zone.how()), ("z1", Some(How::NodeFile)));
}

#[test]
fn a_peer_address_is_a_node_while_one_host_name_comes_from_it() {
    let runtime = sent("containerd", &[]).from("10.0.0.1:55");
    let one = [kubelet("a").from("10.0.0.1:4")];
    assert_eq!(node_of(&place(&one, None, &runtime)), Some(("a", How::PeerHostName)));
    let two = [kubelet("a").from("10.0.0.1"), kubelet("b").from("10.0.0.1")];
    let shared = place(&two, None, &runtime);
    let Some(Hint::RuntimeWithoutKubelet { peer: PeerRefusal::Shared { nodes, .. } }) = shared.node.hint()
    else {
        panic!("{shared:?}");
    };
    assert_eq!(nodes, &["a", "b"]);
    let replaced = [kubelet("a").from("10.0.0.1").at(HOUR), kubelet("b").from("10.0.0.1").at(2 * HOUR + 1)];
    assert_eq!(node_of(&place(&replaced, None, &runtime)), Some(("b", How::PeerHostName)));
    let silent = [kubelet("a").from("10.0.0.1").at(HOUR), runtime.clone().at(2 * HOUR + 1)];
    assert_eq!(node_of(&place(&silent, None, &runtime)), None, "only while it comes");
    let pod = [sent("shop", &[("host.name", "shop-1")]).from("10.0.0.1")];
    let Some(Hint::RuntimeWithoutKubelet { peer: PeerRefusal::NotANode { host, .. } }) =
        place(&pod, None, &runtime).node.hint().cloned()
    else {
        panic!()
    };
    assert_eq!(host, "shop-1");
}

#[test]
fn a_lease_heartbeat_tells_whose_an_address_is() {
    let runtime = sent("containerd", &[]).from("10.0.0.1");
    assert_eq!(
        node_of(&place(&[heartbeat("a", "10.0.0.1")], None, &runtime)),
        Some(("a", How::LeaseHeartbeat))
    );
    let translated = [heartbeat("a", "10.0.0.1"), heartbeat("b", "10.0.0.1")];
    assert_eq!(node_of(&place(&translated, None, &runtime)), None, "address translation");
    let relayed = [heartbeat("a", "10.0.0.1"), kubelet("b").from("10.0.0.1")];
    assert_eq!(node_of(&place(&relayed, None, &runtime)), None, "a collector on node a");
    let local = [heartbeat("a", "127.0.0.1")];
    assert_eq!(node_of(&place(&local, None, &sent("etcd", &[]).from("127.0.0.1"))), None);
    let old = heartbeat("", "10.0.0.1").with(&[
        ("resource", "leases"),
        ("url", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/a?timeout=10s"),
        ("client", "10.0.0.1"),
    ]);
    assert_eq!(node_of(&place(&[old], None, &runtime)), Some(("a", How::LeaseHeartbeat)), "up to 1.28");
    let election = heartbeat("x", "10.0.0.1").with(&[
        ("resource", "leases"),
        ("namespace", "kube-system"),
        ("name", "kube-scheduler"),
        ("url", "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-scheduler"),
        ("client", "10.0.0.1"),
    ]);
    assert_eq!(node_of(&place(&[election], None, &runtime)), None);
}

#[test]
fn a_runtime_is_on_the_node_of_its_kubelet() {
    let call = kubelet("a").from("10.0.0.1").below(1, None);
    let work = sent("containerd", &[]).from("10.0.0.2").below(2, Some(1)).at(5);
    let mut instances = learn(&[call.clone(), work.clone()]);
    let before = instances.places(None).places_in_trace(&[call.arrived(), work.arrived()]);
    assert_eq!(node_of(&before[1]), Some(("a", How::ParentKubelet)), "within the trace");
    instances.observe_trace(&[call.arrived(), work.arrived()]);
    let root = instances.places(None).place_of(work.view(), work.peer());
    let known = Known::Value { value: "a".to_owned(), how: How::ParentKubelet, since: Some(5) };
    assert_eq!(root.node, known, "and from then on");
    let elsewhere = kubelet("b").from("10.0.0.3").below(1, None);
    instances.observe_trace(&[elsewhere.arrived(), work.arrived()]);
    let shared = instances.places(None).place_of(work.view(), work.peer());
    assert_eq!(
        shared.node.hint(),
        Some(&Hint::SeveralKubelets { nodes: vec!["a".to_owned(), "b".to_owned()] })
    );
}

#[test]
fn behind_a_relay_an_address_is_no_instance() {
    let call = kubelet("a").from("10.0.0.9").below(1, None);
    let work = sent("containerd", &[]).from("10.0.0.9").below(2, Some(1));
    let mut instances = learn(&[call.clone(), work.clone(), kubelet("b").from("10.0.0.9")]);
    instances.observe_trace(&[call.arrived(), work.arrived()]);
    assert_eq!(node_of(&instances.places(None).place_of(work.view(), work.peer())), None);
    let in_trace = instances.places(None).places_in_trace(&[call.arrived(), work.arrived()]);
    assert_eq!(node_of(&in_trace[1]), Some(("a", How::ParentKubelet)));
}

#[test]
fn the_better_source_is_taken_and_the_other_noted() {
    let span = apiserver().from("10.0.0.2");
    let known = [kubelet("cp-1").from("10.0.0.1"), heartbeat("worker", "10.0.0.2")];
    let place = place(&known, None, &span);
    assert_eq!(node_of(&place), Some(("cp-1", How::ApiserverId)));
    let [conflict] = &place.conflicts[..] else { panic!("{place:?}") };
    assert_eq!(conflict.overruled, ("worker".to_owned(), How::LeaseHeartbeat));
    assert_eq!(
        conflict.to_string(),
        "node is taken to be \"cp-1\", because its service.instance.id is the hash of that host name; but it would be \
         \"worker\", because its spans come from the address that the node renews its lease from"
    );
}

#[test]
fn a_zone_comes_from_the_span_the_file_or_the_neighbours() {
    let nodes = file(&[("a", "a", "10.0.0.1", "z1"), ("b", "b", "10.0.0.2", "")]);
    let zone = |place: &Place| place.zone.value().cloned().zip(place.zone.how());
    let said = sent("kubelet", &[("host.name", "a"), ("cloud.availability_zone", "z9")]);
    let both = place(&[], Some(&nodes), &said);
    assert_eq!(zone(&both), Some(("z9".to_owned(), How::Attribute)));
    assert_eq!(both.conflicts[0].overruled, ("z1".to_owned(), How::NodeFile));
    assert_eq!(zone(&place(&[], Some(&nodes), &kubelet("a"))), Some(("z1".to_owned(), How::NodeFile)));
    let crio = sent("crio", &[("host.name", "a")]);
    assert_eq!(
        zone(&place(std::slice::from_ref(&said), None, &crio)),
        Some(("z9".to_owned(), How::SameNode))
    );
    let other = sent("etcd", &[("k8s.node.name", "a"), ("cloud.availability_zone", "z8")]).from("10.0.0.1");
    let Some(Hint::NodeDisagrees { said, .. }) = place(&[said, other], None, &crio).zone.hint().cloned()
    else {
        panic!()
    };
    assert_eq!(said, ["z8", "z9"]);
    let hint = |nodes, span: &Sent| place(&[], nodes, span).zone.hint().cloned();
    assert_eq!(hint(None, &crio), Some(Hint::NoZone));
    assert_eq!(hint(Some(&nodes), &sent("etcd", &[])), Some(Hint::ZoneNeedsNode));
    assert_eq!(hint(Some(&nodes), &kubelet("b")), Some(Hint::NodeWithoutZone { node: "b".to_owned() }));
    assert_eq!(hint(Some(&nodes), &kubelet("c")), Some(Hint::NodeNotInFile { node: "c".to_owned() }));
}

/// A cluster of three zones: what the node file alone makes known, of every kind of process.
#[test]
fn three_zones_are_told_apart_with_a_node_file_only() {
    let entries: Vec<(String, String, String)> = (0..30)
        .map(|number| (format!("node-{number}"), format!("10.0.0.{number}"), format!("zone-{}", number % 3)))
        .map(|(name, address, zone)| (name, address.replace("10.0.0.0", "10.0.0.250"), zone))
        .collect();
    let borrowed: Vec<_> =
        entries.iter().map(|(name, ip, zone)| (&name[..], &name[..], &ip[..], &zone[..])).collect();
    let nodes = file(&borrowed);
    let kubelets: Vec<Sent> = entries.iter().map(|(name, address, _)| kubelet(name).from(address)).collect();
    let instances = learn(&kubelets);
    for (name, address, zone) in &entries {
        let id = crate::place::apiserver_id(name);
        let processes = [
            (kubelet(name), How::HostName),
            (sent("apiserver", &[("service.instance.id", &id)]), How::ApiserverId),
            (sent("containerd", &[]).from(address), How::PeerInNodeFile),
            (sent("etcd", &[("service.instance.id", "etcd-0")]).from(address), How::PeerInNodeFile),
        ];
        for (span, how) in processes {
            let with = instances.places(Some(&nodes)).place_of(span.view(), span.peer());
            assert_eq!(node_of(&with), Some((&name[..], how)));
            assert_eq!(with.zone.value(), Some(zone));
            let without = instances.places(None).place_of(span.view(), span.peer());
            assert_eq!(without.node.value(), Some(name));
            assert_eq!(without.zone.hint(), Some(&Hint::NoZone));
        }
    }
}

#[test]
fn hints_say_why_and_what_to_do() {
    let nodes = file(&[("b", "b", "10.0.0.2", "")]);
    let cases = [
        (
            place(&[], None, &apiserver()).node.hint().cloned(),
            "is the hash of a host name that no span has; trace the kubelet of its node, set model.nodes_file to the output of `kubectl get nodes -o json`, or set OTEL_RESOURCE_ATTRIBUTES=k8s.node.name=…",
        ),
        (
            place(&[], Some(&nodes), &apiserver()).node.hint().cloned(),
            "that neither a span nor model.nodes_file has",
        ),
        (
            place(&[], None, &sent("containerd", &[])).node.hint().cloned(),
            "this span is in no trace of a kubelet, and the address it came from is not recorded; trace the kubelet",
        ),
        (
            place(&[], Some(&nodes), &sent("etcd", &[]).from("10.0.0.7")).node.hint().cloned(),
            "no attribute names it, and no host.name, no lease heartbeat and no node of model.nodes_file tells whose address 10.0.0.7 is",
        ),
        (
            place(
                &[kubelet("a").from("10.0.0.7"), kubelet("b").from("10.0.0.7")],
                None,
                &sent("etcd", &[]).from("10.0.0.7"),
            )
            .node
            .hint()
            .cloned(),
            "10.0.0.7, where it came from, is shared by \"a\" and \"b\"; set",
        ),
        (
            place(&[], None, &kubelet("a")).zone.hint().cloned(),
            "zone is not in any span: set model.nodes_file to the output of `kubectl get nodes -o json`, or OTEL_RESOURCE_ATTRIBUTES=cloud.availability_zone=…",
        ),
        (
            place(&[], None, &kubelet("a")).cluster.hint().cloned(),
            "cluster is not in any span: set OTEL_RESOURCE_ATTRIBUTES=k8s.cluster.name=…",
        ),
    ];
    for (hint, sentence) in cases {
        let text = hint.unwrap().to_string();
        assert!(text.contains(sentence), "{text}");
    }
}
