use super::halved;

#[test]
fn a_step_is_halved_down_to_a_nanosecond() {
    assert_eq!(halved(10, 20).ok(), Some(5));
    assert_eq!(halved(10, 12).ok(), Some(1));
    let error = halved(10, 11).expect_err("no half is left").to_string();
    assert!(error.contains("nanosecond 10") && error.contains("narrow the filter"), "{error}");
}
