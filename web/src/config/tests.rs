//! Defaults, unknown keys, limits.

use super::*;

#[test]
fn an_empty_section_is_the_default() {
    assert_eq!(serde_json::from_str::<Config>("{}").unwrap(), Config::default());
    assert_eq!(Config::default().listen, "127.0.0.1:4319");
    Config::default().validate().unwrap();
}

#[test]
fn an_unknown_key_is_refused() {
    let error = serde_json::from_str::<Config>(r#"{"insecure_listen":true}"#).unwrap_err();
    assert!(error.to_string().contains("insecure_listen"), "{error}");
}

#[test]
fn a_limit_of_zero_names_its_key() {
    let error = Config { by_max: 0, ..Config::default() }.validate().unwrap_err();
    assert_eq!(error.to_string(), "web.by_max is 0: give at least 1");
}

#[test]
fn the_host_of_the_address() {
    let host =
        |listen: &str| Config { listen: listen.to_owned(), ..Config::default() }.listen_host().to_owned();
    assert_eq!(host("127.0.0.1:4319"), "127.0.0.1");
    assert_eq!(host("[::1]:0"), "::1");
    assert_eq!(host("control-1:80"), "control-1");
}
