//! `tailplane verify` and `tailplane inspect` on a folder with rollups and derived tables.

use std::path::Path;

use crate::command::run;
use crate::damage::{files, table};
use crate::pipeline::block_on;
use crate::replay::{captures, succeed};
use crate::server::{Server, folder};

#[test]
fn faults_are_a_line_each_with_place_and_remedy() {
    let folder = block_on(table());
    let text = folder.path().display().to_string();
    let whole = succeed(&["verify", &text]).stdout;
    assert!(whole.contains("of 3 segments") && whole.contains("and 3 rollups"), "{whole}");

    let rollups = files(&folder.path().join("spans/_rollups"), ".checked.parquet");
    std::fs::remove_file(&rollups[1]).expect("removed");
    let segments = files(&folder.path().join("spans/tenant=default"), ".checked.parquet");
    std::fs::remove_file(&segments[2]).expect("removed");
    let found = run(&["verify", &text]);
    assert_eq!(found.code, Some(1), "{}", found.stdout);
    let line = |path: &Path, says: &str| {
        let path = path.display().to_string();
        let is_it =
            |line: &&str| line.contains(&path) && line.contains(says) && line.contains("; what to do: ");
        assert!(found.stdout.lines().any(|line| is_it(&line)), "{path}: {says}: {}", found.stdout);
    };
    line(&rollups[1], "the rollup is gone");
    line(&segments[2], "the file is gone, with ");
    assert_eq!(found.stdout.lines().last(), Some("DAMAGED: 2 findings"));
}

#[test]
fn a_folder_is_shown_by_table_and_a_rollup_by_series() {
    let folder = folder();
    let server = Server::start(folder.path(), &["--set", "storage.flush_bytes=1MiB"]);
    let to = format!("http://{}", server.grpc);
    let captures = captures();
    let mut replay = vec!["replay", "--to", &to, "--speed", "max", "--now"];
    replay.extend(captures.iter().map(String::as_str));
    succeed(&replay);
    let data = folder.path().join("data");
    let text = data.display().to_string();
    let running = succeed(&["verify", &text]).stdout;
    assert!(running.contains("a running server has it") && running.ends_with("intact\n"), "{running}");
    assert!(server.stop("TERM").success());
    succeed(&["compact", &text]);

    let catalog = succeed(&["inspect", "catalog", &text]).stdout;
    for part in [
        "spans ",
        "derived/requests ",
        "derived/pod_starts ",
        "derived/rollups ",
        "default  20",
        "all there are",
    ] {
        assert!(catalog.contains(part), "{part} is not in\n{catalog}");
    }
    assert!(catalog.contains("spans: has the records of log "), "{catalog}");

    let rollups = files(&data.join("spans/_rollups"), ".checked.parquet");
    let paths: Vec<String> = rollups.iter().map(|path| path.display().to_string()).collect();
    let mut arguments = vec!["inspect", "rollup", "--top", "3"];
    arguments.extend(paths.iter().map(String::as_str));
    let shown = succeed(&arguments).stdout;
    for part in ["3600 s", "histogram", "durations ", "k8s_component=\"apiserver\"", "31,530 spans of "] {
        assert!(shown.contains(part), "{part} is not in\n{shown}");
    }
    assert_eq!(shown.lines().filter(|line| line.contains("k8s_component=")).count(), 3, "{shown}");

    let none = run(&["inspect", "catalog", "/nowhere"]);
    assert!(none.code == Some(1) && none.stderr.contains("holds no table"), "{}", none.stderr);
    let other = run(&["inspect", "rollup", &format!("{text}/wal/wal-id")]);
    assert!(
        other.code == Some(1) && other.stderr.contains("cannot look into the rollup"),
        "{}",
        other.stderr
    );
}
