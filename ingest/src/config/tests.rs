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
        ("request_bytes_max", Config { request_bytes_max: ByteSize::b(0), ..default() }),
        ("request_bytes_max", Config { request_bytes_max: ByteSize::gib(2), ..default() }),
        ("bytes_in_flight_max", Config { bytes_in_flight_max: ByteSize::mib(64), ..default() }),
        ("bytes_in_flight_max", Config { bytes_in_flight_max: ByteSize::gib(4), ..default() }),
        ("budget_wait", Config { budget_wait: Duration::from_secs(60), ..default() }),
        ("body_timeout", Config { body_timeout: Duration::ZERO, ..default() }),
        ("inflation_ratio_max", Config { inflation_ratio_max: 0, ..default() }),
        ("tenant_burst", Config { tenant_burst: Duration::ZERO, ..default() }),
        ("tenants_max", Config { tenants_max: 0, ..default() }),
        ("value_bytes_max", Config { value_bytes_max: ByteSize::b(255), ..default() }),
        ("value_bytes_max", Config { value_bytes_max: ByteSize::gib(2), ..default() }),
        ("name_bytes_max", Config { name_bytes_max: ByteSize::kib(65), ..default() }),
        ("value_depth_max", Config { value_depth_max: 65, ..default() }),
        ("attributes_per_span_max", Config { attributes_per_span_max: 0, ..default() }),
        ("events_per_span_max", Config { events_per_span_max: 16_385, ..default() }),
        ("links_per_span_max", Config { links_per_span_max: 0, ..default() }),
    ] {
        let error = config.validate().unwrap_err();
        assert!(error.to_string().starts_with(&format!("ingest.{key} ")), "{error}");
    }
}

#[test]
fn sizes_and_times_are_written_as_people_do() {
    let text = r#"{"request_bytes_max": "8MiB", "body_timeout": "250ms"}"#;
    let config = serde_json::from_str::<Config>(text).unwrap();
    assert_eq!(
        (config.request_bytes_max, config.body_timeout),
        (ByteSize::mib(8), Duration::from_millis(250))
    );
}
