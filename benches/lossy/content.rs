//! A file's bytes: as they are seen, as they are durable, and the changes between.

use super::pages::Pages;
use crate::chance::Chance;

const SECTOR_BYTES: u64 = 512;

/// A change that was not synced.
#[derive(Debug, Clone)]
enum Change {
    Write { offset: u64, bytes: Vec<u8> },
    Truncate { length: u64 },
}

/// The bytes of one file.
#[derive(Debug, Clone, Default)]
pub(super) struct Content {
    seen: Pages,
    durable: Pages,
    unsynced: Vec<Change>,
}

/// What happens to a run of unsynced changes when the power is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Lost,
    Kept,
    /// The first so many, the next one in part.
    Until(usize),
    /// Each for itself, in part.
    Mixed,
}

impl Fate {
    /// One for `count` changes.
    pub(super) fn choose(count: usize, chance: &mut Chance) -> Self {
        match chance.within(0..4) {
            0 => Self::Lost,
            1 => Self::Kept,
            2 => Self::Until(usize::try_from(chance.within(0..count as u64 + 1)).unwrap_or_default()),
            _ => Self::Mixed,
        }
    }

    /// Whether change `index` is kept: wholly, in part, or not.
    pub(super) fn keeps(self, index: usize, chance: &mut Chance) -> Kept {
        match self {
            Self::Lost => Kept::Nothing,
            Self::Kept => Kept::All,
            Self::Until(end) if index < end => Kept::All,
            Self::Until(end) if index == end => Kept::Part,
            Self::Until(_) => Kept::Nothing,
            Self::Mixed => [Kept::Nothing, Kept::Part, Kept::All][chance.within(0..3) as usize],
        }
    }
}

/// How much of a change is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    Nothing,
    Part,
    All,
}

impl Content {
    pub(super) const fn length(&self) -> u64 {
        self.seen.length()
    }

    pub(super) fn read(&self, offset: u64, count: u64) -> Vec<u8> {
        self.seen.read(offset, count)
    }

    pub(super) fn write(&mut self, offset: u64, bytes: &[u8]) {
        self.seen.write(offset, bytes);
        self.unsynced.push(Change::Write { offset, bytes: bytes.to_vec() });
    }

    pub(super) fn truncate(&mut self, length: u64) {
        self.seen.truncate(length);
        self.unsynced.push(Change::Truncate { length });
    }

    /// All that is seen is durable.
    pub(super) fn sync(&mut self) {
        let changes = std::mem::take(&mut self.unsynced);
        if changes.iter().any(|change| matches!(change, Change::Truncate { .. })) {
            self.durable = self.seen.clone();
            return;
        }
        for change in changes {
            if let Change::Write { offset, bytes } = change {
                self.durable.take_over(&self.seen, offset..offset + bytes.len() as u64);
            }
        }
    }

    /// As Linux does it: the error is told once, and the pages pass for clean.
    pub(super) fn fail_sync(&mut self) {
        self.unsynced.clear();
    }

    /// Only what is durable is left, and what chance keeps of the rest.
    pub(super) fn cut_power(&mut self, chance: &mut Chance) {
        let changes = std::mem::take(&mut self.unsynced);
        let fate = Fate::choose(changes.len(), chance);
        for (index, change) in changes.iter().enumerate() {
            let kept = fate.keeps(index, chance);
            match change {
                Change::Truncate { length } if kept == Kept::All => self.durable.truncate(*length),
                Change::Write { offset, bytes } if kept == Kept::All => self.durable.write(*offset, bytes),
                Change::Write { offset, bytes } if kept == Kept::Part => self.tear(*offset, bytes, chance),
                Change::Truncate { .. } | Change::Write { .. } => {}
            }
        }
        self.seen = self.durable.clone();
    }

    /// Writes some of the sectors.
    fn tear(&mut self, offset: u64, bytes: &[u8], chance: &mut Chance) {
        let (mut at, mut rest) = (offset, bytes);
        while !rest.is_empty() {
            let count = usize::try_from(SECTOR_BYTES - at % SECTOR_BYTES).unwrap_or_default().min(rest.len());
            let (sector, behind) = rest.split_at(count);
            if chance.coin() {
                self.durable.write(at, sector);
            }
            at += count as u64;
            rest = behind;
        }
    }
}
