//! What a power cut leaves, without mounting anything.

use std::ffi::OsStr;

use super::content::Content;
use super::tree::{Folder, Node, ROOT, Tree};
use crate::chance::Chance;

fn name(text: &str) -> &OsStr {
    OsStr::new(text)
}

fn file(tree: &mut Tree, folder: u64, text: &str) -> u64 {
    tree.create(folder, name(text), Node::File(Content::default()), 0o600, 1).expect("a free name")
}

#[test]
fn synced_bytes_and_names_stay_whatever_chance_does() {
    for seed in 0..200 {
        let mut tree = Tree::new(1);
        let inner =
            tree.create(ROOT, name("d"), Node::Folder(Folder::default()), 0o700, 1).expect("a folder");
        let number = file(&mut tree, inner, "a");
        let content = tree.content_mut(number, 1).expect("a file");
        content.write(0, &[1; 10_000]);
        content.sync();
        tree.sync_folder(inner).expect("a folder");
        tree.sync_folder(ROOT).expect("a folder");
        tree.content_mut(number, 2).expect("a file").write(10_240, &[2; 4_000]);
        tree.rename((inner, name("a")), (inner, name("b"))).expect("a rename");
        tree.cut_power(&mut Chance::new(seed));
        let found: Vec<u64> =
            ["a", "b"].iter().filter_map(|text| tree.lookup(inner, name(text)).ok()).collect();
        assert_eq!(found, [number], "seed {seed}: one of both names");
        let content = tree.content(number).expect("the file");
        assert_eq!(content.read(0, 10_000), vec![1; 10_000], "seed {seed}");
        for sector in content.read(10_240, 4_000).chunks(512) {
            assert!(sector.iter().all(|byte| *byte == sector[0]), "seed {seed}: a sector is not torn");
        }
    }
}

#[test]
fn chance_loses_and_keeps_what_was_not_synced() {
    let mut outcomes = [0; 4];
    for seed in 0..200 {
        let mut tree = Tree::new(1);
        let number = file(&mut tree, ROOT, "a");
        tree.sync_folder(ROOT).expect("a folder");
        tree.content_mut(number, 1).expect("a file").write(0, &[7; 2_048]);
        file(&mut tree, ROOT, "b");
        tree.cut_power(&mut Chance::new(seed));
        let content = tree.content(number).expect("the file");
        let kept = content.read(0, 2_048).iter().filter(|byte| **byte == 7).count();
        outcomes[usize::from(kept == 0)] += 1;
        outcomes[2 + usize::from(tree.lookup(ROOT, name("b")).is_ok())] += 1;
    }
    assert!(outcomes.iter().all(|count| *count > 20), "{outcomes:?}");
}

#[test]
fn syncing_a_folder_takes_earlier_changes_of_the_same_names_along() {
    let mut tree = Tree::new(1);
    let other = tree.create(ROOT, name("d"), Node::Folder(Folder::default()), 0o700, 1).expect("a folder");
    let number = file(&mut tree, ROOT, "a");
    tree.rename((ROOT, name("a")), (other, name("a"))).expect("a rename");
    // The rename touches both folders: it and the creation before it are durable, and the folder's own name.
    tree.sync_folder(ROOT).expect("a folder");
    tree.cut_power(&mut Chance::new(1));
    assert!(tree.lookup(ROOT, name("a")).is_err());
    assert_eq!(tree.lookup(other, name("a")).ok(), Some(number));
}

#[test]
fn a_failed_sync_makes_nothing_durable_and_the_next_one_hides_it() {
    let mut content = Content::default();
    content.write(0, &[1; 4_096]);
    content.fail_sync();
    content.sync();
    assert_eq!(content.read(0, 4_096), vec![1; 4_096], "it is still seen");
    content.cut_power(&mut Chance::new(1));
    assert_eq!(content.length(), 0, "and was never durable");
}

#[test]
fn a_file_lives_as_long_as_one_of_its_names() {
    let mut tree = Tree::new(1);
    let number = file(&mut tree, ROOT, "a");
    tree.link(number, ROOT, name("b")).expect("a link");
    tree.remove(ROOT, name("a"), false).expect("a file");
    tree.sync_folder(ROOT).expect("a folder");
    tree.cut_power(&mut Chance::new(3));
    assert_eq!(tree.lookup(ROOT, name("b")).ok(), Some(number));
    assert_eq!(tree.node(number).map(|(_, attributes)| attributes.links).ok(), Some(1));
}
