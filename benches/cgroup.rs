//! A control group that holds a process to a share of a core.

use std::path::{Path, PathBuf};

use anyhow::Context;

/// Short, so that a process at its limit stops often and briefly.
const PERIOD_US: u64 = 20_000;

/// The group; removed when dropped, when its processes have ended.
#[derive(Debug)]
pub struct CpuLimit {
    folder: PathBuf,
}

impl CpuLimit {
    /// Holds process `pid` to `cores`.
    ///
    /// # Errors
    /// When there is no controller for CPU time, or this user must not use it.
    pub fn hold(pid: u32, cores: f64) -> anyhow::Result<Self> {
        let quota_us = (cores * PERIOD_US as f64) as u64;
        let unified = Path::new("/sys/fs/cgroup/cgroup.controllers").is_file();
        let root = if unified { "/sys/fs/cgroup" } else { "/sys/fs/cgroup/cpu" };
        let folder = Path::new(root).join(format!("tailplane-drill-{}", std::process::id()));
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make the control group {}", folder.display()))?;
        let limit = Self { folder };
        if unified {
            limit.write("cpu.max", &format!("{quota_us} {PERIOD_US}"))?;
        } else {
            limit.write("cpu.cfs_period_us", &PERIOD_US.to_string())?;
            limit.write("cpu.cfs_quota_us", &quota_us.to_string())?;
        }
        limit.write("cgroup.procs", &pid.to_string())?;
        Ok(limit)
    }

    fn write(&self, file: &str, text: &str) -> anyhow::Result<()> {
        let path = self.folder.join(file);
        std::fs::write(&path, text).with_context(|| format!("cannot write {text} to {}", path.display()))
    }
}

impl Drop for CpuLimit {
    fn drop(&mut self) {
        // An empty group that stays does no harm.
        let _removed = std::fs::remove_dir(&self.folder);
    }
}
