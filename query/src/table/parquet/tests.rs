use proptest::prelude::*;

use super::*;

/// Files of these sizes, in the order of time.
fn files(sizes: &[u64]) -> Vec<ParquetFile> {
    let file = |(place, bytes): (usize, &u64)| ParquetFile {
        // Names in another order than times.
        path: format!("{:03}.parquet", sizes.len() - place),
        bytes: *bytes,
        rows: 0,
        start: place as u64,
    };
    sizes.iter().enumerate().map(file).collect()
}

fn sizes_of(groups: &[FileGroup]) -> Vec<Vec<u64>> {
    let sizes = |group: &FileGroup| group.files().iter().map(|file| file.object_meta.size).collect();
    groups.iter().map(sizes).collect()
}

#[test]
fn each_reader_has_the_files_of_a_time_of_its_own() {
    let parted = |sizes: &[u64], partitions| sizes_of(&groups(&files(sizes), partitions));
    assert_eq!(parted(&[5, 5, 5, 5], 2), [[5, 5], [5, 5]]);
    assert_eq!(parted(&[1, 2, 3, 6], 2), [vec![1, 2, 3], vec![6]]);
    assert_eq!(parted(&[1, 1, 100], 3), [vec![1, 1], vec![100]]);
    assert_eq!(parted(&[7], 4), [[7]]);
    assert_eq!(parted(&[0, 0], 2), [[0, 0]]);
    assert!(parted(&[], 2).is_empty());
}

proptest! {
    #[test]
    fn prop_every_file_is_read_once_and_in_the_order_of_time(
        sizes in proptest::collection::vec(0_u64..1_000, 0..20), partitions in 1_usize..6,
    ) {
        let mut shuffled = files(&sizes);
        shuffled.sort_by(|one, other| one.path.cmp(&other.path));
        let parted = sizes_of(&groups(&shuffled, partitions));
        prop_assert!(parted.len() <= partitions && parted.iter().all(|group| !group.is_empty()));
        prop_assert_eq!(parted.concat(), sizes);
    }
}
