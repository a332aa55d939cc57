//! How far a question has come, for whoever waits for its answer.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use parking_lot::Mutex;

tokio::task_local! {
    static WATCHED: Progress;
}

/// How far the questions that are asked under it have come. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<Mutex<Passes>>);

/// What a [`Progress`] has seen.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Seen {
    /// How much of the work is done, in percent, as far as can be told beforehand. It never falls.
    pub percent: Option<f64>,
    /// Rows of the current pass over the files that lie behind it, about.
    pub rows_read: u64,
    /// How many rows that pass goes over.
    pub rows: u64,
    /// What was read of files, in bytes.
    pub bytes_read: u64,
}

#[derive(Debug, Default)]
struct Passes {
    /// How often files are gone through, as far as is known.
    expected: usize,
    /// How often they were.
    done: usize,
    files: HashMap<String, File>,
    bytes_read: u64,
    percent: Option<f64>,
}

/// A file of the current pass.
#[derive(Debug)]
struct File {
    bytes: u64,
    rows: u64,
    /// The end of what was read of it: files are read from their beginning on.
    read_to: u64,
}

impl Progress {
    /// Runs `asking`, whose questions report here.
    pub async fn watch<F: Future>(&self, asking: F) -> F::Output {
        WATCHED.scope(self.clone(), asking).await
    }

    /// The one that this task's questions report to.
    pub(crate) fn current() -> Self {
        WATCHED.try_with(Self::clone).unwrap_or_default()
    }

    /// How far they have come.
    #[must_use]
    pub fn seen(&self) -> Seen {
        let mut passes = self.0.lock();
        let percent = passes.percent_now();
        passes.percent = percent.into_iter().chain(passes.percent).reduce(f64::max);
        let rows = passes.files.values().map(|file| file.rows).sum();
        let rows_read = passes.files.values().map(|file| (file.rows as f64 * file.share()) as u64).sum();
        Seen { percent: passes.percent, rows_read, rows, bytes_read: passes.bytes_read }
    }

    /// Files will be gone through `passes` times, this one included.
    pub(crate) fn expect_passes(&self, passes: usize) {
        let mut known = self.0.lock();
        known.expected = known.done + passes;
    }

    /// What is read from now on is another pass.
    pub(crate) fn next_pass(&self) {
        let mut passes = self.0.lock();
        passes.done += 1;
        passes.files.clear();
    }

    /// The current pass goes over a file.
    pub(crate) fn will_read(&self, file: String, bytes: u64, rows: u64) {
        self.0.lock().files.entry(file).or_insert(File { bytes, rows, read_to: 0 });
    }

    /// The bytes before `end` of a file lie behind its pass.
    pub(crate) fn has_read_to(&self, file: &str, end: u64) {
        if let Some(file) = self.0.lock().files.get_mut(file) {
            file.read_to = file.read_to.max(end);
        }
    }

    /// So many bytes were read.
    pub(crate) fn count(&self, bytes: u64) {
        self.0.lock().bytes_read += bytes;
    }

    pub(crate) fn bytes_read(&self) -> u64 {
        self.0.lock().bytes_read
    }
}

impl Passes {
    fn percent_now(&self) -> Option<f64> {
        let bytes: u64 = self.files.values().map(|file| file.bytes).sum();
        if bytes == 0 {
            return None;
        }
        let read: f64 = self.files.values().map(|file| file.bytes as f64 * file.share()).sum();
        let passes = self.expected.max(self.done + 1) as f64;
        Some(100.0 * (self.done as f64 + read / bytes as f64) / passes)
    }
}

impl File {
    fn share(&self) -> f64 {
        if self.bytes == 0 { 1.0 } else { (self.read_to as f64 / self.bytes as f64).min(1.0) }
    }
}

#[cfg(test)]
mod tests;
