use std::time::Duration;

use super::*;
use crate::testing::{Row, span_batch};

const MS: i64 = 1_000_000;
/// Of the first and last arrival, in seconds.
const ARRIVALS_S: (u64, u64) = (1_000, 2_000);
/// A pinned trace.
const PINNED: u8 = 9;

fn rule(name: &str, service: &str, max_duration_ms: u64) -> ThinRule {
    let max_duration = Duration::from_millis(max_duration_ms);
    ThinRule { name: name.to_owned(), service: service.to_owned(), max_duration }
}

/// A root that the rules drop, in the middle of the segment.
const IDLE: Row = Row {
    trace: 1,
    span_id: 1,
    start_us: 1_500_000_000,
    name: "runtime.v1.RuntimeService/ListContainers",
    peer_address: "",
    duration_ns: 5 * MS,
    parent: 0,
    service: "kubelet",
    status_code: 0,
};

/// The span of the runtime below it.
const SERVED: Row = Row { span_id: 2, parent: 1, service: "containerd", duration_ns: 4 * MS, ..IDLE };

/// The numbers of the traces that go; rows are read in pieces of `step`.
fn condemned(rules: &[ThinRule], rows: &[Row], step: usize) -> Vec<u8> {
    let second = |seconds: u64| seconds * 1_000_000_000;
    let times = SegmentTimes {
        arrival_min: second(ARRIVALS_S.0),
        arrival_max: second(ARRIVALS_S.1),
        ..SegmentTimes::UNKNOWN
    };
    let pinned = [u128::from_be_bytes([PINNED; 16])].into();
    let rules = Rules::new(rules, times, pinned);
    let mut judge = rules.judge();
    for rows in rows.chunks(step) {
        // As a file has them.
        let batch = span_batch(rows).rows;
        let columns = COLUMNS.map(|name| batch.schema().index_of(name).unwrap());
        let batch = batch.project(&columns).unwrap();
        let fields = batch.schema();
        let plain = batch.columns().iter().zip(fields.fields()).map(|(column, field)| {
            let data_type = match field.data_type() {
                arrow::datatypes::DataType::Dictionary(_, value) => value.as_ref().clone(),
                other => other.clone(),
            };
            (field.name().clone(), arrow::compute::cast(column, &data_type).unwrap())
        });
        judge
            .read(
                &RecordBatch::try_from_iter_with_nullable(plain.map(|(name, column)| (name, column, true)))
                    .unwrap(),
            )
            .unwrap();
    }
    let traces = judge.finish();
    assert!(traces.is_sorted());
    traces.iter().map(|id| id.to_be_bytes()[0]).collect()
}

fn goes(rows: &[Row]) -> bool {
    let rules = [rule("runtime.v1.RuntimeService/List*", "kubelet", 1_000)];
    condemned(&rules, rows, 10) == [1]
}

#[test]
fn idle_traces_go_whole() {
    assert!(goes(&[IDLE]) && goes(&[IDLE, SERVED]));
    let other = Row { trace: 2, name: "runtime.v1.RuntimeService/StopContainer", ..IDLE };
    let third = Row { trace: 3, ..IDLE };
    let rules = [rule("*/List*", "*", 1_000)];
    for step in 1..=5 {
        let rows = [IDLE, SERVED, other, third, Row { trace: 3, ..SERVED }];
        assert_eq!(condemned(&rules, &rows, step), [1, 3], "{step} rows at once");
    }
}

#[test]
fn what_is_slow_failed_or_of_another_name_stays() {
    for row in [
        Row { duration_ns: 1_000 * MS, ..IDLE },
        Row { status_code: STATUS_ERROR, ..IDLE },
        Row { name: "syncPod", ..IDLE },
        Row { service: "crio", ..IDLE },
        Row { service: "", ..IDLE },
    ] {
        assert!(!goes(&[row, SERVED]), "{row:?}");
    }
    assert!(goes(&[Row { duration_ns: 1_000 * MS - 1, status_code: 1, ..IDLE }, SERVED]));
    assert!(!goes(&[IDLE, Row { status_code: STATUS_ERROR, ..SERVED }]), "something below failed");
    assert!(!goes(&[IDLE, Row { duration_ns: 2_000 * MS, ..SERVED }]), "something below went on");
    let pinned = Row { trace: PINNED, ..IDLE };
    assert_eq!(condemned(&[rule("*", "*", 1_000)], &[IDLE, pinned], 1), [1]);
}

#[test]
fn traces_that_may_be_elsewhere_too_stay() {
    let at = |seconds: i64| {
        let start_us = seconds * 1_000_000;
        [Row { start_us, ..IDLE }, Row { start_us, ..SERVED }]
    };
    assert!(!goes(&at(999)) && goes(&at(1_000)), "it may have begun to arrive before the segment");
    assert!(goes(&at(1_939)) && !goes(&at(1_940)), "it may go on to arrive after the segment");
    assert!(!goes(&[IDLE, Row { parent: 7, ..SERVED }]), "a span is missing");
    assert!(!goes(&[SERVED]), "the root is missing");
    assert!(!goes(&[IDLE, Row { parent: 0, ..SERVED }]), "two roots");
    let many: Vec<Row> =
        (2..=SPANS_MAX as u64 + 1).map(|span_id| Row { span_id, ..SERVED }).chain([IDLE]).collect();
    assert!(goes(&many[1..]) && !goes(&many), "one of {} spans", many.len());
}

#[test]
fn of_several_rules_the_most_patient_counts() {
    let rules = [rule("*", "*", 1), rule("*List*", "*", 100), rule("*", "kubelet", 10)];
    assert_eq!(condemned(&rules, &[Row { duration_ns: 99 * MS, ..IDLE }], 1), [1]);
    assert_eq!(condemned(&rules, &[Row { duration_ns: 99 * MS, name: "x", ..IDLE }], 1), [0_u8; 0]);
    assert_eq!(condemned(&[], &[IDLE], 1), [0_u8; 0]);
}

#[test]
fn a_star_stands_for_anything() {
    for (pattern, text, expected) in [
        ("List", "List", true),
        ("List", "Lists", false),
        ("*", "", true),
        ("List*", "ListPods", true),
        ("List*", "aListPods", false),
        ("*Pods", "ListPods", true),
        ("*/List*s", "a/b/ListPods", true),
        ("a*b*c", "axbxbxc", true),
        ("a*b*c", "axc", false),
        ("ab*ba", "aba", false),
        ("ab*ba", "abba", true),
        ("**", "x", true),
        ("ä*", "äö", true),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }
}
