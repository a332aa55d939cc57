//! The conditions around the cursor that can be read already.

use super::place::Piece;
use crate::traceql::parser::{Parser, Reach};
use crate::traceql::relax::relaxed;
use crate::traceql::{Position, SpanFilter};

/// The conditions joined with the one that holds the cursor, at `replaces`; outside braces, those of the last span
/// filter before it.
pub(super) fn scope_filter(
    text: &str,
    before: &[Piece<'_>],
    after: &[Piece<'_>],
    replaces: Position,
) -> SpanFilter {
    let opening = before.iter().rposition(|piece| piece.is("{"));
    let closing = before.iter().rposition(|piece| piece.is("}"));
    match (opening, closing) {
        (Some(opening), closing) if closing.is_none_or(|closing| closing < opening) => {
            let until = after.iter().position(|piece| piece.is("}")).unwrap_or(after.len());
            let inside = before[opening + 1..].iter().chain(&after[..until]);
            joined(text, inside, replaces)
        }
        (Some(opening), Some(closing)) if before.iter().all(|piece| !piece.is("||")) => {
            let (from, to) = (before[opening].position, before[closing].position);
            read(&text[from.offset..to.end()]).unwrap_or_default()
        }
        _ => SpanFilter::default(),
    }
}

/// The conditions of `pieces` that `&&` joins at the top, but for the one that holds the cursor.
fn joined<'p, 't: 'p>(
    text: &str,
    pieces: impl Iterator<Item = &'p Piece<'t>>,
    cursor: Position,
) -> SpanFilter {
    let mut clauses: Vec<Option<Position>> = vec![None];
    let mut depth = 0_usize;
    let mut at_cursor = 0;
    for piece in pieces {
        match piece.token {
            _ if piece.is("(") => depth += 1,
            _ if piece.is(")") => depth = depth.saturating_sub(1),
            // What is joined by `||` cannot be told apart.
            _ if piece.is("||") && depth == 0 => return SpanFilter::default(),
            _ if piece.is("&&") && depth == 0 => {
                clauses.push(None);
                if piece.position.offset < cursor.offset {
                    at_cursor = clauses.len() - 1;
                }
                continue;
            }
            _ => {}
        }
        if let Some(clause) = clauses.last_mut() {
            *clause = Some(clause.map_or(piece.position, |clause| clause.to(piece.position)));
        }
    }
    clauses.remove(at_cursor);
    let texts = clauses.into_iter().flatten().map(|clause| &text[clause.offset..clause.end()]);
    texts.filter_map(|clause| read(&format!("{{ {clause} }}"))).fold(SpanFilter::default(), SpanFilter::and)
}

/// A span filter, as far as one span can tell whether it is met.
fn read(text: &str) -> Option<SpanFilter> {
    let filter = Parser::new(text, Reach::Trace).and_then(|mut parser| parser.filter());
    filter.ok().map(|filter| relaxed(&filter))
}
