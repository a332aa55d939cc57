//! Folders and files: names as they are seen, names as they are durable, and the changes between.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::{OsStr, OsString};

use fuser::Errno;
use proto::UnixNanos;

use super::content::{Content, Fate, Kept};
use crate::chance::Chance;

pub(super) const ROOT: u64 = 1;

type Result<T> = std::result::Result<T, Errno>;

/// A file or a folder.
#[derive(Debug)]
pub(super) enum Node {
    File(Content),
    Folder(Folder),
}

/// A folder's names.
#[derive(Debug, Default)]
pub(super) struct Folder {
    pub(super) names: BTreeMap<OsString, u64>,
    durable: BTreeMap<OsString, u64>,
}

/// What is told of a node.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attributes {
    pub(super) mode: u16,
    pub(super) links: u32,
    pub(super) changed: UnixNanos,
}

/// One atomic change of names: each of these is a folder, a name, and what it stands for afterwards.
type Rename = Vec<(u64, OsString, Option<u64>)>;

/// All of it.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: HashMap<u64, (Node, Attributes)>,
    next: u64,
    unsynced: Vec<Rename>,
}

impl Tree {
    pub(super) fn new(now: UnixNanos) -> Self {
        let attributes = Attributes { mode: 0o755, links: 2, changed: now };
        let root = (Node::Folder(Folder::default()), attributes);
        Self { nodes: HashMap::from([(ROOT, root)]), next: ROOT + 1, unsynced: Vec::new() }
    }

    pub(super) fn node(&self, number: u64) -> Result<(&Node, Attributes)> {
        self.nodes.get(&number).map(|(node, attributes)| (node, *attributes)).ok_or(Errno::ENOENT)
    }

    pub(super) fn attributes_mut(&mut self, number: u64) -> Result<&mut Attributes> {
        self.nodes.get_mut(&number).map(|(_, attributes)| attributes).ok_or(Errno::ENOENT)
    }

    pub(super) fn folder(&self, number: u64) -> Result<&Folder> {
        match self.node(number)?.0 {
            Node::Folder(folder) => Ok(folder),
            Node::File(_) => Err(Errno::ENOTDIR),
        }
    }

    pub(super) fn content(&self, number: u64) -> Result<&Content> {
        match self.node(number)?.0 {
            Node::File(content) => Ok(content),
            Node::Folder(_) => Err(Errno::EISDIR),
        }
    }

    pub(super) fn content_mut(&mut self, number: u64, now: UnixNanos) -> Result<&mut Content> {
        match self.nodes.get_mut(&number) {
            Some((Node::File(content), attributes)) => {
                attributes.changed = now;
                Ok(content)
            }
            Some((Node::Folder(_), _)) => Err(Errno::EISDIR),
            None => Err(Errno::ENOENT),
        }
    }

    pub(super) fn lookup(&self, folder: u64, name: &OsStr) -> Result<u64> {
        self.folder(folder)?.names.get(name).copied().ok_or(Errno::ENOENT)
    }

    /// A new node under a free name.
    pub(super) fn create(
        &mut self,
        folder: u64,
        name: &OsStr,
        node: Node,
        mode: u16,
        now: UnixNanos,
    ) -> Result<u64> {
        if self.lookup(folder, name).is_ok() {
            return Err(Errno::EEXIST);
        }
        let links = if matches!(node, Node::Folder(_)) { 2 } else { 1 };
        let number = self.next;
        self.change(vec![(folder, name.to_owned(), Some(number))])?;
        self.next += 1;
        self.nodes.insert(number, (node, Attributes { mode, links, changed: now }));
        Ok(number)
    }

    /// A second name of a file.
    pub(super) fn link(&mut self, number: u64, folder: u64, name: &OsStr) -> Result<()> {
        self.content(number)?;
        if self.lookup(folder, name).is_ok() {
            return Err(Errno::EEXIST);
        }
        self.change(vec![(folder, name.to_owned(), Some(number))])?;
        self.attributes_mut(number)?.links += 1;
        Ok(())
    }

    /// Takes a name away from a file, or from an empty folder.
    pub(super) fn remove(&mut self, folder: u64, name: &OsStr, is_folder: bool) -> Result<()> {
        let number = self.lookup(folder, name)?;
        match self.node(number)?.0 {
            Node::Folder(_) if !is_folder => return Err(Errno::EISDIR),
            Node::File(_) if is_folder => return Err(Errno::ENOTDIR),
            Node::Folder(inner) if !inner.names.is_empty() => return Err(Errno::ENOTEMPTY),
            Node::Folder(_) | Node::File(_) => {}
        }
        self.change(vec![(folder, name.to_owned(), None)])?;
        self.unlink(number)
    }

