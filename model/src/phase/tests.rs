mod layouts;
mod oracle;

use std::collections::HashSet;

use super::*;

#[test]
fn phases_are_in_order_and_have_names_of_their_own() {
    let names: HashSet<&str> = Phase::ALL.iter().map(|phase| phase.name()).collect();
    assert_eq!(names.len(), Phase::COUNT);
    for (index, phase) in Phase::ALL.into_iter().enumerate() {
        assert_eq!(phase as usize, index);
        assert_eq!(Phase::from_name(phase.name()), Some(phase));
    }
    assert_eq!(Phase::from_name("Self"), None);
}

#[test]
fn times_add_up() {
    let mut times = PhaseTimes::default();
    times.add(Phase::EtcdWire, 5);
    times.add(Phase::EtcdWire, 7);
    times.add(Phase::Own, 1);
    let mut twice = times;
    twice += times;
    assert_eq!((times.get(Phase::EtcdWire), times.total_ns()), (12, 13));
    assert_eq!((twice.get(Phase::EtcdWire), twice.total_ns()), (24, 26));
    assert_eq!(times.sum_ns(Phase::is_etcd), 12);
    times.add(Phase::Own, u64::MAX);
    assert_eq!(times.total_ns(), u64::MAX);
}
