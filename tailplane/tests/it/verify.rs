//! `tailplane verify` on a folder with faults.

use std::path::Path;

use crate::command::run;
use crate::damage::{files, table};
use crate::pipeline::block_on;
use crate::replay::succeed;

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
