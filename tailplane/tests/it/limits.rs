//! Too much of everything in a span: cut with marks, told, and the same after a crash, whatever the limits are then.

use std::time::Duration;

use ingest::{Exporter, RetryPolicy};
use proto::otlp::json_to_request;
use storage::env::Env;

use crate::pipeline::block_on;
use crate::redaction::post;
use crate::server::{Server, folder};
use crate::simulate::get;

/// Tight limits: each can be seen.
const TIGHT: [&str; 10] = [
    "--set",
    "ingest.value_bytes_max=300B",
    "--set",
    "ingest.name_bytes_max=256B",
    "--set",
    "ingest.value_depth_max=2",
    "--set",
    "ingest.events_per_span_max=3",
    "--set",
    "ingest.attributes_per_span_max=6",
];

/// A request in JSON with one span, whose trace id ends in `number`, that exceeds them all.
fn request(number: u8) -> String {
    let text = |length| "x".repeat(length);
    let attribute = |key: &str, value: String| format!(r#"{{"key":"{key}","value":{value}}}"#);
    let string = |length| format!(r#"{{"stringValue":"{}"}}"#, text(length));
    let array = |inner: String| format!(r#"{{"arrayValue":{{"values":[{inner}]}}}}"#);
    let attributes = [
        attribute("long", string(1_000_000)),
        attribute("list", array(vec![string(50); 20].join(","))),
        attribute("deep", array(array(array(array(string(20)))))),
        attribute("secret", format!(r#"{{"stringValue":"{} Bearer {}"}}"#, text(220), "s3cret".repeat(50))),
        attribute(&text(5_000), string(1)),
    ];
    let more = (0..4).map(|index| attribute(&format!("more{index}"), string(1)));
    let attributes = attributes.into_iter().chain(more).collect::<Vec<_>>().join(",");
    let events = [r#"{"name":"e","timeUnixNano":"1700000000000000000"}"#; 5].join(",");
    format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"{number:032x}","spanId":"00f067aa0ba902b7",
        "name":"{}","startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000000100000000",
        "attributes":[{attributes}],"events":[{events}]}}]}}]}}]}}"#,
        text(1_000)
    )
}

/// What is told, whatever port it came in by.
const TOLD: &str = "5 attributes, events or links left out: a span had too many; 1 lists of values replaced: nested too deep; \
                    5 values or names cut: longer than the server allows";

fn send_everything(server: &Server) {
    let protobuf = |number| json_to_request(request(number).as_bytes()).expect("a request");
    let ack = block_on(async {
        let url = format!("http://{}", server.grpc);
        let policy = RetryPolicy::default();
        let exporter = Exporter::connect(&url, policy, Env::system()).await.expect("a connection");
        exporter.export(&protobuf(1)).await.expect("an acknowledgement")
    });
    assert_eq!((ack.rejected, ack.message.as_str()), (0, TOLD));
    for (number, content_type, body) in
        [(2, "application/x-protobuf", protobuf(2)), (3, "application/json", request(3).into_bytes())]
    {
        let answer = post(server.http, content_type, &body);
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(TOLD), "{number}: {answer}");
    }
}

/// The span that came in as `number`, without its trace id.
fn span(server: &Server, number: u8) -> serde_json::Value {
    let mut answer = get(server.web, &format!("/api/v1/traces/{number:032x}"));
    answer["spans"][0].take()
}

#[test]
fn what_is_cut_is_told_and_stays_cut_whatever_the_limits_are_later() {
    let folder = folder();
    let server = Server::start(folder.path(), &TIGHT);
    send_everything(&server);
    let before = span(&server, 1);
    let text = before.to_string();
    for mark in [
        "x…[truncated from 1000000 bytes]",
        "x…[truncated from 5000 bytes]",
        "x…[truncated from 1000 bytes]",
        "…[truncated: 1",
        "(nested too deep)",
        " Bearer *****",
        r#""dropped":{"attributes":3,"events":2,"links":0}"#,
    ] {
        assert!(text.contains(mark), "{mark} is not in {text}");
    }
    assert!(!text.contains("s3cret"), "{text}");
    server.stop("KILL");
    // With the default limits: first from the log, then from Parquet.
    let server = Server::start(folder.path(), &["--set", "storage.flush_interval=2s"]);
    for number in 1..=3 {
        assert_eq!(span(&server, number), before, "{number} from the log");
    }
    let table = folder.path().join("data/spans");
    let is_flushed = || table.read_dir().is_ok_and(|entries| entries.count() > 1);
    let flushed = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        is_flushed()
    });
    assert!(flushed, "nothing was flushed in 10 s");
    assert_eq!(span(&server, 2), before, "from Parquet");
}
