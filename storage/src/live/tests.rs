use arrow::array::RecordBatch;
use bytes::Bytes;
use proto::Tenant;

use super::{LiveBatch, LiveBuffer, LoggedRequest};
use crate::schema::live_schema;
use crate::wal::{RecordMeta, Transport};
use crate::{SpanBatch, SpanTimes};

const BODY_BYTES: usize = 5;

fn request(sequence: u64) -> LoggedRequest {
    let meta = RecordMeta {
        tenant: Tenant::default(),
        arrival: sequence * 10,
        peer: None,
        transport: Transport::Grpc,
        user_agent: String::new(),
        body_hash: 0,
    };
    LoggedRequest { meta, body: Bytes::from_static(&[0; BODY_BYTES]) }
}

fn batch(sequence: u64) -> LiveBatch {
    let spans = SpanBatch::new(RecordBatch::new_empty(live_schema()), SpanTimes::NONE);
    let arrival = sequence * 10;
    LiveBatch { tenant: Tenant::default(), arrival_min: arrival, arrival_max: arrival, sequence, spans }
}

/// Takes request `sequence` and settles it.
fn push(buffer: &mut LiveBuffer, sequence: u64) {
    buffer.push(sequence, request(sequence));
    assert_eq!(buffer.take_unsettled().len(), 1);
    buffer.settle(vec![batch(sequence)], BODY_BYTES);
}

fn sequences(buffer: &LiveBuffer) -> Vec<u64> {
    buffer.batches().iter().map(|batch| batch.sequence).collect()
}

#[test]
fn sealed_batches_stay_readable_until_they_are_released() {
    let mut buffer = LiveBuffer::default();
    push(&mut buffer, 1);
    push(&mut buffer, 2);
    let sealed = buffer.seal().unwrap();
    assert_eq!(sealed.through, 2);
    push(&mut buffer, 3);
    assert_eq!(sequences(&buffer), [1, 2, 3]);
    assert_eq!(buffer.oldest_arrival(), Some(30), "only what no flush has taken");
    buffer.release_through(2);
    assert_eq!(sequences(&buffer), [3]);
}

#[test]
fn a_flush_that_failed_is_taken_up_with_what_came_since() {
    let mut buffer = LiveBuffer::default();
    push(&mut buffer, 1);
    buffer.seal().unwrap();
    push(&mut buffer, 2);
    let again = buffer.seal().unwrap();
    assert_eq!((again.batches.len(), again.through), (2, 2));
}

#[test]
fn a_commit_that_happened_after_all_is_not_written_again() {
    let mut buffer = LiveBuffer::default();
    push(&mut buffer, 1);
    buffer.seal().unwrap();
    push(&mut buffer, 2);
    buffer.release_through(1);
    let sealed = buffer.seal().unwrap();
    assert_eq!(sealed.batches.iter().map(|batch| batch.sequence).collect::<Vec<_>>(), [2]);
}

#[test]
fn nothing_live_is_nothing_to_flush() {
    assert!(LiveBuffer::default().seal().is_none());
}

#[test]
fn what_comes_while_the_rest_settles_waits_for_the_next_flush() {
    let mut buffer = LiveBuffer::default();
    buffer.push(1, request(1));
    buffer.push(2, request(2));
    let taken = buffer.take_unsettled();
    buffer.push(3, request(3));
    assert_eq!((taken.len(), buffer.unsettled_bytes()), (2, 3 * BODY_BYTES), "counted until it is settled");
    buffer.settle(vec![batch(2)], 2 * BODY_BYTES);
    assert_eq!(buffer.seal().unwrap().through, 2);
    assert_eq!((buffer.unsettled_bytes(), buffer.oldest_arrival()), (BODY_BYTES, Some(30)));
}
