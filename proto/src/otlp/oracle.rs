//! prost as the judge of our decoder. For tests and fuzzing: nothing that is shipped has the feature `oracle`.

#![expect(clippy::panic, reason = "a judge that disagrees ends the test")]

use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::TracesData;
use prost::Message;

use super::{DecodeError, DecodeLimits, DecodeSummary, RequestEncoder, decode_request};

/// Decodes `body` and encodes what the sink was given.
///
/// # Errors
/// As [`decode_request`].
pub fn through(body: &[u8]) -> Result<(Vec<u8>, DecodeSummary), DecodeError> {
    let mut encoder = RequestEncoder::default();
    let summary = decode_request(body, &DecodeLimits::default(), &mut encoder)?;
    Ok((encoder.finish(), summary))
}

/// Decodes with prost.
///
/// # Errors
/// When prost refuses `body`.
pub fn oracle(body: &[u8]) -> Result<TracesData, prost::DecodeError> {
    TracesData::decode(body)
}

/// Asserts that our way through the bytes and prost's give the same message, or that both refuse; prost may refuse
/// alone where a string is not UTF-8 or values lie deep in each other. Gives whether ours accepted.
///
/// # Panics
/// When the two disagree.
pub fn assert_as_oracle(body: &[u8]) -> bool {
    match (through(body), oracle(body)) {
        (Ok((encoded, summary)), Ok(expected)) => {
            assert_eq!(summary.repaired_strings, 0);
            let found = oracle(&encoded).expect("prost reads what we write");
            let bytes_of = |data| canonical(data).encode_to_vec();
            if bytes_of(found.clone()) != bytes_of(expected.clone()) {
                assert_eq!(canonical(found), canonical(expected));
                panic!("the messages differ in a NaN");
            }
            true
        }
        (Ok(_), Err(error)) if error.to_string().contains("recursion limit") => true,
        (Ok((encoded, _)), Err(error)) => {
            assert!(error.to_string().contains("UTF-8"), "only prost refuses {body:02x?}: {error}");
            oracle(&encoded).expect("strings were repaired");
            true
        }
        (Err(error), Ok(_)) => panic!("only we refuse {body:02x?}: {error}"),
        (Err(_), Err(_)) => false,
    }
}

/// What the decoder keeps of a message: without spans and links with faulty ids, faulty parents and string-table
/// indexes; and without the differences that OTLP gives no meaning: absent and empty values, resources and scopes.
pub fn canonical(mut data: TracesData) -> TracesData {
    for resource_spans in &mut data.resource_spans {
        resource_spans.resource.take_if(|resource| *resource == Resource::default());
        for scope_spans in &mut resource_spans.scope_spans {
            scope_spans.scope.take_if(|scope| *scope == InstrumentationScope::default());
            scope_spans.spans.retain(|span| is_id(&span.trace_id, 16) && is_id(&span.span_id, 8));
            for span in &mut scope_spans.spans {
                if !is_id(&span.parent_span_id, 8) {
                    span.parent_span_id.clear();
                }
                span.links.retain(|link| is_id(&link.trace_id, 16) && is_id(&link.span_id, 8));
                span.attributes.iter_mut().for_each(canonical_attribute);
                span.events.iter_mut().flat_map(|event| &mut event.attributes).for_each(canonical_attribute);
                span.links.iter_mut().flat_map(|link| &mut link.attributes).for_each(canonical_attribute);
            }
        }
    }
    data
}

fn canonical_attribute(attribute: &mut KeyValue) {
    attribute.key_strindex = 0;
    let value = attribute.value.get_or_insert(AnyValue { value: None });
    value.value.take_if(|value| matches!(value, any_value::Value::StringValueStrindex(_)));
}

fn is_id(id: &[u8], length: usize) -> bool {
    id.len() == length && id.iter().any(|byte| *byte != 0)
}
