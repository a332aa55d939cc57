//! Reading fields: every read is bounds-checked, every fault knows its byte.

use std::fmt;

use super::wire_type;

/// How many unknown groups may be open inside each other.
const GROUP_DEPTH_MAX: usize = 64;

/// What is wrong with the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// A value ends after its message.
    Truncated,
    /// A varint of more than ten bytes, or above 64 bits.
    Varint,
    /// Field number zero, or above 2^29 - 1.
    FieldNumber,
    /// Wire type 6 or 7.
    UnknownWireType(u8),
    /// A known field with another field's encoding.
    WireType { found: u8, needed: u8 },
    /// A group end that ends no open group, or another one.
    GroupEnd,
    /// Unknown groups nested too deeply.
    GroupDepth,
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => write!(f, "truncated field"),
            Self::Varint => write!(f, "varint above 64 bits in"),
            Self::FieldNumber => write!(f, "illegal field number in"),
            Self::UnknownWireType(found) => write!(f, "unknown wire type {found} in"),
            Self::WireType { found, needed } => write!(f, "wire type {found} where {needed} is needed in"),
            Self::GroupEnd => write!(f, "end of a group that is not open in"),
            Self::GroupDepth => write!(f, "groups nested more than {GROUP_DEPTH_MAX} deep in"),
        }
    }
}

/// A fault, and the byte at which the faulty value starts (for a faulty tag, the byte after it).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    pub(crate) offset: usize,
}

/// A field's number and wire type, as they stand in front of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field(u32);

impl Field {
    /// The field number; zero is refused by [`Reader::skip`], where every number that no message knows ends.
    #[inline]
    pub(crate) const fn number(self) -> u32 {
        self.0 >> 3
    }

    #[inline]
    pub(crate) const fn wire_type(self) -> u8 {
        (self.0 & 7) as u8
    }
}

