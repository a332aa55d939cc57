use std::collections::HashMap;

use arrow::array::StringViewArray;
use proptest::prelude::*;

use super::SeriesIds;

fn value() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        Just(None),
        Just(Some(String::new())),
        Just(Some("get".to_owned())),
        Just(Some("a text that is longer than a view holds".to_owned())),
        Just(Some("a text that is longer too, and other".to_owned())),
    ]
}

proptest! {
    #[test]
    fn rows_have_the_same_number_when_they_have_the_same_values(
        batches in proptest::collection::vec(proptest::collection::vec((value(), value()), 0..40), 1..4),
    ) {
        let mut ids = SeriesIds::default();
        let mut known: HashMap<u32, Vec<Option<String>>> = HashMap::new();
        for batch in &batches {
            let first: StringViewArray = batch.iter().map(|(first, _)| first.as_deref()).collect();
            let second: StringViewArray = batch.iter().map(|(_, second)| second.as_deref()).collect();
            let numbers = ids.of_rows(&[&first, &second], batch.len());
            for (number, (first, second)) in numbers.into_iter().zip(batch) {
                let key = vec![first.clone(), second.clone()];
                prop_assert_eq!(&ids.key(number, 2), &key);
                prop_assert_eq!(known.entry(number).or_insert_with(|| key.clone()), &key);
            }
        }
        let mut keys: Vec<_> = known.values().collect();
        keys.sort();
        keys.dedup();
        prop_assert_eq!(keys.len(), known.len(), "each has one number");
    }
}

#[test]
fn without_values_all_rows_are_one_series() {
    let mut ids = SeriesIds::default();
    assert_eq!(ids.of_rows(&[], 3), [0, 0, 0]);
    assert_eq!(ids.key(0, 0), Vec::<Option<String>>::new());
}
