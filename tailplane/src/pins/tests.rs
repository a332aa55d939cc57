use super::instant;

#[test]
fn instants_are_to_the_second() {
    assert_eq!(instant("1769860800999999999"), "2026-01-31T12:00:00Z");
    assert_eq!(instant("soon"), "soon");
}
