//! Single flipped bits in every kind of file: each is found, and no answer is wrong without saying so.
//!
//! A few hundred with every test; `make drill-flips` for many.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytesize::ByteSize;
use storage::verify::{verify, verify_file, verify_wal};
use storage::wal::read_log;
use tempfile::TempDir;

use crate::damage::{figures, files, open};
use crate::pipeline::{Pipeline, Place, block_on, fixture, rekeyed};

/// So many flips with every test; `DRILL_FLIPS` for more.
const FLIPS: u64 = 400;
/// One in so many flips of a file that queries read is followed by a query.
const FLIPS_A_QUERY: u64 = 20;
/// Enough for a checkpoint and an entry after it.
const COMMITS: u8 = 101;

struct Drill {
    folder: TempDir,
    random: u64,
}

impl Drill {
    fn next(&mut self, below: u64) -> u64 {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % below
    }

    fn any(&mut self, paths: &[PathBuf]) -> PathBuf {
        let index = self.next(paths.len() as u64);
        paths[usize::try_from(index).expect("an index")].clone()
    }

    /// A table with a checkpoint, and a log with flushed and unflushed requests, stopped.
    async fn new() -> Self {
        let body = fixture("calm").into_iter().filter(|request| request.len() > 2_000).min_by_key(Vec::len);
        let body = [body.expect("a request")];
        // On a slow machine the files would be merged before they are looked at.
        let config = storage::Config { compaction_memory: ByteSize(0), ..Pipeline::storage_config() };
        let pipeline = Pipeline::with_storage(&[], Place::Live, config, query::Config::default()).await;
        for key in 1..=COMMITS {
            pipeline.append(&rekeyed(&body, key, Duration::from_secs(u64::from(key)))).await;
            pipeline.storage.flush().await.expect("a flush");
        }
        Self { folder: pipeline.stop().await, random: 2026 }
    }
}

/// Flips a bit in place: the log's files are large.
fn flip(path: &Path, bit: u64) {
    let file = OpenOptions::new().read(true).write(true).open(path).expect("a file");
    let mut byte = [0];
    file.read_exact_at(&mut byte, bit / 8).expect("a byte");
    byte[0] ^= 1 << (bit % 8);
    file.write_all_at(&byte, bit / 8).expect("written");
}

/// A line for whoever runs the drill with --nocapture.
#[expect(clippy::print_stdout, reason = "the figures of the drill")]
fn say(line: &str) {
    println!("{line}");
}

fn bits(path: &Path) -> u64 {
    path.metadata().expect("a file").len() * 8
}

/// `count` flips among `paths`, each to be found by checking that one file. Returns how many were.
fn found_in_files(drill: &mut Drill, root: &Path, paths: &[PathBuf], count: u64) -> u64 {
    let mut found = 0;
    for _ in 0..count {
        let path = drill.any(paths);
        let bit = drill.next(bits(&path));
        flip(&path, bit);
        let relative = path.strip_prefix(root).expect("below").to_string_lossy().into_owned();
        let checked = relative.strip_suffix(".crc").unwrap_or(&relative);
        match verify_file(drill.folder.path(), "spans", checked) {
            Err(finding) if finding.is_damage => found += 1,
            outcome => say(&format!("not found: bit {bit} of {relative}: {outcome:?}")),
        }
        flip(&path, bit);
    }
    found
}

/// The same in the log: its headers and all records that a later one shows to be durable.
fn found_in_log(drill: &mut Drill, count: u64) -> u64 {
    let folder = drill.folder.path().to_path_buf();
    let mut last = (PathBuf::new(), 0);
    let log = read_log(&folder.join("wal"), |path, frame| last = (path.to_path_buf(), frame.offset));
    let segments = log.expect("a log").segments;
    let mut found = 0;
    for _ in 0..count {
        let index = usize::try_from(drill.next(segments.len() as u64)).expect("an index");
        let segment = &segments[index];
        let used = if segment.path == last.0 { last.1 } else { segment.used_bytes };
        let bit = drill.next(used * 8);
        flip(&segment.path, bit);
        let findings = verify_wal(&folder).expect("it can be read");
        if findings.iter().any(|finding| finding.is_damage) {
            found += 1;
        } else {
            say(&format!("not found: bit {bit} of {}", segment.path.display()));
        }
        flip(&segment.path, bit);
    }
    found
}

