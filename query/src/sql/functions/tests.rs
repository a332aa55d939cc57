use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use arrow::util::pretty::pretty_format_batches;
use datafusion::datasource::MemTable;

use super::*;
use storage::schema::file_schema;

/// A session with a table `spans` of no rows.
fn session() -> SessionContext {
    let session = SessionContext::new();
    let spans = MemTable::try_new(file_schema(), vec![Vec::new()]).unwrap();
    session.register_table("spans", Arc::new(spans)).unwrap();
    register(&session, Limits::default()).unwrap();
    session
}

async fn plan_of(text: &str) -> String {
    let rows = session().sql(&format!("EXPLAIN {text}")).await.unwrap().collect().await.unwrap();
    pretty_format_batches(&rows).unwrap().to_string()
}

async fn refusal(text: &str) -> String {
    let planned = session().sql(text).await;
    let collected = match planned {
        Ok(rows) => rows.collect().await.map(|_| ()),
        Err(error) => Err(error),
    };
    collected.unwrap_err().strip_backtrace()
}

#[tokio::test]
async fn an_attribute_is_read_from_its_column_where_it_has_one_and_from_the_others_else() {
    let known = plan_of("SELECT attribute('resource.service.name') FROM spans").await;
    assert!(known.contains("service_name"), "{known}");
    let unknown = plan_of("SELECT attribute('span.who') AS who, count(*) FROM spans GROUP BY who").await;
    assert!(unknown.contains("attribute_text[span.who]"), "{unknown}");
    let any_scope = plan_of("SELECT attribute('k8s.pod.name') FROM spans").await;
    assert!(any_scope.contains("k8s.pod.name") || any_scope.contains("k8s_pod_name"), "{any_scope}");
    let of_two = "SELECT a.name FROM spans a JOIN spans b ON a.trace_id = b.trace_id WHERE attribute('span.who') = 'x'";
    assert!(refusal(of_two).await.contains("attribute('span.who') is of the rows of one table"));
}

#[tokio::test]
async fn an_id_is_compared_as_bytes() {
    let plan =
        plan_of("SELECT name FROM spans WHERE trace_id = id('000102030405060708090a0b0c0d0e0f')").await;
    assert!(
        plan.contains(r#"trace_id = FixedSizeBinary(16, "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15")"#),
        "{plan}"
    );
    let rows =
        session().sql("SELECT count(*) FROM spans WHERE span_id = id('0001020304050607')").await.unwrap();
    let rows = rows.collect().await.unwrap();
    assert_eq!(rows[0].column(0).as_primitive::<Int64Type>().value(0), 0);
}

#[tokio::test]
async fn what_is_no_name_or_id_is_refused_with_what_would_be() {
    for (text, said) in [
        ("SELECT attribute(name) FROM spans", "attribute takes a text in quotes, not "),
        ("SELECT attribute('') FROM spans", "attribute(''): "),
        ("SELECT id('xyz') FROM spans", "id('xyz'): write the 32 hex digits of a trace or the 16 of a span"),
        ("SELECT id(name) FROM spans", "id takes a text in quotes, not "),
    ] {
        let refused = refusal(text).await;
        assert!(refused.contains(said), "{text}: {refused}");
    }
}
