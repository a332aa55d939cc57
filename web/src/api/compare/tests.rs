use query::compare::{CompareAnswer, Compared, ComparedValue, Counts, Exemplar, Finding, Hidden};

use super::*;
use crate::testing::{HandMade, NOW, STATS, assert_golden, body, post, send, shared};

fn value(attribute: &str, text: Option<&str>, condition: Option<&str>) -> ComparedValue {
    ComparedValue {
        attribute: attribute.to_owned(),
        text: text.map(str::to_owned),
        condition: condition.map(str::to_owned),
    }
}

#[tokio::test]
async fn a_comparison_is_asked_and_told() {
    let engine = HandMade {
        compare: |question| {
            assert_eq!(question.of, Of::Requests);
            assert_eq!(question.scope.to_string(), "{ kind = server }");
            assert_eq!(question.selection.to_string(), "{ duration > 1s }");
            assert_eq!(question.range.start, NOW - 900_000_000_000);
            assert_eq!(question.baseline_range.map(|range| range.end), Some(NOW - 900_000_000_000));
            assert_eq!(question.limit, 20);
            Ok(CompareAnswer {
                counts: Counts { selected: 100, baseline: 1_000 },
                findings: vec![Finding {
                    value: value("k8s:verb", Some("list"), Some("k8s:verb = \"list\"")),
                    counts: Counts { selected: 90, baseline: 10 },
                    difference: 0.89,
                    q_value: 1e-9,
                    exemplars: vec![Exemplar {
                        trace_id: proto::TraceId([1; 16]),
                        span_id: proto::SpanId([2; 8]),
                        duration_ns: 3,
                    }],
                    together_with: vec![value("webhook", None, None)],
                }],
                hidden: vec![Hidden { attribute: "span.audit-id".to_owned(), rows: 1_100, distinct: 1_100 }],
                compared: Compared { attributes: 30, values: 400 },
                stats: STATS,
            })
        },
        ..HandMade::default()
    };
    let asked = r#"{"of": "requests", "q": "{ kind = server }", "selection": "{ duration > 1s }", "start": "now-15m",
        "baseline": {"start": "now-1h", "end": "now-15m"}}"#;
    let response = send(shared(engine), post("/api/v1/compare", asked)).await;
    assert_eq!(response.status(), 200);
    assert_golden(&body(response).await, include_str!("golden.json"));
}

#[tokio::test]
async fn what_is_wrong_with_a_question_is_named() {
    for (asked, status, message) in [
        ("", 400, "the question is not the JSON that this path takes: EOF while parsing a value"),
        (r#"{"selection": "{}", "sides": 2}"#, 400, "unknown field `sides`"),
        (r#"{"of": "traces", "selection": "{}"}"#, 400, "unknown variant `traces`"),
        (r#"{"selection": "{ duration > }"}"#, 400, "selection: expected a value after '>'"),
        (r#"{"selection": "{}", "start": "yesterday"}"#, 400, "start"),
        (r#"{"selection": "{}", "start": 1769860800, "end": 1769860700}"#, 400, "is not before end"),
        (&format!("{{\"selection\": \"{}\"}}", "x".repeat(300_000)), 413, "at most 262144 are read"),
    ] {
        let response = send(shared(HandMade::default()), post("/api/v1/compare", asked)).await;
        assert_eq!(response.status(), status, "{asked:.80}");
        let text = body(response).await;
        assert!(text.contains(message), "{asked:.80}: {text}");
    }
}
