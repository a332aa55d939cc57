use super::*;

const SECOND: u64 = 1_000_000_000;

fn tenant(name: &str) -> Tenant {
    Tenant::new(name).unwrap()
}

#[test]
fn a_request_is_doubtful_when_nobody_waited_for_its_answer() {
    let doubts = Doubts::default();
    doubts.unanswered(&tenant("a"), 100 * SECOND).answered();
    assert!(!doubts.touch(&tenant("a"), 0, u64::MAX));
    drop(doubts.unanswered(&tenant("a"), 100 * SECOND));
    assert!(doubts.touch(&tenant("a"), 99 * SECOND, 100 * SECOND));
    assert!(doubts.touch(&tenant("a"), 100 * SECOND, 101 * SECOND));
    assert!(!doubts.touch(&tenant("a"), 101 * SECOND, u64::MAX));
    assert!(!doubts.touch(&tenant("b"), 0, u64::MAX));
}

#[test]
fn a_retry_throws_doubt_on_half_a_minute_before_it() {
    let doubts = Doubts::default();
    doubts.retried(&tenant("a"), 100 * SECOND);
    assert!(doubts.touch(&tenant("a"), 0, 70 * SECOND));
    assert!(!doubts.touch(&tenant("a"), 0, 70 * SECOND - 1));
    assert!(!doubts.touch(&tenant("a"), 100 * SECOND + 1, u64::MAX));
    doubts.add(None, 200 * SECOND, 201 * SECOND);
    assert!(doubts.touch(&tenant("b"), 201 * SECOND, 300 * SECOND));
}

#[test]
fn many_doubts_become_fewer_and_wider_and_none_is_lost() {
    let doubts = Doubts::default();
    let instants: Vec<u64> = (0..1_000).map(|number| 1_000 * SECOND + number * SECOND / 2).collect();
    for (number, instant) in instants.iter().enumerate() {
        doubts.add(Some(&tenant(&format!("t{number}"))), *instant, *instant);
    }
    assert_eq!(doubts.list().len(), DOUBTS_MAX);
    for (number, instant) in instants.iter().enumerate() {
        assert!(doubts.touch(&tenant(&format!("t{number}")), *instant, *instant), "{number}");
    }
    for _ in 0..1_000 {
        doubts.add(Some(&tenant("t999")), 1_500 * SECOND, 1_500 * SECOND);
    }
    assert_eq!(doubts.list().len(), DOUBTS_MAX);
    doubts.add(Some(&tenant("late")), 5_000 * SECOND, 5_000 * SECOND);
    assert_eq!(doubts.list().len(), 1);
}
