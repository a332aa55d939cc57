use arrow::array::{FixedSizeBinaryArray, Int16Array, Int32Array, Int64Array, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, UnboundedMemoryPool};
use proptest::prelude::*;

use super::*;
use crate::latency::groups::Group;

/// Slot, series and duration of a span; no slot for one that lies outside of all.
type Row = (Option<i64>, Option<u8>, i64);

/// These rows as a scan gives them; the first has id `from`.
fn batch(rows: &[Row], from: u64) -> RecordBatch {
    let ids = || (0..rows.len() as u64).map(|row| from + row);
    let trace_ids = ids().map(|id| [[9; 8], id.to_be_bytes()].concat());
    let span_ids = ids().map(u64::to_be_bytes);
    let texts = rows.iter().map(|(_, series, _)| series.map(|series| format!("series {series}")));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(rows.iter().map(|(slot, ..)| *slot).collect::<Int64Array>()),
        Arc::new(texts.collect::<StringViewArray>()),
        Arc::new(rows.iter().map(|(.., duration)| Some(*duration)).collect::<Int64Array>()),
        Arc::new(TimestampMicrosecondArray::from_iter_values(ids().map(|id| id as i64))),
        Arc::new(Int16Array::from(vec![7; rows.len()])),
        Arc::new(FixedSizeBinaryArray::try_from_iter(trace_ids).unwrap()),
        Arc::new(FixedSizeBinaryArray::try_from_iter(span_ids).unwrap()),
        Arc::new(Int32Array::from_iter(ids().map(|id| (id % 5 == 0).then_some(2)))),
    ];
    let field =
        |(place, column): (usize, &ArrayRef)| Field::new(place.to_string(), column.data_type().clone(), true);
    let fields: Vec<Field> = columns.iter().enumerate().map(field).collect();
    assert_eq!(fields[1].data_type(), &DataType::Utf8View);
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

/// What is known of `rows`, in batches of `at_once`, when so many bytes may wait.
fn added(rows: &[Row], at_once: usize, waiting_bytes_max: usize) -> (u64, Vec<Group>) {
    let limits = Limits { exact_spans_max: 3 };
    let adding = Adding { rows: Rows::Spans, by: 1, limits, choice: Choice::All, by_whom: ByWhom::Each };
    let pool: Arc<dyn MemoryPool> = Arc::new(UnboundedMemoryPool::default());
    let mut tally = Tally::new(adding, waiting_bytes_max, MemoryConsumer::new("test").register(&pool));
    for (place, rows) in rows.chunks(at_once).enumerate() {
        tally.add(&in_slots(batch(rows, (place * at_once) as u64)).unwrap()).unwrap();
    }
    tally.waiting.add_to(&mut tally.states);
    tally.let_go();
    let mut groups = Groups::default();
    let sums = Sums(vec![tally]);
    let count = sums.rows();
    sums.add_to(&mut groups);
    (count, groups.into_series())
}

fn figures(groups: &[Group]) -> String {
    let mut text = String::new();
    for group in groups {
        for (slot, state) in &group.slots {
            let (point, exemplars) = (state.point(&[0.5, 0.99]), state.exemplars(&[0.5, 0.99], 8));
            text += &format!("{:?} {slot}: {point:?} {exemplars:?}\n", group.key);
        }
    }
    text
}

proptest! {
    #[test]
    fn prop_sums_do_not_depend_on_how_many_rows_wait(
        rows in proptest::collection::vec((proptest::option::of(0_i64..4), proptest::option::of(0_u8..3), 0_i64..900), 1..200),
        at_once in 1_usize..60,
        // Beyond what a table of places holds.
        distance in prop_oneof![Just(1_i64), Just(1_000_000_i64)],
    ) {
        let rows: Vec<Row> =
            rows.into_iter().map(|(slot, series, ns)| (slot.map(|slot| slot * distance - 2), series, ns)).collect();
        let in_slots = rows.iter().filter(|(slot, ..)| slot.is_some()).count() as u64;
        let (count, at_the_end) = added(&rows, at_once, usize::MAX);
        let (count_at_once, at_once) = added(&rows, at_once, 1);
        prop_assert_eq!((count, count_at_once), (in_slots, in_slots));
        prop_assert_eq!(figures(&at_the_end), figures(&at_once));
        for group in &at_the_end {
            let series = group.key[0].as_ref().map(|key| key.rsplit(' ').next().unwrap().parse::<u8>().unwrap());
            for (slot, state) in &group.slots {
                let wanted = rows.iter().filter(|row| (row.0, row.1) == (Some(*slot), series)).count();
                prop_assert_eq!(state.count(), wanted as u64);
            }
        }
    }
}
