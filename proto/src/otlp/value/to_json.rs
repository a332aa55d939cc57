//! Values as plain JSON, for display.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

use super::{array_items, key_values};
use crate::otlp::Value;
use crate::otlp::decode::DecodeLimits;

/// `value` as plain JSON: numbers as numbers (but `"NaN"`, `"Infinity"` and `"-Infinity"`), bytes in base64, an empty
/// value as null, and the last of equal keys.
#[must_use]
pub fn value_to_json(value: &Value<'_>) -> Json {
    to_json(value, DecodeLimits::VALUE_DEPTH_CEILING)
}

fn to_json(value: &Value<'_>, depth_left: usize) -> Json {
    match value {
        Value::Empty => Json::Null,
        Value::String(text) => Json::from(text.as_ref()),
        Value::Bool(value) => Json::from(*value),
        Value::Int(value) => Json::from(*value),
        Value::Double(value) => double_to_json(*value),
        Value::Bytes(bytes) => Json::from(STANDARD.encode(bytes)),
        // Deeper than any decoder lets through.
        Value::Array(_) | Value::KeyValueList(_) if depth_left == 0 => Json::Null,
        Value::Array(wire) => array_items(wire).map(|item| to_json(&item, depth_left - 1)).collect(),
        Value::KeyValueList(wire) => Json::Object(
            key_values(wire)
                .map(|attribute| (attribute.key.into_owned(), to_json(&attribute.value, depth_left - 1)))
                .collect(),
        ),
    }
}

fn double_to_json(value: f64) -> Json {
    match serde_json::Number::from_f64(value) {
        Some(number) => Json::Number(number),
        None if value.is_nan() => Json::from("NaN"),
        None if value > 0.0 => Json::from("Infinity"),
        None => Json::from("-Infinity"),
    }
}
