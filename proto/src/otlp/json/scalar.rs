//! JSON strings, numbers and booleans to protobuf scalars.

use std::fmt;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::{DeserializeSeed, Deserializer, Error, Visitor};

use crate::otlp::schema::{FieldType, Kind};
use crate::otlp::wire::{put_bytes, put_double, put_fixed32, put_fixed64, put_varint};

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Appends a field with one scalar.
pub(super) struct ScalarSeed<'o> {
    pub(super) field: &'static FieldType,
    pub(super) out: &'o mut Vec<u8>,
}

impl<'de> DeserializeSeed<'de> for ScalarSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.field.kind {
            // As bytes, because a string may hold half a surrogate pair: the decoder repairs it.
            Kind::String | Kind::Id(_) => deserializer.deserialize_bytes(self),
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl Visitor<'_> for ScalarSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expected = match self.field.kind {
            Kind::String | Kind::Message(_) => "a string",
            Kind::Id(_) => "a hex string",
            Kind::Bytes => "a base64 string",
            Kind::Bool => "true or false",
            Kind::Int32 => "a 32-bit integer",
            Kind::UInt32 | Kind::Fixed32 => "an unsigned 32-bit integer",
            Kind::Int64 => "a 64-bit integer",
            Kind::Fixed64 => "an unsigned 64-bit integer",
            Kind::Double => "a number",
            Kind::Enum(_) => "an enumeration's number",
        };
        write!(f, "{expected} in {}", self.field.name)
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<(), E> {
        match self.field.kind {
            Kind::Id(length) => put_bytes(self.out, self.field.number, &id_bytes(bytes, length)),
            _ => put_bytes(self.out, self.field.number, bytes),
        }
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        match self.field.kind {
            Kind::Bool => put_varint(self.out, self.field.number, u64::from(value)),
            _ => return Err(self.refuse(&value)),
        }
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        match self.field.kind {
            Kind::Double => put_double(self.out, self.field.number, value as f64),
            _ => return self.integer(i128::from(value)),
        }
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        match self.field.kind {
            Kind::Double => put_double(self.out, self.field.number, value as f64),
            _ => return self.integer(i128::from(value)),
        }
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        match self.field.kind {
            Kind::Double => put_double(self.out, self.field.number, value),
            _ => match whole(value) {
                Some(whole) => return self.integer(whole),
                None => return Err(self.refuse(&value)),
            },
        }
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        let number = self.field.number;
        match self.field.kind {
            Kind::Bytes => match base64_bytes(text) {
                Some(bytes) => put_bytes(self.out, number, &bytes),
                None => return Err(self.refuse(&text)),
            },
            Kind::Double => match text.parse() {
                Ok(value) => put_double(self.out, number, value),
                Err(_) => return Err(self.refuse(&text)),
            },
            Kind::Bool => return Err(self.refuse(&text)),
            Kind::Enum(names) => match names.iter().find(|(name, _)| *name == text) {
                Some((_, value)) => return self.integer(i128::from(*value)),
                None => return self.integer_text(text),
            },
            _ => return self.integer_text(text),
        }
        Ok(())
    }
}

impl ScalarSeed<'_> {
    #[cold]
    fn refuse<E: Error>(&self, value: &dyn fmt::Debug) -> E {
        let mut shown = format!("{value:?}");
        if let Some((end, _)) = shown.char_indices().nth(80) {
            shown.replace_range(end.., "…");
        }
        E::custom(format_args!("{shown} is not {}", ExpectedBy(self)))
    }

    fn integer_text<E: Error>(self, text: &str) -> Result<(), E> {
        match text.parse().ok().or_else(|| whole(text.parse().ok()?)) {
            Some(value) => self.integer(value),
            None => Err(self.refuse(&text)),
        }
    }

    /// Appends an integer if the field can hold it.
    fn integer<E: Error>(self, value: i128) -> Result<(), E> {
        let number = self.field.number;
        let written = match self.field.kind {
            Kind::Int64 => i64::try_from(value).map(|value| put_varint(self.out, number, value as u64)),
            Kind::Int32 | Kind::Enum(_) => {
                i32::try_from(value).map(|value| put_varint(self.out, number, i64::from(value) as u64))
            }
            Kind::UInt32 => u32::try_from(value).map(|value| put_varint(self.out, number, u64::from(value))),
            Kind::Fixed32 => u32::try_from(value).map(|value| put_fixed32(self.out, number, value)),
            Kind::Fixed64 => u64::try_from(value).map(|value| put_fixed64(self.out, number, value)),
            _ => return Err(self.refuse(&value)),
        };
        written.map_err(|_| self.refuse(&value))
    }
}

/// What a field expects, in words.
struct ExpectedBy<'s, 'o>(&'s ScalarSeed<'o>);

impl fmt::Display for ExpectedBy<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }
}

/// The integer that a floating-point number is, such as 1.0 or 1e3.
fn whole(value: f64) -> Option<i128> {
    (value.fract() == 0.0).then_some(value as i128)
}

fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    let engine = if text.contains(['-', '_']) { BASE64_URL } else { BASE64 };
    engine.decode(text).ok()
}

/// The bytes of an id in hex; for a text that is not hex, bytes of a length that is not `length`.
fn id_bytes(text: &[u8], length: usize) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let bytes: Option<Vec<u8>> =
        text.chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?)).collect();
    bytes.unwrap_or_else(|| {
        let mut faulty = text.to_vec();
        if faulty.is_empty() || faulty.len() == length {
            faulty.push(0);
        }
        faulty
    })
}
