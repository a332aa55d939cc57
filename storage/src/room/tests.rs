use super::*;

const GIB: u64 = 1 << 30;

#[test]
fn a_disk_is_nearly_full_by_its_share_and_by_what_is_left() {
    let room = |free_bytes, all_bytes| Room { free_bytes, all_bytes }.is_scarce();
    assert!(room(4 * GIB, 100 * GIB));
    assert!(!room(6 * GIB, 100 * GIB), "enough on any disk");
    assert!(!room(2 * GIB, 10 * GIB), "a small one");
    assert!(room(GIB / 2, 10 * GIB));
}
