//! How bodies are written down: protobuf much as protoscope does, JSON with a few words in it.
//!
//! Protobuf: `5: 1` is a varint, `5: 1i64` and `5: 1i32` are fixed, `5: "text"` and `5: { ... }` have a length, `5: !{ ... }`
//! is a group; `` `0a ff` `` are bytes. Words: `trace [N]` and `id K [N]` are the case's trace id and its Kth span id (cut
//! or filled up to N bytes); `good K` are the fields of a good span, `times` those of its times; `request { ... }` is a
//! `ResourceSpans` of one scope, `span { ... }` one of its spans; `repeat N { ... }`; `index` is the number of the
//! repetition as text; `nest N [5 1] { ... }` puts the content into those fields N times; `zeros N` are bytes, `text N`
//! letters; `framed { ... }` is a gRPC message.
//!
//! JSON: `$trace`, `$id1`, `$now`, `$good1` (the members of a good span), and `@(1000|text)` for repetition.

use std::time::{SystemTime, UNIX_EPOCH};

/// The ids of one input.
#[derive(Debug, Clone)]
pub(super) struct Ids {
    trace_id: [u8; 16],
    now: u64,
}

impl Ids {
    /// Ids that only `name` has.
    pub(super) fn of(name: &str) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325_cbf2_9ce4_8422_2325_u128;
        for byte in name.bytes() {
            hash = (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
        #[expect(clippy::disallowed_methods, reason = "spans of this moment are sent to another process")]
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
        Self { trace_id: hash.to_be_bytes(), now: now.as_nanos() as u64 }
    }

    /// In hex.
    pub(super) fn trace_id(&self) -> String {
        hex(&self.trace_id)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn span_id(number: u64) -> [u8; 8] {
    number.to_be_bytes()
}

/// The bytes of `text`.
pub(super) fn protobuf(text: &str, ids: &Ids) -> Result<Vec<u8>, String> {
    let mut reader = Reader { rest: text, ids, index: 0 };
    let mut out = Vec::new();
    reader.content(&mut out)?;
    if reader.rest.is_empty() { Ok(out) } else { Err(format!("cannot read {:?}", reader.rest)) }
}

/// The JSON that `text` stands for.
pub(super) fn json(text: &str, ids: &Ids) -> String {
    let mut out = text.to_owned();
    while let Some(start) = out.find("@(") {
        let end = start + out[start..].find(")@").expect("an end of a repetition");
        let (count, repeated) = out[start + 2..end].split_once('|').expect("a count");
        let repeated = repeated.repeat(count.trim().parse().expect("a count"));
        out.replace_range(start..end + 2, &repeated);
    }
    for number in 1..=3 {
        let (id, start, end) = (hex(&span_id(number)), ids.now, ids.now + 1_000_000);
        let good = format!(
            r#""traceId":"{}","spanId":"{id}","name":"good {number}","kind":2,"startTimeUnixNano":"{start}","endTimeUnixNano":"{end}""#,
            ids.trace_id()
        );
        out = out.replace(&format!("$good{number}"), &good).replace(&format!("$id{number}"), &id);
    }
    out.replace("$trace", &ids.trace_id()).replace("$now", &ids.now.to_string())
}

struct Reader<'t> {
    rest: &'t str,
    ids: &'t Ids,
    index: u64,
}

impl<'t> Reader<'t> {
    /// Reads to the end or to a `}`.
    fn content(&mut self, out: &mut Vec<u8>) -> Result<(), String> {
        loop {
            self.rest = self.rest.trim_start();
            match self.rest.chars().next() {
                None | Some('}') => return Ok(()),
                Some('"' | '`') => out.extend(self.literal()?),
                Some(digit) if digit.is_ascii_digit() => self.field(out)?,
                Some(_) => self.word(out)?,
            }
        }
    }

    fn braces(&mut self) -> Result<Vec<u8>, String> {
        self.expect('{')?;
        let mut out = Vec::new();
        self.content(&mut out)?;
        self.expect('}')?;
        Ok(out)
    }

    fn expect(&mut self, wanted: char) -> Result<(), String> {
        let rest = self.rest.trim_start();
        self.rest =
            rest.strip_prefix(wanted).ok_or_else(|| format!("{wanted} is missing before {rest:?}"))?;
        Ok(())
    }

    fn token(&mut self) -> &'t str {
        let rest = self.rest.trim_start();
        let end = rest.find(|next: char| !next.is_ascii_alphanumeric() && next != '-').unwrap_or(rest.len());
        let (token, rest) = rest.split_at(end);
        self.rest = rest;
        token
    }

    fn number(&mut self) -> Result<u64, String> {
        let token = self.token();
        token.parse().map_err(|_| format!("{token:?} is no number"))
    }

    /// A number, if one comes next and is not a field's.
    fn length(&mut self) -> Option<usize> {
        let before = self.rest;
        let length = self.token().parse().ok();
        if length.is_none() || self.rest.starts_with(':') {
            self.rest = before;
            return None;
        }
        length
    }

    fn literal(&mut self) -> Result<Vec<u8>, String> {
        let quote = self.rest.chars().next().ok_or("a literal is missing")?;
        let inner = &self.rest[1..];
        let end = inner.find(quote).ok_or("a literal has no end")?;
        self.rest = &inner[end + 1..];
        let inner = &inner[..end];
        if quote == '"' {
            return Ok(inner.as_bytes().to_vec());
        }
        let digits: String = inner.split_whitespace().collect();
        (0..digits.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(digits.get(at..at + 2).unwrap_or("?"), 16))
            .collect::<Result<_, _>>()
            .map_err(|_| format!("{inner:?} is not hex"))
    }

    fn field(&mut self, out: &mut Vec<u8>) -> Result<(), String> {
        let number = self.number()?;
        self.expect(':')?;
        self.rest = self.rest.trim_start();
        match self.rest.chars().next() {
            Some('{') => put_bytes(out, number, &self.braces()?),
            Some('"' | '`') => put_bytes(out, number, &self.literal()?),
            Some('!') => {
                self.expect('!')?;
                varint(out, number << 3 | 3);
                out.extend(self.braces()?);
                varint(out, number << 3 | 4);
            }
            _ => {
                let token = self.token();
                let fault = |_| format!("{token:?} is no value");
                if let Some(value) = token.strip_suffix("i64") {
                    varint(out, number << 3 | 1);
                    out.extend(value.parse::<u64>().map_err(fault)?.to_le_bytes());
                } else if let Some(value) = token.strip_suffix("i32") {
                    varint(out, number << 3 | 5);
                    out.extend(value.parse::<u32>().map_err(fault)?.to_le_bytes());
                } else {
                    varint(out, number << 3);
                    varint(out, token.parse::<i128>().map_err(fault)? as u64);
                }
            }
        }
        Ok(())
    }

    fn word(&mut self, out: &mut Vec<u8>) -> Result<(), String> {
        match self.token() {
            "trace" => out.extend(resized(&self.ids.trace_id, self.length())),
            "id" => {
                let id = span_id(self.number()?);
                out.extend(resized(&id, self.length()));
            }
            "good" => {
                let number = self.number()?;
                put_bytes(out, 1, &self.ids.trace_id);
                put_bytes(out, 2, &span_id(number));
                put_bytes(out, 5, format!("good {number}").as_bytes());
                self.times(out);
            }
            "times" => self.times(out),
            "request" => {
                let mut scope = Vec::new();
                put_bytes(&mut scope, 2, &self.braces()?);
                put_bytes(out, 1, &scope);
            }
            "span" => put_bytes(out, 2, &self.braces()?),
            "repeat" => self.repeat(out)?,
            "index" => out.extend(self.index.to_string().into_bytes()),
            "nest" => self.nest(out)?,
            "zeros" => out.resize(out.len() + self.number()? as usize, 0),
            "text" => out.resize(out.len() + self.number()? as usize, b'x'),
            "framed" => {
                let message = self.braces()?;
                out.push(0);
                out.extend((message.len() as u32).to_be_bytes());
                out.extend(message);
            }
            word => return Err(format!("{word:?} before {:?} is unknown", self.rest)),
        }
        Ok(())
    }

    fn times(&self, out: &mut Vec<u8>) {
        for (number, time) in [(7, self.ids.now), (8, self.ids.now + 1_000_000)] {
            varint(out, number << 3 | 1);
            out.extend(time.to_le_bytes());
        }
    }

    fn repeat(&mut self, out: &mut Vec<u8>) -> Result<(), String> {
        let count = self.number()?;
        let start = self.rest;
        for index in 0..count {
            self.rest = start;
            self.index = index;
            out.extend(self.braces()?);
        }
        Ok(())
    }

    fn nest(&mut self, out: &mut Vec<u8>) -> Result<(), String> {
        let depth = self.number()?;
        self.expect('[')?;
        let mut path = Vec::new();
        while !self.rest.trim_start().starts_with(']') {
            path.push(self.number()?);
        }
        self.expect(']')?;
        let core = self.braces()?;
        // From the inside out: only the prefixes, so that depth does not cost its square.
        let (mut length, mut prefixes) = (core.len() as u64, Vec::new());
        for _ in 0..depth {
            for number in path.iter().rev() {
                let mut prefix = Vec::new();
                varint(&mut prefix, number << 3 | 2);
                varint(&mut prefix, length);
                length += prefix.len() as u64;
                prefixes.push(prefix);
            }
        }
        out.extend(prefixes.into_iter().rev().flatten());
        out.extend(core);
        Ok(())
    }
}

fn resized(id: &[u8], length: Option<usize>) -> Vec<u8> {
    let mut id = id.to_vec();
    if let Some(length) = length {
        id.resize(length, 1);
    }
    id
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn put_bytes(out: &mut Vec<u8>, number: u64, bytes: &[u8]) {
    varint(out, number << 3 | 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

#[test]
fn the_notation_means_what_it_says() {
    let ids = Ids::of("x");
    let read = |text| protobuf(text, &ids).unwrap_or_else(|fault| panic!("{text}: {fault}"));
    assert_eq!(
        read("1: 150 2: \"ab\" 3: { 1: 1 } `ff 00`"),
        b"\x08\x96\x01\x12\x02ab\x1a\x02\x08\x01\xff\x00"
    );
    assert_eq!(read("1: 1i32 1: !{ 2: 1 }"), b"\x0d\x01\0\0\0\x0b\x10\x01\x0c");
    assert_eq!(read("1: -1"), b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
    assert_eq!(read("repeat 2 { 1: { index } }"), b"\x0a\x010\x0a\x011");
    assert_eq!(read("nest 2 [5 1] { zeros 1 }"), b"\x2a\x07\x0a\x05\x2a\x03\x0a\x01\x00");
    assert_eq!(read("id 2"), [0, 0, 0, 0, 0, 0, 0, 2]);
    assert_eq!(read("id 2 9 1: 1")[8..], [1, 8, 1]);
    assert_eq!(read("trace 15").len(), 15);
    assert_eq!(read("request { span { } }"), b"\x0a\x04\x12\x02\x12\x00");
    assert_eq!(read("framed { text 2 }"), b"\0\0\0\0\x02xx");
    assert!(
        protobuf("1: x", &ids).is_err() && protobuf("}", &ids).is_err() && protobuf("1: {", &ids).is_err()
    );
    assert_eq!(json("[@(3|a)@]$id1", &ids), "[aaa]0000000000000001");
}
