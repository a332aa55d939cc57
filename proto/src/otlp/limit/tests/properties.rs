use proptest::prelude::*;

use super::*;
use crate::otlp::oracle::canonical;
use crate::otlp::testing::{Random, scrambled, traces_data};
use crate::otlp::{DecodeSummary, RequestEncoder, decode_request};

/// The smallest that leave room for marks.
const TIGHT: DecodeLimits = DecodeLimits {
    value_depth_max: 2,
    attributes_per_span_max: 2,
    events_per_span_max: 1,
    links_per_span_max: 1,
    value_bytes_max: 132,
    name_bytes_max: 64,
};

/// Lists only: what decoding leaves out itself.
const SHORT_LISTS: DecodeLimits =
    DecodeLimits { value_depth_max: 64, value_bytes_max: usize::MAX, name_bytes_max: usize::MAX, ..TIGHT };

fn decoded(body: &[u8], limits: &DecodeLimits) -> (Vec<u8>, DecodeSummary) {
    let mut encoder = RequestEncoder::default();
    let summary = decode_request(body, limits, &mut encoder).unwrap();
    (encoder.finish(), summary)
}

proptest! {
    /// What comes out is within the limits, and a second time changes nothing.
    #[test]
    fn nothing_exceeds_the_limits(data in traces_data()) {
        let body = data.encode_to_vec();
        let cut = limit_request(&body, &TIGHT).unwrap();
        let summary = decoded(&cut, &TIGHT).1;
        let DecodeSummary { truncated_attributes, truncated_events, truncated_links, .. } = summary;
        prop_assert_eq!((truncated_attributes, truncated_events, truncated_links), (0, 0, 0));
        prop_assert_eq!((summary.long_values, summary.long_names, summary.deep_lists), (0, 0, 0));
        let before = decoded(&body, &DecodeLimits::default()).1;
        prop_assert_eq!((summary.spans, summary.rejected), (before.spans, before.rejected));
        prop_assert_eq!(limit_request(&cut, &TIGHT).unwrap(), cut);
    }

    /// In any legal form of a request, what is within the limits stays byte for byte.
    #[test]
    fn what_is_within_the_limits_stays(data in traces_data(), seed: u64) {
        let body = scrambled(&data.encode_to_vec(), &TRACES_DATA, &mut Random(seed));
        let cut = limit_request(&body, &DecodeLimits::default()).unwrap();
        let bytes_of = |body: &[u8]| canonical(oracle(body).unwrap()).encode_to_vec();
        prop_assert_eq!(bytes_of(&cut), bytes_of(&body));
        limit_request(&body, &TIGHT).map(|cut| decoded(&cut, &DecodeLimits::default())).unwrap();
    }

    /// Cutting lists, long and deep ones, and decoding is decoding with the same limits.
    #[test]
    fn lists_are_cut_as_decoding_does(data in traces_data(), seed: u64) {
        let mut data = data;
        for resource_spans in &mut data.resource_spans {
            // Decoding keeps the bytes of these as they are.
            resource_spans.resource = None;
            resource_spans.scope_spans.iter_mut().for_each(|scope_spans| scope_spans.scope = None);
        }
        let body = scrambled(&data.encode_to_vec(), &TRACES_DATA, &mut Random(seed));
        let cut = limit_request(&body, &SHORT_LISTS).unwrap();
        prop_assert_eq!(decoded(&cut, &DecodeLimits::default()).0, decoded(&body, &SHORT_LISTS).0);
    }
}
