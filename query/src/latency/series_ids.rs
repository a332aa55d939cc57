//! Small numbers for series, so that rows need not be looked up by their texts.

use arrow::array::{Array, StringViewArray};
use hashbrown::HashMap;

use super::groups::Key;

/// The view of no text: no view is as long.
const NULL: u128 = u128::MAX;

/// Numbers for series. A series is a way down a tree, with one value at each step; its number is that of its last node.
#[derive(Debug)]
pub(super) struct SeriesIds {
    /// Each node's parent and value; the root is its own parent.
    nodes: Vec<(u32, Option<String>)>,
    children: HashMap<(u32, Option<String>), u32>,
    /// What the values take.
    text_bytes: usize,
}

impl Default for SeriesIds {
    fn default() -> Self {
        Self { nodes: vec![(0, None)], children: HashMap::new(), text_bytes: 0 }
    }
}

impl SeriesIds {
    /// The number of each row's series; `texts` are its values, a column for each.
    pub(super) fn of_rows(&mut self, texts: &[&StringViewArray], rows: usize) -> Vec<u32> {
        let mut ids = vec![0; rows];
        for text in texts {
            // Rows with the same text mostly have the same view of it, which is quicker to compare.
            let mut seen: HashMap<(u32, u128), u32> = HashMap::new();
            for (row, (id, view)) in ids.iter_mut().zip(text.views()).enumerate() {
                let parent = *id;
                let value = text.is_valid(row).then(|| text.value(row));
                let view = if value.is_some() { *view } else { NULL };
                *id = *seen.entry((parent, view)).or_insert_with(|| self.child(parent, value));
            }
        }
        ids
    }

    fn child(&mut self, parent: u32, value: Option<&str>) -> u32 {
        let value = value.map(str::to_owned);
        let bytes = value.as_ref().map_or(0, String::len);
        let next = self.nodes.len() as u32;
        *self.children.entry((parent, value.clone())).or_insert_with(|| {
            self.nodes.push((parent, value));
            self.text_bytes += 2 * bytes;
            next
        })
    }

    /// The values of series `id`, of which each has `by`.
    pub(super) fn key(&self, id: u32, by: usize) -> Key {
        let mut key = Vec::with_capacity(by);
        let mut at = id;
        for _ in 0..by {
            let (parent, value) = &self.nodes[at as usize];
            key.push(value.clone());
            at = *parent;
        }
        key.reverse();
        key
    }

    /// The memory held, in bytes, roughly.
    pub(super) fn memory_bytes(&self) -> usize {
        let node = size_of::<(u32, Option<String>)>();
        self.text_bytes + self.nodes.capacity() * node + self.children.capacity() * (node + size_of::<u32>())
    }
}

#[cfg(test)]
mod tests;
