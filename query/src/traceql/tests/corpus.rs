//! The corpus files: texts with their canonical text, and texts with their fault.

use super::*;

/// The cases of a corpus file, with line numbers; ␤ is put back into newlines.
pub(super) fn cases(file: &str) -> Vec<(usize, String)> {
    let lines = file.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines.map(|(index, line)| (index + 1, line.replace('␤', "\n"))).collect()
}

/// Every text of a corpus file is read, printed as it says, and read again.
fn check_valid<T: std::fmt::Debug + std::fmt::Display + PartialEq>(
    file: &str,
    parse: fn(&str) -> Result<T, ParseError>,
) {
    let mut wrong = Vec::new();
    for (line, case) in cases(file) {
        let (text, canonical) = case.rsplit_once(" => ").unwrap_or((&case, &case));
        match parse(text) {
            Err(error) => wrong.push(format!("line {line}: {text}: {error}")),
            Ok(parsed) if parsed.to_string() != canonical.trim_start() => {
                wrong.push(format!("line {line}: {text} => {parsed}"));
            }
            Ok(parsed) if parse(canonical).as_ref() != Ok(&parsed) => {
                wrong.push(format!("line {line}: {canonical} is not read back"));
            }
            Ok(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every text of a corpus file is refused, where and as it says.
fn check_invalid<T: std::fmt::Display>(file: &str, parse: fn(&str) -> Result<T, ParseError>) {
    let mut wrong = Vec::new();
    for (line, case) in cases(file) {
        let (text, fault) = case.rsplit_once(" => ").unwrap_or_else(|| panic!("line {line}: no fault"));
        let (place, message) = fault.split_once(' ').unwrap_or_else(|| panic!("line {line}: no message"));
        match parse(text) {
            Ok(parsed) => wrong.push(format!("line {line}: {text}: taken as {parsed}")),
            Err(ParseError { message: found, position: Position { offset, length } }) => {
                if format!("{offset},{length}") != place || !found.contains(message) {
                    wrong.push(format!("line {line}: {text} => {offset},{length} {found}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const VALID: &str = include_str!("../corpus/valid.txt");
const VALID_QUERIES: &str = include_str!("../corpus/valid_queries.txt");
const INVALID: &str = include_str!("../corpus/invalid.txt");
const INVALID_QUERIES: &str = include_str!("../corpus/invalid_queries.txt");

#[test]
fn valid_filters_have_their_canonical_text() {
    check_valid(VALID, parse_filter);
    check_valid(VALID, parse_query);
}

#[test]
fn valid_queries_have_their_canonical_text() {
    check_valid(VALID_QUERIES, parse_query);
}

#[test]
fn invalid_filters_have_their_fault() {
    check_invalid(INVALID, parse_filter);
}

#[test]
fn invalid_queries_have_their_fault() {
    check_invalid(INVALID_QUERIES, parse_query);
}

#[test]
fn the_corpus_is_large() {
    let count: usize =
        [VALID, VALID_QUERIES, INVALID, INVALID_QUERIES].map(|file| cases(file).len()).iter().sum();
    assert!(count >= 500, "{count} cases");
}

/// What only traces can tell is refused where spans are looked at one by one, and says so.
#[test]
fn queries_that_are_no_filters_are_refused_as_such() {
    for (line, case) in cases(VALID_QUERIES) {
        let text = case.rsplit_once(" => ").map_or(case.as_str(), |case| case.0);
        let query = parse_query(text).unwrap();
        let text = &query.to_string();
        let is_filter = query.plain_filter().is_some_and(|filter| filter.to_string() == *text);
        assert_eq!(parse_filter(text).is_ok(), is_filter, "line {line}: {text}");
    }
}

/// The manual's examples are queries.
#[test]
fn the_manual_is_right() {
    let manual = include_str!("../../../../docs/traceql.md");
    let pieces = manual.split('`').filter(|piece| !piece.contains('…'));
    // A query, but not the list of characters that end a name.
    let inline = pieces
        .filter(|piece| (piece.starts_with("{ ") && !piece.starts_with("{ }")) || piece.starts_with("({"));
    let blocks = manual.split("```").skip(1).step_by(2).flat_map(str::lines).filter(|line| !line.is_empty());
    let mut count = 0;
    for text in inline.chain(blocks) {
        let parsed = parse_query(text);
        assert!(parsed.is_ok(), "{text}: {parsed:?}");
        count += 1;
    }
    assert!(count >= 8, "{count} examples");
}
