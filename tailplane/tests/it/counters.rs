//! The counters of API requests and webhook calls on `/metrics`, against SQL over the rows that they count.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use prometheus_client::registry::Registry;
use proto::Tenant;
use query::{Deriver, Engine};

use crate::derived::{append, open_deriving};
use crate::pipeline::{block_on, fixture, rekeyed};
use crate::server::folder;

/// A figure and what of `requests` gives the same: names of labels, then the number. Labels without a value are empty text.
const SAME: [(&str, &str); 5] = [
    (
        "tailplane_api_requests_total",
        "SELECT coalesce(k8s_verb, '') AS verb, coalesce(k8s_resource, '') AS resource, coalesce(k8s_scope, '') AS scope,
         coalesce(CAST(k8s_code AS VARCHAR), '') AS code, count(*) FROM requests GROUP BY 1, 2, 3, 4",
    ),
    (
        "tailplane_api_requests_over_slo_total",
        "SELECT 'raw' AS duration, k8s_verb AS verb, coalesce(k8s_resource, '') AS resource, k8s_scope AS scope, count(*)
         FROM requests WHERE duration_ns > objective_ns GROUP BY 1, 2, 3, 4
         UNION ALL SELECT 'sli', k8s_verb, coalesce(k8s_resource, ''), k8s_scope, count(*)
         FROM requests WHERE sli_duration_ns > objective_ns GROUP BY 1, 2, 3, 4",
    ),
    (
        "tailplane_api_webhook_call_seconds_count",
        "SELECT call['name'] AS webhook, call['kind'] AS kind, count(*)
         FROM (SELECT unnest(webhooks) AS call FROM requests) GROUP BY 1, 2",
    ),
    (
        "tailplane_api_webhook_call_seconds_sum",
        "SELECT call['name'] AS webhook, call['kind'] AS kind, sum(call['duration_ns']) / 1e9
         FROM (SELECT unnest(webhooks) AS call FROM requests) GROUP BY 1, 2",
    ),
    (
        "tailplane_api_webhook_failed_calls_total",
        "SELECT call['name'] AS webhook, call['kind'] AS kind, count(*)
         FROM (SELECT unnest(webhooks) AS call FROM requests) WHERE call['is_failed'] GROUP BY 1, 2",
    ),
];

/// Samples by their labels: `kind=validating,webhook=a`.
type Samples = BTreeMap<String, f64>;

/// The samples of a figure; what follows ` # ` is an exemplar.
fn samples(text: &str, name: &str) -> Samples {
    let samples = text.lines().filter_map(|line| {
        let (labels, rest) = line.strip_prefix(name)?.strip_prefix('{')?.split_once("} ")?;
        let value = rest.split(' ').next()?.parse().ok()?;
        let mut labels: Vec<_> = labels
            .split(',')
            .filter(|label| !label.starts_with("tenant="))
            .map(|label| label.replace('"', ""))
            .collect();
        labels.sort();
        Some((labels.join(","), value))
    });
    samples.collect()
}

/// The same out of rows: all columns but the last are labels.
async fn counted(engine: &Engine, text: &str) -> Samples {
    let answer = engine.sql(Tenant::default(), text.to_owned()).await.expect("rows");
    let mut samples = Samples::new();
    for batch in &answer.batches {
        let (value, labels) = batch.columns().split_last().expect("columns");
        let value = cast(value, &DataType::Float64).expect("a number");
        let labels: Vec<_> =
            labels.iter().map(|column| cast(column, &DataType::Utf8).expect("text")).collect();
        for row in 0..batch.num_rows() {
            let schema = batch.schema();
            let names = schema.fields().iter().map(|field| field.name());
            let mut said: Vec<_> = names
                .zip(&labels)
                .map(|(name, column)| format!("{name}={}", column.as_string::<i32>().value(row)))
                .collect();
            said.sort();
            samples.insert(said.join(","), value.as_primitive::<Float64Type>().value(row));
        }
    }
    samples
}

#[test]
fn counters_say_what_the_rows_say() {
    let folder = folder();
    let mut registry = Registry::default();
    let deriver = Deriver::registered(registry.sub_registry_with_prefix("tailplane"));
    block_on(async {
        let storage = open_deriving(folder.path(), deriver).await;
        let requests = ["calm", "stall"].map(fixture).concat();
        let later = rekeyed(&requests[..1], 0x77, Duration::from_secs(6_000));
        for request in requests.iter().chain(&later) {
            append(&storage, 1_795_217_000_000_000_000, request).await;
        }
        storage.flush().await.expect("a flush");
        while storage.derive_next().await.expect("a window").is_some() {}
        let engine = Engine::new(query::Config::default(), Arc::clone(&storage)).expect("an engine");
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).expect("text");
        for (name, sql) in SAME {
            let (said, expected) = (samples(&text, name), counted(&engine, sql).await);
            assert!(!expected.is_empty(), "{name}");
            assert_eq!(said.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{name}");
            for (labels, value) in &expected {
                assert!(
                    (said[labels] - value).abs() < 1e-6 * value.max(1.0),
                    "{name}{{{labels}}}: {} {value}",
                    said[labels]
                );
            }
        }
        let hanging = "tailplane_api_webhook_call_seconds_bucket{le=\"2.5\",tenant=\"default\",webhook=\"hang.tp.example.com\"";
        let bucket = text.lines().find(|line| line.starts_with(hanging)).expect("a second or so");
        assert!(bucket.contains(" # {trace_id=\""), "{bucket}");
        storage.stop().await;
    });
}
