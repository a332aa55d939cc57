use super::{CLAIMS_MAX, Claims, Recent, Seen, Sight, Verdict, WINDOW_NS};

#[test]
fn claims_differ_only_within_the_window() {
    let mut claims: Claims<String> = Claims::default();
    assert_eq!(claims.verdict(), Verdict::Silent);
    claims.add("a", Sight::at(1));
    claims.add("b", Sight::at(1 + WINDOW_NS));
    assert_eq!(claims.verdict().claims(), [&"a".to_owned(), &"b".to_owned()]);
    claims.add("b", Sight::at(2 + WINDOW_NS));
    let sight = Sight { first: 1 + WINDOW_NS, last: 2 + WINDOW_NS };
    assert_eq!(claims.verdict(), Verdict::Sole(&"b".to_owned(), sight), "a was last said too long ago");
    assert_eq!(claims.verdict_at(3 + 2 * WINDOW_NS), Verdict::Silent, "and later so was b");
}

#[test]
fn of_many_claims_the_latest_are_kept() {
    let mut claims: Claims<u64> = Claims::default();
    for time in 0..1_000 {
        claims.add(&time, Sight::at(time));
    }
    assert!(claims.verdict().claims().len() <= CLAIMS_MAX + CLAIMS_MAX / 8);
    assert_eq!(claims.latest(), Some(&999));
    assert_eq!(claims.newest(), 999);
}

#[test]
fn above_the_limit_the_oldest_go() {
    let mut recent: Recent<u64, Sight, 100> = Recent::default();
    for key in 0..10_000_u64 {
        // An order in which neither keys nor times rise.
        let shuffled = key * 7_919 % 10_007;
        recent.add(&shuffled, Sight::at(shuffled ^ 0x5555));
        assert!(recent.iter().count() <= 112);
    }
    recent.merge(Recent::default());
    let mut times: Vec<u64> = (0..10_000_u64).map(|key| (key * 7_919 % 10_007) ^ 0x5555).collect();
    times.sort_unstable();
    let mut kept: Vec<u64> = recent.iter().map(|(_, sight)| sight.last()).collect();
    kept.sort_unstable();
    assert_eq!(kept, times[9_900..]);
}
