//! What a bare word means, and what to say when it means nothing.

use model::derived::{DERIVED, derived_attribute};

use super::attribute::{Attribute, AttributeScope, Intrinsic};
use super::value::{SpanKind, Static, StatusCode};
use super::{TraceAttribute, TraceIntrinsic};

/// Said of everything beyond one span filter, where only that is taken.
pub(super) const ONLY_ONE_FILTER: &str =
    "belongs to trace search and metrics queries: here only a single span filter { … } is taken";

/// Words that begin a pipeline stage or an aggregate.
pub(super) const STAGES: [&str; 20] = [
    "by",
    "coalesce",
    "select",
    "with",
    "count",
    "avg",
    "max",
    "min",
    "sum",
    "rate",
    "count_over_time",
    "min_over_time",
    "max_over_time",
    "sum_over_time",
    "avg_over_time",
    "quantile_over_time",
    "histogram_over_time",
    "compare",
    "topk",
    "bottomk",
];

/// Words of other languages, and what is written here.
const FOREIGN: [(&str, &str); 9] = [
    ("and", "&&"),
    ("AND", "&&"),
    ("or", "||"),
    ("OR", "||"),
    ("not", "!"),
    ("NOT", "!"),
    ("null", "nil"),
    ("None", "nil"),
    ("like", "=~"),
];

/// The longest piece of the user's text that a message repeats, in characters.
const EXCERPT_CHARACTERS: usize = 40;

/// A word with a meaning inside `{ … }`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Meaning {
    Static(Static),
    Nil,
    Attribute(Attribute),
}

/// What the word means, or what is wrong with it.
pub(super) fn resolve(word: &str) -> Result<Meaning, String> {
    if let Some(meaning) = keyword(word) {
        return Ok(meaning);
    }
    if let Some(intrinsic) = Intrinsic::from_word(word) {
        return Ok(Meaning::Attribute(Attribute::Intrinsic(intrinsic)));
    }
    if let Some(name) = word.strip_prefix("k8s:") {
        if let Some(derived) = derived_attribute(name) {
            return Ok(Meaning::Attribute(Attribute::Derived(derived)));
        }
        let known = DERIVED.map(|derived| format!("k8s:{}", derived.key)).join(", ");
        return Err(format!("'{}' is not known: after 'k8s:' there is {known}", excerpt(word)));
    }
    if let Some(attribute) = TraceAttribute::from_word(word) {
        return Ok(Meaning::Attribute(Attribute::Trace(attribute)));
    }
    if begins_stage(word) {
        return Err(format!(
            "'{word}' is a stage or a function over many spans: it stands after a '|', outside the braces"
        ));
    }
    Err(unknown(word))
}

/// Whether the word begins a pipeline stage, an aggregate or hints.
pub(super) fn begins_stage(word: &str) -> bool {
    STAGES.contains(&word)
}

/// Whether the word is an aggregate of a spanset.
pub(super) fn is_aggregate(word: &str) -> bool {
    matches!(word, "count" | "avg" | "max" | "min" | "sum")
}

/// Whether the word makes series of spans.
pub(super) fn is_metrics(word: &str) -> bool {
    word.ends_with("_over_time") && begins_stage(word) || matches!(word, "rate" | "compare")
}

/// Whether the symbol calculates with series, or compares them.
pub(super) fn is_math(symbol: &str) -> bool {
    matches!(symbol, "+" | "-" | "*" | "/" | "%" | "^" | "=" | "!=" | "<" | "<=" | ">" | ">=")
}

/// What to say of a word where a stage or an aggregate is expected.
pub(super) fn unknown_stage(word: &str) -> String {
    let shown = excerpt(word);
    match nearest_of(word, &STAGES) {
        Some(near @ ("topk" | "bottomk")) if near == word => needs_series(word),
        Some(near) if near == word => format!("'{shown}' cannot stand here"),
        Some(near) => format!("unknown word '{shown}': did you mean {near}?"),
        None => format!(
            "unknown word '{shown}': here stand {{ … }}, aggregates such as count(), and after '|' also by(…), select(…) \
             and rate()"
        ),
    }
}

