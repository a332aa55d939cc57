//! Ids and their hex.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn hex_goes_both_ways(bytes: [u8; 16]) {
        let id = TraceId(bytes);
        prop_assert_eq!(id.to_string().parse(), Ok(id));
        prop_assert_eq!(id.to_string().to_uppercase().parse(), Ok(id));
    }
}

#[test]
fn other_texts_are_refused() {
    for text in
        ["", "0", "0123456789abcde", "0123456789abcdefa", "0x23456789abcdef", "+123456789abcdef", "ééééé678"]
    {
        let fault = text.parse::<SpanId>().unwrap_err();
        assert_eq!(fault.to_string(), format!("{text:?} is not 16 hex digits"));
    }
    let long = "é".repeat(1_000).parse::<TraceId>().unwrap_err();
    assert!(long.to_string().chars().count() < 110, "{long}");
}

#[test]
fn slices_and_zero() {
    assert_eq!(SpanId::from_slice(&[0, 0, 0, 0, 0, 0, 0, 1]), Some(SpanId([0, 0, 0, 0, 0, 0, 0, 1])));
    assert_eq!(SpanId::from_slice(&[1; 7]), None);
    assert_eq!(TraceId::from_slice(&[1; 17]), None);
    assert!(TraceId::default().is_zero() && !SpanId([0, 0, 0, 0, 0, 0, 0, 1]).is_zero());
    assert_eq!(format!("{:?}", SpanId([0xab; 8])), "abababababababab");
}
