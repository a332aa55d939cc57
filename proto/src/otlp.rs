//! OTLP traces: the message, a one-pass decoder, an encoder, and the JSON form.
//!
//! The types borrow from the request where they can (`Cow`), so that the same [`Span`] is what the decoder
//! hands out and what a stored row becomes again.

mod count;
pub(crate) mod decode;
mod encode;
mod json;
mod limit;
pub mod message;
#[cfg(any(test, feature = "oracle"))]
pub mod oracle;
mod owned;
mod response;
pub(crate) mod schema;
mod texts;
pub mod value;
pub(crate) mod wire;
mod without;

pub use count::count_spans;
pub use decode::{DecodeError, DecodeLimits, DecodeSummary, SpanSink, decode_request};
pub use encode::{
    RequestEncoder, ResourceGroup, ScopeGroup, encode_attribute, encode_attributes, encode_request,
    encode_span, encode_value,
};
pub use json::{JsonError, json_to_request, partial_success_json, status_json};
pub use limit::limit_request;
pub use message::{Attribute, Event, Link, Resource, Scope, Span, Status, Value};
pub use response::{
    StatusDetails, decode_partial_success, decode_retry_after, decode_retry_info, encode_partial_success,
    encode_retry_info, encode_status,
};
pub use texts::{Text, for_each_text};
pub use value::{decode_attributes, decode_resource, decode_scope, decode_scope_attributes, value_to_json};

#[cfg(test)]
pub(crate) mod testing;
