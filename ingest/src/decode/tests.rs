use std::fs::File;
use std::path::Path;

use bytes::Bytes;
use proptest::prelude::Rng;
use proptest::test_runner::{Config as RunnerConfig, RngAlgorithm, TestRng, TestRunner};
use proto::Tenant;
use storage::wal::RecordMeta;

use super::*;
use crate::Config;

/// What paths, queries, user agents and keys are cut at, and what is no UTF-8 alone.
const TEETH: &[u8] = b"/%?&=.,:;-+ \"()[]{}0\x00\x80\xc3\xe2\xff";
const MUTANTS: usize = 600;
const BYTES_CHANGED: usize = 64;

fn captured() -> Vec<Vec<u8>> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/fixtures/stall");
    let files = fixtures.read_dir().unwrap().map(|entry| File::open(entry.unwrap().path()).unwrap());
    files.flat_map(|file| proto::capture::read(file).unwrap().map(std::result::Result::unwrap)).collect()
}

fn logged(body: Bytes) -> LoggedRequest {
    let meta = RecordMeta {
        tenant: Tenant::default(),
        arrival: 1,
        peer: None,
        transport: Transport::Grpc,
        user_agent: String::new(),
        body_hash: 0,
    };
    LoggedRequest { meta, body }
}

/// Limits that real requests exceed.
fn tight() -> DecodeLimits {
    DecodeLimits {
        value_depth_max: 1,
        attributes_per_span_max: 5,
        events_per_span_max: 1,
        links_per_span_max: 0,
        value_bytes_max: 132,
        name_bytes_max: 64,
    }
}

#[test]
fn what_is_within_the_limits_is_not_copied() {
    for body in captured() {
        let body = Bytes::from(body);
        let (checked, summary, _) =
            check_request(body.clone(), &Config::default().decode_limits(), 0).unwrap();
        assert!(checked.as_ptr() == body.as_ptr() && !summary.exceeds_limits());
    }
}

/// The configuration may change between the log and the table.
#[test]
fn what_was_cut_stays_so_under_other_limits() {
    let default = Config::default().decode_limits();
    let mut cut = 0;
    for body in captured() {
        let (body, summary, _) = check_request(body.into(), &tight(), 0).unwrap();
        cut += u64::from(summary.exceeds_limits());
        for limits in [&tight(), &default] {
            let (again, summary, _) = check_request(body.clone(), limits, 0).unwrap();
            assert!(again == body && !summary.exceeds_limits());
        }
    }
    assert!(cut > 0, "real requests exceed tight limits");
}

/// Columns are made after the acknowledgement: what passes the check must become exactly the spans it counted, whatever
/// its texts are.
#[test]
fn what_passes_the_check_becomes_the_spans_it_counted() {
    let requests = captured();
    let mut runner =
        TestRunner::new_with_rng(RunnerConfig::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let mut random = |below: usize| (runner.rng().next_u64() % below as u64) as usize;
    let mut passed = 0;
    for _ in 0..MUTANTS {
        let mut body = requests[random(requests.len())].clone();
        for _ in 0..=random(BYTES_CHANGED) {
            let place = random(body.len());
            // Letters and digits only: lengths and tags are for the decoder's own tests.
            if body[place].is_ascii_alphanumeric() {
                body[place] = TEETH[random(TEETH.len())];
            }
        }
        let limits = if passed % 2 == 0 { Config::default().decode_limits() } else { tight() };
        let Ok((body, summary, _)) = check_request(body.into(), &limits, 0) else { continue };
        let batch = decode_requests(&[logged(body)]).unwrap();
        assert_eq!(batch.rows.num_rows() as u64, summary.spans);
        passed += 1;
    }
    assert!(passed > MUTANTS / 10, "only {passed} mutants passed the check");
}
