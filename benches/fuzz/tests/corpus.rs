//! The corpus, and ten seconds of mutants of it, for every target.
#![expect(clippy::print_stdout, reason = "how often each target ran is part of the result")]

use std::time::Duration;

use fuzz::mutate::{Random, mutant};
use fuzz::{TARGETS, corpus};
use storage::env::Env;

const MUTATE_FOR: Duration = Duration::from_secs(10);

fn check(name: &str) {
    let target = TARGETS.into_iter().find(|target| target.name == name).expect("a target of that name");
    let inputs = corpus::inputs(name).expect("a corpus");
    assert!(inputs.len() >= 5, "the corpus of {name} has only {} inputs", inputs.len());
    inputs.iter().for_each(|input| (target.run)(input));
    let env = Env::system();
    // Every run looks elsewhere; a failure prints its input.
    let seed = env.now();
    let (began, mut random, mut executions) = (env.monotonic(), Random::new(seed), 0_u64);
    while env.monotonic() - began < MUTATE_FOR {
        let input = mutant(&inputs, &mut random);
        let result = std::panic::catch_unwind(|| (target.run)(&input));
        assert!(result.is_ok(), "{name} fails on (seed {seed}): {}", hex(&input));
        executions += 1;
    }
    println!("{name}: {executions} mutants");
    assert!(executions > 100, "{name} is too slow to be fuzzed: {executions} mutants");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn protobuf() {
    check("protobuf");
}

#[test]
fn json() {
    check("json");
}

#[test]
fn request() {
    check("request");
}

#[test]
fn wal() {
    check("wal");
}

#[test]
fn traceql() {
    check("traceql");
}

#[test]
fn every_target_is_checked() {
    assert_eq!(TARGETS.map(|target| target.name), ["protobuf", "json", "request", "wal", "traceql"]);
}
