//! Nothing is lost between the columns: random traffic, and the edges of time and tenants.

use std::time::Duration;

use model::Component;
use proptest::prelude::*;
use proto::Tenant;

use super::*;
use crate::env::ManualClock;

const START: u64 = 1_700_000_000 * 1_000_000_000;

fn ledger(tenants_max: usize) -> (Ledger, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(START));
    (Ledger::new(tenants_max, Env::with_clock(Arc::clone(&clock) as Arc<_>)), clock)
}

fn contents(component: Component, spans: u64, rejected: u64) -> Contents {
    let mut contents = Contents::default();
    (0..spans).for_each(|_| contents.add(component, START, START));
    contents.rejected = rejected;
    contents
}

fn question(start: u64, end: u64) -> Question {
    Question { start, end, tenant: None, component: None }
}

/// One request that ends somehow.
#[derive(Debug, Clone)]
struct Request {
    tenant: Option<usize>,
    is_read: bool,
    component: usize,
    spans: u64,
    rejected: u64,
    outcome: usize,
    wait_s: u64,
}

fn requests() -> impl Strategy<Value = Vec<Request>> {
    let one = (
        prop::option::of(0..5_usize),
        any::<bool>(),
        0..Component::ALL.len(),
        0..50_u64,
        0..3_u64,
        0..6_usize,
        0..200_u64,
    );
    let one = one.prop_map(|(tenant, is_read, component, spans, rejected, outcome, wait_s)| Request {
        tenant,
        is_read,
        component,
        spans,
        rejected,
        outcome,
        wait_s,
    });
    prop::collection::vec(one, 0..60)
}

proptest! {
    #[test]
    fn every_request_byte_and_span_is_somewhere(requests in requests()) {
        let (ledger, clock) = ledger(3);
        let mut open = Vec::new();
        for request in &requests {
            clock.advance(Duration::from_secs(request.wait_s));
            let mut entry = ledger.open("grpc");
            if let Some(tenant) = request.tenant {
                entry.of_tenant(&Tenant::new(&format!("tenant-{tenant}")).unwrap());
            }
            if request.is_read {
                let component = Component::ALL[request.component];
                entry.read(request.spans * 100, contents(component, request.spans, request.rejected));
            }
            match request.outcome {
                0 | 1 => entry.acknowledged(),
                2 => entry.duplicate(),
                3 => entry.refused("overloaded"),
                4 => drop(entry),
                _ => open.push(entry),
            }
        }
        for totals in ledger.totals() {
            for balance in [totals.requests(), totals.bytes(), totals.spans()] {
                prop_assert!(balance.holds(), "{}: {balance:?}", totals.tenant);
            }
        }
        drop(open);
        let mut all = Counts::default();
        for totals in ledger.totals() {
            prop_assert_eq!(totals.in_flight, InFlight::default());
            prop_assert!(totals.spans().holds());
            all.merge(&totals.in_all());
        }
        prop_assert_eq!(all.get(Measure::ReceivedRequests), requests.len() as u64);
        let by_transport: u64 = ledger.transports().iter().map(|row| row.requests).sum();
        prop_assert_eq!(by_transport, requests.len() as u64);
        // At most 60 x 200 s: all minutes are held, and they say what the totals say.
        let window = ledger.window(&question(START, u64::MAX / 2)).unwrap();
        for measure in Measure::ALL {
            prop_assert_eq!(window.totals.get(measure), all.get(measure), "{}", measure.name());
        }
        prop_assert_eq!(window.totals.refused_in_all(), all.refused_in_all());
    }
}

#[test]
fn tenants_beyond_the_limit_are_counted_together() {
    let (ledger, _) = ledger(2);
    for tenant in ["a", "b", "c", "d", "a"] {
        let mut entry = ledger.open("grpc");
        entry.of_tenant(&Tenant::new(tenant).unwrap());
        entry.refused("unauthenticated");
    }
    ledger.open("grpc").refused("unauthenticated");
    let refused: Vec<_> = ledger
        .totals()
        .into_iter()
        .map(|totals| (totals.tenant.clone(), totals.in_all().refused_in_all().requests))
        .collect();
    let expected = [(OTHER_TENANTS, 2), (UNKNOWN_TENANT, 1), ("a", 2), ("b", 1)];
    assert_eq!(refused, expected.map(|(tenant, requests)| (tenant.to_owned(), requests)));
}

