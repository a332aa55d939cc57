//! The same message in other bytes, and damaged bytes.

use crate::otlp::schema::{Kind, Message};
use crate::otlp::wire::{
    Reader, put_bytes, put_double, put_fixed32, put_message, put_raw_varint, put_varint,
};

/// A small deterministic generator (SplitMix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }
}

/// Field shuffles, messages in pieces, superseded scalars and unknown fields: `bytes`, a `message`, in a form that
/// protobuf allows. Fields of one number keep their order.
pub(crate) fn scrambled(bytes: &[u8], message: &'static Message, random: &mut Random) -> Vec<u8> {
    let mut queues = chunks(bytes, message, random);
    let mut out = Vec::new();
    while !queues.is_empty() {
        if random.percent(10) {
            put_unknown(&mut out, random, 0);
        }
        let index = random.below(queues.len());
        out.extend(queues[index].1.remove(0));
        if queues[index].1.is_empty() {
            queues.swap_remove(index);
        }
    }
    out
}

/// The encoded fields of a message, by number.
fn chunks(bytes: &[u8], message: &'static Message, random: &mut Random) -> Vec<(u32, Vec<Vec<u8>>)> {
    let mut queues: Vec<(u32, Vec<Vec<u8>>)> = Vec::new();
    let mut reader = Reader::new(bytes);
    let mut start = 0;
    while let Some(field) = reader.field().expect("valid bytes") {
        let number = field.number();
        let known = message.field(number).expect("prost writes known fields only");
        let mut pieces = Vec::new();
        if let Kind::Message(inner) = known.kind {
            let content = scrambled(reader.bytes(field).expect("valid bytes"), inner, random);
            let cut = if known.repeated || !random.percent(40) { 0 } else { random.below(content.len() + 1) };
            let cut = field_boundary(&content, cut);
            for piece in [&content[..cut], &content[cut..]] {
                if !piece.is_empty() || cut == 0 && pieces.is_empty() && content.is_empty() {
                    let mut chunk = Vec::new();
                    put_bytes(&mut chunk, number, piece);
                    pieces.push(chunk);
                }
            }
        } else {
            reader.skip(field).expect("valid bytes");
            if !known.repeated && random.percent(15) {
                pieces.push(decoy(number, known.kind));
            }
            pieces.push(reader.since(start).to_vec());
        }
        start = reader.position();
        match queues.iter_mut().find(|queue| queue.0 == number) {
            Some(queue) => queue.1.extend(pieces),
            None => queues.push((number, pieces)),
        }
    }
    queues
}

/// The last start of a field at or before `cut`.
fn field_boundary(bytes: &[u8], cut: usize) -> usize {
    let mut reader = Reader::new(bytes);
    let mut boundary = 0;
    while let Some(field) = reader.field().expect("valid bytes") {
        reader.skip(field).expect("valid bytes");
        if reader.position() > cut {
            break;
        }
        boundary = reader.position();
    }
    boundary
}

/// A value that the true one, which follows, supersedes.
fn decoy(number: u32, kind: Kind) -> Vec<u8> {
    let mut out = Vec::new();
    match kind {
        Kind::String | Kind::Bytes | Kind::Id(_) | Kind::Message(_) => put_bytes(&mut out, number, b"decoy"),
        Kind::Double | Kind::Fixed64 => put_double(&mut out, number, 1.5),
        Kind::Fixed32 => put_fixed32(&mut out, number, 7),
        _ => put_varint(&mut out, number, 7),
    }
    out
}

fn put_unknown(out: &mut Vec<u8>, random: &mut Random, depth: usize) {
    let number = 100 + random.below(1 << 20) as u32;
    match random.below(5) {
        0 => put_varint(out, number, random.next()),
        1 => put_double(out, number, 0.5),
        2 => put_fixed32(out, number, 9),
        3 if depth < 5 => {
            put_raw_varint(out, u64::from(number << 3 | 3));
            for _ in 0..random.below(3) {
                put_unknown(out, random, depth + 1);
            }
            put_raw_varint(out, u64::from(number << 3 | 4));
        }
        _ => put_message(out, number, |out| out.extend_from_slice(&[0xff; 3])),
    }
}

/// `bytes` with a few bytes flipped, cut, inserted, removed or repeated.
pub(crate) fn mutated(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..1 + random.below(3) {
        let at = random.below(bytes.len() + 1);
        match random.below(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 if at < bytes.len() => bytes[at] = random.next() as u8,
            2 => bytes.truncate(at),
            3 => bytes.insert(at, random.next() as u8),
            4 if at < bytes.len() => drop(bytes.remove(at)),
            _ => {
                let end = bytes.len().min(at + random.below(20));
                let repeated = bytes[at..end].to_vec();
                bytes.splice(at..at, repeated);
            }
        }
    }
    bytes
}
