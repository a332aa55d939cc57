//! `tailplane purge`: what leaked is in no file any more, and everything else is as it was.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{Array, ArrayData};
use bytesize::ByteSize;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proto::otlp::{encode_request, json_to_request};
use proto::{SpanId, Tenant, TimeRange};
use query::{Deriver, Engine, SpansQuery};
use storage::Storage;
use storage::env::Env;

use crate::command::{run, tailplane};
use crate::pipeline::{Pipeline, append, block_on, filter, fixture, plain_spans};
use crate::redaction::{post, post_to};
use crate::replay::succeed;
use crate::server::{Server, folder};

const CANARY: &str = "CANARYVALUE77";
/// The canary wherever it can be in attributes.
const EVERYWHERE: &str = "{ span.token != nil || .nested != nil || resource.deploy.key != nil || event.detail != nil || \
                          link.origin != nil || name =~ \".*CANARY.*\" || span.url.path =~ \".*CANARY.*\" }";

const NOTEBOOK: &str = r#"{"schema": "tailplane.notebook/1", "title": "A leak", "time": {"from": "now-1h", "to": "now"}, "cells": []}"#;

/// Whether the canary is part of the request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plant {
    /// In attributes and in a name.
    All,
    /// In attributes only.
    Attributes,
    /// Those attributes are not there.
    None,
}

fn attribute(plant: Plant, key: &str, value: &str) -> String {
    if plant == Plant::None { String::new() } else { format!(r#"{{"key":"{key}","value":{value}}},"#) }
}

/// Spans with the canary in different places, whose ids end in `round`.
fn planted(plant: Plant, round: u8) -> Vec<u8> {
    let text = format!(r#"{{"stringValue":"{CANARY}"}}"#);
    let nested = format!(
        r#"{{"kvlistValue":{{"values":[{{"key":"a","value":{{"arrayValue":{{"values":[{text}]}}}}}}]}}}}"#
    );
    let path = format!(r#"{{"stringValue":"/api/v1/namespaces/default/pods/{CANARY}"}}"#);
    let name = if plant == Plant::All { format!("Create {CANARY}") } else { "Create".to_owned() };
    let method = r#"{"key":"http.request.method","value":{"stringValue":"GET"}},"#;
    let plain = r#"{"key":"plain","value":{"intValue":"7"}}"#;
    let span = |number: u8, name: &str, kind: u8, attributes: &str, more: &str| {
        format!(
            r#"{{"traceId":"{:032x}","spanId":"{:016x}","name":"{name}","kind":{kind},"startTimeUnixNano":"1795176000000000123",
                "endTimeUnixNano":"1795176000100000456","attributes":[{attributes}{plain}]{more}}}"#,
            0xbeef_0000_u64 + u64::from(round) * 256 + u64::from(number),
            0xcafe_0000_u64 + u64::from(round) * 256 + u64::from(number),
        )
    };
    let detail = attribute(plant, "detail", &text);
    let event = format!(
        r#","events":[{{"name":"e","timeUnixNano":"1795176000000000200","attributes":[{detail}{plain}]}}]"#
    );
    let origin = attribute(plant, "origin", &text);
    let link = format!(
        r#","links":[{{"traceId":"{:032x}","spanId":"{:016x}","attributes":[{origin}{plain}]}}]"#,
        5, 6
    );
    let spans = [
        span(1, "a", 1, &attribute(plant, "token", &text), ""),
        span(2, "b", 1, &attribute(plant, "nested", &nested), &event),
        span(3, "c", 1, "", &link),
        span(4, &name, 1, "", ""),
        span(5, "Get", 2, &format!("{}{method}", attribute(plant, "url.path", &path)), ""),
        span(6, "untouched", 1, "", ""),
    ];
    let service = |name: &str| format!(r#"{{"key":"service.name","value":{{"stringValue":"{name}"}}}}"#);
    let deploy = attribute(plant, "deploy.key", &text);
    let last = span(7, "d", 1, "", "");
    let request = format!(
        r#"{{"resourceSpans":[{{"resource":{{"attributes":[{}]}},"scopeSpans":[{{"scope":{{"name":"s"}},"spans":[{}]}}]}},
            {{"resource":{{"attributes":[{deploy}{}],"droppedAttributesCount":3}},"scopeSpans":[{{"spans":[{last}]}}]}}]}}"#,
        service("apiserver"),
        spans.join(","),
        service("other")
    );
    json_to_request(request.as_bytes()).expect("a request")
}

