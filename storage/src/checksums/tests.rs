use super::*;

#[test]
fn the_same_sums_whether_whole_or_in_parts() {
    for length in [0, 1, 65_535, 65_536, 65_537, 200_000] {
        let file: Vec<u8> = (0..length).map(|at| (at * 7 % 251) as u8).collect();
        let whole = Sums::of([&Bytes::from(file.clone())]);
        let mut parts = Summing::default();
        file.chunks(1_000).for_each(|part| parts.add(part));
        assert_eq!(parts.finish(), whole);
        assert_eq!(Sums::decode("a/b", &whole.encode("a/b")), Ok(whole.clone()));
        assert_eq!(whole.check(0, &file), Ok(()));
    }
}

#[test]
fn every_flipped_bit_and_every_cut_of_a_sidecar_is_noticed() {
    let sidecar = Sums::of([&Bytes::from(vec![7; 150_000])]).encode("a/b");
    for bit in 0..sidecar.len() * 8 {
        let mut flipped = sidecar.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(Sums::decode("a/b", &flipped), Err(SumsFault::Damaged), "bit {bit}");
    }
    for length in 0..sidecar.len() {
        assert_eq!(Sums::decode("a/b", &sidecar[..length]), Err(SumsFault::Damaged));
    }
    assert_eq!(Sums::decode("a/c", &sidecar), Err(SumsFault::OfAnotherFile));
}

#[test]
fn the_wrong_block_is_named_and_a_newer_version_refused() {
    let mut file = vec![7; 150_000];
    let sums = Sums::of([&Bytes::from(file.clone())]);
    file[70_000] ^= 4;
    assert_eq!(sums.check(0, &file), Err(65_536));
    assert_eq!(sums.check(65_536, &file[65_536..]), Err(65_536));
    assert_eq!(sums.check(131_072, &file[131_072..]), Ok(()));

    let mut newer = sums.encode("x");
    newer[8] = 2;
    let end = newer.len() - 4;
    let own = crc32c::crc32c(&newer[..end]);
    newer[end..].copy_from_slice(&own.to_le_bytes());
    assert_eq!(Sums::decode("x", &newer), Err(SumsFault::NewerVersion(2)));
}