#[test]
fn every_flip_is_found_and_no_answer_is_wrong_without_saying_so() {
    let flips = std::env::var("DRILL_FLIPS").map_or(FLIPS, |text| text.parse().expect("a number"));
    block_on(async {
        let mut drill = Drill::new().await;
        let folder = drill.folder.path().to_path_buf();
        let whole = verify(&folder, &mut |_, _| {}).await.expect("it can be checked");
        assert!(whole.is_intact(), "before: {:#?}", whole.findings);
        let spans = folder.join("spans");
        let sums = folder.join("checksums/spans");
        let log = spans.join("_delta_log");
        let kinds = [
            ("segments", &spans, files(&spans, ".checked.parquet")),
            ("log entries", &spans, files(&log, ".json")),
            ("checkpoints", &spans, files(&log, ".checkpoint.parquet")),
            ("checksums", &sums, files(&sums, ".crc")),
        ];
        let each = flips / 5;
        for (kind, root, paths) in &kinds {
            let found = found_in_files(&mut drill, root, paths, each);
            say(&format!("{kind}: {found} of {each} flips found"));
            assert_eq!(found, each, "{kind}");
        }
        let found = found_in_log(&mut drill, each);
        say(&format!("write-ahead log: {found} of {each} flips found"));
        assert_eq!(found, each, "write-ahead log");
        queries(&mut drill, &kinds[0].2, each / FLIPS_A_QUERY).await;
        starts(&mut drill, &[kinds[1].2.as_slice(), &kinds[2].2].concat(), each / FLIPS_A_QUERY).await;
    });
}

async fn queries(drill: &mut Drill, segments: &[PathBuf], count: u64) {
    let (storage, engine) = open(drill.folder.path()).await.expect("it opens");
    let right = figures(&engine).await;
    assert!(right.1 && right.0[0] > 0, "the table is whole before: {right:?}");
    let mut incomplete = 0;
    for _ in 0..count {
        let path = drill.any(segments);
        let bit = drill.next(bits(&path));
        flip(&path, bit);
        let (found, is_complete) = figures(&engine).await;
        assert!(!is_complete || found == right.0, "bit {bit} of {}", path.display());
        incomplete += u64::from(!is_complete);
        flip(&path, bit);
        storage.look_again().await;
        assert_eq!(figures(&engine).await, right, "restored");
    }
    say(&format!("queries: {count}, of which {incomplete} said that they are not complete; none was wrong"));
    storage.stop().await;
}

async fn starts(drill: &mut Drill, log: &[PathBuf], count: u64) {
    let (storage, engine) = open(drill.folder.path()).await.expect("it opens");
    let right = figures(&engine).await;
    assert!(right.1 && right.0[0] > 0, "the table is whole before: {right:?}");
    storage.stop().await;
    let mut refused = 0;
    for _ in 0..count {
        let path = drill.any(log);
        let bit = drill.next(bits(&path));
        flip(&path, bit);
        match open(drill.folder.path()).await {
            Ok((storage, engine)) => {
                assert_eq!(figures(&engine).await, right, "bit {bit} of {}", path.display());
                storage.stop().await;
            }
            Err(error) => {
                refused += 1;
                assert!(error.message.contains("is damaged at byte"), "{error}");
            }
        }
        flip(&path, bit);
    }
    say(&format!(
        "starts: {count}, of which {refused} were refused by the damaged file's name; none gave a wrong answer"
    ));
}
