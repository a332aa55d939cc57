use arrow::array::RecordBatch;
use proto::Tenant;

use super::{LiveBatch, LiveBuffer};
use crate::schema::live_schema;
use crate::{SpanBatch, SpanTimes};

fn batch(sequence: u64) -> LiveBatch {
    let spans = SpanBatch::new(RecordBatch::new_empty(live_schema()), SpanTimes::NONE);
    LiveBatch { tenant: Tenant::default(), arrival: sequence * 10, sequence, spans }
}

fn sequences(buffer: &LiveBuffer) -> Vec<u64> {
    buffer.batches().iter().map(|batch| batch.sequence).collect()
}

#[test]
fn sealed_batches_stay_readable_until_they_are_released() {
    let mut buffer = LiveBuffer::default();
    buffer.push(batch(1));
    buffer.push(batch(2));
    let sealed = buffer.seal().unwrap();
    assert_eq!(sealed.through, 2);
    buffer.push(batch(3));
    assert_eq!(sequences(&buffer), [1, 2, 3]);
    assert_eq!(buffer.oldest_arrival(), Some(30), "only what no flush has taken");
    buffer.release_through(2);
    assert_eq!(sequences(&buffer), [3]);
}

#[test]
fn a_flush_that_failed_is_taken_up_with_what_came_since() {
    let mut buffer = LiveBuffer::default();
    buffer.push(batch(1));
    buffer.seal().unwrap();
    buffer.push(batch(2));
    let again = buffer.seal().unwrap();
    assert_eq!((again.batches.len(), again.through), (2, 2));
}

#[test]
fn a_commit_that_happened_after_all_is_not_written_again() {
    let mut buffer = LiveBuffer::default();
    buffer.push(batch(1));
    buffer.seal().unwrap();
    buffer.push(batch(2));
    buffer.release_through(1);
    let sealed = buffer.seal().unwrap();
    assert_eq!(sealed.batches.iter().map(|batch| batch.sequence).collect::<Vec<_>>(), [2]);
}

#[test]
fn nothing_live_is_nothing_to_flush() {
    assert!(LiveBuffer::default().seal().is_none());
}
