//! A simulated cluster's way by the commands alone: what it plants is found, and zones are known from the node file.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::command::run;
use crate::server::{Server, folder};

pub(crate) fn get(web: SocketAddr, path: &str) -> serde_json::Value {
    let mut stream = TcpStream::connect(web).expect("the page listens");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {web}\r\nConnection: close\r\n\r\n").expect("it is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let begin = body.find('{').expect("JSON");
    let end = body.rfind('}').expect("JSON");
    let text: String =
        body[begin..=end].lines().filter(|line| line.len() > 8 || line.contains('{')).collect();
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn the_scenarios_are_listed_with_what_they_show() {
    let listed = run(&["simulate", "--list"]).stdout;
    for name in ["etcd-disk-slow", "webhook-10s", "slow-cni", "slow-zone", "upgrade", "5000-nodes"] {
        assert!(listed.contains(name), "{name} is not in\n{listed}");
    }
}

#[test]
fn what_is_simulated_is_found_and_its_zones_are_known_once_the_node_file_is_there() {
    let folder = folder();
    let nodes = folder.path().join("nodes.json");
    std::fs::write(&nodes, r#"{"kind": "List", "items": []}"#).expect("written");
    let setting = format!("model.nodes_file={}", nodes.display());
    let server = Server::start(folder.path(), &["--set", &setting]);
    let (to, web) = (format!("http://{}", server.grpc), format!("http://{}", server.web));
    let file = nodes.display().to_string();
    let simulated = run(&[
        "simulate",
        "slow-zone",
        "--nodes",
        "6",
        "--duration",
        "90s",
        "--speed",
        "max",
        "--to",
        &to,
        "--write-nodes",
        &file,
    ]);
    assert_eq!(simulated.code, Some(0), "{}", simulated.stderr);
    assert!(simulated.stdout.contains("exporters dropped 0 spans"), "{}", simulated.stdout);

    let asked = run(&["query", "{ name = \"syncPod\" }", "--format", "json", "--server", &web]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&asked.stdout).expect("JSON");
    let trace_id = rows[0]["slowest_trace_id"].as_str().expect("a pod was started");
    for _ in 0..60 {
        let trace = get(server.web, &format!("/api/v1/traces/{trace_id}"));
        let spans = trace["spans"].as_array().expect("spans");
        assert!(spans.iter().all(|span| span["node"]["value"].is_string()), "{trace}");
        if spans.iter().all(|span| span["zone"]["value"].is_string()) {
            return;
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    panic!("the node file was not read again within 30 s");
}

#[test]
fn a_request_says_where_its_time_went() {
    let folder = folder();
    let server = Server::start(folder.path(), &[]);
    let (to, web) = (format!("http://{}", server.grpc), format!("http://{}", server.web));
    let simulated =
        run(&["simulate", "webhook-10s", "--nodes", "3", "--duration", "4m", "--speed", "max", "--to", &to]);
    assert_eq!(simulated.code, Some(0), "{}", simulated.stderr);
    let slow =
        "{ k8s:component = \"apiserver\" && k8s:verb = \"create\" && k8s:watch = false && duration > 5s }";
    let asked = run(&["query", slow, "--format", "json", "--server", &web]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&asked.stdout).expect("JSON");
    let trace_id = rows[0]["slowest_trace_id"].as_str().expect("a slow request");
    let trace = get(server.web, &format!("/api/v1/traces/{trace_id}"));
    let request = &trace["requests"][0];
    let first = request["phases"][0]["phase"].as_str().expect("phases");
    assert!(first.ends_with("_webhook"), "{request}");
    assert!(request["sli_duration_ns"].as_u64() < Some(1_000_000_000), "{request}");
}
