use std::sync::Arc;

use arrow::array::RecordBatch;
use bytes::Bytes;
use proto::Tenant;

use super::{LiveBatch, LiveBuffer, LoggedRequest};
use crate::schema::live_schema;
use crate::wal::{RecordMeta, Transport};
use crate::{SpanBatch, SpanTimes};

const BODY_BYTES: usize = 5;
/// What one request counts for.
const REQUEST_BYTES: usize = BODY_BYTES + size_of::<(u64, LoggedRequest)>();

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
    assert_eq!(buffer.take_unsettled().concat().len(), 1);
    buffer.settle(sequence, vec![batch(sequence)], REQUEST_BYTES);
}

fn sequences(batches: &[Arc<LiveBatch>]) -> Vec<u64> {
    batches.iter().map(|batch| batch.sequence).collect()
}

#[test]
fn what_was_cut_off_stays_readable_until_it_is_released() {
    let mut buffer = LiveBuffer::default();
    push(&mut buffer, 1);
    push(&mut buffer, 2);
    assert!(buffer.oldest_cut().is_none() && buffer.cut(2));
    assert_eq!(buffer.oldest_cut().unwrap().through, 2);
    push(&mut buffer, 4);
    assert_eq!(sequences(&buffer.batches()), [1, 2, 4]);
    buffer.release_through(2);
    assert_eq!(sequences(&buffer.batches()), [4]);
    assert!(buffer.oldest_cut().is_none());
}

#[test]
fn a_flush_that_failed_is_taken_up_again_as_it_was() {
    let mut buffer = LiveBuffer::default();
    push(&mut buffer, 1);
    assert!(buffer.cut(1));
    push(&mut buffer, 3);
    assert!(buffer.cut(3));
    for _ in 0..2 {
        let again = buffer.oldest_cut().unwrap();
        assert_eq!((sequences(&again.batches), again.through), (vec![1], 1));
    }
    buffer.release_through(1);
    assert_eq!(sequences(&buffer.oldest_cut().unwrap().batches), [3]);
}

#[test]
fn nothing_live_is_nothing_to_cut_off() {
    let mut buffer = LiveBuffer::default();
    assert!(!buffer.cut(7) && !buffer.cut_after_last() && buffer.oldest_cut().is_none());
}

#[test]
fn requests_that_are_settling_belong_to_the_side_of_the_cut_they_came_on() {
    let mut buffer = LiveBuffer::default();
    buffer.push(1, request(1));
    buffer.push(2, request(2));
    let taken = buffer.take_unsettled();
    buffer.push(3, request(3));
    assert_eq!(buffer.unsettled_bytes(), 3 * REQUEST_BYTES, "counted until it is settled");
    assert!(buffer.cut(3));
    buffer.push(5, request(5));
    buffer.settle(2, vec![batch(2)], 2 * REQUEST_BYTES);
    let sides: Vec<Vec<u64>> = buffer
        .take_unsettled()
        .iter()
        .map(|side| side.iter().map(|(sequence, _)| *sequence).collect())
        .collect();
    assert_eq!((taken.concat().len(), sides), (2, vec![vec![3], vec![5]]), "sides never settle together");
    buffer.settle(3, vec![batch(3)], REQUEST_BYTES);
    buffer.settle(5, vec![batch(5)], REQUEST_BYTES);
    assert_eq!(sequences(&buffer.oldest_cut().unwrap().batches), [2, 3]);
    assert_eq!(buffer.unsettled_bytes(), 0);
}

#[test]
fn what_comes_in_during_a_replay_waits_behind_what_is_read_back() {
    let mut buffer = LiveBuffer::default();
    buffer.begin_replay(10);
    push(&mut buffer, 11);
    push(&mut buffer, 1);
    assert!(buffer.is_replaying());
    assert!(buffer.cut(2), "a boundary that was read back");
    push(&mut buffer, 3);
    push(&mut buffer, 12);
    assert_eq!(sequences(&buffer.oldest_cut().unwrap().batches), [1]);
    assert_eq!(sequences(&buffer.batches()), [1, 3, 11, 12], "all is readable");
    buffer.release_through(2);
    assert!(buffer.cut_after_last());
    assert_eq!(buffer.oldest_cut().unwrap().through, 3);
    push(&mut buffer, 10);
    buffer.finish_replay();
    assert!(!buffer.is_replaying() && buffer.cut(12));
    buffer.release_through(3);
    assert_eq!(sequences(&buffer.oldest_cut().unwrap().batches), [10, 11, 12]);
}