/// What a filter over everything planted does not meet.
const UNTOUCHED: u8 = 6;

/// The spans of `requests` as they are encoded alone, by id.
fn encoded(requests: &[Vec<u8>]) -> BTreeMap<SpanId, Vec<u8>> {
    let spans = plain_spans(requests).into_iter().map(|plain| {
        let id = plain.span.span_id;
        let group = (plain.resource.as_ref().clone(), vec![(plain.scope.as_ref().clone(), vec![plain.span])]);
        (id, encode_request([&group]))
    });
    spans.collect()
}

/// The same of what a purge of everything planted leaves after so many rounds.
fn untouched(calm: &[Vec<u8>], rounds: u8) -> BTreeMap<SpanId, Vec<u8>> {
    let mut expected = encoded(calm);
    let kept = (1..=rounds).flat_map(|round| encoded(&[planted(Plant::All, round)]));
    expected.extend(kept.filter(|(id, _)| id.0[..6] == [0, 0, 0, 0, 0xca, 0xfe] && id.0[7] == UNTOUCHED));
    expected
}

/// The same of what `folder` holds.
fn stored(folder: &Path) -> BTreeMap<SpanId, Vec<u8>> {
    block_on(async {
        let storage = open(folder).await;
        let engine = Engine::new(query::Config::default(), Arc::clone(&storage)).expect("an engine");
        let query = SpansQuery {
            tenant: Tenant::default(),
            filter: filter("{}"),
            range: TimeRange::ALL,
            limit: 1_000_000,
        };
        let found = engine.spans(query).await.expect("the spans");
        let count = found.len();
        let spans = found.into_iter().map(|stored| {
            let id = stored.span.span_id;
            let group =
                (stored.resource.as_ref().clone(), vec![(stored.scope.as_ref().clone(), vec![stored.span])]);
            (id, encode_request([&group]))
        });
        let spans: BTreeMap<_, _> = spans.collect();
        assert_eq!(spans.len(), count, "each span once");
        storage.stop().await;
        spans
    })
}

async fn open(folder: &Path) -> Arc<Storage> {
    let config = storage::Config { url: folder.display().to_string(), ..Pipeline::storage_config() };
    let storage =
        Storage::open(config, Env::system(), Arc::new(ingest::decode_requests)).await.expect("it opens");
    storage.replayed().await.expect("its log can be read");
    storage
}

fn has_canary(bytes: &[u8]) -> bool {
    bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes())
}

fn in_data(data: &ArrayData) -> bool {
    data.buffers().iter().any(|buffer| has_canary(buffer.as_slice())) || data.child_data().iter().any(in_data)
}

