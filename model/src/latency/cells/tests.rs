use proto::{SpanId, TraceId};

use super::*;

fn span(duration_ns: u64) -> SpanReference {
    SpanReference {
        duration_ns,
        start: 0,
        trace_id: TraceId([1; 16]),
        span_id: SpanId(duration_ns.to_be_bytes()),
        error: false,
    }
}

#[test]
fn what_a_cell_cannot_count_is_counted_beside_it() {
    let mut buckets = Buckets::default();
    let (one, other) = (buckets.push_group(), buckets.push_group());
    let index = bucket_of(1_000);
    buckets.add(one, index, u64::from(u32::MAX));
    buckets.count(one, 1_000);
    buckets.add(one, index, 10_000_000_000);
    buckets.count(other, 1_000);
    let counts = |group| buckets.histogram(group, Histogram::default()).counts;
    assert_eq!(counts(one), [(index, u64::from(u32::MAX) + 1 + 10_000_000_000)]);
    assert_eq!(counts(other), [(index, 1)]);
}

#[test]
fn the_slowest_span_of_a_bucket_is_named_however_wide_the_bucket_is() {
    for shift in [0_u32, 9, 31, 40, 55] {
        let mut buckets = Buckets::default();
        let group = buckets.push_group();
        let durations: Vec<u64> = [0_u64, 3, 1, 7, 6, 7].map(|more| (200 << shift) + more).into();
        for duration_ns in &durations {
            if buckets.count(group, *duration_ns) {
                buckets.name(group, span(*duration_ns));
            }
        }
        let named = buckets.histogram(group, Histogram::default()).named;
        assert!(!named.is_empty(), "{shift}");
        for (index, found) in named {
            let of_bucket = durations.iter().filter(|duration_ns| bucket_of(**duration_ns) == index);
            assert_eq!(Some(&found.duration_ns), of_bucket.max(), "{shift}");
        }
    }
}

#[test]
fn blocks_beyond_a_chunk_are_others() {
    let mut buckets = Buckets::default();
    let groups: Vec<u32> = (0..=CHUNK_BLOCKS).map(|_| buckets.push_group()).collect();
    groups.iter().for_each(|group| buckets.add(*group, 5, u64::from(*group) + 1));
    assert_eq!(buckets.chunks.len(), 2);
    for group in groups {
        let counts = buckets.histogram(group, Histogram::default()).counts;
        assert_eq!(counts, [(5, u64::from(group) + 1)]);
    }
}
