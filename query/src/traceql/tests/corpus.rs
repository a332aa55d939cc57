//! The corpus files: texts with their canonical text, and texts with their fault.

use super::*;

/// The cases of a corpus file, with line numbers; ␤ is put back into newlines.
pub(super) fn cases(file: &str) -> Vec<(usize, String)> {
    let lines = file.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines.map(|(index, line)| (index + 1, line.replace('␤', "\n"))).collect()
}

#[test]
fn valid_texts_have_their_canonical_text() {
    let cases = cases(include_str!("../corpus/valid.txt"));
    assert!(cases.len() >= 120, "{} cases", cases.len());
    for (line, case) in cases {
        let (text, canonical) = case.rsplit_once(" => ").unwrap_or((&case, &case));
        let filter = parse_filter(text).unwrap_or_else(|error| panic!("line {line}: {text}: {error}"));
        assert_eq!(filter.to_string(), canonical.trim_start(), "line {line}: {text}");
        assert_eq!(parse_filter(canonical), Ok(filter), "line {line}: {canonical} is not read back");
    }
}

#[test]
fn invalid_texts_have_their_fault() {
    let cases = cases(include_str!("../corpus/invalid.txt"));
    assert!(cases.len() >= 120, "{} cases", cases.len());
    let mut wrong = Vec::new();
    for (line, case) in cases {
        let (text, fault) = case.rsplit_once(" => ").unwrap_or_else(|| panic!("line {line}: no fault"));
        let (place, message) = fault.split_once(' ').unwrap_or_else(|| panic!("line {line}: no message"));
        match parse_filter(text) {
            Ok(filter) => wrong.push(format!("line {line}: {text}: taken as {filter}")),
            Err(ParseError { message: found, position: Position { offset, length } }) => {
                if format!("{offset},{length}") != place || !found.contains(message) {
                    wrong.push(format!("line {line}: {text}: {offset},{length} {found}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
