//! The groups of a latency answer while it is being made: a state for each combination of `by` values and slot.

use std::collections::{BTreeMap, HashMap};

use arrow::array::{Array, AsArray, RecordBatch, StringViewArray};
use arrow::datatypes::Int64Type;
use model::latency::{Limits, State};
use proto::ErrorKind;

use crate::{Error, Result};

/// A group's values of the `by` attributes.
pub(super) type Key = Vec<Option<String>>;
/// A group's states by slot index.
pub(super) type Slotted = BTreeMap<i64, State>;

/// What the columns of `by` values are called.
pub(super) fn names(by: usize) -> Vec<String> {
    (0..by).map(|place| format!("by_{place}")).collect()
}

/// The key whose values stand in `row` of these columns.
pub(super) fn key_at(texts: &[&StringViewArray], row: usize) -> Key {
    texts.iter().map(|text| text.is_valid(row).then(|| text.value(row).to_owned())).collect()
}

/// Adds the groups of `batch`: slot, `by` values, state.
pub(super) fn read_groups(
    batch: &RecordBatch,
    by: usize,
    limits: Limits,
    groups: &mut HashMap<Key, Slotted>,
) -> Result<()> {
    let slots = batch.column(0).as_primitive::<Int64Type>();
    let states = batch.column(by + 1).as_binary::<i32>();
    let texts: Vec<_> = (1..=by).map(|place| batch.column(place).as_string_view()).collect();
    for row in 0..batch.num_rows() {
        let state = State::from_bytes(states.value(row))
            .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?;
        groups
            .entry(key_at(&texts, row))
            .or_default()
            .entry(slots.value(row))
            .or_default()
            .merge(state, limits);
    }
    Ok(())
}

pub(super) struct Group {
    pub(super) key: Key,
    pub(super) is_other: bool,
    pub(super) count: u64,
    pub(super) slots: Slotted,
}

/// The `limit` groups with the most spans, and one more that is all the others.
pub(super) fn top(groups: HashMap<Key, Slotted>, limit: usize, limits: Limits) -> Vec<Group> {
    let mut ordered: Vec<Group> = groups
        .into_iter()
        .map(|(key, slots)| {
            let count = slots.values().map(State::count).sum();
            Group { key, is_other: false, count, slots }
        })
        .collect();
    ordered.sort_by(|left, right| right.count.cmp(&left.count).then_with(|| left.key.cmp(&right.key)));
    let rest = ordered.split_off(limit.min(ordered.len()));
    if !rest.is_empty() {
        let mut other = Group { key: Vec::new(), is_other: true, count: 0, slots: Slotted::new() };
        for group in rest {
            other.count += group.count;
            for (slot, state) in group.slots {
                other.slots.entry(slot).or_default().merge(state, limits);
            }
        }
        ordered.push(other);
    }
    ordered
}
