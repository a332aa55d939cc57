//! The reference evaluator over one span that has everything.

use super::corpus::cases;
use super::*;

struct SampleSpan;

impl SampleSpan {
    fn intrinsic(intrinsic: Intrinsic) -> Vec<Static> {
        let text = |text: &str| Static::String(text.to_owned());
        match intrinsic {
            Intrinsic::Name => vec![text("List")],
            Intrinsic::Kind => vec![Static::Kind(SpanKind::Server)],
            Intrinsic::Status => vec![Static::Status(StatusCode::Error)],
            Intrinsic::Duration => vec![Static::Duration(1_500_000_000)],
            Intrinsic::EventName => vec![text("start"), text("exception")],
            Intrinsic::EventTimeSinceStart => vec![Static::Duration(0), Static::Duration(1_200_000_000)],
            _ => vec![],
        }
    }

    fn scoped(scope: AttributeScope, name: &str) -> Vec<Static> {
        let text = |text: &str| vec![Static::String(text.to_owned())];
        match (scope, name) {
            (AttributeScope::Any, name) => {
                let own = Self::scoped(AttributeScope::Span, name);
                if own.is_empty() { Self::scoped(AttributeScope::Resource, name) } else { own }
            }
            (AttributeScope::Span, "text") => text("two\nlines"),
            (AttributeScope::Span, "int") => vec![Static::Int(5)],
            (AttributeScope::Span, "one") => vec![Static::Int(1)],
            (AttributeScope::Span, "float") => vec![Static::Float(2.5)],
            (AttributeScope::Span, "nan") => vec![Static::Float(f64::NAN)],
            (AttributeScope::Span, "zero") => vec![Static::Float(-0.0)],
            (AttributeScope::Span, "large") => vec![Static::Int((1 << 53) + 1)],
            (AttributeScope::Span, "flag") => vec![Static::Bool(true)],
            (AttributeScope::Span, "list") => vec![Static::Int(1), Static::Int(2), Static::Int(3)],
            (AttributeScope::Span, "mixed") => {
                vec![Static::Int(5), Static::String("b".to_owned()), Static::Bool(false)]
            }
            (AttributeScope::Span, "both") => text("span"),
            (AttributeScope::Resource, "both") => text("resource"),
            (AttributeScope::Resource, "node") => text("n-1"),
            _ => vec![],
        }
    }
}

impl SpanAttributes for SampleSpan {
    fn get(&self, attribute: &Attribute) -> Vec<Static> {
        match attribute {
            Attribute::Intrinsic(intrinsic) => Self::intrinsic(*intrinsic),
            Attribute::Scoped { scope, name } => Self::scoped(*scope, name),
            Attribute::Derived(derived) => match derived.key {
                "component" => vec![Static::String("apiserver".to_owned())],
                "code" => vec![Static::Int(201)],
                "watch" => vec![Static::Bool(false)],
                _ => vec![],
            },
            Attribute::Trace(_) => panic!("{attribute} in a span filter"),
        }
    }
}

#[test]
fn filters_mean_what_the_corpus_says() {
    let cases = cases(include_str!("../corpus/meaning/one_span.txt"));
    assert!(cases.len() >= 100, "{} cases", cases.len());
    for (line, case) in cases {
        let (text, outcome) = case.rsplit_once(" => ").unwrap_or_else(|| panic!("line {line}: no outcome"));
        let outcome: bool = outcome.parse().unwrap_or_else(|_| panic!("line {line}: {outcome:?}"));
        assert_eq!(matches(&filter(text), &SampleSpan), outcome, "line {line}: {text}");
    }
}
