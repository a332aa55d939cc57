//! Drills: faults put upon the real binary, and a ledger that says whether it kept its word.

pub mod clients;
pub mod connections;
pub mod disk;
pub mod kill;
pub mod ledger;
pub mod overload;
pub mod power;
pub mod queries;
pub mod read_back;
pub mod restarts;
pub mod sdk;
pub mod server;
pub mod spans;

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::Args;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use storage::env::Env;
use tempfile::TempDir;

/// What every drill is told.
#[derive(Debug, Clone, Args)]
pub struct PlaceArgs {
    /// The server's binary
    #[arg(long, value_name = "FILE", default_value = "target/release/tailplane")]
    pub server: PathBuf,
    /// Where the drill makes its folder; kept when the drill fails
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub folder: PathBuf,
    /// Makes the same choices again
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// A folder for one run of a drill.
#[derive(Debug)]
pub struct Workplace {
    /// The server.
    pub binary: PathBuf,
    /// Marks this run's spans.
    pub run: u32,
    folder: TempDir,
}

/// How a drill ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    drill: &'static str,
    word: &'static str,
    line: String,
}

impl Workplace {
    /// Makes the folder.
    ///
    /// # Errors
    /// When there is no such binary, or the folder cannot be made.
    pub fn new(arguments: &PlaceArgs) -> anyhow::Result<Self> {
        let binary = &arguments.server;
        ensure!(binary.is_file(), "--server {} is no file: build it first", binary.display());
        let folder = tempfile::Builder::new().prefix("drill-").tempdir_in(&arguments.folder);
        let folder =
            folder.with_context(|| format!("cannot make a folder in {}", arguments.folder.display()))?;
        Ok(Self {
            binary: binary.canonicalize()?,
            run: u32::try_from(arguments.seed % u64::from(u32::MAX))?.wrapping_add(std::process::id() << 8),
            folder,
        })
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The server's data.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    /// The server's log.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.path().join("server.log")
    }

    /// Leaves the folder for whoever looks into a failure.
    pub fn keep(mut self) {
        self.folder.disable_cleanup(true);
        note(&format!("kept {}", self.path().display()));
    }
}

impl Verdict {
    /// Passed or failed.
    #[must_use]
    pub fn of(drill: &'static str, passed: bool, line: String) -> Self {
        Self { drill, word: if passed { "PASS" } else { "FAIL" }, line }
    }

    /// Failed.
    #[must_use]
    pub fn failed(drill: &'static str, line: String) -> Self {
        Self::of(drill, false, line)
    }

    /// Not run, because the machine cannot.
    #[must_use]
    pub const fn skipped(drill: &'static str, reason: String) -> Self {
        Self { drill, word: "SKIP", line: reason }
    }

    /// Whether the process should end with success.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.word != "FAIL"
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.word, self.drill, self.line)
    }
}

/// Says how far a drill is.
#[expect(clippy::print_stderr, reason = "progress is for whoever watches")]
pub fn note(line: &str) {
    eprintln!("{line}");
}

/// Runs what blocks on a thread of its own.
///
/// # Errors
/// As `work`; or when it panicked.
pub async fn blocking<T: Send + 'static>(
    env: &Env,
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    env.spawn_blocking(work).await?
}

/// Lets this process, and those that it starts, have so many files and connections.
///
/// # Errors
/// When the system does not allow it.
pub fn raise_open_files(count: u64) -> anyhow::Result<()> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    if soft >= count {
        return Ok(());
    }
    setrlimit(Resource::RLIMIT_NOFILE, count, hard.max(count)).with_context(|| {
        format!("{count} open files are needed; the limit is {soft}, raise it with ulimit -n")
    })
}
