use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, FixedSizeBinaryArray, Float64Array, RecordBatch, StringArray, UInt64Array,
};
use query::SqlAnswer;

use super::Rows;
use crate::cli::Format;

fn rows() -> Rows {
    let ids = FixedSizeBinaryArray::try_from_iter([[0xab, 1], [0xcd, 2]].into_iter()).expect("ids");
    let columns: [(&str, ArrayRef); 5] = [
        ("name", Arc::new(StringArray::from(vec![Some("Create, all"), None]))),
        ("spans", Arc::new(UInt64Array::from(vec![Some(7), Some(1234)]))),
        ("ratio", Arc::new(Float64Array::from(vec![f64::NAN, 0.5]))),
        ("error", Arc::new(BooleanArray::from(vec![true, false]))),
        ("id", Arc::new(ids)),
    ];
    let batch = RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true)))
        .expect("a batch");
    Rows::read(&SqlAnswer {
        schema: batch.schema(),
        batches: vec![batch],
        truncated: false,
        completeness: storage::Completeness::default(),
    })
    .expect("printable")
}

#[test]
fn a_table_aligns_numbers_to_the_right() {
    assert_eq!(
        rows().print(Format::Table).expect("printed"),
        "name         spans  ratio  error  id\n\
         Create, all      7    NaN   true  ab01\n\
         \x20             1234    0.5  false  cd02\n"
    );
}

#[test]
fn json_keeps_numbers_and_nulls() {
    let json = rows().print(Format::Json).expect("printed");
    let read: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let expected = serde_json::json!([
        {"name": "Create, all", "spans": 7, "ratio": "NaN", "error": true, "id": "ab01"},
        {"name": null, "spans": 1234, "ratio": 0.5, "error": false, "id": "cd02"},
    ]);
    assert_eq!(read, expected);
}

#[test]
fn csv_leaves_nulls_empty() {
    let csv = rows().print(Format::Csv).expect("printed");
    assert_eq!(
        csv,
        "name,spans,ratio,error,id\r\n\"Create, all\",7,NaN,true,ab01\r\n,1234,0.5,false,cd02\r\n"
    );
}
