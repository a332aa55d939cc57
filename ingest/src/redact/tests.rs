use model::redaction::RedactionRules;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue};
use opentelemetry_proto::tonic::trace::v1::Status;
use opentelemetry_proto::tonic::trace::v1::span::Event;
use proptest::prelude::*;
use prost::Message;
use proto::capture;

use super::*;
use crate::testing::{attribute, request, span};

const SECRET: &str = "CANARY-s3cret";

fn usual() -> Redaction {
    Redaction::new(&RedactionRules::default()).unwrap()
}

/// A text with the secret in one of the forms that rules know.
fn secret_text(form: usize, around: &str) -> String {
    match form % 4 {
        0 => format!("/api/v1/namespaces/{around}/pods/p/exec?container=c&command={SECRET}"),
        1 => format!("{around} Bearer {SECRET}"),
        2 => format!("{around} --password={SECRET} {around}"),
        _ => format!("https://me:{SECRET}@{around}.example/x"),
    }
}

/// A request with the secret wherever a text can be.
fn everywhere(forms: &[usize], around: &str) -> ExportTraceServiceRequest {
    let mut forms = forms.iter().cycle();
    let mut text = || secret_text(*forms.next().unwrap(), around);
    let array = ArrayValue {
        values: vec![
            AnyValue { value: Some(Value::StringValue(text())) },
            AnyValue { value: Some(Value::BytesValue(text().into_bytes())) },
        ],
    };
    let mut listed = attribute("list", "");
    listed.value = Some(AnyValue { value: Some(Value::ArrayValue(array)) });
    let mut span = span(1);
    span.name = text();
    span.trace_state = text();
    span.attributes = vec![attribute("http.target", &text()), attribute(&text(), "v"), listed];
    span.events =
        vec![Event { name: text(), attributes: vec![attribute("error", &text())], ..Event::default() }];
    span.status = Some(Status { message: text(), ..Status::default() });
    let mut bad = span.clone();
    bad.trace_id.pop();
    let mut request = request(vec![span, bad]);
    request.resource_spans[0].schema_url = text();
    request
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_secret_stays_and_nothing_else_changes(
        forms in prop::collection::vec(0..4_usize, 1..6),
        around in "[a-z]{1,12}",
    ) {
        let body = Bytes::from(everywhere(&forms, &around).encode_to_vec());
        let (found, counts) = masked(body.clone(), &usual());
        prop_assert_eq!(found.len(), body.len());
        prop_assert!(!String::from_utf8_lossy(&found).contains("CANARY"));
        // The masked request is the request with its secrets written as stars.
        let expected = everywhere(&forms, &around).encode_to_vec();
        let stars = "*".repeat(SECRET.len());
        let expected = replaced(&expected, SECRET.as_bytes(), stars.as_bytes());
        prop_assert_eq!(&found[..], &expected[..]);
        prop_assert!(ExportTraceServiceRequest::decode(found.clone()).is_ok());
        prop_assert!(counts.values() >= 12);
        prop_assert_eq!(masked(found.clone(), &usual()), (found, Masked::default()), "again: nothing");
    }
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for at in 0..=bytes.len() - from.len() {
        if &bytes[at..at + from.len()] == from {
            out[at..at + to.len()].copy_from_slice(to);
        }
    }
    out
}

#[test]
fn captured_requests_stay_as_they_are() {
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/fixtures/stall");
    let (redaction, mut requests, mut looked_into) = (usual(), 0, 0);
    for entry in fixtures.read_dir().unwrap() {
        let file = std::fs::File::open(entry.unwrap().path()).unwrap();
        for body in capture::read(file).unwrap().map(|body| Bytes::from(body.unwrap())) {
            requests += 1;
            looked_into += usize::from(redaction.may_apply(&body));
            assert_eq!(masked(body.clone(), &redaction), (body, Masked::default()));
        }
    }
    assert!(requests > 30 && looked_into < requests, "{looked_into} of {requests}");
}
