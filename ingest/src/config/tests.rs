//! Defaults and what is refused.

use super::*;

#[test]
fn the_default_is_valid_and_survives_serialisation() {
    let config = Config::default();
    config.validate().unwrap();
    let text = serde_json::to_string(&config).unwrap();
    assert_eq!(serde_json::from_str::<Config>(&text).unwrap(), config);
    assert_eq!(serde_json::from_str::<Config>("{}").unwrap(), config);
}

#[test]
fn an_unknown_key_is_an_error() {
    let error = serde_json::from_str::<Config>(r#"{"grpc_listn": "x"}"#).unwrap_err();
    assert!(error.to_string().contains("grpc_listn"), "{error}");
}

#[test]
fn values_out_of_range_name_their_key() {
    let default = Config::default;
    for (key, config) in [
        ("request_bytes_max", Config { request_bytes_max: 0, ..default() }),
        ("request_bytes_max", Config { request_bytes_max: 1 << 31, ..default() }),
        ("bytes_in_flight_max", Config { bytes_in_flight_max: 64 * MIB, ..default() }),
        ("budget_wait_ms", Config { budget_wait_ms: 60_000, ..default() }),
        ("body_timeout_ms", Config { body_timeout_ms: 0, ..default() }),
    ] {
        let error = config.validate().unwrap_err();
        assert!(error.to_string().starts_with(&format!("ingest.{key} = ")), "{error}");
    }
}
