//! Secrets in spans: whatever way they come in, no file and no line of the log has them.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use ingest::{Exporter, RetryPolicy};
use proto::otlp::json_to_request;
use storage::env::Env;

use crate::command::run;
use crate::pipeline::block_on;
use crate::server::{Server, folder};

const CANARY: &str = "CANARY-s3cret";

/// A request of one span, whose trace id ends in `number`, with the canary wherever an API server would have it; `fault` breaks
/// the id of a second one, whose name the answer quotes.
fn request(number: u8) -> Vec<u8> {
    let target = format!("/api/v1/namespaces/d/pods/p/exec?command={CANARY}&container=c");
    let texts = format!(
        r#"[{{"key":"http.target","value":{{"stringValue":"{target}"}}}},
            {{"key":"user_agent.original","value":{{"arrayValue":{{"values":[{{"stringValue":"Bearer {CANARY}"}}]}}}}}}]"#
    );
    let span = |trace_id: String| {
        format!(
            r#"{{"traceId":"{trace_id}","spanId":"00f067aa0ba902b7","name":"connect --password={CANARY} \u001b[31m\nforged","kind":2,
                "startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000000100000000","attributes":{texts},
                "events":[{{"name":"Get \"https://10.0.0.7:10250/exec/d/p/c?command={CANARY}\": EOF","attributes":{texts}}}],
                "status":{{"code":2,"message":"postgres://me:{CANARY}@db"}}}}"#
        )
    };
    let spans = [span(format!("{number:032x}")), span("00".to_owned())].join(",");
    format!(r#"{{"resourceSpans":[{{"resource":{{"attributes":{texts}}},"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#)
        .into_bytes()
}

/// Posts `body` and returns the answer, head and all.
pub(crate) fn post(address: SocketAddr, content_type: &str, body: &[u8]) -> String {
    post_to(address, "/v1/traces", content_type, body)
}

/// The answer to a request of HTTP/1.1, head and body.
pub(crate) fn post_to(address: SocketAddr, path: &str, content_type: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).expect("the port listens");
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).expect("it is sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    String::from_utf8_lossy(&answer).into_owned()
}

/// The files below `folder` that hold the canary.
fn leaks(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in folder.read_dir().expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(leaks(&path));
        } else {
            let bytes = std::fs::read(&path).expect("a file");
            if bytes.windows(6).any(|window| window == &CANARY.as_bytes()[..6]) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

/// Sends the secrets by every transport: what it is told back.
fn send_everything(server: &Server) -> Vec<String> {
    let protobuf = |number| json_to_request(&request(number)).expect("a request");
    let acknowledged = block_on(async {
        let url = format!("http://{}", server.grpc);
        let exporter =
            Exporter::connect(&url, RetryPolicy::default(), Env::system()).await.expect("a connection");
        exporter.export(&protobuf(1)).await.expect("an acknowledgement")
    });
    assert_eq!(acknowledged.rejected, 1);
    let answers = [
        post(server.http, "application/x-protobuf", &protobuf(2)),
        post(server.http, "application/json", &request(3)),
        post(server.http, "application/json", format!("{{\"resourceSpans\":[{{\"{CANARY}\"").as_bytes()),
    ];
    assert!(answers[..2].iter().all(|answer| answer.starts_with("HTTP/1.1 200")), "{answers:?}");
    answers.into_iter().chain([acknowledged.message]).collect()
}

#[test]
fn no_file_and_no_answer_has_a_secret() {
    let folder = folder();
    let server =
        Server::start(folder.path(), &["--set", "storage.flush_interval=300ms", "--set", "log.level=debug"]);
    let answers = send_everything(&server);
    assert!(answers[..2].iter().all(|answer| !answer.contains("CANARY")), "{answers:?}");
    // Some of it is flushed by now, and some is in the log only.
    std::thread::sleep(Duration::from_millis(1500));
    send_everything(&server);
    let web = format!("http://{}", server.web);
    let trace = run(&["trace", &format!("{:032x}", 2), "--server", &web]).stdout;
    assert!(trace.contains(r"connect --password=************* \u{1b}[31m\nforged"), "{trace}");
    server.stop("KILL");
    let log = std::fs::read_to_string(folder.path().join("stderr.log")).expect("a log");
    assert!(
        !log.contains('\u{1b}') && !log.contains("\nforged"),
        "what senders write is no line of ours: {log}"
    );
    assert!(
        folder.path().join("data/spans").read_dir().expect("a table").count() > 1,
        "something was flushed"
    );
    assert_eq!(leaks(folder.path()), Vec::<String>::new());
}

#[test]
fn a_rule_that_cannot_be_used_names_the_pattern() {
    let refused = run(&["config", "--set", "ingest.redact_patterns=[\"(\"]"]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("ingest.redact_patterns") && refused.stderr.contains("\"(\""),
        "{}",
        refused.stderr
    );
}
