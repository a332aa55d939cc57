use super::*;

fn visit(address: &str, at: UnixNanos, outcome: &'static str) -> Visit {
    let id = SenderId::new(address, "OTel OTLP Exporter Go/1.40.0", "grpc");
    Visit { id, at, tenant: None, outcome, spans: 10, newest_end: None }
}

#[test]
fn whoever_was_not_seen_for_the_longest_time_makes_room() {
    let senders = Senders::new(2);
    for (address, at) in [("a", 1), ("b", 2), ("a", 3), ("c", 4)] {
        senders.visited(visit(address, at, "ok"));
    }
    let list = senders.list();
    let seen: Vec<_> = list.iter().map(|sender| (sender.id.address.as_str(), sender.requests)).collect();
    assert_eq!(seen, [("c", 1), ("a", 2)]);
    assert_eq!((list[1].first_seen, list[1].last_seen), (1, 3));
}

#[test]
fn spans_count_when_they_are_kept_and_the_latest_outcome_shows() {
    let senders = Senders::new(2);
    for outcome in ["ok", "overloaded", "partial", "unauthenticated"] {
        senders.visited(visit("a", 1, outcome));
    }
    let [sender] = &senders.list()[..] else { panic!("one sender") };
    assert_eq!((sender.requests, sender.refused, sender.spans), (4, 2, 20));
    assert_eq!(sender.outcome, "unauthenticated");
}

#[test]
fn the_clock_offset_is_the_least_of_the_latest_requests() {
    let senders = Senders::new(2);
    let offset = |late: i64| {
        let at = 1_000_000_u64;
        let newest_end = at.checked_add_signed(-late);
        senders.visited(Visit { newest_end, ..visit("a", at, "ok") });
        senders.list()[0].clock_offset_ns
    };
    assert_eq!(offset(50), Some(50));
    assert_eq!(offset(70), Some(50));
    assert_eq!(offset(-5), Some(-5), "a clock that is ahead");
    for _ in 0..2 * OFFSET_REQUESTS {
        offset(40);
    }
    assert_eq!(offset(60), Some(40), "what is long ago does not count");
}

#[test]
fn texts_of_strangers_are_cut_and_escaped() {
    let id = SenderId::new("10.0.0.1", &format!("evil\u{1b}[31m\n{}", "é".repeat(500)), "grpc");
    assert!(id.user_agent.starts_with("evil\\u{1b}[31m\\n"), "{}", id.user_agent);
    assert!(id.user_agent.len() < 200 && !id.user_agent.contains(char::is_control));
}
