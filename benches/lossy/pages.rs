//! The bytes of a file as pages that copies share.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

pub(super) const PAGE_BYTES: u64 = 4096;

type Page = [u8; PAGE_BYTES as usize];

/// A length and its pages; absent ones are zeros.
#[derive(Debug, Clone, Default)]
pub(super) struct Pages {
    length: u64,
    pages: BTreeMap<u64, Arc<Page>>,
}

impl Pages {
    pub(super) const fn length(&self) -> u64 {
        self.length
    }

    /// The bytes from `offset` on, at most `count`; fewer at the end.
    pub(super) fn read(&self, offset: u64, count: u64) -> Vec<u8> {
        let end = offset.saturating_add(count).min(self.length);
        let mut bytes = vec![0; usize_of(end.saturating_sub(offset))];
        for (number, within, place) in pieces(offset, bytes.len() as u64) {
            if let Some(page) = self.pages.get(&number) {
                bytes[place].copy_from_slice(&page[within]);
            }
        }
        bytes
    }

    /// Puts `bytes` at `offset`; the file grows when they end behind it.
    pub(super) fn write(&mut self, offset: u64, bytes: &[u8]) {
        self.length = self.length.max(offset + bytes.len() as u64);
        for (number, within, place) in pieces(offset, bytes.len() as u64) {
            let piece = &bytes[place];
            if within.len() as u64 == PAGE_BYTES && piece.iter().all(|byte| *byte == 0) {
                self.pages.remove(&number);
                continue;
            }
            let page = self.pages.entry(number).or_insert_with(|| Arc::new([0; PAGE_BYTES as usize]));
            Arc::make_mut(page)[within].copy_from_slice(piece);
        }
    }

    /// Cuts off what is behind `length`, or grows with zeros.
    pub(super) fn truncate(&mut self, length: u64) {
        if length < self.length {
            self.pages.retain(|number, _| number * PAGE_BYTES < length);
            let within = usize_of(length % PAGE_BYTES);
            if let Some(page) = self.pages.get_mut(&(length / PAGE_BYTES)) {
                Arc::make_mut(page)[within..].fill(0);
            }
        }
        self.length = length;
    }

    /// Takes over the pages of `other` that hold `range`, and its length.
    pub(super) fn take_over(&mut self, other: &Self, range: Range<u64>) {
        self.length = other.length;
        for (number, _, _) in pieces(range.start, range.end.saturating_sub(range.start)) {
            match other.pages.get(&number) {
                Some(page) => self.pages.insert(number, Arc::clone(page)),
                None => self.pages.remove(&number),
            };
        }
    }
}

/// The page numbers of `count` bytes at `offset`, with the place in the page and in the bytes.
fn pieces(offset: u64, count: u64) -> impl Iterator<Item = (u64, Range<usize>, Range<usize>)> {
    let end = offset + count;
    (offset / PAGE_BYTES..end.div_ceil(PAGE_BYTES)).map(move |number| {
        let (first, last) = (offset.max(number * PAGE_BYTES), end.min((number + 1) * PAGE_BYTES));
        let within = usize_of(first - number * PAGE_BYTES)..usize_of(last - number * PAGE_BYTES);
        (number, within, usize_of(first - offset)..usize_of(last - offset))
    })
}

fn usize_of(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
