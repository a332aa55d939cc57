//! Protobuf's wire format, reading and writing: no message is known here.

mod read;
mod write;

pub(crate) use read::{Fault, FaultKind, Field, Reader};
pub(crate) use write::{
    LengthPrefix, put_bytes, put_double, put_fixed32, put_fixed64, put_message, put_raw_varint, put_varint,
};

/// The wire types a field can have.
pub(crate) mod wire_type {
    pub(crate) const VARINT: u8 = 0;
    pub(crate) const FIXED64: u8 = 1;
    pub(crate) const LENGTH: u8 = 2;
    pub(crate) const GROUP_START: u8 = 3;
    pub(crate) const GROUP_END: u8 = 4;
    pub(crate) const FIXED32: u8 = 5;
}

#[cfg(test)]
mod tests;