/// A message being read. Positions count from the start of the outermost message, so that a fault in a nested one
/// names its byte in the request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    /// From the start of the outermost message to the end of this one.
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// The byte of the outermost message that is read next.
    pub(crate) const fn position(&self) -> usize {
        self.position
    }

    /// What has not been read yet of this message.
    #[inline]
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.position..).unwrap_or_default()
    }

    /// The bytes from `start`, an earlier position, to here.
    pub(crate) fn since(&self, start: usize) -> &'a [u8] {
        self.bytes.get(start..self.position).unwrap_or_default()
    }

    /// The next field, or `None` at the end of the message. Its value must be read or skipped next.
    #[inline]
    pub(crate) fn field(&mut self) -> Result<Option<Field>, Fault> {
        match self.bytes.get(self.position) {
            None => Ok(None),
            Some(&byte) if byte < 0x80 => {
                self.position += 1;
                Ok(Some(Field(u32::from(byte))))
            }
            Some(_) => self.long_field().map(Some),
        }
    }

    #[inline]
    fn long_field(&mut self) -> Result<Field, Fault> {
        let start = self.position;
        let key = self.raw_varint()?;
        u32::try_from(key).map(Field).map_err(|_| Fault { kind: FaultKind::FieldNumber, offset: start })
    }

    /// A varint without a field in front.
    #[inline]
    pub(crate) fn raw_varint(&mut self) -> Result<u64, Fault> {
        match self.bytes.get(self.position) {
            Some(&byte) if byte < 0x80 => {
                self.position += 1;
                Ok(u64::from(byte))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, Fault> {
        let start = self.position;
        let mut value = 0;
        for (index, &byte) in self.rest().iter().take(10).enumerate() {
            if index == 9 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7f) << (index * 7);
            if byte < 0x80 {
                self.position = start + index + 1;
                return Ok(value);
            }
        }
        let kind = if self.rest().len() < 10 { FaultKind::Truncated } else { FaultKind::Varint };
        Err(Fault { kind, offset: start })
    }

    #[inline]
    fn expect(&self, field: Field, needed: u8) -> Result<(), Fault> {
        if field.wire_type() == needed { Ok(()) } else { Err(self.wrong_type(field, needed)) }
    }

    #[cold]
    fn wrong_type(&self, field: Field, needed: u8) -> Fault {
        let found = field.wire_type();
        let kind =
            if found > 5 { FaultKind::UnknownWireType(found) } else { FaultKind::WireType { found, needed } };
        Fault { kind, offset: self.position }
    }

    #[inline]
    fn take(&mut self, length: u64, start: usize) -> Result<&'a [u8], Fault> {
        let taken = usize::try_from(length)
            .ok()
            .and_then(|length| self.position.checked_add(length))
            .and_then(|end| self.bytes.get(self.position..end));
        match taken {
            Some(bytes) => {
                self.position += bytes.len();
                Ok(bytes)
            }
            None => Err(Fault { kind: FaultKind::Truncated, offset: start }),
        }
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        match self.rest().first_chunk() {
            Some(bytes) => {
                self.position += N;
                Ok(*bytes)
            }
            None => Err(Fault { kind: FaultKind::Truncated, offset: self.position }),
        }
    }

    /// The value of a varint field.
    #[inline]
    pub(crate) fn varint(&mut self, field: Field) -> Result<u64, Fault> {
        self.expect(field, wire_type::VARINT)?;
        self.raw_varint()
    }

    /// The value of an `int32` or enumeration field: as protobuf has it, the low 32 bits.
    #[inline]
    pub(crate) fn int32(&mut self, field: Field) -> Result<i32, Fault> {
        self.varint(field).map(|value| value as i32)
    }

    /// The value of a `uint32` field: as protobuf has it, the low 32 bits.
    #[inline]
    pub(crate) fn uint32(&mut self, field: Field) -> Result<u32, Fault> {
        self.varint(field).map(|value| value as u32)
    }

    /// The value of a `fixed64` field.
    #[inline]
    pub(crate) fn fixed64(&mut self, field: Field) -> Result<u64, Fault> {
        self.expect(field, wire_type::FIXED64)?;
        self.array().map(u64::from_le_bytes)
    }

    /// The value of a `fixed32` field.
    #[inline]
    pub(crate) fn fixed32(&mut self, field: Field) -> Result<u32, Fault> {
        self.expect(field, wire_type::FIXED32)?;
        self.array().map(u32::from_le_bytes)
    }

    /// The value of a string, bytes or message field.
    #[inline]
    pub(crate) fn bytes(&mut self, field: Field) -> Result<&'a [u8], Fault> {
        self.expect(field, wire_type::LENGTH)?;
        let start = self.position;
        let length = self.raw_varint()?;
        self.take(length, start)
    }

    /// The value of a message field, to be read; positions go on.
    #[inline]
    pub(crate) fn message(&mut self, field: Field) -> Result<Self, Fault> {
        let length = self.bytes(field)?.len();
        Ok(Self { bytes: &self.bytes[..self.position], position: self.position - length })
    }

    /// Skips the value of a field that no message knows.
    pub(crate) fn skip(&mut self, field: Field) -> Result<(), Fault> {
        if field.wire_type() == wire_type::GROUP_START {
            self.skip_group(field)
        } else {
            self.skip_value(field)
        }
    }

    fn skip_value(&mut self, field: Field) -> Result<(), Fault> {
        let offset = self.position;
        if field.number() == 0 {
            return Err(Fault { kind: FaultKind::FieldNumber, offset });
        }
        match field.wire_type() {
            wire_type::VARINT => self.raw_varint().map(drop),
            wire_type::FIXED64 => self.array::<8>().map(drop),
            wire_type::FIXED32 => self.array::<4>().map(drop),
            wire_type::LENGTH => self.bytes(field).map(drop),
            wire_type::GROUP_START | wire_type::GROUP_END => Err(Fault { kind: FaultKind::GroupEnd, offset }),
            unknown => Err(Fault { kind: FaultKind::UnknownWireType(unknown), offset }),
        }
    }

    fn skip_group(&mut self, group: Field) -> Result<(), Fault> {
        let mut open = [0; GROUP_DEPTH_MAX];
        let mut depth = 0;
        let mut field = group;
        loop {
            let offset = self.position;
            if field.number() == 0 {
                return Err(Fault { kind: FaultKind::FieldNumber, offset });
            }
            match field.wire_type() {
                wire_type::GROUP_START => {
                    *open.get_mut(depth).ok_or(Fault { kind: FaultKind::GroupDepth, offset })? =
                        field.number();
                    depth += 1;
                }
                wire_type::GROUP_END => {
                    depth -= 1;
                    if open[depth] != field.number() {
                        return Err(Fault { kind: FaultKind::GroupEnd, offset });
                    }
                    if depth == 0 {
                        return Ok(());
                    }
                }
                _ => self.skip_value(field)?,
            }
            let offset = self.position;
            field = self.field()?.ok_or(Fault { kind: FaultKind::Truncated, offset })?;
        }
    }
}
