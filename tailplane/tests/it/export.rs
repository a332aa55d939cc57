//! `tailplane export`: what was taken in comes out, and goes in again.

use crate::command::run;
use crate::replay::{captures, count, rows, succeed};
use crate::server::{Server, folder};

#[test]
fn what_is_exported_can_be_sent_again() {
    let (first, second) = (folder(), folder());
    let server = Server::start(first.path(), &[]);
    let to = format!("http://{}", server.grpc);
    let captures = captures();
    let mut replay = vec!["replay", "--to", &to, "--speed", "max", "--now"];
    replay.extend(captures.iter().map(String::as_str));
    succeed(&replay);
    assert!(server.stop("TERM").success());
    let data = first.path().join("data").display().to_string();
    let out = first.path().join("some.otlp.zst").display().to_string();

    let filter = "{ k8s:component = \"etcd\" }";
    let said = succeed(&["export", filter, "--data", &data, "--out", &out]).stdout;
    let spans = count(&rows(filter, ["--data", &data]));
    assert!(
        spans > 1_000 && said.starts_with(&format!("{},{:03} spans", spans / 1000, spans % 1000)),
        "{said}"
    );
    let rows = first.path().join("some.parquet").display().to_string();
    let parquet = succeed(&["export", filter, "--format", "parquet", "--data", &data, "--out", &rows]).stdout;
    assert_eq!(parquet.replace("some.parquet", "some.otlp.zst"), said);
    let columns = succeed(&["inspect", "segment", &rows]).stdout;
    let counted = format!("\n{},{:03} spans in 1 row groups", spans / 1000, spans % 1000);
    assert!(columns.contains("otlp_residual") && columns.contains(&counted), "{columns}");

    let again = run(&["export", filter, "--data", &data, "--out", &out]);
    assert!(again.code == Some(1) && again.stderr.contains("exists"), "{}", again.stderr);

    let server = Server::start(second.path(), &[]);
    let to = format!("http://{}", server.grpc);
    succeed(&["replay", "--to", &to, "--speed", "max", &out]);
    assert!(server.stop("TERM").success());
    let copy = second.path().join("data").display().to_string();
    let text = "select count(*), sum(duration_ns), min(start_time), max(start_time), count(distinct attribute_layout), \
                count(distinct resource) from spans where k8s_component = 'etcd'";
    let answer = |data: &str| succeed(&["query", text, "--data", data, "--format", "csv"]).stdout;
    assert_eq!(answer(&copy), answer(&data));
}

#[test]
fn what_cannot_be_exported_leaves_no_file() {
    let folder = folder();
    let out = folder.path().join("x.otlp.zst");
    let text = out.display().to_string();
    let none = run(&["export", "--data", "/nowhere", "--out", &text]);
    assert!(
        none.code == Some(1) && none.stderr.contains("there is no folder --data /nowhere"),
        "{}",
        none.stderr
    );
    let fault = run(&["export", "{ kind = sever }", "--out", &text]);
    assert!(fault.code == Some(2) && fault.stderr.contains("at byte 9"), "{}", fault.stderr);
    assert!(!out.exists());
}
