use std::collections::HashSet;

use super::{RESOURCE_ATTRIBUTES, SPAN_ATTRIBUTES, resource_attribute, span_attribute};

#[test]
fn keys_and_columns_are_unique_and_columns_need_no_quotes() {
    let mut columns = HashSet::new();
    for list in [SPAN_ATTRIBUTES, RESOURCE_ATTRIBUTES] {
        let mut keys = HashSet::new();
        for hot in list {
            assert!(keys.insert(hot.key), "{} stands twice", hot.key);
            assert!(columns.insert(hot.column), "{} stands twice", hot.column);
            assert!(
                hot.column
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
            );
        }
    }
}

#[test]
fn a_position_fits_the_layout_byte() {
    assert!(SPAN_ATTRIBUTES.len() < 200, "positions above 200 are tags of the attribute layout");
}

#[test]
fn keys_are_found() {
    assert_eq!(span_attribute("http.target").map(|hot| hot.column), Some("span_http_target"));
    assert_eq!(resource_attribute("service.name").map(|hot| hot.column), Some("service_name"));
    assert_eq!(span_attribute("service.name"), None);
}
