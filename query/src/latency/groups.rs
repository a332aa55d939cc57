//! The groups of a latency answer while it is being made: a state for each combination of `by` values and slot.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array, StringViewArray};
use datafusion::execution::memory_pool::MemoryReservation;
use model::latency::{GroupStates, Limits, State};

/// A group's values of the `by` attributes.
pub(crate) type Key = Vec<Option<String>>;
/// How many spans each series has.
pub(crate) type Counts = HashMap<Key, u64>;
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

/// States by series and slot: of the series that are shown, and of all others together.
#[derive(Debug, Default)]
pub(super) struct Groups {
    shown: HashMap<Key, Slotted>,
    other: Slotted,
    /// What the states take of the memory of all queries.
    held: Vec<MemoryReservation>,
    /// The series that are shown; None while all are.
    chosen: Option<Arc<HashSet<Key>>>,
}

impl Groups {
    /// How many spans each series has.
    pub(super) fn add_counts(&self, counts: &mut Counts) {
        for (key, slots) in &self.shown {
            *counts.entry(key.clone()).or_default() += slots.values().map(State::count).sum::<u64>();
        }
    }

    /// From now on only the `limit` series of `counts` with the most spans are told apart.
    pub(super) fn choose(&mut self, counts: Counts, limit: usize, limits: Limits) {
        if counts.len() <= limit {
            return;
        }
        let mut ordered: Vec<(Key, u64)> = counts.into_iter().collect();
        ordered.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
        ordered.truncate(limit);
        let chosen: HashSet<Key> = ordered.into_iter().map(|(key, _)| key).collect();
        let (shown, rest) =
            std::mem::take(&mut self.shown).into_iter().partition(|(key, _)| chosen.contains(key));
        self.shown = shown;
        self.chosen = Some(Arc::new(chosen));
        self.other = together(rest.into_values().flatten(), limits);
    }

    /// Adds a state of a series, or of those that are not told apart.
    pub(super) fn add(&mut self, key: Option<&Key>, slot: i64, state: State, limits: Limits) {
        let slots = match key {
            Some(key) if self.chosen.as_ref().is_none_or(|chosen| chosen.contains(key)) => {
                self.shown.entry(key.clone()).or_default()
            }
            _ => &mut self.other,
        };
        slots.entry(slot).or_default().merge(state, limits);
    }

    /// Keeps the memory that states were counted in until this is dropped.
    pub(super) fn hold(&mut self, memory: MemoryReservation) {
        self.held.push(memory);
    }

    /// The series that are shown, once they were chosen.
    pub(super) const fn chosen(&self) -> Option<&Arc<HashSet<Key>>> {
        self.chosen.as_ref()
    }

    /// How many spans each series has that is shown.
    pub(super) fn shown_counts(&self) -> Vec<u64> {
        self.shown.values().map(|slots| slots.values().map(State::count).sum()).collect()
    }

    pub(super) fn states(&self) -> impl Iterator<Item = &State> {
        self.slotted().map(|(_, state)| state)
    }

    /// The states of all series, each with the index of its slot.
    pub(super) fn slotted(&self) -> impl Iterator<Item = (i64, &State)> {
        let slots = self.shown.values().chain([&self.other]).flatten();
        slots.map(|(slot, state)| (*slot, state))
    }

    /// The series with the most spans first, and in the end one that is all the others.
    pub(super) fn into_series(self) -> Vec<Group> {
        let group = |key: Key, slots: Slotted, is_other: bool| {
            let count = slots.values().map(State::count).sum();
            Group { key, is_other, count, slots }
        };
        let mut ordered: Vec<Group> =
            self.shown.into_iter().map(|(key, slots)| group(key, slots, false)).collect();
        ordered.sort_by(|left, right| right.count.cmp(&left.count).then_with(|| left.key.cmp(&right.key)));
        if !self.other.is_empty() {
            ordered.push(group(Vec::new(), self.other, true));
        }
        ordered
    }
}

/// States by slot, added up.
fn together(states: impl Iterator<Item = (i64, State)>, limits: Limits) -> Slotted {
    let mut slots: BTreeMap<i64, Vec<State>> = BTreeMap::new();
    states.for_each(|(slot, state)| slots.entry(slot).or_default().push(state));
    let mut sums = GroupStates::new(limits);
    let numbers: Vec<i64> = slots.keys().copied().collect();
    for states in slots.into_values() {
        let number = sums.push_group();
        sums.merge(number, states);
    }
    numbers.into_iter().zip(sums.into_states()).collect()
}

pub(super) struct Group {
    pub(super) key: Key,
    pub(super) is_other: bool,
    pub(super) count: u64,
    pub(super) slots: Slotted,
}
