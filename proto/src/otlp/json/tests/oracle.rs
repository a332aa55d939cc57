//! What opentelemetry-proto writes as JSON becomes the message it wrote.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::TracesData;
use proptest::prelude::*;
use prost::Message;

use crate::capture;
use crate::otlp::json_to_request;
use crate::otlp::testing::{canonical, oracle, traces_data};

/// Makes the doubles finite: opentelemetry-proto writes the others as null.
fn finite(value: &mut AnyValue) {
    match &mut value.value {
        Some(Value::DoubleValue(double)) if !double.is_finite() => *double = 0.5,
        Some(Value::ArrayValue(list)) => list.values.iter_mut().for_each(finite),
        Some(Value::KvlistValue(list)) => list.values.iter_mut().for_each(finite_attribute),
        _ => {}
    }
}

fn finite_attribute(attribute: &mut KeyValue) {
    attribute.value.iter_mut().for_each(finite);
}

fn all_finite(mut data: TracesData) -> TracesData {
    for resource_spans in &mut data.resource_spans {
        let resources = resource_spans.resource.iter_mut();
        resources.flat_map(|resource| &mut resource.attributes).for_each(finite_attribute);
        for scope_spans in &mut resource_spans.scope_spans {
            let scopes = scope_spans.scope.iter_mut();
            scopes.flat_map(|scope| &mut scope.attributes).for_each(finite_attribute);
            for span in &mut scope_spans.spans {
                span.attributes.iter_mut().for_each(finite_attribute);
                span.events.iter_mut().flat_map(|event| &mut event.attributes).for_each(finite_attribute);
                span.links.iter_mut().flat_map(|link| &mut link.attributes).for_each(finite_attribute);
            }
        }
    }
    data
}

proptest! {
    #[test]
    fn arbitrary_requests(data in traces_data()) {
        let data = all_finite(data);
        let json = serde_json::to_vec(&data).unwrap();
        let found = oracle(&json_to_request(&json).unwrap()).unwrap();
        prop_assert_eq!(canonical(found), canonical(data));
    }

    #[test]
    fn arbitrary_texts(text: String) {
        // Whatever it is: an error, or bytes that are a request.
        if let Ok(body) = json_to_request(text.as_bytes()) {
            prop_assert!(oracle(&body).is_ok());
        }
    }
}

#[test]
fn captured_requests() {
    for file in capture::testing::fixture_files() {
        let body = capture::read(file).unwrap().next().unwrap().unwrap();
        let data = oracle(&body).unwrap();
        let json = serde_json::to_vec(&data).unwrap();
        // The same message in the same bytes: the exporters write fields in order, as we do.
        assert!(oracle(&json_to_request(&json).unwrap()).unwrap() == data);
        assert_eq!(data.encode_to_vec().len(), body.len());
    }
}