/// Whether a file has the canary: in its bytes or, compressed, in a column.
fn is_leaking(path: &Path) -> bool {
    if has_canary(&std::fs::read(path).expect("a file")) {
        return true;
    }
    if path.extension().is_none_or(|extension| extension != "parquet") {
        return false;
    }
    let file = File::open(path).expect("a file");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(|builder| builder.build());
    reader.expect("Parquet").any(|batch| {
        let batch = batch.expect("rows");
        batch.columns().iter().any(|column| in_data(&column.to_data()))
    })
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in folder.read_dir().expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// The files below `folder` that have the canary, relative to it.
fn leaks(folder: &Path) -> Vec<String> {
    let leaking = files(folder).into_iter().filter(|path| is_leaking(path));
    leaking.map(|path| path.strip_prefix(folder).expect("below").display().to_string()).collect()
}

/// A folder with the canary in a merged segment, in a second one, in derived rows, in the log alone, and in what earlier
/// versions have left.
fn leaking_folder(data: &Path, plant: Plant) -> Vec<Vec<u8>> {
    let calm = fixture("calm");
    let (first, rest) = calm.split_at(calm.len() / 2);
    block_on(async {
        let storage = open(data).await;
        storage.keep_derived(Arc::new(Deriver::default())).await.expect("derived tables");
        for (part, round) in [(&first[..first.len() / 2], 1), (&first[first.len() / 2..], 2)] {
            append(&storage, part).await;
            append(&storage, &[planted(plant, round)]).await;
            storage.flush().await.expect("a flush");
        }
        while storage.derive_next().await.expect("a window").is_some() {}
        while storage.compact().await.expect("a merge").is_some() {}
        append(&storage, rest).await;
        append(&storage, &[planted(plant, 3)]).await;
        storage.flush().await.expect("a flush");
        while storage.derive_next().await.expect("a window").is_some() {}
        storage.stop().await;
    });
    calm
}

fn sql(data: &str, text: &str) -> String {
    succeed(&["query", text, "--data", data, "--format", "csv"]).stdout
}

/// Spans, as latency counts them.
fn counted(data: &str) -> u64 {
    // Whole hours, so that rollups may answer.
    let range = ["--start", "0", "--end", "2027-01-01T00:00:00Z"];
    let json = succeed(&[&["query", "{}", "--data", data, "--format", "json"][..], &range].concat()).stdout;
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json).expect("it prints JSON");
    rows.iter().filter_map(|row| row["count"].as_u64()).sum()
}

#[test]
fn spans_that_are_purged_are_in_no_file_and_all_others_are_as_they_were() {
    let folder = folder();
    let data = folder.path().join("data");
    let text = data.display().to_string();
    let calm = leaking_folder(&data, Plant::All);
    let server = Server::start(folder.path(), &["--set", "storage.flush_interval=1h"]);
    let answer = post(server.http, "application/x-protobuf", &planted(Plant::All, 4));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let kept = post_to(server.web, "/api/v1/notebooks", "application/json", NOTEBOOK.as_bytes());
    assert!(kept.starts_with("HTTP/1.1 201"), "{kept}");
    let held = run(&["purge", EVERYWHERE, "--data", &text, "--yes"]);
    assert_eq!(held.code, Some(1));
    assert!(held.stderr.contains("a running server has to be stopped"), "{}", held.stderr);
    server.stop("KILL");

    let before = leaks(&data);
    for place in ["spans/tenant", "spans/_rollups", "derived/requests", "wal/"] {
        assert!(before.iter().any(|path| path.starts_with(place)), "{place} in {before:?}");
    }
    let unasked = run(&["purge", EVERYWHERE, "--data", &text]);
    assert!(unasked.code == Some(2) && unasked.stderr.contains("--yes"), "{}", unasked.stderr);
    let counted_before = counted(&text);
    let tried = succeed(&["purge", EVERYWHERE, "--data", &text, "--dry-run"]).stdout;
    assert!(tried.starts_with("24 spans in 3 of "), "{tried}");
    assert_eq!(counted(&text), counted_before);

    let purged = succeed(&["purge", EVERYWHERE, "--data", &text, "--yes"]).stdout;
    assert!(purged.starts_with("erased from 24 spans; 3 files written anew"), "{purged}");
    assert!(purged.contains("what it cannot reach"), "{purged}");
    assert!(purged.contains("not looked into: 1 notebooks"), "{purged}");
    assert_eq!(leaks(&data), Vec::<String>::new());
    assert_eq!(succeed(&["verify", &text]).stdout.lines().last(), Some("intact"));
    assert_eq!(counted(&text), counted_before - 24);
    assert!(
        succeed(&["purge", EVERYWHERE, "--data", &text, "--yes"]).stdout.starts_with("erased from 0 spans")
    );

    assert!(stored(&data) == untouched(&calm, 4), "a span is not what it was");

    // It is an ordinary folder again.
    let server = Server::start(folder.path(), &[]);
    let answer = post(server.http, "application/x-protobuf", &planted(Plant::None, 9));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(server.stop("TERM").success());
    assert_eq!(counted(&text), counted_before - 24 + 7);
}

