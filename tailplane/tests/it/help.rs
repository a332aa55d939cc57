//! The help is part of the interface: every subcommand explains itself and shows examples.

use crate::command::run;

const SUBCOMMANDS: [&str; 17] = [
    "serve", "setup", "doctor", "replay", "simulate", "query", "trace", "pin", "unpin", "pins", "verify",
    "compact", "export", "purge", "inspect", "token", "config",
];

#[test]
fn every_subcommand_shows_examples_of_itself() {
    for subcommand in SUBCOMMANDS {
        let help = run(&[subcommand, "--help"]);
        assert_eq!(help.code, Some(0));
        let (_, examples) = help.stdout.split_once("Examples:").expect("there are examples");
        let shown = examples.matches(&format!("tailplane {subcommand}")).count();
        assert!(shown >= 2, "{subcommand} shows {shown} examples:\n{}", help.stdout);
    }
}

#[test]
fn the_command_names_its_subcommands() {
    let help = run(&["--help"]).stdout;
    for subcommand in SUBCOMMANDS {
        assert!(help.contains(&format!("\n  {subcommand} ")), "{subcommand} is not in\n{help}");
    }
}

#[test]
fn usage_faults_end_with_code_2() {
    for arguments in [
        &["serve", "--no-such-flag"][..],
        &["replay"],
        &["replay", "x", "--speed", "0"],
        &["simulate", "no-such-scenario"],
        &["simulate", "--speed", "-1"],
        &["trace", "not-an-id"],
        &["trace"],
        &["trace", "--", "kubectl", "--context", "prod", "get", "pods"],
        &["trace", "--context", "prod", "4bf92f3577b34da6a3ce929d0e0e4736"],
        &["doctor", "--component", "scheduler"],
        &["pin", "not-an-id"],
        &["unpin"],
        &["query", "{}", "--start", "yesterday"],
        &["purge"],
        &["purge", "{ kind = sever }"],
        &["purge", "{}", "--attribute", "name"],
        &["purge", "{}", "--dry-run", "--yes"],
        &["token", "new", "--name", "a", "--scope", "everything"],
        &["token", "new", "--name", "a,b", "--scope", "read"],
        &[
            "setup",
            "kubernetes",
            "--version",
            "1.36",
            "--distribution",
            "kubeadm",
            "--endpoint",
            "http://h:4317",
        ],
        &[
            "setup",
            "kubernetes",
            "--version",
            "1.36",
            "--distribution",
            "eks",
            "--endpoint",
            "h:4317",
            "--component",
            "etcd",
        ],
        &["config", "--config", "no-such-file.toml"],
    ] {
        let run = run(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.starts_with("error:"), "{arguments:?}: {}", run.stderr);
    }
}
