//! A TraceQL text: an error at a place in it, or a query that says the same once it was printed; and whatever it is, the page
//! can colour it and ask what comes at any place.

use query::traceql::{Position, colour, complete, parse_query};

pub(super) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match parse_query(&text) {
        Ok(query) => {
            let printed = query.to_string();
            match parse_query(&printed) {
                Ok(again) => assert_eq!(again.to_string(), printed, "{text:?}"),
                Err(error) => assert!(is_too_long(&printed), "{text:?} is printed as {printed:?}: {error:?}"),
            }
        }
        Err(error) => assert_lies_in(error.position, &text),
    }
    colour(&text).into_iter().for_each(|(_, position)| assert_lies_in(position, &text));
    for cursor in [0, text.len() / 3, text.len() / 2, text.len(), text.len() + 1] {
        assert_lies_in(complete(&text, cursor).replaces, &text);
    }
}

/// A printed text has parentheses and names that the query's own had not: a long one may become too long.
fn is_too_long(printed: &str) -> bool {
    printed.len() > PRINTED_BYTES_CERTAIN
}

/// Any text this long is read.
const PRINTED_BYTES_CERTAIN: usize = 1_024;

fn assert_lies_in(position: Position, text: &str) {
    let end = position.offset + position.length;
    let is_boundary = text.is_char_boundary(position.offset) && text.is_char_boundary(end);
    assert!(end <= text.len() && is_boundary, "{position:?} is no place in {text:?}");
}
