//! Files with and without a built UI.

use super::*;
use crate::testing::{HandMade, body, get, send, shared};

const BUILT: Assets = Assets {
    find: |path| {
        let text: &'static str = match path {
            "index.html" => "<!doctype html><div id=app></div>",
            "assets/main-B4dC0ffe.js" => "let a = 1;",
            "icon.svg" => "<svg/>",
            "icon.svg.br" => "packed by brotli",
            "icon.svg.gz" => "packed by gzip",
            _ => return None,
        };
        let etag = etag(&[path.len() as u8; 32]);
        Some(Asset { bytes: Cow::Borrowed(text.as_bytes()), etag })
    },
};

async fn ask(request: Request) -> Response {
    let mut services = shared(HandMade::default());
    services.assets = BUILT;
    send(services, request).await
}

#[tokio::test]
async fn the_page_is_asked_for_each_time_and_has_an_etag() {
    let response = ask(get("/")).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()[CACHE_CONTROL], "no-cache");
    assert_eq!(response.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
    let etag = response.headers()[ETAG].clone();
    assert!(body(response).await.contains("id=app"));

    let mut again = get("/");
    again
        .headers_mut()
        .insert(IF_NONE_MATCH, format!("W/\"other\", {}", etag.to_str().unwrap()).parse().unwrap());
    let response = ask(again).await;
    assert_eq!(response.status(), 304);
    assert_eq!(response.headers()[ETAG], etag);
    assert_eq!(body(response).await, "");
}

#[tokio::test]
async fn hashed_files_are_kept_for_good() {
    let response = ask(get("/assets/main-B4dC0ffe.js")).await;
    assert_eq!(response.headers()[CACHE_CONTROL], "public, max-age=31536000, immutable");
    assert_eq!(response.headers()[CONTENT_TYPE], "text/javascript; charset=utf-8");
    let icon = ask(get("/icon.svg")).await;
    assert_eq!(icon.headers()[CACHE_CONTROL], "no-cache");
    assert_eq!(icon.headers()[CONTENT_TYPE], "image/svg+xml");
}

#[tokio::test]
async fn a_file_goes_out_as_it_was_packed_where_that_is_taken() {
    let ask_for = async |codings: &'static str| {
        let mut request = get("/icon.svg");
        request.headers_mut().insert(ACCEPT_ENCODING, codings.parse().unwrap());
        let response = ask(request).await;
        assert_eq!(response.headers()[CONTENT_TYPE], "image/svg+xml");
        let coding =
            response.headers().get(CONTENT_ENCODING).map(|coding| coding.to_str().unwrap().to_owned());
        assert!(coding.is_none() || response.headers()[VARY] == "accept-encoding");
        (coding, response)
    };
    for (codings, coding, text) in [
        ("gzip, deflate, br", Some("br"), "packed by brotli"),
        ("br;q=0, GZIP;q=0.5", Some("gzip"), "packed by gzip"),
        ("identity", None, "<svg/>"),
    ] {
        let (found, response) = ask_for(codings).await;
        assert_eq!(found.as_deref(), coding, "{codings}");
        assert_eq!(body(response).await, text, "{codings}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    for uri in [
        "/nothing",
        "/assets/main-00000000.js",
        "/assets/",
        "/../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "//icon.svgz",
    ] {
        assert_eq!(ask(get(uri)).await.status(), 404, "{uri}");
    }
    let mut post = get("/");
    *post.method_mut() = Method::POST;
    assert_eq!(ask(post).await.status(), 405);
}

#[tokio::test]
async fn without_a_built_ui_the_page_says_how_to_build_it() {
    let response = send(shared(HandMade::default()), get("/")).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    let text = body(response).await;
    assert!(text.contains("<code>make ui</code>"));
    assert!(text.contains("/api/v1/latency"));
    assert!(!text.contains("style"), "the security policy forbids inline styles");
}

#[test]
fn whatever_was_embedded_can_be_served() {
    let is_packed = |path: &str| PACKINGS.iter().any(|packing| path.ends_with(packing.suffix));
    for path in Dist::iter().filter(|path| !is_packed(path)) {
        assert_ne!(content_type(&path), "application/octet-stream", "{path} has a type nobody named");
        assert!((Assets::embedded().find)(&path).is_some());
    }
}
