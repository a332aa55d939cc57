use super::{LatencyJson, Summary};
use crate::cli::Format;

fn summary() -> Summary {
    let point = |count: u64| {
        serde_json::json!({
            "t": "0", "count": count, "errors": 1,
            "quantiles": {"0.5": 1_000_000, "0.9": 2_000_000, "0.99": 812_345_678}
        })
    };
    let exemplar = |duration_ns: u64, trace_id: &str| serde_json::json!({"trace_id": trace_id, "duration_ns": duration_ns});
    let answer = serde_json::json!({
        "series": [
            {"labels": {"name": "Create, quickly"}, "count": 1234, "points": [point(1234)],
             "exemplars": [exemplar(812_345_678, "aa"), exemplar(2_000_000_000, "bb")]},
            {"labels": {"series": "other"}, "other": true, "count": 2, "points": [point(2)], "exemplars": []},
            {"labels": {"name": "none"}, "count": 0, "points": [], "exemplars": []},
        ],
        "stats": {"source": "live", "rows_read": 4321, "files_read": 0, "elapsed_ms": 12, "complete": true}
    });
    let answer: LatencyJson = serde_json::from_value(answer).expect("the API's shape");
    Summary::from(answer)
}

#[test]
fn a_table_for_people() {
    let table = summary().print(Format::Table).expect("printed");
    assert_eq!(
        table,
        "COUNT  ERRORS      P50      P90     P99  SLOWEST  ITS TRACE  NAME\n\
         1,234       1  1.00 ms  2.00 ms  812 ms   2.00 s  bb         Create, quickly\n\
         \x20   2       1  1.00 ms  2.00 ms  812 ms     0 ns             (other names)\n\
         \n\
         4,321 spans read in 12 ms"
    );
}

#[test]
fn csv_and_json_for_programs() {
    let csv = summary().print(Format::Csv).expect("printed");
    assert!(csv.contains("1234,1,1000000,2000000,812345678,2000000000,bb,\"Create, quickly\"\r\n"), "{csv}");
    let json = summary().print(Format::Json).expect("printed");
    let rows: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(rows[0]["slowest_ns"], 2_000_000_000_u64);
    assert_eq!(rows.as_array().map(Vec::len), Some(2));
}
