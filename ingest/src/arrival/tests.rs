//! What senders say of their patience, and what is made of it.

use http::HeaderValue;

use super::*;

fn deadline(timeout: &str) -> Option<Duration> {
    let headers =
        HeaderMap::from_iter([("grpc-timeout".parse().unwrap(), HeaderValue::from_str(timeout).unwrap())]);
    Arrival::of_call(Duration::ZERO, &headers).deadline
}

#[test]
fn timeouts_as_grpc_writes_them() {
    for (text, expected) in [
        ("1H", Some(3_600_000_000_000)),
        ("2M", Some(120_000_000_000)),
        ("3S", Some(3_000_000_000)),
        ("4m", Some(4_000_000)),
        ("5u", Some(5_000)),
        ("99999999n", Some(99_999_999)),
        ("0m", Some(0)),
        ("99999999H", Some(359_999_996_400_000_000_000)),
        ("", None),
        ("m", None),
        ("5", None),
        ("5s", None),
        ("-5m", None),
        ("+5m", None),
        ("5.0S", None),
        ("123456789m", None),
        ("5 m", None),
    ] {
        assert_eq!(deadline(text).map(|found| found.as_nanos()), expected, "{text:?}");
    }
    assert_eq!(Arrival::of_call(Duration::ZERO, &HeaderMap::new()).deadline, None);
}

#[test]
fn waits_end_before_the_sender_gives_up() {
    let second = Duration::from_secs(1);
    let until = |deadline| Arrival { began: second, deadline }.wait_max(4 * second);
    assert_eq!(until(None), 4 * second);
    assert_eq!(until(Some(11 * second)), 4 * second);
    assert_eq!(until(Some(3 * second)), Duration::from_millis(1_800));
    assert_eq!(until(Some(second)), Duration::ZERO);
}

#[test]
fn a_deadline_that_has_passed_is_an_error_that_may_be_retried() {
    let arrival = Arrival { began: Duration::ZERO, deadline: Some(Duration::from_secs(1)) };
    arrival.check_deadline(Duration::from_millis(999)).unwrap();
    let error = arrival.check_deadline(Duration::from_secs(1)).unwrap_err();
    assert_eq!((error.kind.grpc_code(), error.retry_after()), (4, Some(Duration::from_secs(1))));
}
