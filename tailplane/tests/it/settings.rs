//! Settings from outside: layers, faults, and what `tailplane config` prints.

use crate::command::{run, run_command, tailplane};

#[test]
fn the_printed_defaults_can_be_read_back() {
    let defaults = run(&["config", "--default"]);
    assert_eq!(defaults.code, Some(0), "{}", defaults.stderr);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("tailplane.toml");
    std::fs::write(&file, &defaults.stdout).expect("written");
    // Found by its name in the current folder.
    let read = run_command(tailplane().current_dir(folder.path()).arg("config"));
    assert_eq!((read.code, read.stdout.as_str()), (Some(0), defaults.stdout.as_str()), "{}", read.stderr);
    for section in ["storage", "ingest", "query", "web", "log"] {
        assert!(defaults.stdout.contains(&format!("[{section}]\n")), "{section}");
    }
}

#[test]
fn each_origin_is_named() {
    let mut command = tailplane();
    command.env("TAILPLANE__STORAGE__RETENTION", "3d").args([
        "config",
        "--explain",
        "--set",
        "web.listen=127.0.0.1:0",
    ]);
    let explained = run_command(&mut command).stdout;
    assert!(
        explained.contains("retention = \"3d\"  # environment variable TAILPLANE__STORAGE__RETENTION\n"),
        "{explained}"
    );
    assert!(explained.contains("listen = \"127.0.0.1:0\"  # --set web.listen=127.0.0.1:0\n"), "{explained}");
}

#[test]
fn an_unknown_key_names_the_nearest() {
    let run = run(&["config", "--set", "storage.flush_intervall=1s"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr.contains("storage.flush_intervall (--set storage.flush_intervall=1s)"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("storage.flush_interval;"), "{}", run.stderr);
}

#[test]
fn a_bad_size_says_how_to_write_one() {
    let mut command = tailplane();
    command.env("TAILPLANE__STORAGE__FLUSH_BYTES", "many").arg("config");
    let run = run_command(&mut command);
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr.contains("TAILPLANE__STORAGE__FLUSH_BYTES") && run.stderr.contains("64MiB"),
        "{}",
        run.stderr
    );
}
