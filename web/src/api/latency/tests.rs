//! The question a URL asks, and an answer made by hand against its golden JSON.

use http::header::{ACCEPT, CONTENT_TYPE};
use http_body_util::BodyExt;
use model::latency::{Above, Pick, Point as Figures, Quantile, SpanReference};
use proto::{SpanId, TimeRange, TraceId};
use query::latency::{
    Exemplar, Explanation, Heatmap, HeatmapSlot, Label, LatencyAnswer, NotByRollup, Point, Sampling,
    SamplingSource, Series, Threshold,
};
use serde_json::json;

use super::*;
use crate::testing::{HandMade, NOW, STATS, answer, assert_golden, get, send, shared};

const SLOT: u64 = NOW - 60_000_000_000;

fn figures(count: u64, exact: bool) -> Figures {
    let quantile = |quantile, value_ns, is_max, upper| Quantile {
        quantile,
        value_ns,
        is_max,
        interval_ns: (value_ns - 1_000, upper),
    };
    Figures {
        count,
        errors: 3,
        quantiles: vec![
            quantile(0.5, 12_000_000, false, Some(13_000_000)),
            quantile(0.99, 812_000_000, count < 100, None),
        ],
        exact,
        error_bound: if exact { 0.0 } else { 0.004 },
    }
}

fn exemplar(pick: Pick, rank: (f64, f64)) -> Exemplar {
    Exemplar {
        slot: SLOT,
        time: SLOT + 5_000_000_000,
        start: SLOT + 4_187_654_322,
        trace_id: TraceId([0xab; 16]),
        span_id: SpanId([0x01; 8]),
        duration_ns: 812_345_678,
        error: pick == Pick::Error,
        pick,
        rank,
    }
}

fn sample(sampling: Sampling) -> LatencyAnswer {
    let label =
        |name: &str, value: Option<&str>| Label { name: name.to_owned(), value: value.map(str::to_owned) };
    let grouped = Series {
        labels: vec![label("name", Some("GET /api/v1/pods")), label("kind", None)],
        is_other: false,
        count: 18_234,
        points: vec![
            Point { slot: SLOT, figures: figures(18_204, false), count_estimated: 1_820_400 },
            Point { slot: SLOT + 10_000_000_000, figures: figures(30, true), count_estimated: 3_000 },
        ],
        exemplars: vec![
            exemplar(Pick::Quantile(0.99), (0.9902, 0.9902)),
            exemplar(Pick::Max, (1.0, 1.0)),
            exemplar(Pick::Error, (0.5, 0.75)),
            exemplar(Pick::Median, (0.5, 0.5)),
            exemplar(Pick::Nearest, (0.98, 0.98)),
        ],
        total: None,
        above: Vec::new(),
    };
    let other = Series {
        labels: Vec::new(),
        is_other: true,
        count: 7,
        points: Vec::new(),
        total: Some(Point { slot: SLOT, figures: figures(7, true), count_estimated: 700 }),
        above: Vec::new(),
        exemplars: Vec::new(),
    };
    LatencyAnswer {
        range: TimeRange { start: SLOT, end: NOW },
        step_ns: 10_000_000_000,
        slots: SlotInstant::End,
        quantiles: vec![0.5, 0.99],
        series: vec![grouped, other],
        heatmap: None,
        not_by_rollup: None,
        explanation: Explanation::default(),
        sampling,
        stats: STATS,
    }
}

#[tokio::test]
async fn an_answer_from_a_sample() {
    let engine = HandMade {
        latency: |_| Ok(sample(Sampling { rate: Some(0.01), source: SamplingSource::TraceId })),
        ..HandMade::default()
    };
    // The labels are named as the request names them, not as the engine does.
    let (status, text) = answer(engine, "/api/v1/latency?by=span:name,span:kind").await;
    assert_eq!(status, 200);
    assert_golden(&text, include_str!("tests/sampled.json"));
}

