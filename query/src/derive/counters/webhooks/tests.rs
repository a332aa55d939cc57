use proto::Tenant;

use super::{WEBHOOKS_MAX, WebhookCounters};

#[test]
fn webhooks_beyond_the_limit_are_counted_together() {
    let counters = WebhookCounters::default();
    let named = |number: usize| {
        counters.labels(&Tenant::default(), format!("hook-{number}"), "mutating".to_owned()).webhook
    };
    for number in 0..WEBHOOKS_MAX {
        assert_eq!(named(number), format!("hook-{number}"));
    }
    assert_eq!(named(WEBHOOKS_MAX), "other");
    assert_eq!(named(WEBHOOKS_MAX + 1), "other");
    assert_eq!(named(0), "hook-0");
}
