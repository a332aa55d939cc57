use super::NodeFile;

fn error(text: &str) -> String {
    NodeFile::parse(text.as_bytes()).unwrap_err().to_string()
}

/// A node as kubectl prints it, cut to what varies and a little of what does not matter.
fn node(name: &str, zone: &str, ip: &str) -> String {
    format!(
        r#"{{"apiVersion": "v1", "kind": "Node", "metadata": {{"annotations": {{"a": "b"}}, "labels": {{
            "kubernetes.io/hostname": "host-of-{name}", "topology.kubernetes.io/region": "eu-1",
            "topology.kubernetes.io/zone": "{zone}"}}, "name": "{name}", "uid": "1"}},
          "spec": {{"podCIDR": "10.244.0.0/24", "providerID": "aws:///{zone}/i-{name}"}},
          "status": {{"addresses": [{{"address": "{ip}", "type": "InternalIP"}},
              {{"address": "203.0.113.9", "type": "ExternalIP"}}, {{"address": "{name}", "type": "Hostname"}},
              {{"address": "{name}.ec2.internal", "type": "InternalDNS"}}],
            "images": [{{"names": ["registry.k8s.io/pause:3.10"], "sizeBytes": 1}}]}}}}"#
    )
}

fn list(items: &[String]) -> String {
    format!(
        r#"{{"apiVersion": "v1", "items": [{}], "kind": "List", "metadata": {{"resourceVersion": ""}}}}"#,
        items.join(",")
    )
}

#[test]
fn a_list_is_found_by_name_host_and_address() {
    let nodes =
        [node("a", "eu-1a", "10.0.0.1"), node("b", "eu-1b", "fd00::2"), node("c", "eu-1c", "10.0.0.3")];
    let file = NodeFile::parse(list(&nodes).as_bytes()).unwrap();
    assert_eq!(file.nodes().map(|node| node.name.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
    let b = file.node("b").unwrap();
    assert_eq!((b.zone.as_deref(), b.region.as_deref()), (Some("eu-1b"), Some("eu-1")));
    assert_eq!(b.provider_id.as_deref(), Some("aws:///eu-1b/i-b"));
    assert_eq!(b.host_names.iter().collect::<Vec<_>>(), ["b.ec2.internal", "host-of-b"]);
    assert_eq!(file.node_of_host("host-of-c").unwrap().name, "c");
    assert_eq!(file.node_of_host("c").unwrap().name, "c");
    assert_eq!(file.node_of_host("d"), None);
    assert_eq!(file.node_of_address("fd00::2".parse().unwrap()).unwrap().name, "b");
    assert_eq!(file.node_of_address("203.0.113.9".parse().unwrap()), None, "three nodes have it");
}

#[test]
fn a_single_node_and_a_node_list_are_read_too() {
    let file = NodeFile::parse(format!("\u{feff}{}", node("a", "z", "10.0.0.1")).as_bytes()).unwrap();
    assert_eq!(file.node("a").unwrap().zone.as_deref(), Some("z"));
    let raw =
        r#"{"kind":"NodeList","items":[{"metadata":{"name":"a","labels":null},"spec":{},"status":{}}]}"#;
    let file = NodeFile::parse(raw.as_bytes()).unwrap();
    assert_eq!(file.node("a").unwrap().zone, None);
    assert_eq!(NodeFile::parse(br#"{"kind":"List","items":[]}"#).unwrap(), NodeFile::default());
}

#[test]
fn errors_name_the_offending_thing() {
    assert!(error("NAME STATUS").contains("line 1 column 1"), "{}", error("NAME STATUS"));
    assert!(error(r#"{"kind":"List","items":["#).contains("line 1"));
    assert!(error(r#"{"kind":"PodList","items":[]}"#).contains(r#""PodList""#));
    assert!(error("{}").contains(r#"kind """#));
    assert!(
        error(&list(&[node("a", "z", "10.0.0.1"), r#"{"kind":"Pod"}"#.to_owned()]))
            .contains(r#"items[1] of the node file is no Node: its kind is "Pod""#)
    );
    assert!(
        error(r#"{"kind":"List","items":[{"kind":"Node","metadata":{}}]}"#)
            .contains("items[0] of the node file is no Node: it has no metadata.name")
    );
    assert!(
        error(r#"{"kind":"List","items":[{"metadata":{"name":7}}]}"#)
            .contains("items[0] of the node file is no Node: invalid type: integer `7`")
    );
    let twice = [node("a", "z", "10.0.0.1"), node("a", "z", "10.0.0.2")];
    assert!(error(&list(&twice)).contains(r#"items[1] of the node file is a second node named "a""#));
    assert!(error(&list(&[node("a", "z", "10.0.0.x")])).contains(r#"node "a" has InternalIP "10.0.0.x""#));
    let utf16: Vec<u8> = "\u{feff}{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(NodeFile::parse(&utf16).unwrap_err().to_string().contains("not UTF-8 from byte 0"));
}
