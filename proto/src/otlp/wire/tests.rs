//! Reading and writing fields.

use proptest::prelude::*;

use super::{FaultKind, LengthPrefix, Reader, put_message, put_raw_varint, put_varint};

fn skip_all(bytes: &[u8]) -> Result<(), super::Fault> {
    let mut reader = Reader::new(bytes);
    while let Some(field) = reader.field()? {
        reader.skip(field)?;
    }
    Ok(())
}

#[test]
fn varints_end_at_64_bits() {
    let varint = |bytes: &[u8]| Reader::new(bytes).raw_varint().map_err(|fault| fault.kind);
    let nine = [0xff; 9];
    let with_tenth = |tenth: u8| [&nine[..], &[tenth]].concat();
    assert_eq!(varint(&with_tenth(0x01)), Ok(u64::MAX));
    assert_eq!(varint(&with_tenth(0x02)), Err(FaultKind::Varint));
    assert_eq!(varint(&with_tenth(0x81)), Err(FaultKind::Varint));
    assert_eq!(varint(&[0x80, 0x00]), Ok(0), "longer than needed is legal");
    assert_eq!(varint(&nine), Err(FaultKind::Truncated));
    assert_eq!(varint(&[]), Err(FaultKind::Truncated));
}

#[test]
fn unknown_groups_are_skipped_whole() {
    // Group 20 { 1: 5, group 21 {} }, then field 2: 7.
    let bytes = [0xa3, 0x01, 0x08, 0x05, 0xab, 0x01, 0xac, 0x01, 0xa4, 0x01, 0x10, 0x07];
    assert_eq!(skip_all(&bytes), Ok(()));
    for end in [2, 4, 6, 8, 11] {
        assert_eq!(skip_all(&bytes[..end]).unwrap_err().kind, FaultKind::Truncated, "{end}");
    }
}

#[test]
fn illegal_fields_are_faults_with_their_byte() {
    let fault = |bytes: &[u8]| {
        let fault = skip_all(bytes).unwrap_err();
        (fault.kind, fault.offset)
    };
    assert_eq!(fault(&[0x08, 0x00, 0x00, 0x00]), (FaultKind::FieldNumber, 3), "number zero");
    assert_eq!(fault(&[0x0e]), (FaultKind::UnknownWireType(6), 1));
    assert_eq!(fault(&[0x0f]), (FaultKind::UnknownWireType(7), 1));
    assert_eq!(fault(&[0x0c]), (FaultKind::GroupEnd, 1), "nothing is open");
    assert_eq!(fault(&[0x0b, 0x14]), (FaultKind::GroupEnd, 2), "another is open");
    assert_eq!(fault(&[0x80, 0x80, 0x80, 0x80, 0x10, 0x00]), (FaultKind::FieldNumber, 0), "above 2^29 - 1");
    assert_eq!(fault(&[0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]), (FaultKind::Truncated, 1), "4 GiB are claimed");
    assert_eq!(fault(&[0x0b; 65]).0, FaultKind::GroupDepth);
}

#[test]
fn a_nested_reader_ends_with_its_message_and_counts_on() {
    let mut bytes = Vec::new();
    put_message(&mut bytes, 1, |out| put_varint(out, 3, 300));
    put_varint(&mut bytes, 2, 1);
    let mut outer = Reader::new(&bytes);
    let field = outer.field().unwrap().unwrap();
    let mut inner = outer.message(field).unwrap();
    assert_eq!(inner.position(), 2);
    let field = inner.field().unwrap().unwrap();
    assert_eq!((field.number(), inner.varint(field)), (3, Ok(300)));
    assert_eq!(inner.field(), Ok(None));
    assert_eq!(outer.field().unwrap().unwrap().number(), 2);
}

proptest! {
    #[test]
    fn a_varint_is_read_as_written(value: u64, shift in 0..64_u32) {
        let value = value >> shift;
        let mut bytes = Vec::new();
        put_raw_varint(&mut bytes, value);
        let mut reader = Reader::new(&bytes);
        prop_assert_eq!(reader.raw_varint(), Ok(value));
        prop_assert_eq!(reader.position(), bytes.len());
    }

    #[test]
    fn a_length_prefix_fits_any_length(length in prop_oneof![0..300_usize, 16_000..17_000_usize]) {
        let mut bytes = vec![0xee];
        let prefix = LengthPrefix::open(&mut bytes, 4);
        bytes.resize(bytes.len() + length, 0xcc);
        prefix.close(&mut bytes);
        let mut reader = Reader::new(&bytes[1..]);
        let field = reader.field().unwrap().unwrap();
        prop_assert_eq!(field.number(), 4);
        let content = reader.bytes(field).unwrap();
        prop_assert!(content.len() == length && content.iter().all(|byte| *byte == 0xcc));
        prop_assert!(reader.rest().is_empty());
    }
}
