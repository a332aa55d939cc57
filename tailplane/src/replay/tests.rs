use std::sync::Arc;
use std::time::Duration;

use proto::capture::Rewrite;
use storage::env::{Env, ManualClock};

use super::Copies;
use super::copy::Copy;
use super::slice::{Slice, Source};
use crate::cli::{AccessArgs, ReplayArgs, Speed};

const SECOND: u64 = 1_000_000_000;
const NOW: u64 = 1_000 * SECOND;

fn copies(count: usize, arguments: &ReplayArgs) -> Vec<Copy> {
    let slice = Slice {
        sources: Vec::new(),
        first_arrival: 100 * SECOND,
        last_arrival: 140 * SECOND,
        requests: 10,
        spans: 100,
    };
    let env = Env::with_clock(Arc::new(ManualClock::at(NOW)));
    Copies { slice: Arc::new(slice), started: env.monotonic(), index: 0, arguments, env }
        .take(count)
        .collect()
}

fn arguments(speed: Speed, now: bool, rekey: bool, repeat: bool) -> ReplayArgs {
    ReplayArgs {
        files: Vec::new(),
        to: String::new(),
        speed,
        now,
        rekey,
        repeat,
        access: AccessArgs::default(),
    }
}

#[test]
fn without_flags_the_capture_is_sent_once_as_it_is() {
    let sent = copies(3, &arguments(Speed::Times(1.0), false, false, false));
    let [copy] = sent.as_slice() else { panic!("{} copies", sent.len()) };
    assert_eq!(copy.rewrite, Rewrite::default());
    assert_eq!(copy.begins, Duration::ZERO);
}

#[test]
fn rounds_follow_each_other_with_new_ids_and_later_times() {
    let sent = copies(3, &arguments(Speed::Times(2.0), true, false, true));
    let begins: Vec<u64> = sent.iter().map(|copy| copy.begins.as_secs()).collect();
    assert_eq!(begins, [0, 22, 44]);
    let shifts: Vec<i64> = sent.iter().map(|copy| copy.rewrite.time_shift_ns / SECOND as i64).collect();
    assert_eq!(shifts, [880, 902, 924]);
    assert_eq!(sent[0].rewrite.trace_id_xor, [0; 16]);
    assert!(
        sent[1].rewrite.trace_id_xor != [0; 16]
            && sent[1].rewrite.trace_id_xor != sent[2].rewrite.trace_id_xor
    );
    assert_ne!(sent[1].rewrite.span_id_xor, sent[2].rewrite.span_id_xor);
}

#[test]
fn rounds_that_keep_their_time_move_by_their_length() {
    let sent = copies(3, &arguments(Speed::Max, false, true, true));
    let shifts: Vec<i64> = sent.iter().map(|copy| copy.rewrite.time_shift_ns / SECOND as i64).collect();
    assert_eq!(shifts, [0, 44, 88]);
    assert_ne!(sent[0].rewrite.trace_id_xor, [0; 16]);
}

#[test]
fn a_survey_counts_what_the_fixture_holds() {
    let bytes =
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../proto/fixtures/calm/team-ci.otlp.zst"));
    let slice = Slice::survey(vec![Source::Embedded { name: "team-ci", bytes }]).expect("the fixture");
    assert_eq!((slice.requests, slice.spans), (5, 53));
    let length = Duration::from_nanos(slice.last_arrival - slice.first_arrival);
    assert!((19..22).contains(&length.as_secs()), "{length:?}");
}

#[test]
fn what_is_no_capture_is_named() {
    let error =
        Slice::survey(vec![Source::Embedded { name: "noise", bytes: b"noise" }]).expect_err("no capture");
    assert!(error.to_string().contains("noise"));
    let error = Slice::survey(vec![Source::File("no-such-file".into())]).expect_err("no file");
    assert!(error.to_string().contains("no-such-file"));
}
