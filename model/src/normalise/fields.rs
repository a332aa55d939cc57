//! One pass over a span's attributes: what normalisation reads, under short names.

use proto::otlp::{Attribute, Value};

use crate::span_view::{integer, text};

/// The attributes that mean something to normalisation. Of an attribute that came twice, the first counts.
#[derive(Debug, Default, Clone)]
pub(crate) struct Fields<'a> {
    pub(crate) audit_id: Option<&'a str>,
    pub(crate) user_agent: Option<&'a str>,
    pub(crate) http: HttpFields<'a>,
    pub(crate) net: NetFields<'a>,
    pub(crate) rpc: RpcFields<'a>,
    pub(crate) handler: HandlerFields<'a>,
}

/// HTTP, all generations.
#[derive(Debug, Default, Clone)]
pub(crate) struct HttpFields<'a> {
    pub(crate) method_old: Option<&'a str>,
    pub(crate) method_new: Option<&'a str>,
    pub(crate) target: Option<&'a str>,
    pub(crate) path: Option<&'a str>,
    pub(crate) query: Option<&'a str>,
    pub(crate) url: Option<&'a str>,
    pub(crate) route: Option<&'a str>,
    pub(crate) status: Option<i64>,
    pub(crate) request_bytes: Option<i64>,
    pub(crate) response_bytes: Option<i64>,
    pub(crate) client: Option<&'a str>,
    pub(crate) error_type: Option<&'a str>,
    /// A key that only the oldest generation has was there.
    pub(crate) is_oldest: bool,
}

/// Addresses, all generations of HTTP and RPC.
#[derive(Debug, Default, Clone)]
pub(crate) struct NetFields<'a> {
    pub(crate) server_address: Option<&'a str>,
    pub(crate) server_port: Option<i64>,
    pub(crate) host_address: Option<&'a str>,
    pub(crate) host_port: Option<i64>,
    pub(crate) peer_address: Option<&'a str>,
    pub(crate) peer_port: Option<i64>,
    pub(crate) peer_name: Option<&'a str>,
    pub(crate) peer_name_port: Option<i64>,
    /// `net.peer.ip` was there, or `net.peer.port` as text: only R0 does that.
    pub(crate) is_oldest_rpc: bool,
}

/// RPC, all generations.
#[derive(Debug, Default, Clone)]
pub(crate) struct RpcFields<'a> {
    pub(crate) system_old: Option<&'a str>,
    pub(crate) system_new: Option<&'a str>,
    pub(crate) service: Option<&'a str>,
    pub(crate) method: Option<&'a str>,
    pub(crate) status: Option<&'a Value<'a>>,
}

/// What the apiserver's own spans say of the request: handlers, serialisation, cache, storage, webhooks.
#[derive(Debug, Default, Clone)]
pub(crate) struct HandlerFields<'a> {
    pub(crate) verb: Option<&'a str>,
    pub(crate) group: Option<&'a str>,
    pub(crate) version: Option<&'a str>,
    pub(crate) resource: Option<&'a str>,
    pub(crate) subresource: Option<&'a str>,
    pub(crate) scope: Option<&'a str>,
    pub(crate) namespace: Option<&'a str>,
    pub(crate) name: Option<&'a str>,
    pub(crate) client: Option<&'a str>,
    pub(crate) url: Option<&'a str>,
    pub(crate) method: Option<&'a str>,
    pub(crate) key: Option<&'a str>,
    pub(crate) object_type: Option<&'a str>,
    pub(crate) operation: Option<&'a str>,
    pub(crate) webhook: Option<&'a str>,
}

