use super::*;

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
