//! Every profile against a table that was typed from the reference.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use proto::SpanId;
use proto::otlp::{Attribute, Value};

use super::*;

const TABLE: &str = include_str!("profiles.tsv");

/// The scenario in which a row's version speaks.
fn scenario(version: &str) -> Scenario {
    let base = Scenario { requests_per_s: 200.0, pod_starts_per_s: 1.0, ..Scenario::named("small").unwrap() };
    match version.split_once('-') {
        Some(("etcd", etcd)) => Scenario { etcd: etcd.to_owned(), ..base },
        Some(("containerd" | "crio", _)) => Scenario { runtime: version.to_owned(), ..base },
        Some(("http", "dup")) => Scenario { http_duplicated: true, kubernetes: "1.34".to_owned(), ..base },
        _ => Scenario { kubernetes: version.to_owned(), ..base },
    }
}

fn typed(attributes: &[Attribute<'_>]) -> BTreeSet<String> {
    let value_type = |value: &Value<'_>| match value {
        Value::String(_) => "string",
        Value::Int(_) => "int",
        Value::Bool(_) => "bool",
        _ => "other",
    };
    attributes.iter().map(|attribute| format!("{}:{}", attribute.key, value_type(&attribute.value))).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ').filter(|word| !word.is_empty())
}

/// Whether `spans` of one name are as a row of the table says.
fn holds(what: &str, value: &str, spans: &[&Received], parents: &HashMap<SpanId, &Received>) -> bool {
    let has = |received: &&Received, key: &str| typed(&received.span.attributes).contains(key);
    // A name such as "About to List from storage" has spaces; attributes have colons.
    let (keys, name): (Vec<_>, Vec<_>) = words(value).partition(|word| word.contains(':'));
    let name = name.join(" ");
    let has_event = |received: &&&Received| {
        received.span.events.iter().any(|event| {
            let sent = typed(&event.attributes);
            event.name == name && keys.iter().all(|key| sent.contains(*key))
        })
    };
    match what {
        "absent" => spans.is_empty(),
        _ if spans.is_empty() => false,
        "kind" => spans.iter().all(|received| received.span.kind.to_string() == value),
        "has" => spans.iter().all(|received| words(value).all(|key| has(received, key))),
        "some" => spans.iter().any(|received| words(value).all(|key| has(received, key))),
        "lacks" => spans.iter().all(|received| {
            words(value).all(|key| received.span.attributes.iter().all(|attribute| attribute.key != key))
        }),
        "event" => spans.iter().any(|received| has_event(&received)),
        "no_event" => !spans.iter().any(|received| has_event(&received)),
        "flags" => spans.iter().all(|received| received.span.flags.to_string() == value),
        "status" => {
            spans.iter().all(|received| received.span.status.as_ref().unwrap().code.to_string() == value)
        }
        "link" => spans.iter().any(|received| !received.span.links.is_empty()) == (value == "yes"),
        "parent" => spans.iter().all(|received| match received.span.parent_span_id {
            None => value == "root",
            Some(id) => parents.get(&id).is_none_or(|parent| {
                parent.span.name == value || (value == "server" && parent.span.kind == 2)
            }),
        }),
        "resource" => spans.iter().all(|received| {
            let sent: BTreeSet<&str> =
                received.resource.attributes.iter().map(|it| it.key.as_ref()).collect();
            sent == words(value).collect()
        }),
        "instance" => spans.iter().all(|received| {
            received.resource.string("service.instance.id").is_some_and(|id| id.starts_with(value))
        }),
        other => panic!("no such check: {other}"),
    }
}

#[test]
fn every_profile_sends_what_the_reference_says() {
    let mut versions: BTreeMap<&str, Vec<Vec<&str>>> = BTreeMap::new();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        versions.entry(fields[0]).or_default().push(fields);
    }
    assert_eq!(versions.len(), 21, "versions in the table");
    let mut faults = Vec::new();
    for (version, rows) in versions {
        let (received, _) = run(&scenario(version), if version.starts_with("containerd") { 150 } else { 40 });
        let parents: HashMap<SpanId, &Received> =
            received.iter().map(|received| (received.span.span_id, received)).collect();
        for row in rows {
            let [_, from, name, what, value] = row[..] else { panic!("{row:?}") };
            let spans: Vec<&Received> = received
                .iter()
                .filter(|received| service(received) == from)
                .filter(|received| name.is_empty() || received.span.name == name)
                .collect();
            if !holds(what, value, &spans, &parents) {
                faults.push(format!("{version} {from} {name} ({} spans): {what} {value}", spans.len()));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
