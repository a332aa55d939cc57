//! The drills, small enough for every build: the real server, and the `drill` binary that puts faults upon it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The server's binary, which a build of the workspace puts beside the drill's.
fn server() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_drill")).with_file_name("tailplane")
}

/// Runs a drill and holds it to its verdict.
fn drill(name: &str, arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drill"));
    command.args([name, "--server"]).arg(server()).args(["--folder", env!("CARGO_TARGET_TMPDIR")]);
    let output = command.args(arguments).output().expect("the drill runs");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stdout}\n{stderr}");
    assert!(["PASS", "SKIP"].iter().any(|word| stdout.starts_with(word)), "{stdout}\n{stderr}");
}

#[test]
fn every_acknowledged_span_survives_twenty_kills_and_is_there_once() {
    drill("kill", &["--kills", "20", "--check-every", "10"]);
}

#[test]
fn every_acknowledged_span_survives_power_cuts_and_is_there_once() {
    drill("power", &["--cuts", "12", "--enumerated", "8"]);
}
