//! What is encoded is what prost reads.

use proptest::prelude::*;
use prost::Message;

use super::*;
use crate::otlp::testing::{canonical, oracle, traces_data};
use crate::otlp::{DecodeLimits, decode_attributes, decode_request};

/// Keeps groups that own nothing of the request but what they must.
#[derive(Default)]
struct Groups(Vec<ResourceGroup<'static>>);

fn owned(attribute: &Attribute<'_>) -> Attribute<'static> {
    let mut wire = Vec::new();
    encode_attributes(std::slice::from_ref(attribute), &mut wire);
    decode_attributes(wire.leak()).unwrap().remove(0)
}

impl SpanSink for Groups {
    fn resource(&mut self, resource: &Resource<'_>) {
        let attributes = resource.attributes.iter().map(owned).collect();
        let wire = resource.wire.to_vec().into();
        let schema_url = resource.schema_url.to_string().into();
        self.0.push((Resource { attributes, wire, schema_url }, Vec::new()));
    }

    fn scope(&mut self, scope: &Scope<'_>) {
        let scope = Scope {
            name: scope.name.to_string().into(),
            version: scope.version.to_string().into(),
            wire: scope.wire.to_vec().into(),
            schema_url: scope.schema_url.to_string().into(),
        };
        self.0.last_mut().unwrap().1.push((scope, Vec::new()));
    }

    fn span(&mut self, span: &Span<'_>) {
        let event = |event: &Event<'_>| Event {
            name: event.name.to_string().into(),
            attributes: event.attributes.iter().map(owned).collect(),
            ..Event {
                time: event.time,
                dropped_attributes_count: event.dropped_attributes_count,
                ..Event::default()
            }
        };
        let link = |link: &Link<'_>| Link {
            trace_id: link.trace_id,
            span_id: link.span_id,
            trace_state: link.trace_state.to_string().into(),
            attributes: link.attributes.iter().map(owned).collect(),
            dropped_attributes_count: link.dropped_attributes_count,
            flags: link.flags,
        };
        let status =
            |status: &Status<'_>| Status { code: status.code, message: status.message.to_string().into() };
        self.0.last_mut().unwrap().1.last_mut().unwrap().1.push(Span {
            trace_id: span.trace_id,
            span_id: span.span_id,
            parent_span_id: span.parent_span_id,
            trace_state: span.trace_state.to_string().into(),
            flags: span.flags,
            name: span.name.to_string().into(),
            kind: span.kind,
            start: span.start,
            end: span.end,
            attributes: span.attributes.iter().map(owned).collect(),
            dropped_attributes_count: span.dropped_attributes_count,
            events: span.events.iter().map(event).collect(),
            dropped_events_count: span.dropped_events_count,
            links: span.links.iter().map(link).collect(),
            dropped_links_count: span.dropped_links_count,
            status: span.status.as_ref().map(status),
        });
    }
}

proptest! {
    #[test]
    fn stored_groups_encode_to_the_request(data in traces_data()) {
        let mut groups = Groups::default();
        decode_request(&data.encode_to_vec(), &DecodeLimits::default(), &mut groups).unwrap();
        let found = oracle(&encode_request(&groups.0)).unwrap();
        prop_assert_eq!(canonical(found).encode_to_vec(), canonical(data).encode_to_vec());
    }
}

#[test]
fn a_span_alone_gets_an_empty_resource_and_scope() {
    let mut encoder = RequestEncoder::default();
    encoder.span(&Span { name: "a".into(), ..Span::default() });
    let data = oracle(&encoder.finish()).unwrap();
    assert_eq!(data.resource_spans[0].resource, None);
    assert_eq!(data.resource_spans[0].scope_spans[0].scope, None);
    assert_eq!(data.resource_spans[0].scope_spans[0].spans[0].name, "a");
}

#[test]
fn an_absent_status_stays_absent_and_an_empty_one_empty() {
    let status_of = |status| {
        let mut wire = Vec::new();
        encode_span(&Span { status, ..Span::default() }, &mut wire);
        opentelemetry_proto::tonic::trace::v1::Span::decode(&wire[..]).unwrap().status
    };
    assert_eq!(status_of(None), None);
    assert_eq!(status_of(Some(Status::default())), Some(Default::default()));
}

#[test]
fn resources_and_scopes_made_here_and_spans_encoded_before_are_read_back() {
    let attribute = Attribute { key: "host.name".into(), value: Value::String("node-1".into()) };
    let mut span = Vec::new();
    encode_span(&Span { name: "a".into(), ..Span::default() }, &mut span);
    let mut encoder = RequestEncoder::default();
    encoder.resource(&Resource::new(vec![attribute], "https://example.com/1.0"));
    encoder.scope(&Scope::new("scope", "1.2", ""));
    encoder.encoded_span(&span);
    let data = oracle(&encoder.finish()).unwrap();
    let resource = &data.resource_spans[0];
    assert_eq!(resource.schema_url, "https://example.com/1.0");
    assert_eq!(resource.resource.as_ref().unwrap().attributes[0].key, "host.name");
    let scope = resource.scope_spans[0].scope.as_ref().unwrap();
    assert_eq!((scope.name.as_str(), scope.version.as_str()), ("scope", "1.2"));
    assert_eq!(resource.scope_spans[0].spans[0].name, "a");
}
