//! The names of the columns that are not attributes.

/// `FixedSizeBinary(16)`.
pub const TRACE_ID: &str = "trace_id";
/// `FixedSizeBinary(8)`.
pub const SPAN_ID: &str = "span_id";
/// `FixedSizeBinary(8)`, null for a root.
pub const PARENT_SPAN_ID: &str = "parent_span_id";
/// `Timestamp(µs, UTC)`: the start, rounded down.
pub const START_TIME: &str = "start_time";
/// `Int16` in `0..1000`: what [`START_TIME`] left off.
pub const START_NANOS: &str = "start_nanos";
/// `Int64`: end minus start; negative when the span says it ended first.
pub const DURATION_NS: &str = "duration_ns";
/// The span's name.
pub const NAME: &str = "name";
/// `Int32`: OTLP `SpanKind`.
pub const KIND: &str = "kind";
/// `Int32`: OTLP `StatusCode`; null when the span carried no status.
pub const STATUS_CODE: &str = "status_code";
/// The status message; null when empty.
pub const STATUS_MESSAGE: &str = "status_message";
/// W3C trace state; null when empty.
pub const TRACE_STATE: &str = "trace_state";
/// `Int64` holding the 32 flag bits.
pub const FLAGS: &str = "flags";
/// `Int64`.
pub const DROPPED_ATTRIBUTES_COUNT: &str = "dropped_attributes_count";
/// `Int64`.
pub const DROPPED_EVENTS_COUNT: &str = "dropped_events_count";
/// `Int64`.
pub const DROPPED_LINKS_COUNT: &str = "dropped_links_count";
/// `service.name` of the resource.
pub const SERVICE_NAME: &str = "service_name";
/// The bytes of the OTLP `Resource` message.
pub const RESOURCE: &str = "resource";
/// `ResourceSpans.schema_url`; null when empty.
pub const RESOURCE_SCHEMA_URL: &str = "resource_schema_url";
/// The scope's name; null when empty.
pub const SCOPE_NAME: &str = "scope_name";
/// The scope's version; null when empty.
pub const SCOPE_VERSION: &str = "scope_version";
/// The bytes of the OTLP `InstrumentationScope` message.
pub const SCOPE: &str = "scope";
/// `ScopeSpans.schema_url`; null when empty.
pub const SCOPE_SCHEMA_URL: &str = "scope_schema_url";
/// The address the spans came from, without the port.
pub const PEER_ADDRESS: &str = "peer_address";
/// `grpc`, `http_protobuf` or `http_json`.
pub const TRANSPORT: &str = "transport";
/// The exporter's user agent.
pub const EXPORTER: &str = "exporter";
/// `Map<Utf8, Utf8>`: the attributes without a column of their own, as text.
pub const ATTRIBUTES: &str = "attributes";
/// The order and types of the attributes ([`crate::schema::layout`]); null when there are none.
pub const ATTRIBUTE_LAYOUT: &str = "attribute_layout";
/// The attributes that no column holds exactly, as repeated OTLP `KeyValue` in field 1.
pub const OTLP_RESIDUAL: &str = "otlp_residual";
/// `List<Struct>`: the events.
pub const EVENTS: &str = "events";
/// `List<Struct>`: the links.
pub const LINKS: &str = "links";
/// Partition column: whose spans.
pub const TENANT: &str = "tenant";
/// Partition column: the UTC date of arrival.
pub const DATE: &str = "date";
