//! The UI: the files of `ui/dist`, embedded when this crate was built.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{Html, IntoResponse, Response};
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use http::{HeaderMap, Method, StatusCode};
use rust_embed::RustEmbed;

use crate::api::{self, Failure};
use crate::services::Shared;

const INDEX: &str = "index.html";
/// Vite puts a hash of the content into the names of the files below.
const HASHED_FOLDER: &str = "assets/";
const NOT_BUILT: &str = include_str!("assets/not_built.html");

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/ui/dist"]
#[allow_missing = true]
struct Dist;

/// One file.
pub(crate) struct Asset {
    pub(crate) bytes: Cow<'static, [u8]>,
    pub(crate) etag: String,
}

/// Where files come from.
#[derive(Clone, Copy)]
pub(crate) struct Assets {
    pub(crate) find: fn(&str) -> Option<Asset>,
}

impl Assets {
    /// What was built into this program.
    pub(crate) fn embedded() -> Self {
        Self {
            find: |path| {
                let file = Dist::get(path)?;
                Some(Asset { bytes: file.data, etag: etag(&file.metadata.sha256_hash()) })
            },
        }
    }
}

/// Weak, as the same file may go out compressed or not.
fn etag(hash: &[u8]) -> String {
    let mut etag = String::from("W/\"");
    for byte in &hash[..16] {
        write!(etag, "{byte:02x}").expect("a String takes everything");
    }
    etag + "\""
}

/// Answers every path that is not a route.
pub(crate) async fn serve(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    if api::is_under(path) {
        return Failure::no_such_route(request.uri().path()).into_response();
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return Failure::method_not_allowed().into_response();
    }
    let path = if path.is_empty() { INDEX } else { path };
    match (shared.assets.find)(path) {
        Some(asset) => {
            answer(path, asset, packed(&shared.assets, path, request.headers()), request.headers())
        }
        None if path == INDEX => Html(NOT_BUILT).into_response(),
        None => Failure::no_such_route(request.uri().path()).into_response(),
    }
}

/// How a build packs a file beside itself.
#[derive(Clone, Copy)]
struct Packing {
    coding: &'static str,
    suffix: &'static str,
}

/// The tightest first.
const PACKINGS: [Packing; 2] =
    [Packing { coding: "br", suffix: ".br" }, Packing { coding: "gzip", suffix: ".gz" }];

/// The file at `path` as it was packed for those who ask like this.
fn packed(assets: &Assets, path: &str, asked: &HeaderMap) -> Option<(Packing, Asset)> {
    let mut taken = PACKINGS.into_iter().filter(|packing| accepts(asked, packing.coding));
    taken.find_map(|packing| Some((packing, (assets.find)(&format!("{path}{}", packing.suffix))?)))
}

/// Whether who asks takes answers in `coding`.
fn accepts(asked: &HeaderMap, coding: &str) -> bool {
    let listed = asked.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    listed.flat_map(|codings| codings.split(',')).any(|listed| {
        let (name, weight) = listed.split_once(';').unwrap_or((listed, ""));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case(coding) && weight != Some(0.0)
    })
}

fn answer(path: &str, asset: Asset, packed: Option<(Packing, Asset)>, asked: &HeaderMap) -> Response {
    let hashed = path.starts_with(HASHED_FOLDER);
    let caching = if hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
    let Asset { bytes, etag } = asset;
    let headers = [(ETAG, etag.as_str()), (CACHE_CONTROL, caching), (CONTENT_TYPE, content_type(path))];
    let known = asked.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    if known.flat_map(|etags| etags.split(',')).any(|known| known.trim() == etag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    match packed {
        Some((packing, packed)) => {
            let packed_so = [(CONTENT_ENCODING, packing.coding), (VARY, "accept-encoding")];
            (headers, packed_so, body_of(packed.bytes)).into_response()
        }
        None => (headers, body_of(bytes)).into_response(),
    }
}

fn body_of(bytes: Cow<'static, [u8]>) -> Body {
    match bytes {
        Cow::Borrowed(bytes) => Body::from(bytes),
        Cow::Owned(bytes) => Body::from(bytes),
    }
}

/// The type of the files a build makes; with `nosniff`, anything else is shown to nobody.
fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests;
