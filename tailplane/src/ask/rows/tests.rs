use super::Rows;
use crate::cli::Format;

fn rows() -> Rows {
    serde_json::from_value(serde_json::json!({
        "columns": [
            {"name": "name", "type": "Utf8"}, {"name": "spans", "type": "UInt64"}, {"name": "ratio", "type": "Float64"},
            {"name": "error", "type": "Boolean"}, {"name": "id", "type": "FixedSizeBinary(2)"}
        ],
        "rows": [["Create, all", 7, 0.25, true, "ab01"], [null, 1234, "NaN", false, "cd02"]],
        "truncated": false,
        "complete": true
    }))
    .expect("an answer")
}

#[test]
fn a_table_aligns_numbers_to_the_right() {
    assert_eq!(
        rows().print(Format::Table).expect("printed"),
        "name         spans  ratio  error  id\n\
         Create, all      7   0.25   true  ab01\n\
         \x20             1234    NaN  false  cd02\n"
    );
}

#[test]
fn json_keeps_numbers_and_nulls() {
    let json = rows().print(Format::Json).expect("printed");
    let read: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let expected = serde_json::json!([
        {"name": "Create, all", "spans": 7, "ratio": 0.25, "error": true, "id": "ab01"},
        {"name": null, "spans": 1234, "ratio": "NaN", "error": false, "id": "cd02"},
    ]);
    assert_eq!(read, expected);
}

#[test]
fn csv_leaves_nulls_empty() {
    let csv = rows().print(Format::Csv).expect("printed");
    assert_eq!(
        csv,
        "name,spans,ratio,error,id\r\n\"Create, all\",7,0.25,true,ab01\r\n,1234,NaN,false,cd02\r\n"
    );
}
