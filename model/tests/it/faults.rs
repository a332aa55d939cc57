//! Faults that no scenario has by itself come out first too.

use model::shares::Cause;
use model::simulator::Scenario;

use super::causes::{assert_plainly_first, over};
use super::run::run;

/// Holds that a cluster with `fault` shows each of `expected` first, over the same cluster without it.
fn assert_found(fault: &str, expected: &[(Cause, &str)]) {
    let text = format!("requests_per_s = 40.0\npod_starts_per_s = 1.0\n[[faults]]\n{fault}");
    let scenario = Scenario::parse(&text).unwrap();
    let healthy = Scenario { faults: Vec::new(), ..scenario.clone() };
    let (ill, healthy) = (run(scenario, 7, 30), run(healthy, 8, 30));
    let (rows, baseline) = (ill.rows(), healthy.rows());
    for (cause, key) in expected {
        assert_plainly_first(&over(&rows, &baseline, *cause), key);
    }
}

#[test]
fn overload_is_the_wait_for_a_seat() {
    assert_found(
        "kind = \"overload\"\nextra_ms = 400.0\nshare = 0.5",
        &[(Cause::Phase, "priority_and_fairness"), (Cause::Component, "apiserver")],
    );
}

#[test]
fn a_slow_key_server_is_encryption() {
    assert_found(
        "kind = \"encryption\"\nextra_ms = 300.0",
        &[(Cause::Phase, "encryption"), (Cause::Component, "apiserver")],
    );
}

#[test]
fn a_webhook_that_fails_is_told_by_its_failures() {
    assert_found(
        "kind = \"webhook_fails\"\nname = \"policy.platform.example.com\"\nshare = 0.5",
        &[(Cause::WebhookFailure, "policy.platform.example.com")],
    );
}

#[test]
fn etcd_without_a_leader_is_etcd() {
    assert_found(
        "kind = \"etcd_leader_change\"\nextra_ms = 900.0\nfrom_s = 10.0\nuntil_s = 16.0",
        &[(Cause::Component, "etcd")],
    );
}