#[test]
fn a_purge_that_is_killed_is_finished_by_the_same_command() {
    let folder = folder();
    let data = folder.path().join("data");
    let text = data.display().to_string();
    let calm = leaking_folder(&data, Plant::All);
    let arguments = ["purge", EVERYWHERE, "--data", &text, "--yes"];
    for lived in [80, 160, 240, 320, 480] {
        let mut purge = tailplane().args(arguments).spawn().expect("the binary runs");
        std::thread::sleep(Duration::from_millis(lived));
        purge.kill().expect("it can be killed, or has ended");
        purge.wait().expect("it ends");
    }
    succeed(&arguments);
    assert_eq!(leaks(&data), Vec::<String>::new());
    assert_eq!(succeed(&["verify", &text]).stdout.lines().last(), Some("intact"));
    assert!(stored(&data) == untouched(&calm, 3), "a span is not what it was");
}

#[test]
fn attributes_that_are_purged_are_in_no_file_and_their_spans_have_all_else() {
    let folder = folder();
    let data = folder.path().join("data");
    let text = data.display().to_string();
    let calm = leaking_folder(&data, Plant::Attributes);
    assert!(!leaks(&data).is_empty());
    let origin = "select span_id, peer_address, transport, exporter from spans order by 1";
    let (origin_before, counted_before) = (sql(&text, origin), counted(&text));
    // No span of the fixture has such a path.
    let arguments =
        ["purge", "{}", "--data", &text, "--yes", "--attribute", "token", "--attribute", "nested"];
    let more =
        ["--attribute", "resource.deploy.key", "--attribute", "event.detail", "--attribute", ".origin"];
    let purged = succeed(&[&arguments[..], &more[..]].concat()).stdout;
    assert!(purged.starts_with("erased from 12 spans; 2 files"), "{purged}");
    let path = ["purge", "{ span.url.path =~ \".*CANARY.*\" }", "--attribute", "span.url.path"];
    let purged = succeed(&[&path[..], &["--data", &text, "--yes"]].concat()).stdout;
    assert!(purged.starts_with("erased from 3 spans; 2 files"), "{purged}");

    assert_eq!(leaks(&data), Vec::<String>::new());
    assert_eq!(succeed(&["verify", &text]).stdout.lines().last(), Some("intact"));
    assert_eq!((sql(&text, origin), counted(&text)), (origin_before, counted_before));
    let mut expected = encoded(&calm);
    (1..=3).for_each(|round| expected.extend(encoded(&[planted(Plant::None, round)])));
    let found = stored(&data);
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    assert!(found == expected, "a span is not what it was");
}

#[test]
fn rollups_that_outlived_their_spans_lose_what_their_keys_tell() {
    let folder = folder();
    let data = folder.path().join("data");
    let text = data.display().to_string();
    leaking_folder(&data, Plant::All);
    block_on(async {
        let url = data.display().to_string();
        let config = storage::Config { url, max_bytes: Some(ByteSize(1)), ..Pipeline::storage_config() };
        let storage =
            Storage::open(config, Env::system(), Arc::new(ingest::decode_requests)).await.expect("it opens");
        storage.replayed().await.expect("nothing to replay");
        while storage.stats().table_files > 0 {
            storage.enforce_retention().await.expect("a commit");
        }
        storage.stop().await;
    });
    let unknown = succeed(&["purge", "{ span.token != nil }", "--data", &text, "--yes"]).stdout;
    assert!(unknown.contains("whose spans are gone"), "{unknown}");
    let archived = || leaks(&data.join("derived/rollups"));
    assert!(!archived().is_empty());
    let before = counted(&text);
    let purged = succeed(&["purge", "{ name =~ \".*CANARY.*\" }", "--data", &text, "--yes"]).stdout;
    // Three spans of one minute, five minutes and one hour, which two segments had.
    assert!(purged.contains("and 6 of archived rollups"), "{purged}");
    assert_eq!(archived(), Vec::<String>::new());
    assert_eq!(counted(&text), before - 3);
}
