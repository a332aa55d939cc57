//! The attributes that have a column of their own (format version 1), and why only these.
//!
//! The list is fixed per format version: a column per key that arrives would make every new client a schema
//! change. It holds what kube-apiserver, etcd, kubelet, containerd and CRI-O send on more than one span in a
//! hundred, in every attribute generation. A value of another type than its column, and every other key, goes to
//! the `attributes` map; nothing is lost.

/// The type of a hot attribute's column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HotType {
    /// `string_value`.
    String,
    /// `int_value`.
    Int,
    /// `bool_value`.
    Bool,
}

/// An attribute with a column of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HotAttribute {
    /// The key on the wire.
    pub key: &'static str,
    /// The column of the `spans` table.
    pub column: &'static str,
    /// The only type the column takes.
    pub value_type: HotType,
}

const fn string(key: &'static str, column: &'static str) -> HotAttribute {
    HotAttribute { key, column, value_type: HotType::String }
}

const fn int(key: &'static str, column: &'static str) -> HotAttribute {
    HotAttribute { key, column, value_type: HotType::Int }
}

const fn boolean(key: &'static str, column: &'static str) -> HotAttribute {
    HotAttribute { key, column, value_type: HotType::Bool }
}

/// Span attributes with a column: `span_` and the key, everything but letters and digits as `_`.
///
/// The position in this list is written to disk (`attribute_layout`): append only.
pub const SPAN_ATTRIBUTES: &[HotAttribute] = &[
    string("audit-id", "span_audit_id"),
    string("http.target", "span_http_target"),
    string("url.path", "span_url_path"),
    string("url.full", "span_url_full"),
    string("url.scheme", "span_url_scheme"),
    string("url", "span_url"),
    string("http.url", "span_http_url"),
    string("http.request.method", "span_http_request_method"),
    string("http.method", "span_http_method"),
    int("http.response.status_code", "span_http_response_status_code"),
    int("http.status_code", "span_http_status_code"),
    int("http.request.body.size", "span_http_request_body_size"),
    int("http.response.body.size", "span_http_response_body_size"),
    string("user_agent.original", "span_user_agent_original"),
    string("http.user_agent", "span_http_user_agent"),
    string("client.address", "span_client_address"),
    string("network.peer.address", "span_network_peer_address"),
    int("network.peer.port", "span_network_peer_port"),
    string("network.protocol.version", "span_network_protocol_version"),
    string("server.address", "span_server_address"),
    int("server.port", "span_server_port"),
    string("error.type", "span_error_type"),
    string("rpc.system.name", "span_rpc_system_name"),
    string("rpc.system", "span_rpc_system"),
    string("rpc.service", "span_rpc_service"),
    string("rpc.method", "span_rpc_method"),
    string("rpc.response.status_code", "span_rpc_response_status_code"),
    int("rpc.grpc.status_code", "span_rpc_grpc_status_code"),
    int("rpc.ttrpc.status_code", "span_rpc_ttrpc_status_code"),
    string("verb", "span_verb"),
    string("api-group", "span_api_group"),
    string("api-version", "span_api_version"),
    string("group", "span_group"),
    string("resource", "span_resource"),
    string("subresource", "span_subresource"),
    string("namespace", "span_namespace"),
    string("name", "span_name"),
    string("scope", "span_scope"),
    string("client", "span_client"),
    string("user-agent", "span_user_agent"),
    string("accept", "span_accept"),
    string("protocol", "span_protocol"),
    string("method", "span_method"),
    string("mediaType", "span_media_type"),
    string("encoder", "span_encoder"),
    string("type", "span_type"),
    string("key", "span_key"),
    int("limit", "span_limit"),
    string("continue", "span_continue"),
    string("resourceVersion", "span_resource_version"),
    string("resourceVersionMatch", "span_resource_version_match"),
    string("resource-version", "span_resource_version_dashed"),
    string("webhook", "span_webhook"),
    string("configuration", "span_configuration"),
    string("operation", "span_operation"),
    string("range_begin", "span_range_begin"),
    string("range_end", "span_range_end"),
    int("rev", "span_rev"),
    boolean("count_only", "span_count_only"),
    boolean("keys_only", "span_keys_only"),
    boolean("read_only", "span_read_only"),
    string("compare_first_key", "span_compare_first_key"),
    string("success_first_key", "span_success_first_key"),
    string("success_first_type", "span_success_first_type"),
    int("success_first_lease", "span_success_first_lease"),
    int("compare_len", "span_compare_len"),
    int("success_len", "span_success_len"),
    int("failure_len", "span_failure_len"),
    string("k8s.namespace.name", "span_k8s_namespace_name"),
    string("k8s.pod.name", "span_k8s_pod_name"),
    string("k8s.pod.uid", "span_k8s_pod_uid"),
    string("k8s.pod", "span_k8s_pod"),
    string("container.id", "span_container_id"),
    string("sandbox.id", "span_sandbox_id"),
    string("task.id", "span_task_id"),
    string("process.id", "span_process_id"),
    int("process.pid", "span_process_pid"),
];

/// Resource attributes with a column; the whole resource is kept beside them, byte for byte.
pub const RESOURCE_ATTRIBUTES: &[HotAttribute] = &[
    string("service.name", "service_name"),
    string("service.instance.id", "resource_service_instance_id"),
    string("host.name", "resource_host_name"),
    string("k8s.node.name", "resource_k8s_node_name"),
    string("k8s.cluster.name", "resource_k8s_cluster_name"),
    string("cloud.availability_zone", "resource_cloud_availability_zone"),
];

/// The column of span attribute `key`, if it has one.
#[must_use]
pub fn span_attribute(key: &str) -> Option<&'static HotAttribute> {
    SPAN_ATTRIBUTES.iter().find(|hot| hot.key == key)
}

/// The column of resource attribute `key`, if it has one.
#[must_use]
pub fn resource_attribute(key: &str) -> Option<&'static HotAttribute> {
    RESOURCE_ATTRIBUTES.iter().find(|hot| hot.key == key)
}

#[cfg(test)]
mod tests;
