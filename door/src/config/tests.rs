//! Which settings make no sense, and what is said about them.

use super::*;

#[test]
fn the_defaults_are_valid() {
    assert!(Config::default().validate().is_ok());
}

#[test]
fn a_setting_out_of_its_range_is_named_with_the_range() {
    let default = Config::default;
    for (config, message) in [
        (Config { connections_max: 0, ..default() }, "door.connections_max = 0 must be 1 to 536870911"),
        (
            Config { http1_buffer_bytes_max: ByteSize::kib(1), ..default() },
            "door.http1_buffer_bytes_max = 1.0 KiB must be 8.0 KiB to 16.0 MiB",
        ),
        (
            Config { stream_window_bytes: ByteSize::gib(2), ..default() },
            "door.stream_window_bytes = 2.0 GiB must be 64.0 KiB to 2.0 GiB",
        ),
        (
            Config { control_frames_max: 1, ..default() },
            "door.control_frames_max = 1 must be 10 to 4294967295",
        ),
        (
            Config { connection_age_max: Duration::ZERO, ..default() },
            "door.connection_age_max is 0: give a time such as \"10s\"",
        ),
    ] {
        let error = config.validate().unwrap_err();
        assert_eq!((error.kind, error.to_string().as_str()), (ErrorKind::Invalid, message));
    }
}