/// What to say of `topk` and `bottomk` where there are no series.
pub(super) fn needs_series(word: &str) -> String {
    format!("'{word}' comes after a metrics function: {{ … }} | rate() by(name) | {word}(10)")
}

/// What is written here for a word of another language.
pub(super) fn foreign_operator(word: &str) -> Option<&'static str> {
    FOREIGN.into_iter().find(|(foreign, _)| *foreign == word).map(|(_, symbol)| symbol)
}

fn keyword(word: &str) -> Option<Meaning> {
    let value = match word {
        "nil" => return Some(Meaning::Nil),
        "true" => Static::Bool(true),
        "false" => Static::Bool(false),
        "minInt" => Static::Int(i64::MIN),
        "maxInt" => Static::Int(i64::MAX),
        _ => {
            let status = StatusCode::ALL.into_iter().find(|status| status.keyword() == word);
            let kind = SpanKind::ALL.into_iter().find(|kind| kind.keyword() == word);
            status.map(Static::Status).or(kind.map(Static::Kind))?
        }
    };
    Some(Meaning::Static(value))
}

fn unknown(word: &str) -> String {
    let shown = excerpt(word);
    if let Some(symbol) = foreign_operator(word) {
        return format!("unknown word '{shown}': did you mean {symbol}?");
    }
    if let Some(near) = nearest(word) {
        return format!("unknown word '{shown}': did you mean {near}? (an attribute is written .{shown})");
    }
    if word.contains(':') {
        let known = Intrinsic::ALL.map(Intrinsic::word).into_iter();
        let known =
            known.chain(TraceIntrinsic::ALL.map(TraceIntrinsic::word)).filter(|word| word.contains(':'));
        let known = known.collect::<Vec<_>>().join(", ");
        return format!(
            "unknown intrinsic '{shown}': with a colon there are {known} and what begins with k8s:"
        );
    }
    format!("unknown word '{shown}': did you mean .{shown} or span.{shown}? (text is written \"{shown}\")")
}

/// What to say of `word.more` when the word is no scope.
pub(super) fn dotted(text: &str) -> String {
    let shown = excerpt(text);
    match text.split_once('.') {
        Some((word, rest)) => match nearest_of(word, &AttributeScope::NAMED.map(AttributeScope::word)) {
            Some(scope) => {
                format!(
                    "unknown scope '{}': did you mean {scope}.{} or .{shown}?",
                    excerpt(word),
                    excerpt(rest)
                )
            }
            None => format!("unknown word '{shown}': did you mean .{shown} or span.{shown}?"),
        },
        None => unknown(text),
    }
}

/// The known word that was most likely meant.
fn nearest(word: &str) -> Option<&'static str> {
    let mut known = vec!["true", "false", "nil"];
    known.extend(StatusCode::ALL.map(StatusCode::keyword));
    known.extend(SpanKind::ALL.map(SpanKind::keyword));
    known.extend(Intrinsic::ALL.map(Intrinsic::word));
    known.extend(TraceIntrinsic::ALL.map(TraceIntrinsic::word));
    nearest_of(word, &known)
}

fn nearest_of(word: &str, known: &[&'static str]) -> Option<&'static str> {
    let word = word.to_lowercase();
    let distance = |known: &str| strsim::damerau_levenshtein(&word, &known.to_lowercase());
    let near = known.iter().copied().map(|known| (distance(known), known)).min()?;
    // Short words are near everything.
    (near.0 * 3 <= near.1.len()).then_some(near.1)
}

/// The beginning of a text, short enough for a message.
pub(super) fn excerpt(text: &str) -> String {
    let mut short: String = text.chars().take(EXCERPT_CHARACTERS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
