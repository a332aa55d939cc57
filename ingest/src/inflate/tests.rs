//! Round trips, damage and bombs.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use prometheus_client::metrics::gauge::Gauge;
use proptest::prelude::*;

use super::*;
use crate::budget::Budget;

const MIB: u64 = 1024 * 1024;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn compress(coding: Coding, bytes: &[u8]) -> Vec<u8> {
    match coding {
        Coding::Identity => bytes.to_vec(),
        Coding::Gzip => gzip(bytes),
        Coding::Zstd => zstd::encode_all(bytes, 1).unwrap(),
    }
}

fn budget(bytes: u64) -> Arc<Budget> {
    Budget::new(bytes, Duration::from_millis(50), Gauge::default(), Env::system())
}

async fn inflate_within(coding: Coding, compressed: &[u8], bytes_max: u64) -> Result<Bytes> {
    let mut charge = budget(64 * MIB).open();
    charge.raise_to(compressed.len() as u64).await?;
    inflate(coding, Bytes::copy_from_slice(compressed), bytes_max, &mut charge, &Env::system()).await
}

#[test]
fn names_are_known_in_any_case() {
    for (name, coding) in [
        ("GZIP", Some(Coding::Gzip)),
        ("x-gzip", Some(Coding::Gzip)),
        ("zstd", Some(Coding::Zstd)),
        ("identity", Some(Coding::Identity)),
        ("", Some(Coding::Identity)),
        ("br", None),
        ("gzip2", None),
    ] {
        assert_eq!(Coding::named(name), coding, "{name}");
    }
}

#[tokio::test]
async fn a_bomb_stops_at_the_limit() {
    for coding in [Coding::Gzip, Coding::Zstd] {
        let bomb = compress(coding, &vec![0; 100 * MIB as usize]);
        assert!(bomb.len() < MIB as usize);
        let error = inflate_within(coding, &bomb, 8 * MIB).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::TooLarge, "{coding:?}");
        assert!(error.message.contains("ingest.request_bytes_max"), "{error}");
    }
}

#[tokio::test]
async fn a_bomb_cannot_take_more_than_the_budget() {
    let bomb = gzip(&vec![0; 32 * MIB as usize]);
    let budget = budget(8 * MIB);
    let mut charge = budget.open();
    charge.raise_to(bomb.len() as u64).await.unwrap();
    let error =
        inflate(Coding::Gzip, Bytes::from(bomb), 64 * MIB, &mut charge, &Env::system()).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1)), "{error}");
}

#[tokio::test]
async fn the_limit_itself_is_allowed() {
    let bytes = vec![7; MIB as usize];
    for coding in [Coding::Gzip, Coding::Zstd] {
        let compressed = compress(coding, &bytes);
        assert_eq!(inflate_within(coding, &compressed, MIB).await.unwrap(), bytes);
        let error = inflate_within(coding, &compressed, MIB - 1).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::TooLarge);
    }
}

#[tokio::test]
async fn a_window_above_the_limit_is_refused_before_it_is_allocated() {
    // Magic, a frame header without a content size, and a window descriptor of 2^31 bytes.
    let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3, 0x01, 0x00, 0x00];
    let error = inflate_within(Coding::Zstd, &frame, MIB).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TooLarge, "{error}");
}

#[tokio::test]
async fn damage_is_invalid_and_a_second_member_is_not() {
    for coding in [Coding::Gzip, Coding::Zstd] {
        let whole = compress(coding, b"some spans");
        let truncated = &whole[..whole.len() - 3];
        let with_garbage = [&whole[..], b"garbage"].concat();
        for damaged in [truncated, &with_garbage, b"not compressed at all"] {
            let error = inflate_within(coding, damaged, MIB).await.unwrap_err();
            assert_eq!(error.kind, ErrorKind::Invalid, "{coding:?}: {error}");
        }
        let twice = [&whole[..], &whole[..]].concat();
        assert_eq!(inflate_within(coding, &twice, MIB).await.unwrap(), "some spanssome spans");
    }
}

#[tokio::test]
async fn a_wrong_checksum_is_invalid() {
    let mut compressed = gzip(b"some spans");
    let checksum = compressed.len() - 8;
    compressed[checksum] ^= 1;
    let error = inflate_within(Coding::Gzip, &compressed, MIB).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid, "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_was_compressed_comes_back(
        seed in proptest::collection::vec(any::<u8>(), 1..64),
        repeats in 1..4096_usize,
        coding in prop_oneof![Just(Coding::Gzip), Just(Coding::Zstd)],
    ) {
        let bytes = seed.repeat(repeats);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let inflated = runtime.block_on(inflate_within(coding, &compress(coding, &bytes), MIB)).unwrap();
        prop_assert_eq!(inflated, bytes);
    }
}
