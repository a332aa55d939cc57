use proptest::prelude::*;
use prost::Message;

use super::*;
use crate::otlp::testing::{oracle, traces_data};

proptest! {
    #[test]
    fn prop_it_counts_what_prost_decodes(data in traces_data(), cut in 0_usize..64) {
        let body = data.encode_to_vec();
        let spans: usize =
            data.resource_spans.iter().flat_map(|resource| &resource.scope_spans).map(|scope| scope.spans.len()).sum();
        prop_assert_eq!(count_spans(&body), spans);
        let short = &body[..body.len().saturating_sub(cut)];
        prop_assert!(count_spans(short) <= spans, "{:?}", oracle(short));
    }
}
