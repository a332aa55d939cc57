//! libFuzzer's entry: the target is chosen by the environment variable `FUZZ_TARGET`.
#![cfg_attr(fuzzing, no_main)]

use std::sync::LazyLock;

use fuzz::{TARGETS, Target};

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let names = TARGETS.map(|target| target.name).join(", ");
    let found = TARGETS.into_iter().find(|target| target.name == name);
    found.unwrap_or_else(|| panic!("FUZZ_TARGET is {name:?}: set it to one of {names}"))
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| (TARGET.run)(data));

#[cfg(not(fuzzing))]
fn main() {
    panic!("built without --cfg fuzzing: use `make fuzz`");
}