impl<'a> Fields<'a> {
    /// Reads `attributes` once.
    pub(crate) fn of(attributes: &'a [Attribute<'a>]) -> Self {
        let mut fields = Self::default();
        for attribute in attributes {
            let (key, value) = (attribute.key.as_ref(), &attribute.value);
            // By length first: most keys differ in it, so few bytes are compared.
            match key.len() {
                0..=9 => fields.short(key, value),
                10..=11 => fields.middle(key, value),
                12..=16 => fields.long(key, value),
                _ => fields.longest(key, value),
            }
        }
        fields
    }

    fn short(&mut self, key: &str, value: &'a Value<'a>) {
        match key {
            "key" => put(&mut self.handler.key, text(value)),
            "url" => put(&mut self.handler.url, text(value)),
            "name" => put(&mut self.handler.name, text(value)),
            "type" => put(&mut self.handler.object_type, text(value)),
            "verb" => put(&mut self.handler.verb, text(value)),
            "group" | "api-group" => put(&mut self.handler.group, text(value)),
            "scope" => put(&mut self.handler.scope, text(value)),
            "client" => put(&mut self.handler.client, text(value)),
            "method" => put(&mut self.handler.method, text(value)),
            "webhook" => put(&mut self.handler.webhook, text(value)),
            "audit-id" => put(&mut self.audit_id, text(value)),
            "resource" => put(&mut self.handler.resource, text(value)),
            "http.url" | "url.full" => put(&mut self.http.url, text(value)),
            "url.path" => put(&mut self.http.path, text(value)),
            "url.query" => put(&mut self.http.query, text(value)),
            "namespace" => put(&mut self.handler.namespace, text(value)),
            "operation" => put(&mut self.handler.operation, text(value)),
            "http.host" => self.http.is_oldest = true,
            _ => {}
        }
    }

    fn middle(&mut self, key: &str, value: &'a Value<'a>) {
        match key {
            "user-agent" => put(&mut self.user_agent, text(value)),
            "rpc.method" => put(&mut self.rpc.method, text(value)),
            "rpc.system" => put(&mut self.rpc.system_old, text(value)),
            "http.route" => put(&mut self.http.route, text(value)),
            "error.type" => put(&mut self.http.error_type, text(value)),
            "http.target" => put(&mut self.http.target, text(value)),
            "http.method" => put(&mut self.http.method_old, text(value)),
            "http.flavor" => self.http.is_oldest = true,
            "rpc.service" => put(&mut self.rpc.service, text(value)),
            "server.port" => put(&mut self.net.server_port, integer(value)),
            "api-version" => put(&mut self.handler.version, text(value)),
            "subresource" => put(&mut self.handler.subresource, text(value)),
            "net.peer.ip" => {
                self.net.is_oldest_rpc = true;
                self.http.is_oldest = true;
                put(&mut self.net.peer_address, text(value));
            }
            "net.host.ip" => {
                self.http.is_oldest = true;
                put(&mut self.net.host_address, text(value));
            }
            _ => {}
        }
    }

    fn long(&mut self, key: &str, value: &'a Value<'a>) {
        match key {
            "net.peer.name" => put(&mut self.net.peer_name, text(value)),
            "net.peer.port" => {
                self.net.is_oldest_rpc |= matches!(value, Value::String(_));
                put(&mut self.net.peer_name_port, integer(value));
            }
            "net.host.name" => put(&mut self.net.host_address, text(value)),
            "net.host.port" => put(&mut self.net.host_port, integer(value)),
            "net.transport" => self.http.is_oldest = true,
            "server.address" => put(&mut self.net.server_address, text(value)),
            "client.address" | "http.client_ip" => put(&mut self.http.client, text(value)),
            "rpc.system.name" => put(&mut self.rpc.system_new, text(value)),
            "http.user_agent" => {
                self.http.is_oldest = true;
                put(&mut self.user_agent, text(value));
            }
            "http.read_bytes" => put(&mut self.http.request_bytes, integer(value)),
            "http.wrote_bytes" => put(&mut self.http.response_bytes, integer(value)),
            "http.status_code" => put(&mut self.http.status, integer(value)),
            "http.server_name" => self.http.is_oldest = true,
            _ => {}
        }
    }

    fn longest(&mut self, key: &str, value: &'a Value<'a>) {
        match key {
            "net.sock.peer.addr" | "network.peer.address" => put(&mut self.net.peer_address, text(value)),
            "net.sock.peer.port" | "network.peer.port" => put(&mut self.net.peer_port, integer(value)),
            "user_agent.original" => put(&mut self.user_agent, text(value)),
            "http.request.method" => put(&mut self.http.method_new, text(value)),
            "http.request.body.size" => self.http.request_bytes = integer(value).or(self.http.request_bytes),
            "http.response.body.size" => {
                self.http.response_bytes = integer(value).or(self.http.response_bytes)
            }
            "http.request_content_length" => put(&mut self.http.request_bytes, integer(value)),
            "http.response_content_length" => put(&mut self.http.response_bytes, integer(value)),
            "http.response.status_code" => self.http.status = integer(value).or(self.http.status),
            "rpc.grpc.status_code" | "rpc.ttrpc.status_code" | "rpc.response.status_code" => {
                put(&mut self.rpc.status, Some(value));
            }
            _ => {}
        }
    }
}

fn put<T>(slot: &mut Option<T>, value: Option<T>) {
    if slot.is_none() {
        *slot = value;
    }
}
