//! Runs the built binary and keeps what it says.

use std::process::{Command, Stdio};

/// How a run ended and what it printed.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The built binary in an empty folder and an environment without settings of ours.
pub(crate) fn tailplane() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tailplane"));
    command.current_dir(env!("CARGO_TARGET_TMPDIR")).stdin(Stdio::null());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TAILPLANE__")) {
        command.env_remove(name);
    }
    command
}

/// Runs it to its end.
pub(crate) fn run(arguments: &[&str]) -> Run {
    run_command(tailplane().args(arguments))
}

/// Runs a prepared command to its end.
pub(crate) fn run_command(command: &mut Command) -> Run {
    let output = command.output().expect("the binary runs");
    let text = |bytes| String::from_utf8(bytes).expect("it prints UTF-8");
    Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}
