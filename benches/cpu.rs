//! CPU time of processes.

use std::collections::BTreeMap;

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
    Ok(read_stat(&format!("/proc/{pid}/stat"))?.1)
}

/// The same by thread name, digits left out, of the threads that run now.
///
/// # Errors
/// When there is no such process.
pub fn seconds_by_thread(pid: u32) -> anyhow::Result<BTreeMap<String, f64>> {
    let mut seconds = BTreeMap::new();
    for entry in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let path = entry?.path().join("stat");
        // A thread that has ended since is none of those that run now.
        if let Ok((name, used)) = read_stat(&path.display().to_string()) {
            let name = name.trim_end_matches(|end: char| end.is_ascii_digit() || end == '-').to_owned();
            *seconds.entry(name).or_default() += used;
        }
    }
    Ok(seconds)
}

/// Name and CPU-seconds of a `stat` file.
fn read_stat(path: &str) -> anyhow::Result<(String, f64)> {
    let stat = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read {path}: is the server running?"))?;
    // The command's name may hold spaces and parentheses; fields are counted from behind it.
    let (head, fields) = stat.rsplit_once(')').with_context(|| format!("{path} is odd"))?;
    let name = head.split_once('(').map_or("", |(_, name)| name);
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok());
    let (user, system) = (ticks(11), ticks(12));
    let sum =
        user.zip(system).map(|(user, system)| user + system).with_context(|| format!("{path} is odd"))?;
    Ok((name.to_owned(), sum / 100.0))
}

/// The largest resident memory that process `pid` has had, in bytes.
///
/// # Errors
/// When there is no such process.
pub fn peak_memory_bytes(pid: u32) -> anyhow::Result<u64> {
    status_bytes(pid, "VmHWM:")
}

/// The resident memory that process `pid` has now, in bytes.
///
/// # Errors
/// When there is no such process.
pub fn memory_bytes(pid: u32) -> anyhow::Result<u64> {
    status_bytes(pid, "VmRSS:")
}

/// Begins the peak of this process's own memory anew.
///
/// # Errors
/// When the system does not allow it.
pub fn forget_own_peak_memory() -> anyhow::Result<()> {
    std::fs::write("/proc/self/clear_refs", "5").context("cannot write /proc/self/clear_refs")
}

fn status_bytes(pid: u32, field: &str) -> anyhow::Result<u64> {
    let path = format!("/proc/{pid}/status");
    let status = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let line = line.with_context(|| format!("{path} has no {field}"))?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}
