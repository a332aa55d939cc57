//! What the cache holds is what the store has, no more of it than allowed, and each block is fetched once.

use std::sync::atomic::AtomicUsize;

use tempfile::TempDir;

use super::*;

const FILE_BYTES: u64 = 5 * BLOCK_BYTES + 1000;

struct Fixture {
    folder: TempDir,
    cache: Arc<ReadCache>,
    fetched: AtomicUsize,
}

impl Fixture {
    fn new(blocks_max: u64) -> Self {
        let folder = TempDir::new().unwrap();
        let cache =
            ReadCache::open(&folder.path().join("cache"), blocks_max * BLOCK_BYTES, Env::system()).unwrap();
        Self { folder, cache: Arc::new(cache), fetched: AtomicUsize::new(0) }
    }

    /// The blocks of a file that holds its own offsets.
    async fn read(&self, file: &str, blocks: impl IntoIterator<Item = u64>) -> HashMap<u64, Bytes> {
        let fetch = |range: Range<u64>| async move {
            self.fetched.fetch_add(1, Ordering::SeqCst);
            // Others get their turn.
            self.cache.env.sleep(std::time::Duration::from_millis(20)).await;
            Ok(content(range.start..range.end.min(FILE_BYTES)))
        };
        self.cache.read(&file.into(), blocks.into_iter().collect(), fetch).await.unwrap()
    }

    fn fetched(&self) -> usize {
        self.fetched.swap(0, Ordering::SeqCst)
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder.path().join("cache")).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

fn content(range: Range<u64>) -> Bytes {
    range.map(|at| (at % 251) as u8).collect()
}

fn assert_right(blocks: &HashMap<u64, Bytes>) {
    for (number, bytes) in blocks {
        let start = number * BLOCK_BYTES;
        assert_eq!(*bytes, content(start..(start + BLOCK_BYTES).min(FILE_BYTES)), "block {number}");
    }
}

#[tokio::test]
async fn what_was_read_is_not_fetched_again_and_neighbours_come_together() {
    let fixture = Fixture::new(100);
    let read = fixture.read("t/a", [0, 1, 2, 5]).await;
    assert_eq!((read.len(), fixture.fetched()), (4, 2));
    assert_right(&read);
    let again = fixture.read("t/a", 0..6).await;
    assert_eq!((again.len(), fixture.fetched()), (6, 1), "3 and 4 are one request");
    assert_right(&again);
    fixture.read("t/b", [0]).await;
    assert_eq!(fixture.fetched(), 1, "of another file");
    let stats = fixture.cache.stats();
    assert_eq!((stats.hits, stats.misses, stats.bytes), (4, 7, FILE_BYTES + BLOCK_BYTES));
}

#[tokio::test]
async fn of_many_readers_of_a_block_one_fetches_it() {
    let fixture = Fixture::new(100);
    let reads = (0..20).map(|_| fixture.read("t/a", [1, 2]));
    for read in futures::future::join_all(reads).await {
        assert_eq!(read.len(), 2);
        assert_right(&read);
    }
    assert_eq!(fixture.fetched(), 1);
}

#[tokio::test]
async fn a_reader_that_gives_up_leaves_the_block_to_the_next() {
    let fixture = Fixture::new(100);
    let mut given_up = Box::pin(fixture.read("t/a", [1]));
    assert!(futures::poll!(&mut given_up).is_pending());
    let mut waiting = Box::pin(fixture.read("t/a", [1]));
    assert!(futures::poll!(&mut waiting).is_pending());
    drop(given_up);
    assert_right(&waiting.await);
    assert_eq!(fixture.fetched(), 2);
    assert!(fixture.cache.state.lock().coming.is_empty());
}

#[tokio::test]
async fn the_least_recently_used_block_makes_room() {
    let fixture = Fixture::new(3);
    for block in [0, 1, 2, 0, 3] {
        fixture.read("t/a", [block]).await;
    }
    fixture.fetched();
    fixture.read("t/a", [0, 2, 3]).await;
    assert_eq!(fixture.fetched(), 0);
    fixture.read("t/a", [1]).await;
    assert_eq!(fixture.fetched(), 1);
    let stats = fixture.cache.stats();
    assert_eq!((stats.evictions, stats.bytes), (2, 3 * BLOCK_BYTES));
    assert_eq!(fixture.files().len(), 3, "no file without a block");
}

#[tokio::test]
async fn a_file_that_was_cut_or_is_gone_is_fetched_again() {
    let fixture = Fixture::new(100);
    fixture.read("t/a", [0, 2]).await;
    let files = fixture.files();
    std::fs::write(&files[0], "cut").unwrap();
    std::fs::remove_file(&files[1]).unwrap();
    fixture.fetched();
    assert_right(&fixture.read("t/a", [0, 2]).await);
    assert_eq!((fixture.fetched(), fixture.cache.stats().damaged), (2, 2));
    assert_eq!(fixture.files().len(), 2);
}

#[tokio::test]
async fn files_that_nobody_wants_leave_the_disk_and_a_start_begins_with_none() {
    let fixture = Fixture::new(100);
    fixture.read("t/a", [0, 1]).await;
    fixture.read("t/b", [0]).await;
    fixture.cache.retain(|file| file == "t/b");
    assert_eq!((fixture.files().len(), fixture.cache.stats().bytes), (1, BLOCK_BYTES));
    fixture.cache.pause(true);
    assert!(fixture.files().is_empty());
    assert_right(&fixture.read("t/b", [0]).await);
    assert!(fixture.files().is_empty(), "the disk is needed for other things");
    fixture.cache.pause(false);
    fixture.read("t/b", [0]).await;
    assert_eq!(fixture.files().len(), 1);
    ReadCache::open(&fixture.folder.path().join("cache"), BLOCK_BYTES, Env::system()).unwrap();
    assert!(fixture.files().is_empty());
}
