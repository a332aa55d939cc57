//! What is wrong with the place that was chosen for the data, though it works.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// `statfs` types, from `linux/magic.h`.
const TMPFS: i64 = 0x0102_1994;
const OVERLAY: i64 = 0x794c_7630;
/// Where kubeadm and most distributions keep etcd's data.
const ETCD_FOLDER: &str = "/var/lib/etcd";

/// What whoever runs this should know about the data folder `folder`: a sentence each, with the way out.
#[must_use]
pub fn cautions(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let place = folder.display();
    match rustix::fs::statfs(folder).map(|status| status.f_type) {
        Ok(TMPFS) => found.push(format!(
            "the data folder {place} is in memory (tmpfs): acknowledged spans are gone after a restart of the machine; \
             set storage.url to a folder on a disk"
        )),
        Ok(OVERLAY) => found.push(format!(
            "the data folder {place} is in the container's own layer (overlay): acknowledged spans are gone with the \
             container; mount a volume and set storage.url to it"
        )),
        _ => {}
    }
    if let Some(etcd) = etcd_folders(Path::new("/proc")).into_iter().find(|etcd| share_a_device(folder, etcd))
    {
        found.push(format!(
            "the data folder {place} is on the same disk as etcd's data in {}: each flush of the one delays the \
             other's writes; set storage.url to a folder on another disk",
            etcd.display()
        ));
    }
    found
}

fn share_a_device(left: &Path, right: &Path) -> bool {
    match (fs::metadata(left), fs::metadata(right)) {
        (Ok(left), Ok(right)) => left.dev() == right.dev(),
        _ => false,
    }
}

/// Where etcd keeps its data: the usual place, and what the etcd processes under `processes` (a `/proc`) were told.
fn etcd_folders(processes: &Path) -> Vec<PathBuf> {
    let mut folders = vec![PathBuf::from(ETCD_FOLDER)];
    let entries = fs::read_dir(processes).into_iter().flatten().flatten();
    for process in entries.map(|entry| entry.path()) {
        let Ok(line) = fs::read(process.join("cmdline")) else { continue };
        let Some(told) = etcd_folder(&String::from_utf8_lossy(&line)) else { continue };
        // Seen from the process: it may have a root and a working folder of its own.
        let seen = match told.strip_prefix("/") {
            Ok(below_root) => process.join("root").join(below_root),
            Err(_) => process.join("cwd").join(told),
        };
        folders.push(seen);
    }
    folders
}

/// What an etcd's command line, its words parted by NUL, says of its data; none if it is no etcd's.
fn etcd_folder(line: &str) -> Option<PathBuf> {
    let mut words = line.split('\0');
    let program = words.next()?;
    if Path::new(program).file_name()? != "etcd" {
        return None;
    }
    while let Some(word) = words.next() {
        let Some(rest) = word.trim_start_matches('-').strip_prefix("data-dir") else { continue };
        return match rest.strip_prefix('=') {
            Some(value) => Some(value.into()),
            None => words.next().map(Into::into),
        };
    }
    None
}

#[cfg(test)]
mod tests;
