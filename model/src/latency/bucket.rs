//! Log-linear buckets of durations: seven mantissa bits, so 128 buckets to each power of two.

const MANTISSA_BITS: u32 = 7;
const BUCKETS_PER_OCTAVE: u64 = 1 << MANTISSA_BITS;

/// The largest relative distance between a duration and its bucket's [`representative`]: `2^-8`.
pub const ERROR_BOUND: f64 = 1.0 / 256.0;

/// The bucket of a duration in ns. Durations below 256 ns have a bucket each.
#[must_use]
pub const fn bucket_of(duration_ns: u64) -> u16 {
    if duration_ns < BUCKETS_PER_OCTAVE {
        return duration_ns as u16;
    }
    let octave = (u64::BITS - 1 - duration_ns.leading_zeros()) - MANTISSA_BITS;
    let mantissa = (duration_ns >> octave) & (BUCKETS_PER_OCTAVE - 1);
    ((octave as u64 + 1) * BUCKETS_PER_OCTAVE + mantissa) as u16
}

/// The shortest duration in ns of `bucket`; the longest there is for buckets beyond all durations.
#[must_use]
pub const fn shortest(bucket: u16) -> u64 {
    if bucket > bucket_of(u64::MAX) {
        return u64::MAX;
    }
    let bucket = bucket as u64;
    if bucket < BUCKETS_PER_OCTAVE {
        return bucket;
    }
    (BUCKETS_PER_OCTAVE + bucket % BUCKETS_PER_OCTAVE) << octave_of(bucket)
}

/// The duration in ns that stands for every duration of `bucket`: its middle.
#[must_use]
pub const fn representative(bucket: u16) -> u64 {
    if (bucket as u64) < BUCKETS_PER_OCTAVE {
        return bucket as u64;
    }
    shortest(bucket) + ((1 << octave_of(bucket as u64)) - 1) / 2
}

/// By how many bits the mantissa of `bucket`, which is none of the first, is shifted.
const fn octave_of(bucket: u64) -> u64 {
    bucket / BUCKETS_PER_OCTAVE - 1
}