#[tokio::test]
async fn points_come_as_a_file_for_those_who_take_one() {
    for (media, magic) in [
        ("application/vnd.apache.arrow.stream", [0xff; 4].as_slice()),
        ("application/vnd.apache.parquet", b"PAR1".as_slice()),
    ] {
        let latency = |_| Ok(sample(Sampling { rate: None, source: SamplingSource::Unknown }));
        let mut request = get("/api/v1/latency?by=span:name,span:kind");
        request.headers_mut().insert(ACCEPT, media.parse().unwrap());
        let response = send(shared(HandMade { latency, ..HandMade::default() }), request).await;
        assert_eq!(response.headers()[CONTENT_TYPE], media);
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        assert!(bytes.starts_with(magic), "{media}");
        let says = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
        assert!(says(b"span:name") && says(b"p99_ns"), "{media}");
    }
}

#[tokio::test]
async fn how_an_answer_came_about_is_said_where_asked_for() {
    let ask = async |uri| {
        let latency = |_| Ok(sample(Sampling { rate: None, source: SamplingSource::Unknown }));
        answer(HandMade { latency, ..HandMade::default() }, uri).await.1
    };
    let explained = ask("/api/v1/latency?explain=true").await;
    assert!(explained.contains(r#""explanation":["question: ","slots: of 0ns"#), "{explained}");
    assert!(!ask("/api/v1/latency").await.contains("explanation"));
    assert!(ask("/api/v1/latency?explain=yes").await.contains(r#"explain is \"yes\": write true or false"#));
}

#[tokio::test]
async fn an_answer_from_every_span_has_no_intervals() {
    let ask = async |latency| {
        answer(HandMade { latency, ..HandMade::default() }, "/api/v1/latency?by=name,kind").await.1
    };
    let all = ask(|_| Ok(sample(Sampling { rate: Some(1.0), source: SamplingSource::Config }))).await;
    assert!(!all.contains(r#""interval""#), "{all}");
    assert!(all.contains(r#""sampling":{"rate":1.0,"source":"config"}"#), "{all}");
    let unknown = ask(|_| Ok(sample(Sampling { rate: None, source: SamplingSource::Unknown }))).await;
    assert!(
        unknown.contains(r#""interval":{"0.5":[11999000,13000000],"0.99":[811999000,null]}"#),
        "{unknown}"
    );
    assert!(unknown.contains(r#""sampling":{"rate":null,"source":"unknown"}"#), "{unknown}");
}

#[tokio::test]
async fn shares_above_thresholds_and_a_heatmap_come_where_asked_for() {
    const SPAN: SpanReference = SpanReference {
        duration_ns: 812_000_000,
        start: SLOT,
        trace_id: TraceId([0xab; 16]),
        span_id: SpanId([0xcd; 8]),
        error: true,
    };
    let engine = HandMade {
        latency: |question| {
            assert!(question.heatmap);
            assert_eq!(question.above_ns, [1_000_000_000, 30_000_000_000]);
            let mut answer = sample(Sampling { rate: Some(1.0), source: SamplingSource::Config });
            answer.series.truncate(1);
            answer.series[0].count = 200;
            let above = Above { count_min: 1, count_max: 2 };
            answer.series[0].above = vec![Threshold { threshold_ns: 1_000_000_000, above }];
            let slot = HeatmapSlot { slot: SLOT, counts: vec![3, 1], exemplars: vec![(1, SPAN)] };
            answer.not_by_rollup = Some(NotByRollup::Slots { step_ns: 10_000_000_000 });
            answer.heatmap = Some(Heatmap { bounds_ns: vec![256, 512, 1024], slots: vec![slot] });
            Ok(answer)
        },
        ..HandMade::default()
    };
    let (status, text) = answer(engine, "/api/v1/latency?above=1s,30s&heatmap=true").await;
    assert_eq!(status, 200, "{text}");
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let expected = json!([{"threshold_ns": 1_000_000_000, "count_min": 1, "count_max": 2, "share_min": 0.005, "share_max": 0.01}]);
    assert_eq!(json["series"][0]["above"], expected);
    let why = "the slots of 10 s are not made of whole minutes, as those of rollups are";
    assert_eq!(json["not_by_rollup"], why);
    let exemplar = json!({"band": 1, "t": (SLOT + SPAN.duration_ns).to_string(), "trace_id": "ab".repeat(16),
                          "span_id": "cd".repeat(8), "duration_ns": SPAN.duration_ns, "error": true});
    let slot = json!({"t": SLOT.to_string(), "counts": [3, 1], "exemplars": [exemplar]});
    assert_eq!(json["heatmap"], json!({"bounds_ns": [256, 512, 1024], "slots": [slot]}));
    for uri in ["/api/v1/latency?heatmap=yes", "/api/v1/latency?above=1s,slow"] {
        let (status, text) = answer(HandMade::default(), uri).await;
        assert_eq!(status, 400, "{text}");
    }
}

#[tokio::test]
async fn the_url_becomes_the_question() {
    let engine = HandMade {
        latency: |question| {
            assert_eq!(question.range, TimeRange { start: 1_000_000_000, end: 900_000_000_000 });
            assert_eq!(question.step, Step::Nanos(10_000_000_000));
            assert_eq!((question.of, question.slots), (Of::Requests, SlotInstant::Start));
            assert_eq!(question.quantiles, [0.9, 0.999]);
            assert_eq!(
                question.by.iter().map(ToString::to_string).collect::<Vec<_>>(),
                ["name", "span.http.target"]
            );
            assert_eq!((question.exemplars, question.limit), (1, 7));
            assert_eq!(question.filter, query::traceql::parse_filter("{ kind = server }").unwrap());
            Ok(sample(Sampling { rate: None, source: SamplingSource::Unknown }))
        },
        ..HandMade::default()
    };
    let uri = "/api/v1/latency?q=%7B+kind+%3D+server+%7D&of=requests&start=1&end=900&step=10s&slots=start&quantiles=0.9,0.999\
               &by=name,span.http.target&exemplars=1&limit=7";
    assert_eq!(answer(engine, uri).await.0, 200);
}

#[tokio::test]
async fn nothing_said_is_the_last_hour_of_everything() {
    let engine = HandMade {
        latency: |question| {
            let default = LatencyQuery::new(question.filter.clone(), NOW - 3_600_000_000_000, NOW);
            assert_eq!(question.filter, query::traceql::parse_filter("{}").unwrap());
            assert_eq!(format!("{question:?}"), format!("{default:?}"));
            Ok(sample(Sampling { rate: None, source: SamplingSource::Unknown }))
        },
        ..HandMade::default()
    };
    assert_eq!(answer(engine, "/api/v1/latency").await.0, 200);
}

#[tokio::test]
async fn wrong_values_name_the_parameter() {
    for (query, message) in [
        ("step=10", "step is"),
        ("slots=middle", "slots is"),
        ("of=logs", "of is"),
        ("limit=-1", "limit is"),
        ("exemplars=few", "exemplars is"),
        ("start=then", "start is"),
        ("quantiles=p99", "quantiles has"),
        ("by=nonsense", "by has"),
        ("group=name", "there is no parameter"),
    ] {
        let (status, text) = answer(HandMade::default(), &format!("/api/v1/latency?{query}")).await;
        assert_eq!(status, 400, "{query}");
        assert!(text.starts_with(&format!(r#"{{"error":{{"kind":"invalid","message":"{message}"#)), "{text}");
        assert!(!text.contains("position"), "{text}");
    }
}

#[tokio::test]
async fn a_wrong_filter_is_shown_where() {
    let (status, text) = answer(HandMade::default(), "/api/v1/latency?q=%7B%20kind%20%3D%20%7D").await;
    assert_eq!(status, 400);
    assert!(text.contains(r#""position":{"offset":"#), "{text}");
}

#[test]
fn ranks_are_rounded_outwards_and_what_they_mean_stays() {
    for rank in [0.0, 0.5, 0.9902, 0.25, 1.0] {
        assert_eq!((answer::rounded_down(rank), answer::rounded_up(rank)), (rank, rank));
    }
    let third = 1.0 / 3.0;
    assert_eq!((answer::rounded_down(third), answer::rounded_up(third)), (0.333_333, 0.333_334));
    assert_eq!(answer::rounded_up(0.999_999_9), 1.0);
}
