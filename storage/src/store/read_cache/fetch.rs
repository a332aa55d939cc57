//! Reading blocks: those that are held, those that somebody fetches already, and the others, fetched once for all who ask.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::Result as StoreResult;
use tokio::sync::watch;

use super::{BLOCK_BYTES, Held, Key, ReadCache};

/// Blocks side by side are one request, up to so many.
const RUN_BLOCKS_MAX: usize = 16;
/// Requests of one read at a time.
const RUNS_AT_ONCE: usize = 8;
/// So often is it tried to have a block from the cache that others drop, before the store is asked past it.
const TRIES: usize = 3;

/// What becomes of the blocks of a read.
#[derive(Default)]
struct Claimed {
    held: Vec<(Key, Held)>,
    coming: Vec<(u64, watch::Receiver<Option<Bytes>>)>,
    ours: Vec<Claim>,
}

/// A block that this reader fetches for all. When it is given up, the next one to ask does.
struct Claim {
    cache: Arc<ReadCache>,
    key: Key,
    sender: watch::Sender<Option<Bytes>>,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.cache.state.lock().coming.remove(&self.key);
    }
}

impl ReadCache {
    /// The blocks `wanted` of `file`; `fetch` asks the store for a range, of which less comes at the file's end.
    pub(in crate::store) async fn read<F>(
        self: &Arc<Self>,
        file: &Arc<str>,
        wanted: BTreeSet<u64>,
        fetch: impl Fn(Range<u64>) -> F,
    ) -> StoreResult<HashMap<u64, Bytes>>
    where
        F: Future<Output = StoreResult<Bytes>>,
    {
        let mut missing = wanted;
        let mut found = HashMap::new();
        for _ in 0..TRIES {
            let Claimed { held, coming, ours } = self.claim(file, &missing);
            found.extend(self.read_held(held).await);
            let fetched: Vec<_> = stream::iter(runs(ours))
                .map(|run| self.fetch_run(run, &fetch))
                .buffer_unordered(RUNS_AT_ONCE)
                .try_collect()
                .await?;
            found.extend(fetched.into_iter().flatten());
            for (block, mut receiver) in coming {
                // Who fetched it may have given up.
                if let Ok(bytes) = receiver.wait_for(Option::is_some).await
                    && let Some(bytes) = bytes.clone()
                {
                    self.counters.hits.fetch_add(1, Ordering::Relaxed);
                    found.insert(block, bytes);
                }
            }
            missing.retain(|block| !found.contains_key(block));
            if missing.is_empty() {
                return Ok(found);
            }
        }
        for block in missing {
            self.counters.misses.fetch_add(1, Ordering::Relaxed);
            found.insert(block, fetch(block * BLOCK_BYTES..(block + 1) * BLOCK_BYTES).await?);
        }
        Ok(found)
    }

    fn claim(self: &Arc<Self>, file: &Arc<str>, wanted: &BTreeSet<u64>) -> Claimed {
        let mut claimed = Claimed::default();
        let mut state = self.state.lock();
        for block in wanted {
            let key = Key { file: Arc::clone(file), block: *block };
            if let Some(held) = state.blocks.get(&key).copied() {
                claimed.held.push((key, held));
            } else if let Some(receiver) = state.coming.get(&key) {
                claimed.coming.push((*block, receiver.clone()));
            } else {
                let (sender, receiver) = watch::channel(None);
                state.coming.insert(key.clone(), receiver);
                claimed.ours.push(Claim { cache: Arc::clone(self), key, sender });
            }
        }
        claimed
    }

    /// Those that can be read; the others are dropped.
    async fn read_held(self: &Arc<Self>, held: Vec<(Key, Held)>) -> Vec<(u64, Bytes)> {
        if held.is_empty() {
            return Vec::new();
        }
        let cache = Arc::clone(self);
        let reading = self.env.spawn_blocking(move || {
            let read = |(key, held): (Key, Held)| match std::fs::read(cache.path(held.name)) {
                Ok(bytes) if bytes.len() as u64 == held.bytes => Some((key.block, Bytes::from(bytes))),
                _ => {
                    cache.drop_unreadable(&key, held);
                    None
                }
            };
            held.into_iter().filter_map(read).collect::<Vec<_>>()
        });
        let read = reading.await.unwrap_or_default();
        self.counters.hits.fetch_add(read.len() as u64, Ordering::Relaxed);
        read
    }

    fn drop_unreadable(&self, key: &Key, read: Held) {
        let mut state = self.state.lock();
        // It may have been dropped, and fetched again, since.
        if state.blocks.peek(key).is_some_and(|held| held.name == read.name) {
            let dropped = state.take(key);
            drop(state);
            self.counters.damaged.fetch_add(1, Ordering::Relaxed);
            self.remove(dropped.into_iter().collect());
        }
    }

    /// Fetches blocks side by side, tells who waits for them, and keeps them.
    async fn fetch_run<F>(
        self: &Arc<Self>,
        run: Vec<Claim>,
        fetch: impl Fn(Range<u64>) -> F,
    ) -> StoreResult<Vec<(u64, Bytes)>>
    where
        F: Future<Output = StoreResult<Bytes>>,
    {
        let Some(first) = run.first().map(|claim| claim.key.block) else { return Ok(Vec::new()) };
        let start = first * BLOCK_BYTES;
        let bytes = fetch(start..start + run.len() as u64 * BLOCK_BYTES).await?;
        self.counters.misses.fetch_add(run.len() as u64, Ordering::Relaxed);
        let block = |at: usize| {
            let from = (at * BLOCK_BYTES as usize).min(bytes.len());
            bytes.slice(from..(from + BLOCK_BYTES as usize).min(bytes.len()))
        };
        let blocks: Vec<(u64, Bytes)> = (first..).zip((0..run.len()).map(block)).collect();
        for (claim, (_, bytes)) in run.iter().zip(&blocks) {
            claim.sender.send_replace(Some(bytes.clone()));
        }
        // A reader that is given up meanwhile must leave no file behind that nobody knows of.
        let (cache, kept) = (Arc::clone(self), blocks.clone());
        drop(self.env.spawn_blocking(move || cache.keep(run, kept)).await);
        Ok(blocks)
    }

    /// Writes blocks and notes them. Without room on the disk they are not kept.
    fn keep(&self, run: Vec<Claim>, blocks: Vec<(u64, Bytes)>) {
        for (claim, (_, bytes)) in run.into_iter().zip(blocks) {
            let name = {
                let mut state = self.state.lock();
                if bytes.is_empty() || state.is_paused {
                    continue;
                }
                state.named += 1;
                state.named
            };
            let held = Held { name, bytes: bytes.len() as u64 };
            if let Err(error) = std::fs::write(self.path(name), &bytes) {
                tracing::debug!(%error, "a block is not kept in the read cache");
                self.remove(vec![held]);
                continue;
            }
            let dropped = self.state.lock().put(claim.key.clone(), held, self.bytes_max);
            self.counters.evictions.fetch_add(dropped.len() as u64, Ordering::Relaxed);
            self.remove(dropped);
        }
    }
}

/// Blocks that follow each other, together.
fn runs(claims: Vec<Claim>) -> Vec<Vec<Claim>> {
    let mut runs: Vec<Vec<Claim>> = Vec::new();
    for claim in claims {
        match runs.last_mut() {
            Some(run)
                if run.len() < RUN_BLOCKS_MAX
                    && run.last().is_some_and(|last| last.key.block + 1 == claim.key.block) =>
            {
                run.push(claim);
            }
            _ => runs.push(vec![claim]),
        }
    }
    runs
}
