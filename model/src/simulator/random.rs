//! Seeded chance: xoshiro256++ and the distributions that durations are drawn from.

/// A reproducible stream of random numbers (xoshiro256++, Blackman and Vigna 2019; seeded by SplitMix64).
#[derive(Debug, Clone)]
pub(crate) struct Random {
    state: [u64; 4],
}

/// One step of SplitMix64: a well mixed number from any other.
#[inline]
pub(crate) const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        let first = mix(seed);
        let second = mix(first);
        let third = mix(second);
        Self { state: [first, second, third, mix(third)] }
    }

    #[inline]
    pub(crate) const fn next(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let c_next = c ^ a;
        let d_next = d ^ b;
        self.state = [a ^ d_next, b ^ c_next, c_next ^ (b << 17), d_next.rotate_left(45)];
        result
    }

    /// A number in `0..bound`; zero for a bound of zero.
    #[inline]
    pub(crate) const fn below(&mut self, bound: u64) -> u64 {
        ((self.next() as u128 * bound as u128) >> 64) as u64
    }

    /// A number in `[0, 1)`.
    #[inline]
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True with this probability.
    #[inline]
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// An exponentially distributed time between events of a Poisson process, in ns.
    pub(crate) fn exponential(&mut self, mean_ns: f64) -> u64 {
        (-mean_ns * (1.0 - self.unit()).ln()) as u64
    }

    /// A duration whose middle is about `median_ns`: log-normal with sigma 0.5, and one in a hundred from a tail that
    /// falls like a power law (up to a hundred times the median). Never zero.
    #[inline]
    pub(crate) fn duration(&mut self, median_ns: u64) -> u64 {
        let bits = self.next();
        // The sum of four uniform numbers is close to normal out to three sigma and costs no logarithm.
        let sum: u64 = (0..4).map(|part| (bits >> (part * 14)) & 0x3fff).sum();
        let normal = (sum as f64 / 16_384.0 - 2.0) * 1.732;
        let mut nanoseconds = median_ns as f64 * (0.5 * normal).exp();
        if bits >> 56 < 3 {
            nanoseconds *= (1.0 - self.unit()).powf(-0.8).min(100.0);
        }
        (nanoseconds as u64).max(1)
    }

    /// An id of 8 bytes, never zero.
    #[inline]
    pub(crate) const fn span_id(&mut self) -> [u8; 8] {
        (self.next() | 1).to_be_bytes()
    }

    /// An id of 16 bytes, never zero.
    pub(crate) const fn trace_id(&mut self) -> [u8; 16] {
        let high = self.next() | 1;
        let low = self.next();
        (((high as u128) << 64) | low as u128).to_be_bytes()
    }

    /// A UUID in its text form (version 4, as audit ids, pod uids and webhook request uids are).
    pub(crate) fn uuid(&mut self) -> String {
        let mut bytes = self.trace_id();
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let mut text = String::with_capacity(36);
        for (index, byte) in bytes.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            push_hex(&mut text, *byte);
        }
        text
    }

    /// `bytes` random bytes in hex: container and sandbox ids have 32.
    pub(crate) fn hex(&mut self, bytes: usize) -> String {
        let mut text = String::with_capacity(bytes * 2);
        for _ in 0..bytes {
            push_hex(&mut text, self.next() as u8);
        }
        text
    }
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

fn push_hex(text: &mut String, byte: u8) {
    text.push(char::from(DIGITS[usize::from(byte >> 4)]));
    text.push(char::from(DIGITS[usize::from(byte & 15)]));
}

#[cfg(test)]
mod tests;
