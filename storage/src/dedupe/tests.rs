//! Retries against what was kept, what is on its way, and what a restart remembers.

mod lives;

use std::path::Path;

use proto::Tenant;
use tempfile::TempDir;

use super::*;
use crate::env::ManualClock;

const WAL_ID: Uuid = Uuid::from_u128(7);
const NOON: u64 = 1_800_000_000_000_000_000;
const WINDOW: Duration = Duration::from_secs(600);

/// A set of hashes over a clock that is moved by hand.
struct Subject {
    clock: Arc<ManualClock>,
    dedupe: Arc<Dedupe>,
    folder: TempDir,
}

impl Subject {
    async fn new(entries_max: usize) -> Self {
        let (clock, folder) = (Arc::new(ManualClock::at(NOON)), TempDir::new().unwrap());
        let dedupe = open(folder.path(), &clock, WAL_ID, 0, entries_max).await;
        Self { clock, dedupe, folder }
    }

    /// As a new process, with the table at `watermark`.
    async fn restart(&mut self, watermark: u64) {
        self.dedupe = open(self.folder.path(), &self.clock, WAL_ID, watermark, 1_000).await;
    }

    /// Whether `hash` is new; it is kept as record `sequence` then.
    async fn keep(&self, sequence: u64, hash: u128) -> bool {
        let Some(claim) = self.dedupe.admit(hash).await else { return false };
        assert!(claim.remember(sequence));
        claim.settle();
        true
    }

    fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

async fn open(
    folder: &Path,
    clock: &Arc<ManualClock>,
    wal_id: Uuid,
    watermark: u64,
    entries_max: usize,
) -> Arc<Dedupe> {
    let config = Config { dedupe_window: WINDOW, dedupe_entries_max: entries_max, ..Config::default() };
    let env = Env::with_clock(Arc::clone(clock) as Arc<dyn crate::env::Clock>);
    Dedupe::open(&config, env, folder, wal_id, watermark).await
}

#[test]
fn hashes_differ_by_log_tenant_and_body_and_are_never_none() {
    let [one, other] = ["one", "other"].map(|name| Tenant::new(name).unwrap());
    let hasher = BodyHasher::new([1; 16]);
    let hash = hasher.hash(&one, b"body");
    assert_eq!(hash, BodyHasher::new([1; 16]).hash(&one, b"body"));
    assert_ne!(hash, hasher.hash(&other, b"body"));
    assert_ne!(hash, hasher.hash(&one, b"bodies"));
    assert_ne!(hash, BodyHasher::new([2; 16]).hash(&one, b"body"));
    assert_ne!(hash, xxhash_rust::xxh3::xxh3_128(b"body"), "what versions without a seed wrote");
    assert_ne!(hasher.hash(&one, b""), 0);
}

#[tokio::test]
async fn a_body_is_a_retry_for_the_length_of_the_window() {
    let subject = Subject::new(1_000).await;
    assert!(subject.keep(1, 11).await);
    subject.clock.advance(WINDOW - Duration::from_secs(1));
    assert!(!subject.keep(2, 11).await);
    assert!(subject.keep(2, 12).await);
    assert_eq!(subject.dedupe.stats().duplicates, 1);
    subject.clock.advance(Duration::from_secs(1));
    assert!(subject.keep(3, 11).await, "the window has passed");
    assert!(!subject.keep(4, 12).await);
}

#[tokio::test]
async fn bodies_without_a_hash_are_all_kept() {
    let subject = Subject::new(1_000).await;
    assert!(subject.keep(1, 0).await && subject.keep(2, 0).await);
    assert!(subject.dedupe.takes_replayed(3, 0));
    assert_eq!(subject.dedupe.stats().entries, 0);
}

#[tokio::test]
async fn a_window_of_zero_keeps_everything() {
    let folder = TempDir::new().unwrap();
    let config = Config { dedupe_window: Duration::ZERO, ..Config::default() };
    let dedupe = Dedupe::open(&config, Env::system(), folder.path(), WAL_ID, 0).await;
    for sequence in 1..4 {
        assert!(dedupe.admit(5).await.unwrap().remember(sequence));
        assert!(dedupe.takes_replayed(sequence, 5));
    }
}

#[tokio::test]
async fn a_retry_waits_for_its_original_and_shares_its_fate() {
    let subject = Subject::new(1_000).await;
    let original = subject.dedupe.admit(11).await.unwrap();
    let mut retries: Vec<_> = (0..3).map(|_| Box::pin(subject.dedupe.admit(11))).collect();
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(retries.iter_mut().all(|retry| retry.as_mut().poll(&mut context).is_pending()));
    assert!(original.remember(1));
    assert!(
        retries.iter_mut().all(|retry| retry.as_mut().poll(&mut context).is_pending()),
        "not visible yet"
    );
    original.settle();
    for retry in retries {
        assert!(retry.await.is_none());
    }
    assert_eq!(subject.dedupe.stats().duplicates, 3);
}

#[tokio::test]
async fn one_retry_takes_the_place_of_an_original_that_failed() {
    let subject = Subject::new(1_000).await;
    let original = subject.dedupe.admit(11).await.unwrap();
    let mut retries: Vec<_> = (0..2).map(|_| Box::pin(subject.dedupe.admit(11))).collect();
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(retries.iter_mut().all(|retry| retry.as_mut().poll(&mut context).is_pending()));
    drop(original);
    let second = retries.remove(0).await.expect("it is appended itself");
    assert!(retries[0].as_mut().poll(&mut context).is_pending(), "and the other waits for it");
    assert!(second.remember(1));
    second.settle();
    assert!(retries.remove(0).await.is_none());
}

#[tokio::test]
async fn the_oldest_are_forgotten_when_there_are_too_many() {
    let subject = Subject::new(80).await;
    for number in 1..=100 {
        assert!(subject.keep(number, u128::from(number)).await);
    }
    let stats = subject.dedupe.stats();
    assert!(stats.entries <= 80 && stats.entries > 60, "{stats:?}");
    assert_eq!(stats.evicted + stats.entries, 100);
    assert!(!subject.keep(101, 100).await, "the newest is known");
    assert!(subject.keep(101, 1).await, "the oldest is not");
}

#[tokio::test]
async fn a_restart_remembers_what_was_flushed() {
    let mut subject = Subject::new(1_000).await;
    assert!(subject.keep(1, 11).await && subject.keep(2, 12).await && subject.keep(3, 13).await);
    subject.dedupe.save(2).await.unwrap();
    subject.clock.advance(Duration::from_secs(60));
    subject.restart(2).await;
    assert!(!subject.keep(4, 11).await && !subject.keep(4, 12).await);
    assert!(subject.dedupe.takes_replayed(3, 13), "the log still has it");
    assert!(!subject.keep(4, 13).await);
    // Two flushes of one process are in one file.
    subject.dedupe.save(3).await.unwrap();
    subject.clock.advance(Duration::from_secs(60));
    assert!(subject.keep(4, 14).await);
    subject.dedupe.save(4).await.unwrap();
    assert_eq!(subject.files(), ["0000000000000001.hashes", "0000000000000003.hashes"]);
    subject.restart(4).await;
    for hash in 11..=14 {
        assert!(!subject.keep(5, hash).await, "{hash}");
    }
    subject.clock.advance(WINDOW);
    subject.dedupe.save(5).await.unwrap();
    assert!(subject.files().is_empty(), "older than the window: {:?}", subject.files());
    subject.restart(5).await;
    assert_eq!(subject.dedupe.stats().entries, 0);
}

#[tokio::test]
async fn a_replay_shows_each_body_once() {
    let mut subject = Subject::new(1_000).await;
    for sequence in 1..=3 {
        assert!(subject.keep(sequence, u128::from(sequence) + 10).await);
    }
    subject.dedupe.save(1).await.unwrap();
    subject.dedupe.save(3).await.unwrap();
    // The crash came between the hashes and the commit: records 2 and 3 are in no segment.
    subject.restart(1).await;
    assert!(!subject.keep(4, 12).await, "it is durable, and will be shown");
    assert!(subject.dedupe.takes_replayed(2, 12));
    assert!(subject.dedupe.takes_replayed(3, 13));
    assert!(!subject.dedupe.takes_replayed(4, 13), "the same body a second time in the log");
    assert!(!subject.dedupe.takes_replayed(5, 11), "the same body in the table");
    assert_eq!(subject.dedupe.stats().replayed_duplicates, 2);
}

#[tokio::test]
async fn an_append_and_the_replay_of_the_same_body_meet() {
    let mut subject = Subject::new(1_000).await;
    subject.restart(0).await;
    // The replay has not come to record 1 yet.
    assert!(subject.keep(7, 11).await);
    assert!(!subject.dedupe.takes_replayed(1, 11));
    // It comes to record 2 while a retry of it is being written.
    let claim = subject.dedupe.admit(12).await.unwrap();
    assert!(subject.dedupe.takes_replayed(2, 12));
    assert!(!claim.remember(8), "record 8 is not to be shown");
    claim.settle();
    assert!(!subject.keep(9, 12).await);
}

#[tokio::test]
async fn damage_costs_the_hashes_behind_it_and_is_reported() {
    let mut subject = Subject::new(1_000).await;
    assert!(subject.keep(1, 11).await);
    subject.dedupe.save(1).await.unwrap();
    assert!(subject.keep(2, 12).await);
    subject.dedupe.save(2).await.unwrap();
    let path = subject.folder.path().join("0000000000000002.hashes");
    let whole = std::fs::read(&path).unwrap();
    for place in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[place] ^= 1;
        std::fs::write(&path, &damaged).unwrap();
        subject.restart(2).await;
        let stats = subject.dedupe.stats();
        assert_eq!(stats.unreadable_files, 1, "byte {place}");
        assert_eq!(stats.entries, u64::from(place >= 80), "byte {place}");
        assert!(subject.keep(3, 12).await, "byte {place}");
    }
    for length in 0..whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        subject.restart(2).await;
        let ends_well = [32, 80].contains(&length);
        assert_eq!(subject.dedupe.stats().unreadable_files, u64::from(!ends_well), "{length} bytes");
    }
    std::fs::write(&path, &whole).unwrap();
    subject.restart(2).await;
    assert!(!subject.keep(3, 12).await);
}

