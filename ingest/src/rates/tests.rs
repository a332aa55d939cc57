//! Bursts, delays, refusals, and tenants that do not feel each other.

use bytesize::ByteSize;

use super::*;

const PATIENCE: Duration = Duration::from_secs(4);

fn rates(spans: u64, bytes: u64) -> Rates {
    Rates::new(&Config {
        tenant_spans_per_second_max: spans,
        tenant_bytes_per_second_max: ByteSize::b(bytes),
        tenant_burst: Duration::from_secs(2),
        tenants_max: 2,
        ..Config::default()
    })
}

fn tenant(name: &str) -> Tenant {
    Tenant::new(name).unwrap()
}

#[test]
fn a_burst_goes_at_once_then_senders_are_slowed_down_then_refused() {
    let rates = rates(100, 0);
    let (a, start) = (tenant("a"), Duration::from_secs(10));
    let take = |spans, now| rates.take(&a, spans, 1, PATIENCE, now);
    assert_eq!(take(200, start).unwrap(), Duration::ZERO);
    assert_eq!(take(100, start).unwrap(), Duration::from_secs(1));
    assert_eq!(take(200, start).unwrap(), Duration::from_secs(3));
    let error = take(200, start).unwrap_err();
    assert_eq!(error.retry_after(), Some(RETRY_AFTER_MAX));
    assert_eq!((error.kind.grpc_code(), error.kind.http_status()), (8, 429));
    assert!(error.message.contains("ingest.tenant_spans_per_second_max"), "{error}");
    // The refused took nothing: three seconds later the debt of 300 is paid.
    assert_eq!(take(100, start + Duration::from_secs(4)).unwrap(), Duration::ZERO);
    // A minute of rest is not saved up.
    assert_eq!(take(400, start + Duration::from_secs(60)).unwrap(), Duration::ZERO);
    assert_eq!(take(100, start + Duration::from_secs(60)).unwrap(), Duration::from_secs(3));
}

#[test]
fn bytes_count_too_and_tenants_do_not_feel_each_other() {
    let rates = rates(1_000_000, 1_000);
    let (a, b) = (tenant("a"), tenant("b"));
    let take = |tenant, bytes| rates.take(tenant, 1, bytes, PATIENCE, Duration::ZERO);
    assert_eq!(take(&a, 1_000_000).unwrap(), Duration::ZERO, "larger than any burst");
    let error = take(&a, 1).unwrap_err();
    assert!(error.message.contains("ingest.tenant_bytes_per_second_max"), "{error}");
    assert_eq!(take(&b, 1).unwrap(), Duration::ZERO);
}

#[test]
fn without_limits_only_tenants_are_counted() {
    let rates = rates(0, 0);
    for name in ["a", "b", "a"] {
        let taken = rates.take(&tenant(name), u64::MAX, u64::MAX, Duration::ZERO, Duration::ZERO);
        assert_eq!(taken.unwrap(), Duration::ZERO);
    }
    let error = rates.take(&tenant("c"), 1, 1, PATIENCE, Duration::ZERO).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(error.message.contains("ingest.tenants_max"), "{error}");
}
