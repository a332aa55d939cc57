use super::*;
use crate::cli::Format;

#[test]
fn sql_and_traceql_are_told_apart_by_how_they_begin() {
    for text in
        ["select 1", " WITH a AS (SELECT 1) SELECT * FROM a", "(SELECT 1)", "show tables", "explain select 1"]
    {
        assert!(is_sql(text), "{text}");
    }
    for text in [
        "{ }",
        "{ name = \"select\" }",
        "({ } | rate()) / ({ } | rate())",
        "by(name)",
        "count() > 3",
        "select(name)x",
    ] {
        assert_eq!(is_sql(text), text.starts_with("select"), "{text}");
    }
}

#[test]
fn what_is_neither_is_told_where_it_goes_wrong() {
    let error = traceql("{ duration > }").expect_err("half a query");
    assert!(error.to_string().contains("at byte 13"), "{error}");
}

#[test]
fn a_point_without_a_number_is_nan() {
    let answer = r#"{"series": [{"labels": {"verb": "get"}, "points": [{"t": "1769860800000000000", "value": null},
                     {"t": "1769860801000000000", "value": 0.5}]}], "looked_at": {"traces": 1, "cut_traces": 0, "has_more": false},
                     "stats": {"source": "scan", "rows_read": 1, "files_read": 1, "elapsed_ms": 1.0, "complete": true}}"#;
    let answer: SeriesJson = serde_json::from_str(answer).expect("an answer");
    let printed = answer.print(Format::Csv).expect("a text");
    assert!(printed.contains(",NaN,") && printed.contains(",0.5,"), "{printed}");
}