#[tokio::test]
async fn another_logs_files_are_left_out_and_go_in_time() {
    let subject = Subject::new(1_000).await;
    assert!(subject.keep(1, 11).await);
    subject.dedupe.save(1).await.unwrap();
    let other = open(subject.folder.path(), &subject.clock, Uuid::from_u128(8), 1, 1_000).await;
    assert_eq!((other.stats().entries, other.stats().unreadable_files), (0, 0));
    other.save(1).await.unwrap();
    assert!(subject.files().is_empty());
}

#[tokio::test]
async fn a_folder_that_cannot_be_had_costs_what_it_listed_and_holds_up_the_flush() {
    let mut subject = Subject::new(1_000).await;
    assert!(subject.keep(1, 11).await);
    subject.dedupe.save(1).await.unwrap();
    let (folder, aside) = (subject.folder.path(), subject.folder.path().with_extension("aside"));
    std::fs::rename(folder, &aside).unwrap();
    std::fs::write(folder, "in the way").unwrap();
    subject.restart(1).await;
    assert_eq!(subject.dedupe.stats().unreadable_files, 1);
    assert!(subject.keep(2, 11).await && subject.keep(3, 12).await);
    assert!(subject.dedupe.save(3).await.is_err());
    std::fs::remove_file(subject.folder.path()).unwrap();
    std::fs::rename(aside, subject.folder.path()).unwrap();
    subject.dedupe.save(3).await.unwrap();
    subject.restart(3).await;
    assert!(!subject.keep(4, 12).await);
}
