//! Refuses what a foreign web page could make a browser send: requests to another host's name (DNS rebinding) and
//! requests that say they come from another origin.
//!
//! A browser that was lured to `evil.example`, whose name then resolves to 127.0.0.1, still says
//! `Host: evil.example`. Only loopback addresses, `localhost`, the host of `web.listen` and `web.hosts` are answered, on
//! any port, so that port forwarding works; other addresses where `web.listen` is not loopback. A reverse proxy has to send one of these names as `Host`, as most do.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::{HOST, ORIGIN};
use http::uri::Authority;

use crate::Config;
use crate::api::Failure;
use crate::services::Shared;

/// The middleware: 403 unless the request is for this host and from no other origin.
pub(crate) async fn own_pages_only(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    match check(&request, &shared.config) {
        Ok(()) => next.run(request).await,
        Err(failure) => failure.into_response(),
    }
}

fn check(request: &Request, config: &Config) -> Result<(), Failure> {
    let mut hosts = authorities(request.headers());
    hosts.extend(request.uri().authority().cloned().map(Some));
    // HTTP/2 puts the host into the URI, HTTP/1 into a header; whatever is there has to be ours.
    let all_ours = hosts.iter().all(|host| host.as_ref().is_some_and(|host| is_ours(host.host(), config)));
    if hosts.is_empty() || !all_ours {
        return Err(Failure::forbidden(
            "the Host header names neither localhost, nor a loopback address, nor the host of web.listen, nor one of web.hosts: \
             open this page under one of these names, or have the reverse proxy send one of them as Host",
        ));
    }
    let mut origins = request.headers().get_all(ORIGIN).iter();
    let from_here = |origin: &http::HeaderValue| {
        let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
        origin.is_some_and(|(_, origin)| {
            hosts.iter().flatten().any(|host| host.as_str().eq_ignore_ascii_case(origin))
        })
    };
    if !origins.all(from_here) {
        return Err(Failure::forbidden(
            "the Origin header names another site: only this server's own page may ask",
        ));
    }
    Ok(())
}

/// Every `Host` header; `None` for one that cannot be read.
fn authorities(headers: &HeaderMap) -> Vec<Option<Authority>> {
    let read = |value: &http::HeaderValue| value.to_str().ok()?.parse().ok();
    headers.get_all(HOST).iter().map(read).collect()
}

fn is_ours(host: &str, config: &Config) -> bool {
    config.is_host(host.trim_start_matches('[').trim_end_matches(']'))
}

#[cfg(test)]
mod tests;
