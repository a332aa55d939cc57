use super::*;

#[test]
fn websockets_and_spdy_are_told_from_http() {
    let headers = |pairs: &[(&'static str, &'static str)]| -> HeaderMap {
        let header = |(name, value): &(&'static str, &'static str)| {
            (http::HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(header).collect()
    };
    assert!(changes_protocol(&headers(&[("connection", "Upgrade"), ("upgrade", "SPDY/3.1")])));
    assert!(changes_protocol(&headers(&[("connection", "keep-alive, upgrade")])));
    assert!(!changes_protocol(&headers(&[("connection", "keep-alive"), ("accept", "upgrade")])));
}
