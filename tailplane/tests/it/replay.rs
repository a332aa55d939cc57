//! A capture's whole way by the commands alone: `replay` into a server, `query` and `trace` out of it and, once it
//! has stopped, out of its folder.

use std::path::PathBuf;

use crate::command::{Run, run};
use crate::metrics_docs::request;
use crate::server::{Server, folder};
use crate::simulate::get;

/// Spans of the `stall` slice of the fixture.
const SPANS: u64 = 31_530;

pub(crate) fn captures() -> Vec<String> {
    let slice = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../proto/fixtures/stall");
    let files = slice.read_dir().expect("the fixture").map(|entry| entry.expect("an entry").path());
    files.map(|path| path.display().to_string()).collect()
}

pub(crate) fn succeed(arguments: &[&str]) -> Run {
    let run = run(arguments);
    assert_eq!(run.code, Some(0), "{arguments:?}: {}", run.stderr);
    run
}

/// The rows of `tailplane query --format json`.
pub(crate) fn rows(text: &str, source: [&str; 2]) -> Vec<serde_json::Value> {
    let run = succeed(&["query", text, "--format", "json", source[0], source[1]]);
    serde_json::from_str(&run.stdout).expect("it prints JSON")
}

pub(crate) fn count(rows: &[serde_json::Value]) -> u64 {
    rows.iter().filter_map(|row| row["count"].as_u64()).sum()
}

/// What a server says it took: figures of `/metrics`, and the totals of `/api/v1/ledger`.
#[derive(Debug, PartialEq, Eq)]
struct Accounts {
    acknowledged: u64,
    received: u64,
    in_totals: u64,
}

fn accounts(server: &Server) -> Accounts {
    let metrics = request(server.web, "GET /metrics HTTP/1.1", "");
    let sum = |name: &str| -> u64 {
        let samples = metrics.lines().filter(|line| line.starts_with(&format!("{name}{{")));
        samples.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
    };
    Accounts {
        acknowledged: sum("tailplane_receiver_accepted_spans_total"),
        received: sum("tailplane_receiver_received_spans_total"),
        in_totals: get(server.web, "/api/v1/ledger")["totals"]["acknowledged_spans"].as_u64().unwrap_or(0),
    }
}

#[test]
fn what_is_replayed_is_found_while_the_server_runs_and_after() {
    let folder = folder();
    let server = Server::start(folder.path(), &[]);
    let (to, web) = (format!("http://{}", server.grpc), format!("http://{}", server.web));
    let captures = captures();
    let mut arguments = vec!["replay", "--to", &to, "--speed", "max", "--now"];
    arguments.extend(captures.iter().map(String::as_str));
    let summary = succeed(&arguments).stdout;
    assert!(summary.starts_with("31,530 spans, 10.2 MB, ") && summary.contains(" 75 acks p50 "), "{summary}");
    // With new ids the same spans are others.
    arguments.push("--rekey");
    succeed(&arguments);
    assert_eq!(count(&rows("{}", ["--server", &web])), 2 * SPANS);
    assert_eq!(
        accounts(&server),
        Accounts { acknowledged: 2 * SPANS, received: 2 * SPANS, in_totals: 2 * SPANS }
    );
    let slow = rows("{ name = \"Create\" && duration > 1s }", ["--server", &web]);
    let trace_id = slow[0]["slowest_trace_id"].as_str().expect("a trace").to_owned();
    let trace = succeed(&["trace", &trace_id, "--server", &web]).stdout;
    assert!(trace.contains("etcdserverpb.KV/Txn") && trace.contains("etcd wire"), "{trace}");
    assert!(server.stop("TERM").success());

    let data = folder.path().join("data").display().to_string();
    assert_eq!(count(&rows("{}", ["--data", &data])), 2 * SPANS);
    assert_eq!(succeed(&["trace", &trace_id, "--data", &data]).stdout, trace);
    let services = rows("select service_name, count(*) as count from spans group by 1", ["--data", &data]);
    assert_eq!((services.len(), count(&services)), (6, 2 * SPANS));
    let fault = run(&["query", "{ kind = sever }", "--data", &data]);
    assert_eq!(fault.code, Some(2));
    assert!(fault.stderr.contains("at byte 9") && fault.stderr.contains("server"), "{}", fault.stderr);
}
