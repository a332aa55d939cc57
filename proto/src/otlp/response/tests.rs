//! Answers come back as they were given, and the bytes are the published ones.

use super::*;

#[test]
fn full_success_is_no_byte() {
    assert!(encode_partial_success(0, "").is_empty());
    assert_eq!(decode_partial_success(&[]), Ok((0, String::new())));
    assert_eq!(decode_partial_success(&[0x0a, 0x00]), Ok((0, String::new())), "as the Collector sends it");
}

#[test]
fn partial_success() {
    for (rejected, message) in [(3, "bad"), (300, ""), (0, "late"), (u64::MAX >> 1, "é")] {
        let wire = encode_partial_success(rejected, message);
        assert_eq!(decode_partial_success(&wire), Ok((rejected, message.to_owned())));
    }
    assert_eq!(encode_partial_success(3, "bad"), b"\x0a\x07\x08\x03\x12\x03bad");
    let error = decode_partial_success(&[0x0a, 0x02, 0x12, 0x09]).unwrap_err();
    assert_eq!(error.to_string(), "truncated field partial_success.error_message at byte 3");
}

#[test]
fn status_and_retry_info() {
    let plain = StatusDetails::default();
    assert_eq!(encode_status(3, "no", plain), b"\x08\x03\x12\x02no");
    assert_eq!(decode_retry_after(&encode_status(14, "busy", plain)), None);
    for delay in
        [Duration::ZERO, Duration::from_millis(1_500), Duration::new(u64::from(u32::MAX), 999_999_999)]
    {
        let details = StatusDetails { retry_after: Some(delay), field: Some("spans") };
        assert_eq!(decode_retry_after(&encode_status(14, "busy", details)), Some(delay));
        assert_eq!(decode_retry_info(&encode_retry_info(delay)), Some(delay));
    }
    assert_eq!(encode_retry_info(Duration::from_millis(1_500)), b"\x0a\x08\x08\x01\x10\x80\xca\xb5\xee\x01");
}

#[test]
fn a_bad_request_names_the_field_and_describes_it() {
    let details = StatusDetails { field: Some("f"), ..StatusDetails::default() };
    let any = [b"\x0a\x29", BAD_REQUEST_TYPE_URL.as_bytes(), b"\x12\x09\x0a\x07\x0a\x01f\x12\x02no"].concat();
    let expected = [&b"\x08\x03\x12\x02no\x1a\x36"[..], &any].concat();
    assert_eq!(encode_status(3, "no", details), expected);
}

#[test]
fn an_illegal_delay_is_none() {
    let negative = [&b"\x0a\x0b\x08"[..], &[0xff; 9], &[0x01]].concat();
    assert_eq!(decode_retry_info(&negative), None);
    assert_eq!(decode_retry_info(b"\x0a\x06\x10\x80\x94\xeb\xdc\x03"), None, "a second of nanoseconds");
    assert_eq!(decode_retry_info(&[]), None);
    assert_eq!(decode_retry_after(&[0x1a, 0x09]), None);
}
