use super::{EtcdShare, etcd_share};

#[test]
fn overlapping_calls_count_once_and_are_clipped() {
    let calls = [(15, 25), (10, 20), (40, 45), (5, 12), (90, 130)];
    assert_eq!(etcd_share((10, 100), calls), EtcdShare { covered_ns: 15 + 5 + 10, calls: 5 });
}

#[test]
fn no_calls_cover_nothing() {
    assert_eq!(etcd_share((10, 100), []), EtcdShare { covered_ns: 0, calls: 0 });
    assert_eq!(
        etcd_share((100, 10), [(0, 500)]),
        EtcdShare { covered_ns: 0, calls: 1 },
        "ended before it began"
    );
}
