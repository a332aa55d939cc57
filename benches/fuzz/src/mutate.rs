//! Blind mutation: enough to keep a parser honest in every test run; libFuzzer looks deeper.

/// An input never grows beyond this many bytes.
const BYTES_MAX: usize = 64 << 10;
/// Values at which lengths, tags and counters break.
const EDGES: [u8; 8] = [0x00, 0x01, 0x7f, 0x80, 0xff, b'"', b'{', b'\\'];

/// A source of numbers that repeats itself for the same seed (xorshift64*).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The numbers of `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }
}

/// One of `inputs`, which are not empty, with one to eight changes.
pub fn mutant(inputs: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = inputs[random.below(inputs.len())].clone();
    for _ in 0..=random.below(8) {
        change(&mut bytes, inputs, random);
    }
    bytes.truncate(BYTES_MAX);
    bytes
}

fn change(bytes: &mut Vec<u8>, inputs: &[Vec<u8>], random: &mut Random) {
    if bytes.is_empty() {
        bytes.push(EDGES[random.below(EDGES.len())]);
        return;
    }
    let place = random.below(bytes.len());
    let end = place + 1 + random.below((bytes.len() - place).min(64));
    match random.below(7) {
        0 => bytes[place] ^= 1 << random.below(8),
        1 => bytes[place] = EDGES[random.below(EDGES.len())],
        2 => bytes[place] = random.below(256) as u8,
        3 => drop(bytes.drain(place..end)),
        4 => {
            let piece = bytes[place..end].to_vec();
            bytes.splice(place..place, piece);
        }
        5 => bytes.truncate(place),
        _ => {
            let other = &inputs[random.below(inputs.len())];
            if !other.is_empty() {
                let from = random.below(other.len());
                let length = 1 + random.below((other.len() - from).min(256));
                bytes.splice(place..end, other[from..from + length].iter().copied());
            }
        }
    }
}
