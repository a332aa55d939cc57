use serde_json::json;

use super::*;

#[test]
fn an_answer_says_why_it_is_not_complete() {
    let written =
        |completeness: Completeness| serde_json::to_value(CompletenessJson::from(completeness)).unwrap();
    assert_eq!(written(Completeness::default()), json!({"complete": true}));
    let replaying = Completeness { replaying: true, unreadable_files: true, ..Completeness::default() };
    assert_eq!(
        written(replaying),
        json!({"complete": false, "incomplete_because": ["replaying", "unreadable_files"], "replaying": true})
    );
    let doubled = Completeness { possible_duplicates: true, ..Completeness::default() };
    assert_eq!(written(doubled), json!({"complete": true, "possible_duplicates": true}));
    let reaching =
        Completeness { past_retention: true, raw_data_from: Some(1 << 60), ..Completeness::default() };
    assert_eq!(
        written(reaching),
        json!({
            "complete": false,
            "incomplete_because": ["past_retention"],
            "raw_data_from": "1152921504606846976",
        })
    );
}
