//! `docs/metrics.md` is written from what `/metrics` of a served binary says, and from `metrics.tsv`: how stable each
//! figure is, and what to look for. The test fails when the page is not what it would write; `UPDATE=1 cargo test -p
//! tailplane --test it metrics_docs` writes it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::io::{Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use crate::command::run;
use crate::server::{Server, folder};

const HEAD: &str = "# Metrics

This page is written by a test from what `GET /metrics` says. The format is OpenMetrics; counters have the suffix `_total`.
Labels have few values: `tenant` at most `storage.ledger_tenants_max`, `component` nine, `transport` five, `reason` and `outcome`
those of `/api/v1/ledger`. `tailplane_storage_duplicate_spans` are copies that a flush left out, `tailplane_receiver_duplicate_spans`
those of retries that were answered and not kept again. Stability: *alpha* may change with any version, *beta* is renamed only with
a word in the release notes.

From rows of the derived table `requests`, and so there only once an API server sent spans: `tailplane_api_requests_total` by `tenant`,
`verb`, `resource`, `scope` and `code`; `tailplane_api_requests_with_slo_total`, those that have an objective of Kubernetes (a second,
collections thirty); `tailplane_api_requests_over_slo_total`, those that took longer, by `duration`: `sli` without webhooks and queueing,
`raw` with them; `tailplane_api_phase_seconds_total` by `phase`, of all that are no watches or streams;
`tailplane_api_webhook_call_seconds`, a histogram by `webhook` and `kind` (`mutating`, `validating`), and
`tailplane_api_webhook_failed_calls_total`, the calls without an answer. They count what was sampled and begin at 0 with each start; the
first, the third and the buckets of the histogram carry the trace of the last request as exemplar. All are *alpha*.

| name | type | labels | meaning | stability | look for |
|---|---|---|---|---|---|
";

/// A figure as the server tells of it.
#[derive(Debug, Default)]
struct Figure {
    kind: String,
    meaning: String,
    labels: BTreeSet<String>,
}

pub(crate) fn request(address: SocketAddr, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("the port listens");
    let length = body.len();
    let text =
        format!("{head}\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).expect("it is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

/// The figures of a server that took in and refused something.
fn figures() -> BTreeMap<String, Figure> {
    let folder = folder();
    let server = Server::start(folder.path(), &["--set", "storage.flush_interval=300ms"]);
    let calm = Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/fixtures/calm/etcd.otlp.zst");
    let to = format!("http://{}", server.grpc);
    let sent = run(&["replay", &calm.display().to_string(), "--speed", "max", "--now", "--to", &to]);
    assert_eq!(sent.code, Some(0), "{}", sent.stderr);
    request(server.http, "POST /v1/traces HTTP/1.1\r\nContent-Type: application/json", "[");
    // A flush, so that its figures have samples.
    std::thread::sleep(Duration::from_secs(1));
    let text = request(server.web, "GET /metrics HTTP/1.1", "");
    let mut figures: BTreeMap<String, Figure> = BTreeMap::new();
    for line in text.lines() {
        if let Some((name, meaning)) = line.strip_prefix("# HELP ").and_then(|rest| rest.split_once(' ')) {
            figures.entry(name.to_owned()).or_default().meaning = meaning.trim_end_matches('.').to_owned();
        } else if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' '))
        {
            figures.entry(name.to_owned()).or_default().kind = kind.to_owned();
        } else if let Some((sample, labels)) = line.split_once('{') {
            let figure = figures.iter_mut().rfind(|(name, _)| sample.starts_with(name.as_str()));
            let labels = labels.split('}').next().unwrap_or_default();
            let names = labels.split(',').filter_map(|label| label.split_once('=')).map(|(name, _)| name);
            if let Some((_, figure)) = figure {
                figure.labels.extend(names.filter(|name| *name != "le").map(str::to_owned));
            }
        }
    }
    figures
}

#[test]
fn the_page_of_metrics_is_current() {
    let figures = figures();
    let mut page = HEAD.to_owned();
    let mut known = BTreeSet::new();
    let rows = include_str!("metrics.tsv").lines().filter(|line| !line.starts_with('#'));
    for row in rows {
        let [name, stability, hint] = row.split('\t').collect::<Vec<_>>()[..] else { panic!("{row:?}") };
        let figure = figures.get(name).unwrap_or_else(|| panic!("metrics.tsv has {name}, /metrics does not"));
        let labels = figure.labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ");
        let Figure { kind, meaning, .. } = figure;
        writeln!(page, "| `{name}` | {kind} | {labels} | {meaning} | {stability} | {hint} |")
            .expect("a text");
        known.insert(name);
    }
    let unknown: Vec<_> = figures.keys().filter(|name| !known.contains(name.as_str())).collect();
    assert!(unknown.is_empty(), "metrics.tsv lacks {unknown:?}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/metrics.md");
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(&path, &page).expect("the page is written");
    }
    let current = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        current == page,
        "docs/metrics.md is stale: UPDATE=1 cargo test -p tailplane --test it metrics_docs"
    );
}
