use query::shares::{Band, BandShares, Exemplar, GroupShares, SharesAnswer, SlotShares, Times};

use super::*;
use crate::testing::{HandMade, NOW, STATS, assert_golden, body, post, send, shared};

#[tokio::test]
async fn shares_are_asked_and_told() {
    let engine = HandMade {
        shares: |question| {
            assert_eq!(question.of, Of::Requests);
            assert_eq!(question.by, ["k8s_verb"]);
            assert_eq!(question.step_ns, Some(300_000_000_000));
            assert_eq!(question.range.end, NOW);
            assert_eq!((question.limit, question.exemplars), (5, 3));
            let times = Times { count: 2, total_ns: 100, phases_ns: vec![25, 75] };
            Ok(SharesAnswer {
                phases: vec!["authorization", "etcd_wire"],
                components: vec!["apiserver", "etcd"],
                bounds_ns: [10, 20, 30],
                bands: vec![BandShares {
                    band: Band::AboveP99,
                    times: times.clone(),
                    exemplars: vec![Exemplar {
                        trace_id: proto::TraceId([1; 16]),
                        span_id: proto::SpanId([2; 8]),
                        duration_ns: 60,
                    }],
                }],
                baseline: Some(Vec::new()),
                groups: vec![GroupShares {
                    values: vec![Some("list".to_owned())],
                    bands: vec![(Band::ToP50, times.clone())],
                }],
                slots: vec![SlotShares { start: NOW, bands: vec![(Band::P50ToP95, times)] }],
                stats: STATS,
            })
        },
        ..HandMade::default()
    };
    let asked = r#"{"q": "{ k8s:resource = \"pods\" }", "by": ["k8s_verb"], "step": "5m", "limit": 5}"#;
    let response = send(shared(engine), post("/api/v1/shares", asked)).await;
    assert_eq!(response.status(), 200);
    assert_golden(&body(response).await, include_str!("golden.json"));
}

#[tokio::test]
async fn limits_are_named() {
    for (asked, message) in [
        (r#"{"exemplars": 21}"#, "exemplars is 21: at most 20 are given"),
        (
            r#"{"by": ["a","b","c","d","e","f","g","h","i"]}"#,
            "by has 9 entries, more than the 8 of web.by_max",
        ),
        (r#"{"step": "soon"}"#, "step"),
    ] {
        let response = send(shared(HandMade::default()), post("/api/v1/shares", asked)).await;
        assert_eq!(response.status(), 400, "{asked}");
        let text = body(response).await;
        assert!(text.contains(message), "{asked}: {text}");
    }
}
