//! CPU time of processes.

use anyhow::Context;
use rustix::time::{ClockId, clock_gettime};

/// CPU-seconds this process has used, all threads.
#[must_use]
pub fn own_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// CPU-seconds (user and system) that process `pid` has used, from `/proc/PID/stat`, at its 10 ms resolution.
///
/// # Errors
/// When there is no such process.
pub fn seconds_of(pid: u32) -> anyhow::Result<f64> {
    let path = format!("/proc/{pid}/stat");
    let stat = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {path}: is the server running?"))?;
    // The command's name may hold spaces and parentheses; fields are counted from behind it.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok());
    let (user, system) = (ticks(11), ticks(12));
    let sum =
        user.zip(system).map(|(user, system)| user + system).with_context(|| format!("{path} is odd"))?;
    Ok(sum / 100.0)
}

/// The largest resident memory that process `pid` has had, in bytes.
///
/// # Errors
/// When there is no such process.
pub fn peak_memory_bytes(pid: u32) -> anyhow::Result<u64> {
    let path = format!("/proc/{pid}/status");
    let status = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}
