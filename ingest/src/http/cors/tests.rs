use super::*;

#[test]
fn a_star_stands_for_any_characters() {
    for (pattern, origin, expected) in [
        ("https://ui.example", "https://ui.example", true),
        ("https://ui.example", "https://ui.example.evil", false),
        ("https://*.example", "https://a.b.example", true),
        ("https://*.example", "https://.example", true),
        ("https://*.example", "http://a.example", false),
        ("https://*.example", "https://a.example.evil", false),
        ("ab*ba", "aba", false),
        ("*", "null", true),
    ] {
        assert_eq!(matches(pattern, origin), expected, "{pattern} {origin}");
    }
}

#[test]
fn without_origins_there_is_no_layer() {
    assert!(layer(&[]).is_none());
}