    /// Moves a name, in one step, over another if there is one.
    pub(super) fn rename(&mut self, from: (u64, &OsStr), to: (u64, &OsStr)) -> Result<()> {
        let number = self.lookup(from.0, from.1)?;
        let replaced = self.lookup(to.0, to.1).ok();
        if replaced == Some(number) {
            return Ok(());
        }
        if let Some(replaced) = replaced {
            match self.node(replaced)?.0 {
                Node::Folder(inner) if !inner.names.is_empty() => return Err(Errno::ENOTEMPTY),
                Node::Folder(_) | Node::File(_) => self.unlink(replaced)?,
            }
        }
        self.change(vec![(from.0, from.1.to_owned(), None), (to.0, to.1.to_owned(), Some(number))])
    }

    fn unlink(&mut self, number: u64) -> Result<()> {
        let attributes = self.attributes_mut(number)?;
        attributes.links = attributes.links.saturating_sub(1);
        Ok(())
    }

    fn change(&mut self, rename: Rename) -> Result<()> {
        for (folder, name, target) in &rename {
            let Some((Node::Folder(folder), _)) = self.nodes.get_mut(folder) else {
                return Err(Errno::ENOTDIR);
            };
            match target {
                Some(number) => folder.names.insert(name.clone(), *number),
                None => folder.names.remove(name),
            };
        }
        self.unsynced.push(rename);
        Ok(())
    }

    /// Makes the names in `folder` durable: every change that touches it, with those before that touch the same names.
    pub(super) fn sync_folder(&mut self, folder: u64) -> Result<()> {
        self.folder(folder)?;
        let mut touched: HashSet<(u64, OsString)> = HashSet::new();
        let mut is_due = vec![false; self.unsynced.len()];
        for (due, rename) in is_due.iter_mut().zip(&self.unsynced).rev() {
            let places = || rename.iter().map(|(folder, name, _)| (*folder, name.clone()));
            *due = places().any(|place| place.0 == folder || touched.contains(&place));
            if *due {
                touched.extend(places());
            }
        }
        let mut due = is_due.into_iter();
        let (now, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.unsynced).into_iter().partition(|_| due.next() == Some(true));
        self.unsynced = later;
        now.iter().for_each(|rename| self.make_durable(rename));
        Ok(())
    }

    fn make_durable(&mut self, rename: &Rename) {
        for (folder, name, target) in rename {
            if let Some((Node::Folder(folder), _)) = self.nodes.get_mut(folder) {
                match target {
                    Some(number) => folder.durable.insert(name.clone(), *number),
                    None => folder.durable.remove(name),
                };
            }
        }
    }

    /// Bytes of all files that have a name.
    pub(super) fn used_bytes(&self) -> u64 {
        let files = self.nodes.values().filter(|(_, attributes)| attributes.links > 0);
        files.map(|(node, _)| if let Node::File(content) = node { content.length() } else { 0 }).sum()
    }

    /// Only what is durable is left, and what chance keeps of the rest.
    pub(super) fn cut_power(&mut self, chance: &mut Chance) {
        let renames = std::mem::take(&mut self.unsynced);
        let fate = Fate::choose(renames.len(), chance);
        for (index, rename) in renames.iter().enumerate() {
            let is_kept = match fate.keeps(index, chance) {
                Kept::All => true,
                Kept::Part => chance.coin(),
                Kept::Nothing => false,
            };
            if is_kept {
                self.make_durable(rename);
            }
        }
        self.forget_unreachable();
        let mut numbers: Vec<u64> = self.nodes.keys().copied().collect();
        // In order, so that a seed gives the same again.
        numbers.sort_unstable();
        for number in numbers {
            match self.nodes.get_mut(&number) {
                Some((Node::File(content), _)) => content.cut_power(chance),
                Some((Node::Folder(folder), _)) => folder.names = folder.durable.clone(),
                None => {}
            }
        }
    }

    /// Keeps what durable names lead to, and counts those names.
    fn forget_unreachable(&mut self) {
        let mut links: HashMap<u64, u32> = HashMap::from([(ROOT, 2)]);
        let mut folders = vec![ROOT];
        while let Some(number) = folders.pop() {
            let Some((Node::Folder(folder), _)) = self.nodes.get(&number) else { continue };
            for child in folder.durable.values() {
                let is_folder = matches!(self.nodes.get(child), Some((Node::Folder(_), _)));
                let is_new = !links.contains_key(child);
                *links.entry(*child).or_default() += if is_folder { 2 } else { 1 };
                if is_folder && is_new {
                    folders.push(*child);
                }
            }
        }
        self.nodes.retain(|number, (_, attributes)| {
            attributes.links = links.get(number).copied().unwrap_or_default();
            attributes.links > 0
        });
    }
}
