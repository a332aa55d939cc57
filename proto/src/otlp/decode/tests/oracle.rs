//! The decoder gives what prost gives: for arbitrary requests, in any legal form, and damaged.

use std::cell::Cell;

use proptest::prelude::*;
use prost::Message;

use crate::otlp::schema::TRACES_DATA;
use crate::otlp::testing::{Random, assert_as_oracle, mutated, oracle, scrambled, traces_data};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn arbitrary_requests(data in traces_data()) {
        prop_assert!(assert_as_oracle(&data.encode_to_vec()));
    }

    #[test]
    fn other_forms_of_a_request(data in traces_data(), seed: u64) {
        let bytes = scrambled(&data.encode_to_vec(), &TRACES_DATA, &mut Random(seed));
        prop_assert!(oracle(&bytes).is_ok());
        prop_assert!(assert_as_oracle(&bytes));
    }

    #[test]
    fn every_prefix(data in traces_data()) {
        let bytes = data.encode_to_vec();
        for end in 0..bytes.len().min(2_000) {
            assert_as_oracle(&bytes[..end]);
        }
    }

    #[test]
    fn arbitrary_bytes(bytes: Vec<u8>) {
        assert_as_oracle(&bytes);
    }
}

#[test]
fn damaged_requests() {
    let (accepted, refused) = (Cell::new(0), Cell::new(0));
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(512));
    runner
        .run(&(traces_data(), any::<u64>()), |(data, seed)| {
            let mut random = Random(seed);
            let bytes = scrambled(&data.encode_to_vec(), &TRACES_DATA, &mut random);
            for _ in 0..40 {
                let count =
                    if assert_as_oracle(&mutated(&bytes, &mut random)) { &accepted } else { &refused };
                count.set(count.get() + 1);
            }
            Ok(())
        })
        .expect("as prost");
    // The test says little if all damage is refused, or none.
    assert!(accepted.get() > 1_000 && refused.get() > 1_000, "{} {}", accepted.get(), refused.get());
}
