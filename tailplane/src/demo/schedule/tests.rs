use proptest::prelude::*;

use super::{MINUTE_NS, Part, Periods};

const SECOND: u64 = 1_000_000_000;
const NOW: u64 = 1_700_000_000 * SECOND;

#[test]
fn the_backfill_holds_one_stall_between_four_and_five_minutes_ago() {
    let periods = Periods { calm_ns: 24_700_000_000, stall_ns: 24_900_000_000 };
    let tiles = periods.backfill(NOW);
    let stalls: Vec<_> = tiles.iter().filter(|tile| tile.part == Part::Stall).collect();
    let [stall] = stalls.as_slice() else { panic!("{} stalls", stalls.len()) };
    let age = NOW - stall.start;
    assert!((4 * MINUTE_NS..5 * MINUTE_NS).contains(&age), "{age}");
    assert_eq!(tiles.len(), 37);
    let (from, to) = periods.hint(&tiles).expect("there is a stall");
    assert!(from < stall.start && to > stall.start + periods.stall_ns && to < NOW);
}

#[test]
fn the_stall_comes_back_every_ten_minutes() {
    let periods = Periods { calm_ns: 25 * SECOND, stall_ns: 25 * SECOND };
    let stalls: Vec<u64> = (0..100).filter(|index| periods.live(*index) == Part::Stall).collect();
    assert_eq!(stalls, [23, 47, 71, 95]);
}

proptest! {
    #[test]
    fn prop_the_backfill_is_gapless_and_ends_now(calm_ns in SECOND..120 * SECOND, stall_ns in SECOND..120 * SECOND) {
        let periods = Periods { calm_ns, stall_ns };
        let tiles = periods.backfill(NOW);
        let mut reached = tiles[0].start;
        prop_assert!(reached <= NOW - 15 * MINUTE_NS);
        for tile in &tiles {
            prop_assert_eq!(tile.start, reached);
            reached += periods.of(tile.part);
        }
        prop_assert_eq!(reached, NOW);
    }
}
