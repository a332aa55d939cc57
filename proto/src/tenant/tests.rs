//! Names that may be a folder, and names that may not.

use super::*;

#[test]
fn legal_names() {
    let long = "a".repeat(64);
    for name in ["default", "a", "Team_1-x", &long] {
        assert_eq!(Tenant::new(name).unwrap().to_string(), name);
    }
    assert_eq!(Tenant::default().as_str(), "default");
}

#[test]
fn illegal_names() {
    let long = "a".repeat(65);
    for name in ["", ".", "..", "a/b", "a|b", "a b", "é", "a\0", &long] {
        let fault = Tenant::new(name).unwrap_err();
        assert!(fault.to_string().ends_with("must be 1 to 64 of a-z, A-Z, 0-9, '_' and '-'"), "{fault}");
    }
}
