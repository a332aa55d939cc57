//! Every captured request decodes to the message that prost reads.

use prost::Message;

use crate::capture;
use crate::otlp::testing::{canonical, oracle, through};

#[test]
fn every_captured_request() {
    let (mut requests, mut spans) = (0, 0);
    for file in capture::testing::fixture_files() {
        for body in capture::read(file).unwrap() {
            let body = body.unwrap();
            let (encoded, summary) = through(&body).unwrap();
            let expected = oracle(&body).unwrap();
            // Not even an absent message may have become an empty one: compared before canonical forms.
            assert!(oracle(&encoded).unwrap() == expected, "request {requests} differs");
            assert_eq!(
                canonical(expected.clone()).encoded_len(),
                expected.encoded_len(),
                "nothing was left out"
            );
            assert_eq!((summary.rejected, summary.repaired_strings, summary.dropped_links), (0, 0, 0));
            requests += 1;
            spans += summary.spans;
        }
    }
    assert_eq!((requests, spans), (154, 64_653));
}
