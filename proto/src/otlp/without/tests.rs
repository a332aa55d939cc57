use opentelemetry_proto::tonic::common::v1::any_value::Value as Proto;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource as ProtoResource;
use prost::Message;

use super::*;

fn attribute(key: &str, text: &str) -> KeyValue {
    let value = Some(AnyValue { value: Some(Proto::StringValue(text.to_owned())) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

fn attributes(keys: &[&str]) -> Vec<KeyValue> {
    keys.iter().map(|key| attribute(key, "some text")).collect()
}

#[test]
fn a_resource_loses_every_attribute_of_the_key_and_nothing_else() {
    let of = |keys: &[&str]| ProtoResource {
        attributes: attributes(keys),
        dropped_attributes_count: 7,
        ..ProtoResource::default()
    };
    let wire = of(&["token", "a", "token", "tokens", ""]).encode_to_vec();
    let mut resource = decode_resource(&wire).unwrap();
    resource.schema_url = "https://r".into();
    let left = resource.without("token").unwrap().unwrap();
    assert_eq!(ProtoResource::decode(left.wire.as_ref()).unwrap(), of(&["a", "tokens", ""]));
    assert_eq!(left.attributes.len(), 3);
    assert_eq!(left.schema_url, "https://r");
    assert_eq!(resource.without("other").unwrap(), None);
}

#[test]
fn a_scope_keeps_its_name() {
    let of = |keys: &[&str]| InstrumentationScope {
        name: "token".to_owned(),
        version: "1".to_owned(),
        attributes: attributes(keys),
        dropped_attributes_count: 7,
    };
    let wire = of(&["token", "a"]).encode_to_vec();
    let left = decode_scope(&wire).unwrap().without("token").unwrap().unwrap();
    assert_eq!(InstrumentationScope::decode(left.wire.as_ref()).unwrap(), of(&["a"]));
}

#[test]
fn damage_is_told() {
    let resource = Resource { wire: vec![0x0a, 0x7f].into(), ..Resource::default() };
    assert!(resource.without("a").is_err());
}
