//! The captured requests in the repository.

use std::fs::{self, File};
use std::path::Path;

/// The capture files of both slices, in a fixed order.
pub(crate) fn fixture_files() -> Vec<File> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut paths = Vec::new();
    for slice in ["calm", "stall"] {
        paths.extend(fs::read_dir(fixtures.join(slice)).unwrap().map(|entry| entry.unwrap().path()));
    }
    paths.sort();
    paths.iter().map(|path| File::open(path).unwrap()).collect()
}
