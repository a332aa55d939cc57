use serde_json::{Value, json};

use super::*;

fn document(cells: Value) -> Value {
    json!({"schema": "tailplane.notebook/1", "title": "T", "time": {"from": "now-1h", "to": "now"}, "cells": cells})
}

fn fault(document: &Value) -> String {
    heading(&document.to_string()).unwrap_err()
}

#[test]
fn every_built_in_notebook_is_one() {
    let names = built_in::names();
    assert!(!names.is_empty());
    for name in &names {
        let read = built_in::read(name).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        assert!(!read.heading.about.is_empty() && !read.heading.tags.is_empty(), "{name}");
    }
    assert_eq!(built_in().len(), names.len());
}

#[test]
fn every_kind_takes_its_fields() {
    let cells = json!([
        {"id": "1", "kind": "markdown", "text": "# Hi", "width": "half", "height": 40},
        {"id": "2", "kind": "latency", "filter": ["k8s:watch = false"], "by": ["k8s:verb"], "quantiles": ["0.99"], "show": "errors",
         "slots": "start", "thresholds": [{"ns": 1_000_000_000, "label": "SLO"}], "before": "24h", "limit": 5,
         "pin": {"at": "2026-01-31T12:00:00Z", "answer": {"series": []}}},
        {"id": "3", "kind": "heatmap", "rows": "requests", "filter": [], "of": "2", "ignore_filters": true,
         "selection": {"from": "now-5m", "to": "now", "low_ns": 1, "high_ns": 2}},
        {"id": "4", "kind": "series", "query": "{ } | rate()", "step": "1m"},
        {"id": "5", "kind": "traces", "query": "{ }", "limit": 20},
        {"id": "6", "kind": "sql", "query": "SELECT 1", "time": {"from": "now-1d", "to": "now"}},
        {"id": "7", "kind": "compare", "rows": "requests", "filter": [], "selection": "duration > 1s", "baseline": {"from": "now-2h", "to": "now-1h"}},
        {"id": "8", "kind": "shares", "rows": "pod_starts", "by": ["node"], "title": "Shares"},
        {"id": "9", "kind": "trace", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "span_id": null, "near": "1769860800000000000"},
        {"id": "10", "kind": "latency", "rows": "pod_starts", "filter": [], "slots": "end"},
    ]);
    let mut whole = document(cells);
    whole["about"] = json!("why");
    whole["tags"] = json!(["a", "b"]);
    whole["filters"] = json!(["status = error"]);
    let heading = heading(&whole.to_string()).unwrap();
    assert_eq!((heading.title.as_str(), heading.about.as_str(), heading.tags.len()), ("T", "why", 2));
}

#[test]
fn what_is_none_is_told_with_its_place() {
    let cases = [
        (json!({}), "missing field `schema`"),
        (json!({"schema": "tailplane.notebook/2"}), "unknown variant `tailplane.notebook/2`"),
        (document(json!([{"id": "1", "kind": "pie"}])), "unknown variant `pie`"),
        (document(json!([{"id": "1", "kind": "sql", "query": "", "colour": 1}])), "unknown field `colour`"),
        (document(json!([{"id": "1", "kind": "sql"}])), "cells[0] (\"1\"): query is missing"),
        (document(json!([{"id": "1", "kind": "sql", "query": "", "by": []}])), "by is none of its fields"),
        (document(json!([{"id": "", "kind": "sql", "query": ""}])), "an id has 1 to 64 characters"),
        (document(json!([{"id": "1", "kind": "markdown", "text": "", "height": 9}])), "height is 9"),
        (document(json!([{"id": "1", "kind": "shares", "rows": "spans"}])), "shares are those of"),
        (
            document(
                json!([{"id": "1", "kind": "latency", "rows": "requests", "filter": [], "slots": "start"}]),
            ),
            "slots is start: requests and pod_starts count where they end",
        ),
        (
            document(json!([{"id": "1", "kind": "latency", "filter": [], "objective": 99.9}])),
            "objective is 99.9: it is a part between 0 and 1",
        ),
        (
            document(json!([{"id": "1", "kind": "heatmap", "filter": [], "selection": "duration > 1s"}])),
            "selection is a box",
        ),
        (
            document(
                json!([{"id": "1", "kind": "sql", "query": ""}, {"id": "1", "kind": "sql", "query": ""}]),
            ),
            "cells[1]: the id \"1\" is that of another cell",
        ),
    ];
    for (document, expected) in cases {
        let fault = fault(&document);
        assert!(fault.contains(expected), "{fault} does not say {expected}");
    }
    let with = |field: &str, value: Value| {
        let mut document = document(json!([]));
        document[field] = value;
        fault(&document)
    };
    assert!(with("title", json!(" ")).contains("its title is empty"));
    assert!(with("title", json!("x".repeat(201))).contains("at most 200"));
    assert!(with("tags", json!(vec!["x"; 21])).contains("at most 20"));
    assert!(with("filters", json!(vec!["x"; 51])).contains("at most 50"));
    let many: Vec<Value> =
        (0..201).map(|id| json!({"id": id.to_string(), "kind": "markdown", "text": ""})).collect();
    assert!(with("cells", json!(many)).contains("at most 200"));
}
