//! Every attribute generation into one set of columns; the raw values stay in the span.
//!
//! Runs on each ingested span: one pass over the attributes, values borrowed.

mod fields;
mod http;
mod rpc;
mod status;

use std::borrow::Cow;

pub(crate) use fields::{Fields, HandlerFields};
pub use http::{Http, HttpGeneration};
pub(crate) use http::{percent_decoded, url_target};
pub use rpc::{Rpc, RpcGeneration};
pub use status::RpcStatus;

use crate::{Component, RequestKeys, SpanView, fold};

/// `span.kind` of a server span.
pub(crate) const SERVER: i32 = 2;
/// `span.kind` of a client span.
pub(crate) const CLIENT: i32 = 3;

/// What one span says, whatever the versions of the program and its OpenTelemetry libraries.
#[derive(Debug, Clone, PartialEq)]
pub struct Normal<'a> {
    /// The program that made the span.
    pub component: Component,
    /// The HTTP exchange it stands for, if any.
    pub http: Option<Http<'a>>,
    /// The remote call it stands for, if any.
    pub rpc: Option<Rpc<'a>>,
    /// What it says of the API request it belongs to, if anything.
    pub keys: Option<RequestKeys<'a>>,
    /// `audit-id`: the same on the spans of one API request and in the audit log.
    pub audit_id: Option<&'a str>,
    /// The span's name, folded where names are unbounded ([`fold::span_name`]).
    pub folded_name: Cow<'a, str>,
}

/// Reads `view` into columns.
#[must_use]
pub fn normalise(view: SpanView<'_>) -> Normal<'_> {
    let component = Component::of(view);
    let folded_name = fold::span_name(component, &view.span.name);
    if view.span.attributes.is_empty() && view.span.kind != SERVER {
        return Normal { component, http: None, rpc: None, keys: None, audit_id: None, folded_name };
    }
    let fields = Fields::of(&view.span.attributes);
    let http = http::http(component, view.span.kind, &fields);
    let rpc = rpc::rpc(view, &fields);
    let keys = crate::request_keys::request_keys(component, view.span, &fields, http.as_ref());
    Normal { component, http, rpc, keys, audit_id: fields.audit_id, folded_name }
}

#[cfg(test)]
pub(crate) mod tests;
