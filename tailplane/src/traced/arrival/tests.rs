use query::traceql::parse_query;

use super::*;

#[test]
fn the_filter_is_traceql_whatever_the_server_answered() {
    let audit_ids = ["5f0e-1".to_owned(), "\" || true".to_owned()];
    let text = filter(TraceId([1; 16]), &audit_ids);
    assert!(parse_query(&text).is_ok(), "{text}");
    assert!(text.ends_with("|| span.audit-id = \"5f0e-1\" }"), "{text}");
}

#[test]
fn growth_is_over_when_nothing_came_for_longer_than_exporters_wait() {
    let (mut growth, seconds) = (Growth::default(), Duration::from_secs);
    assert!(!growth.is_over(0, seconds(60)), "nothing is no growth");
    assert!(!growth.is_over(5, seconds(61)));
    assert!(!growth.is_over(9, seconds(66)));
    assert!(!growth.is_over(9, seconds(71)));
    assert!(growth.is_over(9, seconds(72)));
}
