//! A server that reads what another one writes.

use std::time::Duration;

use crate::command::run;
use crate::metrics_docs::request;
use crate::replay::{captures, count, rows, succeed};
use crate::server::{Server, folder};

const A_SPAN: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c",
    "spanId":"eee19b7ec3c1b174","name":"x","startTimeUnixNano":"1","endTimeUnixNano":"2"}]}]}]}"#;

#[test]
fn a_reader_answers_from_the_tables_of_a_writer_and_takes_no_spans() {
    let (ours, theirs) = (folder(), folder());
    let tables = format!("storage.url={}", ours.path().join("data").display());
    let local = format!("storage.local_folder={}", theirs.path().join("own").display());
    let role = ["--role", "query", "--set", tables.as_str(), "--set", local.as_str()];
    let early = run(&[&["serve"], &role[..]].concat());
    assert_eq!(early.code, Some(1));
    assert!(early.stderr.contains("no table"), "{}", early.stderr);

    let writer = Server::start(ours.path(), &["--set", "storage.flush_interval=300ms"]);
    let to = format!("http://{}", writer.grpc);
    let captures = captures();
    let mut replay = vec!["replay", "--to", &to, "--speed", "max", "--now"];
    replay.extend(captures.iter().map(String::as_str));
    succeed(&replay);

    let reader = Server::start(theirs.path(), &role);
    let web = format!("http://{}", reader.web);
    let counted = |spans: u64| {
        for _ in 0..100 {
            if count(&rows("{}", ["--server", &web])) == spans {
                return true;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        false
    };
    assert!(counted(31_530));
    replay.push("--rekey");
    succeed(&replay);
    assert!(counted(2 * 31_530), "what is written meanwhile is taken over");

    let answer =
        request(reader.web, "GET /api/v1/latency?q=%7B%7D&start=now-1h&end=now&step=60s HTTP/1.1", "");
    assert!(answer.contains("\"complete_to\":\"1") && answer.contains("\"complete\":true"), "{answer}");
    let refused = request(reader.http, "POST /v1/traces HTTP/1.1\r\nContent-Type: application/json", A_SPAN);
    assert!(refused.starts_with("HTTP/1.1 503") && refused.contains("--role query"), "{refused}");
    assert!(reader.stop("TERM").success());
    assert!(writer.stop("TERM").success());
}

#[test]
fn a_reader_takes_over_a_table_that_was_made_after_it_had_started() {
    let (ours, theirs) = (folder(), folder());
    let writer = Server::start(ours.path(), &[]);
    let shares = "POST /api/v1/shares HTTP/1.1\r\nContent-Type: application/json";
    let refused = request(writer.web, shares, r#"{"of": "requests", "by": ["trace_id"]}"#);
    assert!(refused.starts_with("HTTP/1.1 400") && refused.contains("k8s_verb, k8s_group"), "{refused}");
    assert!(writer.stop("TERM").success());
    let derived = ours.path().join("data/derived");
    std::fs::rename(derived.join("instances"), ours.path().join("not yet")).expect("it was made");

    let tables = format!("storage.url={}", ours.path().join("data").display());
    let local = format!("storage.local_folder={}", theirs.path().join("own").display());
    let reader = Server::start(theirs.path(), &["--role", "query", "--set", &tables, "--set", &local]);
    let web = format!("http://{}", reader.web);
    let asked = |table: &str| run(&["query", &format!("SELECT count(*) FROM {table}"), "--server", &web]);
    assert_eq!(asked("requests").code, Some(0));
    let unknown = asked("instances");
    assert_eq!(unknown.code, Some(2));
    assert!(
        unknown
            .stderr
            .contains("no table instances: there are pod_starts, requests, rollups, rollups_1h, spans"),
        "{}",
        unknown.stderr
    );
    std::fs::rename(ours.path().join("not yet"), derived.join("instances")).expect("it is made now");
    let is_there = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(200));
        asked("instances").code == Some(0)
    });
    assert!(is_there);
    assert!(reader.stop("TERM").success());
}

#[test]
fn a_reader_needs_a_folder_of_its_own() {
    let folder = folder();
    let data = folder.path().join("data").display().to_string();
    let (tables, local) = (format!("storage.url={data}"), format!("storage.local_folder={data}"));
    let refused = run(&["serve", "--role", "query", "--set", &tables, "--set", &local]);
    assert!(matches!(refused.code, Some(1 | 2)), "{}", refused.stderr);
    assert!(refused.stderr.contains("a folder of its own"), "{}", refused.stderr);
}
