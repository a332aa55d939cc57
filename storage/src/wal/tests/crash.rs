//! The power goes at every operation of a log's life; what was acknowledged is there, once, and nothing else.

use super::sim_disk::Dice;
use super::{SimDisk, append, config, data, open, record};
use crate::wal::{Content, Record, WalConfig};

/// What is known of a log while it lives.
#[derive(Debug, Default)]
struct Witness {
    /// Sequence and content of each acknowledged record.
    acknowledged: Vec<Record>,
    /// Contents of which no answer came.
    unanswered: Vec<Content>,
    trimmed: u64,
}

/// Appends, flush boundaries and trims until done or the disk is dead. `number` makes contents differ.
async fn live(disk: &SimDisk, config: WalConfig, witness: &mut Witness, number: u64) {
    let Ok((wal, recovery, _)) = open(disk, config) else { return };
    drop(recovery);
    for turn in 0..24 {
        let (number, bytes) = (number + turn, 200 + 611 * (turn as usize % 5));
        if turn % 8 == 7 {
            let content = Content::FlushBoundary { description: "b".into() };
            match wal.append_boundary("b".into()).await {
                Ok(sequence) => witness.acknowledged.push(record(sequence, content)),
                Err(_) => witness.unanswered.push(content),
            }
            let through = wal.next_sequence().saturating_sub(8);
            witness.trimmed = witness.trimmed.max(through);
            drop(wal.trim(through));
            continue;
        }
        // Two at a time, so that rounds have more than one record.
        let (first, second) =
            tokio::join!(append(&wal, number, bytes), append(&wal, number + 1000, bytes / 2));
        for (outcome, content) in [(first, data(number, bytes)), (second, data(number + 1000, bytes / 2))] {
            match outcome {
                Ok(sequence) => witness.acknowledged.push(record(sequence, content)),
                Err(_) => witness.unanswered.push(content),
            }
        }
    }
    wal.stop().await;
}

/// Reads the log and holds it against the witness, who learns what the unanswered ones became.
async fn check(disk: &SimDisk, config: WalConfig, witness: &mut Witness, story: &str) {
    let (wal, recovery, _) = open(disk, config).unwrap_or_else(|error| panic!("{story}: {error}"));
    let replayed: Vec<Record> = recovery
        .records(witness.trimmed)
        .and_then(Iterator::collect)
        .unwrap_or_else(|error| panic!("{story}: {error}"));
    let sequences: Vec<_> = replayed.iter().map(|record| record.sequence).collect();
    let expected: Vec<_> = (witness.trimmed + 1..wal.next_sequence()).collect();
    assert_eq!(sequences, expected, "{story}: each sequence once");
    for acknowledged in witness.acknowledged.iter().filter(|record| record.sequence > witness.trimmed) {
        assert!(replayed.contains(acknowledged), "{story}: record {} is lost", acknowledged.sequence);
    }
    for record in replayed {
        if !witness.acknowledged.contains(&record) {
            assert!(
                witness.unanswered.contains(&record.content),
                "{story}: {} was never sent",
                record.sequence
            );
            witness.acknowledged.push(record);
        }
    }
    wal.stop().await;
}

#[tokio::test]
async fn the_power_fails_at_every_operation() {
    let config = || WalConfig { bytes_max: 256 << 10, ..config() };
    let whole = {
        let disk = SimDisk::default();
        live(&disk, config(), &mut Witness::default(), 0).await;
        disk.operations()
    };
    assert!(whole > 100, "{whole} operations");
    for seed in 0..3_u64 {
        for dies_at in 1..=whole + 4 {
            let story = format!("seed {seed}, power cut at operation {dies_at} of {whole}");
            let (disk, mut witness) = (SimDisk::default(), Witness::default());
            let mut dice = Dice(seed << 32 | dies_at);
            disk.die_at(dies_at);
            live(&disk, config(), &mut witness, 0).await;
            disk.cut_power(&mut dice);
            disk.forgive();
            check(&disk, config(), &mut witness, &story).await;
            // A second life on what is left, cut short again.
            disk.kill();
            disk.die_at(1 + dice.roll(whole));
            live(&disk, config(), &mut witness, 10_000).await;
            disk.cut_power(&mut dice);
            disk.forgive();
            check(&disk, config(), &mut witness, &format!("{story}, second life")).await;
        }
    }
}
