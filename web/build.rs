//! Makes sure that the folder of the built UI exists, so that it can be embedded and watched, as the built-in notebooks are.

use std::path::Path;

fn main() {
    let dist = Path::new("ui/dist");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=notebooks");
    if dist.is_dir() || std::fs::create_dir_all(dist).is_ok() {
        // A folder that is not there would make Cargo build this crate anew each time.
        println!("cargo::rerun-if-changed=ui/dist");
    }
}
