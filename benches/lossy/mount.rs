//! The disk: its state, the faults that are put upon it, and its mounts.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use fuser::{BackgroundSession, Config, Errno, FileType, MountOption, SessionACL};
use parking_lot::Mutex;
use storage::env::Env;
use tokio::sync::watch;

use super::filesystem::Served;
use super::tree::Tree;
use crate::chance::Chance;

/// What is wrong with the disk; the default is nothing.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// How long a sync takes.
    pub sync_delay: Duration,
    /// So many of the next syncs fail; `u64::MAX` for all.
    pub failing_syncs: u64,
    /// The disk holds no more than this.
    pub capacity_bytes: Option<u64>,
    /// Nothing can be written.
    pub is_read_only: bool,
    /// The power is cut at the sync of this number (from 1), which does not happen.
    pub cut_at_sync: Option<u64>,
}

/// A disk without a platter. Its contents outlive its mounts.
#[derive(Debug, Clone)]
pub struct LossyDisk {
    pub(super) state: Arc<Mutex<State>>,
    pub(super) cut: watch::Sender<bool>,
    pub(super) env: Env,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) tree: Tree,
    pub(super) faults: Faults,
    /// Syncs since the power came on.
    pub(super) syncs: u64,
    /// After the cut nothing can be done any more.
    pub(super) is_cut: bool,
    /// Listings under way, as they were when they began.
    pub(super) listings: HashMap<u64, Vec<(u64, FileType, OsString)>>,
    pub(super) listings_opened: u64,
}

/// A disk that is mounted; unmounted when dropped.
#[derive(Debug)]
pub struct Mounted {
    session: Option<BackgroundSession>,
    point: PathBuf,
}

impl LossyDisk {
    /// An empty one.
    #[must_use]
    pub fn new(env: &Env) -> Self {
        let state = State {
            tree: Tree::new(env.now()),
            faults: Faults::default(),
            syncs: 0,
            is_cut: false,
            listings: HashMap::new(),
            listings_opened: 0,
        };
        Self { state: Arc::new(Mutex::new(state)), cut: watch::Sender::new(false), env: env.clone() }
    }

    /// Mounts it at the empty folder `point`.
    ///
    /// # Errors
    /// When this machine or this user cannot.
    pub fn mount(&self, point: &Path) -> anyhow::Result<Mounted> {
        let mut config = Config::default();
        config.mount_options = vec![MountOption::FSName("lossy".to_owned()), MountOption::NoAtime];
        config.acl = SessionACL::Owner;
        let session = fuser::spawn_mount(Served(self.clone()), point, &config)
            .with_context(|| format!("cannot mount at {}", point.display()))?;
        Ok(Mounted { session: Some(session), point: point.to_owned() })
    }

    /// Changes what is wrong with it from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.state.lock().faults = faults;
    }

    /// Syncs since the power came on.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.state.lock().syncs
    }

    /// Bytes of all files.
    #[must_use]
    pub fn used_bytes(&self) -> u64 {
        self.state.lock().tree.used_bytes()
    }

    /// Cuts the power now: nothing that is asked from now on happens.
    pub fn cut(&self) {
        self.state.lock().is_cut = true;
        self.cut.send_replace(true);
    }

    /// Whether the power is off.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.state.lock().is_cut
    }

    /// Returns when the power was cut.
    pub async fn cut_off(&self) {
        // The sender lives as long as this disk.
        let mut cut = self.cut.subscribe();
        let _cut = cut.wait_for(|cut| *cut).await;
    }

    /// Puts the power on again after it was cut: what was not synced is lost as chance will have it. Not while mounted.
    pub fn power_on(&self, chance: &mut Chance) {
        let mut state = self.state.lock();
        state.tree.cut_power(chance);
        state.listings.clear();
        (state.faults, state.syncs, state.is_cut) = (Faults::default(), 0, false);
        self.cut.send_replace(false);
    }
}

impl State {
    /// The error that every request gets after the cut.
    pub(super) fn powered(&self) -> Result<(), Errno> {
        if self.is_cut { Err(Errno::EIO) } else { Ok(()) }
    }

    /// The error of whoever changes something on a disk that is read-only or off.
    pub(super) fn writable(&self) -> Result<(), Errno> {
        self.powered()?;
        if self.faults.is_read_only { Err(Errno::EROFS) } else { Ok(()) }
    }

    /// Whether a file may grow by so much.
    pub(super) fn room_for(&self, bytes: u64) -> Result<(), Errno> {
        match self.faults.capacity_bytes {
            Some(capacity) if bytes > 0 && self.tree.used_bytes() + bytes > capacity => Err(Errno::ENOSPC),
            Some(_) | None => Ok(()),
        }
    }
}

impl Mounted {
    /// Where.
    #[must_use]
    pub fn point(&self) -> &Path {
        &self.point
    }

    /// Unmounts it; whoever uses it must have ended.
    ///
    /// # Errors
    /// When it is in use.
    pub fn unmount(mut self) -> anyhow::Result<()> {
        let Some(session) = self.session.take() else { return Ok(()) };
        session.umount_and_join().with_context(|| format!("cannot unmount {}", self.point.display()))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        if let Some(session) = self.session.take()
            && let Err(error) = session.umount_and_join()
        {
            crate::drills::note(&format!("cannot unmount {}: {error}", self.point.display()));
        }
    }
}

/// Why file systems of our own cannot be mounted here; `None` when they can.
#[must_use]
pub fn why_unavailable() -> Option<String> {
    match std::fs::OpenOptions::new().read(true).write(true).open("/dev/fuse") {
        Ok(_) if nix::unistd::geteuid().is_root() => None,
        Ok(_) => Some("mounting a FUSE file system needs root".to_owned()),
        Err(error) => Some(format!("/dev/fuse cannot be used: {error}")),
    }
}