#[test]
fn minutes_are_held_for_a_day() {
    let (ledger, clock) = ledger(8);
    let count = || {
        let mut entry = ledger.open("grpc");
        entry.of_tenant(&Tenant::default_tenant());
        entry.read(10, contents(Component::Etcd, 1, 0));
        entry.acknowledged();
    };
    count();
    let early = ledger.window(&question(START - 120 * 1_000_000_000, START)).unwrap_err();
    assert_eq!(early.available_from, START / MINUTE_NS * MINUTE_NS);
    for _ in 0..MINUTES_MAX + 10 {
        clock.advance(Duration::from_secs(60));
        count();
    }
    let now = ledger.shared.env.now();
    let available_from = ledger.available_from();
    assert_eq!((now / MINUTE_NS * MINUTE_NS - available_from) / MINUTE_NS, MINUTES_MAX as u64 - 1);
    let window = ledger.window(&question(available_from, now)).unwrap();
    assert_eq!(window.minutes.len(), MINUTES_MAX);
    assert_eq!(window.totals.get(Measure::AcknowledgedSpans), MINUTES_MAX as u64);
    assert_eq!(ledger.totals()[0].in_all().get(Measure::AcknowledgedSpans), MINUTES_MAX as u64 + 11);
    let only = Question { component: Some(Some(Component::Kubelet)), ..question(available_from, now) };
    assert_eq!(ledger.window(&only).unwrap().minutes, []);
}

#[test]
fn spans_are_late_after_a_minute_and_stand_at_their_component() {
    let (ledger, _) = ledger(8);
    let mut entry = ledger.open("http_json");
    entry.of_tenant(&Tenant::default_tenant());
    let mut contents = Contents::default();
    contents.add(Component::Etcd, START - LATE_NS, START);
    contents.add(Component::Apiserver, START - LATE_NS - 1, START);
    contents.add(Component::Apiserver, START + 5, START);
    assert_eq!((contents.component(), contents.newest_end), (Some(Component::Apiserver), START + 5));
    entry.read(30, contents);
    entry.add(Measure::MaskedValues, 4);
    entry.acknowledged();
    let totals = &ledger.totals()[0];
    let of = |component| {
        let (_, counts) = totals.components.iter().find(|(known, _)| *known == Some(component)).unwrap();
        [Measure::AcknowledgedRequests, Measure::AcknowledgedSpans, Measure::LateSpans, Measure::MaskedValues]
            .map(|measure| counts.get(measure))
    };
    assert_eq!(of(Component::Apiserver), [1, 2, 1, 4]);
    assert_eq!(of(Component::Etcd), [0, 1, 0, 0]);
    assert_eq!(totals.acks.count(), 1);
}

#[test]
fn the_names_operators_build_on() {
    let (ledger, clock) = ledger(8);
    let mut entry = ledger.open("grpc");
    entry.of_tenant(&Tenant::default_tenant());
    entry.read(100, contents(Component::Etcd, 7, 2));
    clock.advance(Duration::from_millis(2));
    entry.acknowledged();
    ledger.open("http").refused("unsupported");
    ledger.flushed(&Tenant::default_tenant(), 7);
    let mut registry = prometheus_client::registry::Registry::default();
    registry.register_collector(Box::new(LedgerMetrics::new(ledger)));
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
    for line in [
        r#"receiver_requests_total{transport="grpc",outcome="partial"} 1"#,
        r#"receiver_requests_total{transport="http",outcome="unsupported"} 1"#,
        r#"receiver_body_bytes_total{transport="grpc",outcome="partial"} 100"#,
        r#"receiver_accepted_spans_total{tenant="default",component="etcd"} 7"#,
        r#"receiver_rejected_spans_total{tenant="default",component="etcd"} 2"#,
        r#"receiver_refused_requests_total{tenant="(unknown)",reason="unsupported"} 1"#,
        r#"receiver_ack_seconds_count{tenant="default"} 1"#,
        r#"receiver_ack_seconds_bucket{le="0.002",tenant="default"} 1"#,
        r#"receiver_ack_seconds_bucket{le="+Inf",tenant="default"} 1"#,
        r#"storage_flushed_spans_total{tenant="default"} 7"#,
    ] {
        assert!(text.contains(&format!("\ntailplane_{line}\n")), "{line} is missing from\n{text}");
    }
}
