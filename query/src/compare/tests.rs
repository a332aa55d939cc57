//! Statistics against what they must be, and rankings of planted differences.

use hashbrown::HashMap;
use proptest::prelude::*;
use proto::{SpanId, TraceId};

use super::columns::{Name, Values, bin_of, bounds_of};
use super::rank::{p_value, rank};
use super::tally::{Row, Tally};
use super::*;
use crate::traceql::{Static, parse_attribute};

fn row(id: u64, is_selected: bool) -> Row {
    Row {
        is_selected,
        trace_id: TraceId(u128::from(id).to_be_bytes()),
        span_id: SpanId(id.to_be_bytes()),
        duration_ns: id,
    }
}

fn named(text: &str) -> Name {
    Name::Attribute(parse_attribute(text).unwrap())
}

/// `of(row, is_selected)` is the text of each of 1,000 selected rows and 9,000 others.
fn texts(of: impl Fn(u64, bool) -> Option<String>) -> Values {
    let mut values = Values::default();
    for id in 0..10_000 {
        let is_selected = id % 10 == 0;
        if let Some(text) = of(id, is_selected) {
            values.add_text(&text, &row(id, is_selected));
        }
    }
    values
}

const ALL: Counts = Counts { selected: 1_000, baseline: 9_000 };

#[test]
fn p_values_are_those_of_the_books() {
    let all = |selected, baseline| Counts { selected, baseline };
    // Fisher's tea: three of four cups and one of four; the exact two-sided value is 34/70.
    let tea = p_value(all(3, 1), all(4, 4));
    assert!((tea - 34.0 / 70.0).abs() < 1e-9, "{tea}");
    // z = 2: 4.55 %.
    let share = p_value(all(1_100, 1_000), all(10_000, 10_000));
    let z: f64 = 0.01 / (0.105_f64 * 0.895 * 2.0 / 10_000.0).sqrt();
    assert!((share - libm::erfc(z / 2.0_f64.sqrt())).abs() < 1e-12, "{share}");
    assert_eq!(p_value(all(0, 5), all(0, 10)), 1.0);
}

#[test]
fn the_planted_value_comes_first_and_its_shadow_is_told_with_it() {
    let slow = |id: u64, is_selected: bool| is_selected && !id.is_multiple_of(50);
    let attributes = HashMap::from_iter([
        (
            named("k8s:verb"),
            texts(|id, selected| Some(if slow(id, selected) { "list" } else { "get" }.to_owned())),
        ),
        (named("span.shadow"), texts(|id, selected| slow(id, selected).then(|| "same rows".to_owned()))),
        (
            named("span.coin"),
            texts(|id, _| {
                Some(
                    ["heads", "tails"][(id.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 41 & 1) as usize]
                        .to_owned(),
                )
            }),
        ),
        (named("span.id"), texts(|id, _| Some(format!("unique {id}")))),
    ]);
    let found = rank(attributes, ALL, 10);
    let first = &found.findings[0];
    assert_eq!((first.value.attribute.as_str(), first.value.text.as_deref()), ("k8s:verb", Some("list")));
    assert_eq!(first.value.condition.as_deref(), Some("k8s:verb = \"list\""));
    assert_eq!(first.counts, Counts { selected: 800, baseline: 0 });
    assert!((first.difference - 0.8).abs() < 1e-9);
    assert_eq!(first.together_with.len(), 1, "{first:?}");
    assert_eq!(first.together_with[0].attribute, "span.shadow");
    assert!(first.exemplars.is_sorted_by(|one, next| one.duration_ns >= next.duration_ns));
    assert!(found.findings.iter().all(|finding| finding.value.attribute != "span.coin"), "{found:?}");
    assert_eq!(found.hidden.len(), 1);
    assert_eq!(found.hidden[0].attribute, "span.id");
}

#[test]
fn chance_is_not_told() {
    // A hundred attributes of a hundred values each, none of them different: one in a hundred would have p below 1 %.
    let attributes = (0..100_u64).map(|attribute| {
        let values = texts(move |id, _| {
            let hash = (id * 100 + attribute + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            Some((hash >> 40 & 63).to_string())
        });
        (named(&format!("span.a{attribute}")), values)
    });
    let found = rank(attributes.collect(), ALL, 100);
    assert!(found.findings.len() <= 2, "{:?}", found.findings);
    assert_eq!(found.compared.attributes, 100);
}

#[test]
fn numbers_with_many_values_are_told_by_size() {
    let mut values = Values::default();
    for id in 0..10_000_u64 {
        let is_selected = id % 10 == 0;
        let size = if is_selected { 1 << 20 } else { 1 << 10 } + id as i64 % 1_000;
        values.add_integer(size, Static::Int, &row(id, is_selected));
    }
    let found = rank(HashMap::from_iter([(named("span.size"), values)]), ALL, 10);
    let value = &found.findings[0].value;
    assert_eq!(value.text.as_deref(), Some("1048576 to 2097151"));
    assert_eq!(value.condition.as_deref(), Some("span.size >= 1048576 && span.size < 2097152"));
}

#[test]
fn a_missing_attribute_is_a_finding() {
    let values = texts(|id, is_selected| (!is_selected || id % 100 == 0).then(|| "curl".to_owned()));
    let found = rank(HashMap::from_iter([(named("k8s:user_agent"), values)]), ALL, 10);
    let absent = found.findings.iter().find(|finding| finding.value.text.is_none()).unwrap();
    assert_eq!(absent.counts, Counts { selected: 900, baseline: 0 });
    assert_eq!(absent.value.condition.as_deref(), Some("k8s:user_agent = nil"));
}

proptest! {
    #[test]
    fn each_number_lies_in_its_bin(number: i64) {
        let bin = bin_of(number);
        prop_assert_eq!(bin == 0, number == 0);
        if bin != 0 {
            let (low, end) = bounds_of(bin.unsigned_abs().cast_signed());
            let size = number.unsigned_abs();
            prop_assert!(size >= low.unsigned_abs());
            prop_assert!(end.is_none_or(|end| size < end.unsigned_abs()), "{size} {end:?}");
        }
    }

    #[test]
    fn counts_do_not_depend_on_the_parts(rows in prop::collection::vec((0..50_u64, any::<bool>(), 0..6_u8), 0..200), cut in 0..200_usize) {
        let add = |values: &mut Values, rows: &[(u64, bool, u8)]| {
            for (id, is_selected, text) in rows {
                values.add_text(&text.to_string(), &row(*id, *is_selected));
            }
        };
        let mut whole = Values::default();
        add(&mut whole, &rows);
        let (mut one, mut other) = (Values::default(), Values::default());
        let cut = cut.min(rows.len());
        add(&mut one, &rows[..cut]);
        add(&mut other, &rows[cut..]);
        one.merge(other);
        prop_assert_eq!(one.present.counts, whole.present.counts);
        for (value, tally) in &whole.tallies {
            let parts = &one.tallies.iter().find(|(other, _)| other == value).unwrap().1;
            prop_assert_eq!(parts.counts, tally.counts);
            prop_assert_eq!(&parts.exemplars, &tally.exemplars);
            prop_assert_eq!(Tally::overlap(parts, tally), f64::from(u8::from(tally.counts.selected > 0)));
        }
    }
}
