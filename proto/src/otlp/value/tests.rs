//! Stored pieces come back as they were.

use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource as ProstResource;
use proptest::prelude::*;
use prost::Message;
use serde_json::json;

use super::*;
use crate::otlp::testing::{any_value, key_value};
use crate::otlp::{encode_attribute, encode_attributes, encode_value};

fn decoded(value: &any_value::Value) -> any_value::Value {
    let wire =
        opentelemetry_proto::tonic::common::v1::AnyValue { value: Some(value.clone()) }.encode_to_vec();
    let attribute = KeyValue { value: None, ..KeyValue::default() }.encode_to_vec();
    let mut list = Vec::new();
    crate::otlp::wire::put_message(&mut list, 1, |out| {
        out.extend(attribute);
        crate::otlp::wire::put_bytes(out, 2, &wire);
    });
    let mut out = Vec::new();
    encode_value(&decode_attributes(&list).unwrap()[0].value, &mut out);
    opentelemetry_proto::tonic::common::v1::AnyValue::decode(&out[..]).unwrap().value.unwrap()
}

proptest! {
    #[test]
    fn values_go_through(value in any_value()) {
        if let Some(value) = &value.value {
            let wire = |value| opentelemetry_proto::tonic::common::v1::AnyValue { value: Some(value) }.encode_to_vec();
            prop_assert_eq!(wire(decoded(value)), wire(value.clone()));
        }
    }

    #[test]
    fn attributes_go_through(attributes in proptest::collection::vec(key_value(), 0..5)) {
        let wires: Vec<_> = attributes.iter().map(KeyValue::encode_to_vec).collect();
        let mut list = Vec::new();
        wires.iter().for_each(|wire| crate::otlp::wire::put_bytes(&mut list, 1, wire));
        let found = decode_attributes(&list).unwrap();
        prop_assert_eq!(key_values(&list).count(), found.len());
        let mut again = Vec::new();
        encode_attributes(&found, &mut again);
        let mut twice = Vec::new();
        encode_attributes(&decode_attributes(&again).unwrap(), &mut twice);
        prop_assert_eq!(&again, &twice);
        for (found, expected) in found.iter().zip(&attributes) {
            let mut wire = Vec::new();
            encode_attribute(found, &mut wire);
            let mut expected = expected.clone();
            expected.value.get_or_insert_default();
            prop_assert_eq!(KeyValue::decode(&wire[..]).unwrap().encode_to_vec(), expected.encode_to_vec());
        }
    }
}

fn string(text: &str) -> any_value::Value {
    any_value::Value::StringValue(text.into())
}

fn pair(key: &str, value: any_value::Value) -> KeyValue {
    let value = Some(opentelemetry_proto::tonic::common::v1::AnyValue { value: Some(value) });
    KeyValue { key: key.into(), value, key_strindex: 0 }
}

#[test]
fn resources_and_scopes_come_back_from_their_bytes() {
    let wire =
        ProstResource { attributes: vec![pair("service.name", string("etcd"))], ..ProstResource::default() }
            .encode_to_vec();
    let resource = decode_resource(&wire).unwrap();
    assert_eq!((resource.string("service.name"), &resource.wire[..]), (Some("etcd"), &wire[..]));
    assert_eq!(resource.string("host.name"), None);

    let wire = InstrumentationScope {
        name: "otelgrpc".into(),
        version: "0.67".into(),
        attributes: vec![pair("a", string("b")), pair("c", any_value::Value::IntValue(-1))],
        dropped_attributes_count: 3,
    }
    .encode_to_vec();
    let scope = decode_scope(&wire).unwrap();
    assert_eq!((&scope.name[..], &scope.version[..], &scope.wire[..]), ("otelgrpc", "0.67", &wire[..]));
    let attributes = decode_scope_attributes(&wire).unwrap();
    assert_eq!(attributes[0], Attribute { key: "a".into(), value: Value::String("b".into()) });
    assert_eq!(attributes[1], Attribute { key: "c".into(), value: Value::Int(-1) });
}

#[test]
fn damaged_pieces_are_errors() {
    let error = |result: Result<(), DecodeError>| result.unwrap_err().to_string();
    assert_eq!(error(decode_resource(&[0x0a, 0x05]).map(drop)), "truncated field attributes at byte 1");
    assert_eq!(error(decode_scope(&[0x08]).map(drop)), "wire type 0 where 2 is needed in name at byte 1");
    assert_eq!(
        error(decode_attributes(&[0x0a, 0x02, 0x0a, 0x09]).map(drop)),
        "truncated field values.key at byte 3"
    );
    assert_eq!(key_values(&[0x0a, 0x00, 0x0a, 0x09]).count(), 1);
    assert_eq!(array_items(&[0x0a, 0x00, 0x0a, 0x00]).collect::<Vec<_>>(), [Value::Empty, Value::Empty]);
}

#[test]
fn json_for_display() {
    let mut list = Vec::new();
    for (key, value) in [
        ("text", Value::String("a".into())),
        ("flag", Value::Bool(true)),
        ("whole", Value::Int(i64::MIN)),
        ("part", Value::Double(1.5)),
        ("nan", Value::Double(f64::NAN)),
        ("low", Value::Double(f64::NEG_INFINITY)),
        ("bytes", Value::Bytes(vec![0xff, 0xfe].into())),
        ("none", Value::Empty),
        ("items", Value::Array(vec![0x0a, 0x02, 0x18, 0x07, 0x0a, 0x00].into())),
        ("text", Value::String("b".into())),
    ] {
        encode_attributes(&[Attribute { key: key.into(), value }], &mut list);
    }
    let expected = json!({
        "text": "b", "flag": true, "whole": i64::MIN, "part": 1.5, "nan": "NaN", "low": "-Infinity",
        "bytes": "//4=", "none": null, "items": [7, null],
    });
    assert_eq!(value_to_json(&Value::KeyValueList(list.into())), expected);
}
