//! `tailplane compact` and `inspect segment` on the folder of a server that ran.

use std::path::{Path, PathBuf};

use crate::command::run;
use crate::replay::{captures, succeed};
use crate::server::{Server, folder};

/// The segments that the table's folder holds.
fn segments(data: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![data.join("spans")];
    while let Some(next) = folders.pop() {
        let entries = next.read_dir().expect("a folder").map(|entry| entry.expect("an entry").path());
        let (inside, files): (Vec<PathBuf>, Vec<PathBuf>) = entries.partition(|path| path.is_dir());
        let is_of_table = |path: &PathBuf| !path.ends_with("_delta_log") && !path.ends_with("_rollups");
        folders.extend(inside.into_iter().filter(is_of_table));
        let parquet = files.iter().filter(|path| path.extension().is_some_and(|ending| ending == "parquet"));
        found.extend(parquet.map(|path| path.display().to_string()));
    }
    found
}

#[test]
fn many_small_files_become_few_and_every_answer_stays() {
    let folder = folder();
    let server = Server::start(folder.path(), &["--set", "storage.flush_bytes=1MiB"]);
    let to = format!("http://{}", server.grpc);
    for _ in 0..2 {
        let captures = captures();
        let mut arguments = vec!["replay", "--to", &to, "--speed", "max", "--now", "--rekey"];
        arguments.extend(captures.iter().map(String::as_str));
        succeed(&arguments);
    }
    let data = folder.path().join("data");
    let text = data.display().to_string();
    let held = run(&["compact", &text]);
    assert_eq!(held.code, Some(1));
    assert!(held.stderr.contains("another process"), "{}", held.stderr);
    assert!(server.stop("TERM").success());

    let question =
        "select service_name, name, count(*) n, sum(duration_ns) d from spans group by 1, 2 order by 1, 2";
    let answer = || succeed(&["query", question, "--data", &text, "--format", "csv"]).stdout;
    let (files, before) = (segments(&data).len(), answer());
    assert!(files > 3, "{files} files");
    let compacted = succeed(&["compact", &text]).stdout;
    assert!(compacted.contains("63,060 spans; 0 copies"), "{compacted}");
    let left = segments(&data);
    // A replay that crosses the hour leaves a file for each.
    assert!(left.len() < files && left.len() <= 4, "{left:?}");
    assert_eq!(answer(), before);
    assert_eq!(succeed(&["verify", &text]).stdout.lines().last(), Some("intact"));
    assert!(succeed(&["compact", &text]).stdout.contains(&format!("{} files", left.len())));

    let mut arguments = vec!["inspect", "segment"];
    arguments.extend(left.iter().map(String::as_str));
    let columns = succeed(&arguments).stdout;
    assert!(columns.contains("span_id ") && columns.contains("63,060 spans"), "{columns}");
}

#[test]
fn what_is_no_folder_of_ours_or_no_segment_is_refused() {
    let folder = folder();
    let none = run(&["compact", &folder.path().display().to_string()]);
    assert_eq!(none.code, Some(1));
    assert!(none.stderr.contains("holds no spans"), "{}", none.stderr);
    let file = folder.path().join("x.parquet");
    std::fs::write(&file, "no segment").expect("it can be written");
    let refused = run(&["inspect", "segment", &file.display().to_string()]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("x.parquet is no segment"), "{}", refused.stderr);
}
