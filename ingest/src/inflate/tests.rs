//! Round trips, damage and bombs.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use prometheus_client::metrics::gauge::Gauge;
use proptest::prelude::*;
use proto::Tenant;

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
        Coding::Snappy => {
            let mut encoder = snap::write::FrameEncoder::new(Vec::new());
            encoder.write_all(bytes).unwrap();
            encoder.into_inner().unwrap()
        }
        Coding::Deflate => {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
    }
}

const CODINGS: [Coding; 4] = [Coding::Gzip, Coding::Zstd, Coding::Snappy, Coding::Deflate];

/// Without a limit on the ratio.
fn limits(bytes_max: u64) -> InflationLimits {
    InflationLimits { bytes_max, ratio_max: u64::MAX }
}

fn budget(bytes: u64) -> Arc<Budget> {
    Budget::new(bytes, Gauge::default(), Env::system())
}

async fn inflate_within(coding: Coding, compressed: &[u8], bytes_max: u64) -> Result<Bytes> {
    let mut charge = budget(64 * MIB).open(&Tenant::default_tenant(), Duration::from_millis(50));
    charge.raise_to(compressed.len() as u64).await?;
    inflate(coding, Bytes::copy_from_slice(compressed), limits(bytes_max), &mut charge, &Env::system()).await
}

#[test]
fn names_are_known_in_any_case() {
    for (name, coding) in [
        ("GZIP", Some(Coding::Gzip)),
        ("x-gzip", Some(Coding::Gzip)),
        ("zstd", Some(Coding::Zstd)),
        ("identity", Some(Coding::Identity)),
        ("", Some(Coding::Identity)),
        ("Deflate", Some(Coding::Deflate)),
        ("snappy", Some(Coding::Snappy)),
        ("x-snappy-framed", Some(Coding::Snappy)),
        ("br", None),
        ("gzip2", None),
    ] {
        assert_eq!(Coding::named(name), coding, "{name}");
    }
}

#[tokio::test]
async fn a_bomb_stops_at_the_limit() {
    for coding in CODINGS {
        let bomb = compress(coding, &vec![0; 100 * MIB as usize]);
        assert!(bomb.len() < 6 * MIB as usize, "{coding:?}");
        let error = inflate_within(coding, &bomb, 8 * MIB).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::TooLarge, "{coding:?}");
        assert!(error.message.contains("ingest.request_bytes_max"), "{error}");
    }
}

#[tokio::test]
async fn a_bomb_cannot_take_more_than_the_budget() {
    let bomb = gzip(&vec![0; 32 * MIB as usize]);
    let budget = budget(8 * MIB);
    let mut charge = budget.open(&Tenant::default_tenant(), Duration::from_millis(50));
    charge.raise_to(bomb.len() as u64).await.unwrap();
    let (bomb, env) = (Bytes::from(bomb), Env::system());
    let error = inflate(Coding::Gzip, bomb, limits(64 * MIB), &mut charge, &env).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1)), "{error}");
}

#[tokio::test]
async fn the_limit_itself_is_allowed() {
    let bytes = vec![7; MIB as usize];
    for coding in CODINGS {
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
    for coding in CODINGS {
        let whole = compress(coding, b"some spans");
        let truncated = &whole[..whole.len() - 3];
        let with_garbage = [&whole[..], b"garbage"].concat();
        for damaged in [truncated, &with_garbage, b"not compressed at all"] {
            let error = inflate_within(coding, damaged, MIB).await.unwrap_err();
            assert_eq!(error.kind, ErrorKind::Invalid, "{coding:?}: {error}");
        }
        if coding == Coding::Deflate {
            continue;
        }
        let twice = [&whole[..], &whole[..]].concat();
        assert_eq!(inflate_within(coding, &twice, MIB).await.unwrap(), "some spanssome spans");
    }
}

#[tokio::test]
async fn a_ratio_above_the_limit_is_refused_when_the_result_is_large() {
    let env = Env::system();
    for coding in CODINGS {
        for (mib, is_refused) in [(1, false), (4, true)] {
            let compressed = Bytes::from(compress(coding, &vec![0; (mib * MIB) as usize]));
            let mut charge = budget(64 * MIB).open(&Tenant::default_tenant(), Duration::ZERO);
            let limits = InflationLimits { bytes_max: 32 * MIB, ratio_max: 10 };
            match inflate(coding, compressed, limits, &mut charge, &env).await {
                Ok(_) => assert!(!is_refused, "{coding:?}"),
                Err(error) => {
                    assert!(is_refused && error.kind == ErrorKind::TooLarge, "{coding:?}: {error}");
                    assert!(error.message.contains("ingest.inflation_ratio_max"), "{error}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_snappy_block_says_its_length_first() {
    let block = snap::raw::Encoder::new().compress_vec(b"some spans").unwrap();
    assert_eq!(inflate_within(Coding::Snappy, &block, MIB).await.unwrap(), "some spans");
    // Four GiB less one, and nothing behind it.
    let error = inflate_within(Coding::Snappy, &[0xff, 0xff, 0xff, 0xff, 0x0f], MIB).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::TooLarge, "{error}");
    let error = inflate_within(Coding::Snappy, &block[..block.len() - 1], MIB).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid, "{error}");
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
        coding in proptest::sample::select(&CODINGS[..]),
    ) {
        let bytes = seed.repeat(repeats);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let inflated = runtime.block_on(inflate_within(coding, &compress(coding, &bytes), MIB)).unwrap();
        prop_assert_eq!(inflated, bytes);
    }
}
