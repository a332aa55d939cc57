//! Names and values made by hand against their JSON.

use proto::TimeRange;
use query::attributes::{AttributeInfo, AttributeValue, AttributeValuesAnswer, AttributesAnswer};

use crate::testing::{HandMade, NOW, STATS, answer, assert_golden};

#[tokio::test]
async fn the_names() {
    let engine = HandMade {
        attributes: |question| {
            assert_eq!(question.range, TimeRange { start: NOW - 900_000_000_000, end: NOW });
            let info = |name: &str, scope, value_type, distinct| AttributeInfo {
                name: name.to_owned(),
                scope,
                value_type,
                count: 1_234,
                distinct,
            };
            Ok(AttributesAnswer {
                attributes: vec![
                    info("span.http.target", "span", "string", Some(56)),
                    info("kind", "intrinsic", "kind", None),
                ],
                stats: STATS,
            })
        },
        ..HandMade::default()
    };
    let (status, text) = answer(engine, "/api/v1/attributes?start=now-15m").await;
    assert_eq!(status, 200);
    assert_golden(&text, include_str!("tests/names.json"));
}

#[tokio::test]
async fn the_values() {
    let engine = HandMade {
        attribute_values: |question| {
            assert_eq!(question.attribute.to_string(), r#"span."a/b c""#);
            assert_eq!((question.prefix.as_str(), question.limit), ("/api s", 50));
            Ok(AttributeValuesAnswer {
                values: vec![AttributeValue {
                    text: "/api \"s\"".to_owned(),
                    value_type: "string",
                    count: 12,
                }],
                truncated: true,
                stats: STATS,
            })
        },
        ..HandMade::default()
    };
    let (status, text) = answer(engine, "/api/v1/attributes/span.%22a%2Fb%20c%22/values?prefix=/api+s").await;
    assert_eq!(status, 200);
    assert_golden(&text, include_str!("tests/values.json"));
}

#[tokio::test]
async fn wrong_requests_are_told_apart() {
    for (uri, message) in [
        ("/api/v1/attributes/nonsense/values", "the path has"),
        ("/api/v1/attributes/name/values?limit=all", "limit is"),
        ("/api/v1/attributes?prefix=a", "there is no parameter"),
        ("/api/v1/attributes?start=2&end=1", "start (2000000000 ns) is not before end"),
    ] {
        let (status, text) = answer(HandMade::default(), uri).await;
        assert_eq!(status, 400, "{uri}");
        assert!(text.starts_with(&format!(r#"{{"error":{{"kind":"invalid","message":"{message}"#)), "{text}");
    }
}
